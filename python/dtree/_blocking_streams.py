"""Streams and subscriptions of the blocking client."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional

from ._events import EventQueue, same_daemon
from ._feed import Feeder
from ._link import Link
from ._params import Argument, argument
from ._pending import Pending
from .errors import DtreeError, InvalidParams, Lost, Timeout
from .shapes import Event, Result

if TYPE_CHECKING:
    from ._blocking import Connection


class Stream:
    """An exec whose arguments, or whose standard input, are given in pieces, in bounded memory.
    As a context manager it is abandoned where close() was not reached."""

    def __init__(self, connection: Connection, feeder: Feeder, pending: Pending[Result]) -> None:
        self._connection = connection
        self._feeder = feeder
        self._pending = pending

    @property
    def ended(self) -> bool:
        """The program has ended or closed its input: what is written is dropped."""
        return self._feeder.ended

    def _await_room(self) -> None:
        """Waits until something may be added, or nothing need be. Raises why it has failed."""
        feeder = self._feeder
        self._connection._run(lambda: feeder.over or feeder.ended or feeder.room() > 0,
                              self._connection.timeout)
        if self._pending._error:
            raise self._pending._error

    def write(self, data: bytes) -> None:
        """Bytes of standard input. Waits for room: a program that does not read holds this up.
        DtreeError: the request has failed."""
        if not self._feeder.is_input:
            raise TypeError("this stream takes arguments: use add()")
        with self._connection._mine():
            view = memoryview(data)
            while view and not self.ended:
                self._await_room()
                size = min(len(view), self._feeder.room())
                self._feeder.add_input(bytes(view[:size]))
                self._connection._flush()
                view = view[size:]

    def add(self, *args: Argument) -> None:
        """More arguments. Waits for room. DtreeError: the request has failed, or one cannot be
        sent."""
        if self._feeder.is_input:
            raise TypeError("this stream takes standard input: use write()")
        with self._connection._mine():
            for value in args:
                if self._feeder.room() <= 0:
                    self._await_room()
                self._feeder.add_argument(argument(value))
            self._connection._flush()

    def close(self) -> Result:
        """The arguments, or the input, are complete: waits for the result. DtreeError: the request
        has failed."""
        with self._connection._mine():
            self._feeder.complete()
            self._connection._flush()
        return self._connection._finish(self._pending)

    def abandon(self) -> None:
        """Gives it up: arguments have no effect on the service, and a program with input ends.
        Returns when dtreed has been told, which takes a second at the most."""
        with self._connection._mine():
            self._feeder.abandon()
            self._connection._flush()
            try:
                self._connection._run(self._feeder.settled, 1.0)
            except (Lost, Timeout):
                pass

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: Any) -> None:
        if not self._feeder.over:
            self.abandon()


class Subscription(Iterator[Event]):
    """Events, one after the other: an iterator without an end, and a context manager. A loss of the
    connection is raised once all events before it were given, unless it follows."""

    def __init__(self, connection: Connection, types: Optional[List[str]], follow: bool) -> None:
        self._connection = connection
        self._types = types
        self._follow = follow
        self._link: Optional[Link] = None
        self._number = 0
        self._pid = 0
        self._queue = EventQueue()
        self.seq = 0

    def _begin(self, since: Optional[int]) -> None:
        connection, queue = self._connection, self._queue
        params: Dict[str, Any] = {} if self._types is None else {"types": list(self._types)}
        if since is not None:
            params["since"] = since
        with connection._mine():
            link = connection._ready()

            def begun(result: Any, error: Optional[DtreeError]) -> None:
                if not error:
                    # Before the next message is looked at.
                    link.core.subscribers[result["subscription"]] = queue.tell
                pending._end(result, error)

            pending: Pending[Any] = Pending(connection, lambda result: result)
            number = link.core.send("subscribe", params, begun)
            pending._abandon = lambda: link.core.forget(number)
            result = connection._finish(pending)
            self._link, self._number = link, result["subscription"]
            queue.seq = result["seq"] if since is None else since
            queue.error = None
            if self._follow:
                self._pid = connection.call("status")["pid"]

    def _resume(self) -> None:
        """Subscribes again, over a new connection."""
        former = self._link
        status = self._connection.call("status")
        made = self._connection._connected().made
        again = former and same_daemon(status, self._pid, made - former.made)
        try:
            self._begin(self._queue.seq if again else 0)
        except InvalidParams:
            self._begin(0)

    def next(self, timeout: Optional[float] = None) -> Optional[Event]:
        """The next event; None: none has come in so many seconds."""
        queue = self._queue
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            event = queue.get()
            if event:
                self.seq = event.seq
                return event
            if queue.error or not self._link or self._link.core.is_lost:
                if not self._follow:
                    raise queue.error or Lost("the subscription is closed")
                try:
                    self._resume()
                except Lost:
                    pass
                continue
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return None
            self._look(left)

    def _look(self, left: Optional[float]) -> None:
        """One turn of the connection."""
        link = self._link
        with self._connection._mine():
            if link and not link.core.is_lost:
                self._connection._turn(link, None if left is None else time.monotonic() + left)

    def __next__(self) -> Event:
        event = self.next()
        assert event is not None
        return event

    def close(self) -> None:
        """Ends the subscription."""
        self._follow = False
        link, self._link = self._link, None
        self._queue = EventQueue()
        if not link or link.core.is_lost:
            return
        with self._connection._mine():
            link.core.subscribers.pop(self._number, None)
            if link is self._connection._link:
                link.core.send("unsubscribe", {"subscription": self._number},
                               lambda result, error: None)
                link.write()

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
