"""What AsyncClient is made of: its connection, streams and subscriptions."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import (Any, AsyncIterator, Callable, Dict, List, Mapping, Optional, Type, TypeVar)

from ._blocking import PAUSES
from ._core import CALLS_MAX, OUTPUT_MAX, OnProgress, read_result
from ._events import EventQueue, same_daemon
from ._feed import Feeder
from ._link import Link, socket_path
from ._params import Argument, argument, given
from .errors import Busy, DtreeError, InvalidParams, Lost, NoDaemon, Timeout, lost
from .shapes import Event, Result

Self = TypeVar("Self", bound="AsyncConnection")


class AsyncConnection:
    """See AsyncClient."""

    def __init__(self, path: Optional[str] = None, *, wait: float = 0.0,
                 timeout: Optional[float] = None, keepalive: Optional[float] = 60.0) -> None:
        """As of Client; it may be made where no loop runs yet."""
        self.path = socket_path() if path is None else path
        self.wait_for_daemon = wait
        self.timeout = timeout
        self.keepalive = keepalive
        self._link: Optional[Link] = None
        self._slots: Optional[asyncio.Semaphore] = None
        self._connecting: Optional[asyncio.Lock] = None
        self._turns: List["asyncio.Future[None]"] = []

    async def close(self) -> None:
        """Closes the connection. Requests under way are cancelled and end with Lost. The client may
        be used again, in the same loop: it connects anew."""
        if self._link:
            self._link.lose(Lost(f"connection to {self.path} is closed"))
            self._link = None
        self._turned()

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                        trace: Optional[TracebackType]) -> None:
        await self.close()

    # The connection.

    async def _connected(self) -> Link:
        """The connection, made anew if there is none. Waits for a dtreed as long as it may."""
        if self._link and not self._link.core.is_lost:
            return self._link
        self._connecting = self._connecting or asyncio.Lock()
        end = time.monotonic() + self.wait_for_daemon
        async with self._connecting:
            looks = 0
            while not self._link or self._link.core.is_lost:
                try:
                    self._watch(Link(self.path))
                except (NoDaemon, Busy):
                    left = end - time.monotonic()
                    if left <= 0:
                        raise
                    await asyncio.sleep(min(left, PAUSES[min(looks, len(PAUSES) - 1)]))
                    looks += 1
            return self._link

    def _watch(self, link: Link) -> None:
        loop = asyncio.get_running_loop()
        descriptor = link.fileno()

        def closing() -> None:
            loop.remove_reader(descriptor)
            loop.remove_writer(descriptor)

        link.closing = closing
        loop.add_reader(descriptor, self._on_readable, link)
        self._link = link
        self._tick(link)

    def _tick(self, link: Link) -> None:
        if link.core.is_lost:
            return
        left = link.keep_alive(self.keepalive)
        if self.keepalive is not None and not link.core.is_lost:
            seconds = self.keepalive if left is None else left
            asyncio.get_running_loop().call_later(seconds, self._tick, link)
        self._turned()

    def _on_readable(self, link: Link) -> None:
        try:
            link.read()
        finally:
            # What was answered may have made room for more; a callback may have raised.
            self._flush(link)
            self._turned()

    def _flush(self, link: Link) -> None:
        """Writes what the socket takes, and has the rest written when it takes more."""
        link.write()
        if link.core.is_lost:
            self._turned()
            return
        loop = asyncio.get_running_loop()
        if link.core.output:
            loop.add_writer(link.fileno(), self._on_writable, link)
        else:
            loop.remove_writer(link.fileno())

    def _on_writable(self, link: Link) -> None:
        self._flush(link)
        self._turned()

    def _turned(self) -> None:
        turns, self._turns = self._turns, []
        for turn in turns:
            if not turn.done():
                turn.set_result(None)

    async def _until(self, finished: Callable[[], bool]) -> None:
        """Until it is so, which is looked at whenever something has come or gone."""
        while not finished():
            turn = asyncio.get_running_loop().create_future()
            self._turns.append(turn)
            await turn

    # Requests.

    async def _take_slot(self) -> asyncio.Semaphore:
        """One of the requests that may be under way; first come, first served."""
        slots = self._slots = self._slots or asyncio.Semaphore(CALLS_MAX)
        await slots.acquire()
        return slots

    async def call(self, method: str, params: Any = None, *,
                   progress: Optional[OnProgress] = None,
                   traceparent: Optional[str] = None) -> Any:
        """Sends a request for a method of dtree-protocol(7), and waits for its result, a dict. A
        task that is cancelled cancels its request. Timeout: no reply has come in the client's time;
        the request is cancelled and may have run. Waits while 1000 requests are under way.

        params: a dict or list of them, or None.
        progress: called with each Progress, by the loop.
        traceparent: the trace that it belongs to, as of W3C Trace Context.
        """
        slots = await self._take_slot()
        answer: "asyncio.Future[Any]" = asyncio.get_running_loop().create_future()

        def ended(result: Any, error: Optional[DtreeError]) -> None:
            slots.release()
            _settle(answer, result, error)

        try:
            link = await self._connected()
            while len(link.core.output) > OUTPUT_MAX:
                await self._until(lambda: link.core.is_lost or len(link.core.output) <= OUTPUT_MAX)
                link = await self._connected()
            number = link.core.send(method, params, ended, progress=progress,
                                    **given(traceparent=traceparent))
        except BaseException:
            slots.release()
            raise
        self._flush(link)
        return await self._answer(answer, link, lambda: link.core.cancel(number))

    async def _answer(self, answer: "asyncio.Future[Any]", link: Link,
                      cancel: Callable[[], None]) -> Any:
        """The result; a request that is not waited for to its end is cancelled."""
        try:
            return await asyncio.wait_for(answer, self.timeout)
        except asyncio.TimeoutError:
            cancel()
            self._flush(link)
            raise lost(f"no answer from {self.path} within {self.timeout} s", True,
                       Timeout) from None
        except asyncio.CancelledError:
            cancel()
            self._flush(link)
            raise

    async def _feeder(self, target: Mapping[str, Any], args: List[str], is_input: bool,
                      progress: Optional[OnProgress], beside: Dict[str, Any]) -> "AsyncStream":
        link = await self._connected()
        answer: "asyncio.Future[Any]" = asyncio.get_running_loop().create_future()
        feeder = Feeder(link.core, target, lambda result, error: _settle(answer, result, error),
                        args=args, is_input=is_input, progress=progress, beside=beside)
        self._flush(link)
        return AsyncStream(self, link, feeder, answer)

    async def subscribe(self, types: Optional[List[str]] = None, *, since: Optional[int] = None,
                        follow: bool = False) -> "AsyncSubscription":
        """As Client.subscribe()."""
        subscription = AsyncSubscription(self, types, follow)
        await subscription._begin(since)
        return subscription


def _settle(answer: "asyncio.Future[Any]", result: Any, error: Optional[DtreeError]) -> None:
    if answer.done():
        return
    if error:
        answer.set_exception(error)
        # It may end before somebody waits for it.
        answer.exception()
    else:
        answer.set_result(result)


class AsyncStream:
    """As Stream, for asyncio."""

    def __init__(self, connection: AsyncConnection, link: Link, feeder: Feeder,
                 answer: "asyncio.Future[Any]") -> None:
        self._connection = connection
        self._link = link
        self._feeder = feeder
        self._answer = answer

    @property
    def ended(self) -> bool:
        """As of Stream."""
        return self._feeder.ended

    async def _await_room(self) -> None:
        feeder = self._feeder
        await self._connection._until(
            lambda: feeder.over or feeder.ended or feeder.room() > 0)
        if feeder.over:
            # It has failed, and says why.
            self._answer.result()

    async def write(self, data: bytes) -> None:
        """As of Stream."""
        if not self._feeder.is_input:
            raise TypeError("this stream takes arguments: use add()")
        view = memoryview(data)
        while view and not self.ended:
            await self._await_room()
            size = min(len(view), self._feeder.room())
            self._feeder.add_input(bytes(view[:size]))
            self._connection._flush(self._link)
            view = view[size:]

    async def add(self, *args: Argument) -> None:
        """As of Stream."""
        if self._feeder.is_input:
            raise TypeError("this stream takes standard input: use write()")
        for value in args:
            if self._feeder.room() <= 0:
                await self._await_room()
            self._feeder.add_argument(argument(value))
        self._connection._flush(self._link)

    async def close(self) -> Result:
        """As of Stream."""
        self._feeder.complete()
        self._connection._flush(self._link)
        return read_result(await self._connection._answer(self._answer, self._link,
                                                          self._feeder.abandon))

    def abandon(self) -> None:
        """As of Stream; does not wait."""
        self._feeder.abandon()
        self._connection._flush(self._link)

    async def __aenter__(self) -> "AsyncStream":
        return self

    async def __aexit__(self, *_: Any) -> None:
        if not self._feeder.over:
            self.abandon()


class AsyncSubscription(AsyncIterator[Event]):
    """As Subscription, for asyncio."""

    def __init__(self, connection: AsyncConnection, types: Optional[List[str]],
                 follow: bool) -> None:
        self._connection = connection
        self._types = types
        self._follow = follow
        self._link: Optional[Link] = None
        self._number = 0
        self._pid = 0
        self._queue = EventQueue()
        self.seq = 0

    async def _begin(self, since: Optional[int]) -> None:
        connection, queue = self._connection, self._queue
        params: Dict[str, Any] = {} if self._types is None else {"types": list(self._types)}
        if since is not None:
            params["since"] = since
        link = await connection._connected()
        answer: "asyncio.Future[Any]" = asyncio.get_running_loop().create_future()

        def begun(result: Any, error: Optional[DtreeError]) -> None:
            if not error:
                # Before the next message is looked at.
                link.core.subscribers[result["subscription"]] = queue.tell
            _settle(answer, result, error)

        number = link.core.send("subscribe", params, begun)
        connection._flush(link)
        result = await connection._answer(answer, link, lambda: link.core.forget(number))
        self._link, self._number = link, result["subscription"]
        queue.seq = result["seq"] if since is None else since
        queue.error = None
        if self._follow:
            self._pid = (await connection.call("status"))["pid"]

    async def _resume(self) -> None:
        """Subscribes again, over a new connection."""
        former = self._link
        status = await self._connection.call("status")
        made = (await self._connection._connected()).made
        again = former and same_daemon(status, self._pid, made - former.made)
        try:
            await self._begin(self._queue.seq if again else 0)
        except InvalidParams:
            await self._begin(0)

    async def next(self) -> Event:
        """The next event."""
        queue = self._queue
        while True:
            event = queue.get()
            if event:
                self.seq = event.seq
                return event
            link = self._link
            if queue.error or not link or link.core.is_lost:
                if not self._follow:
                    raise queue.error or Lost("the subscription is closed")
                try:
                    await self._resume()
                except Lost:
                    pass
                continue
            await self._connection._until(
                lambda: queue.waits() or queue.error is not None or self._link is not link)

    async def __anext__(self) -> Event:
        return await self.next()

    async def close(self) -> None:
        """As of Subscription."""
        self._follow = False
        link, self._link = self._link, None
        self._queue = EventQueue()
        if link and not link.core.is_lost:
            link.core.subscribers.pop(self._number, None)
            link.core.send("unsubscribe", {"subscription": self._number}, lambda *_: None)
            self._connection._flush(link)
        self._connection._turned()

    async def __aenter__(self) -> "AsyncSubscription":
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()
