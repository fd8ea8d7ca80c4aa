"""What Client is made of: its connection, and requests under way."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import (Any, Callable, Dict, List, Mapping, Optional, Sequence, Type, TypeVar, cast)

from ._blocking_streams import Stream, Subscription
from ._core import OnProgress, read_result
from ._feed import Feeder
from ._link import Link, socket_path
from ._params import given
from ._pending import Pending
from .errors import Busy, DtreeError, Lost, NoDaemon, Timeout, lost
from .shapes import Result

T = TypeVar("T")
Self = TypeVar("Self", bound="Connection")
# Between two looks for a daemon that is waited for, in seconds.
PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2)


class _Mine:
    """Holds a client for one thread; a RuntimeError for another is better than mixed lines."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("a client belongs to one thread at a time")

    def __exit__(self, *_: Any) -> None:
        self._lock.release()


class Connection:
    """See Client."""

    def __init__(self, path: Optional[str] = None, *, wait: float = 0.0,
                 timeout: Optional[float] = None, keepalive: Optional[float] = 60.0) -> None:
        """path: the socket; see socket_path() for the default. Nothing is connected yet.

        wait: for how many seconds a request waits for a dtreed where there is none.
        timeout: for how many seconds a call waits for its reply; None: for ever, which ends, as
        dtreed answers every request by its own deadline.
        keepalive: after so many seconds in which replies are due and nothing has come, dtreed is
        asked whether it is there, and after as long again the connection is given up: requests
        under way end with Timeout. None: never.
        """
        self.path = socket_path() if path is None else path
        self.wait_for_daemon = wait
        self.timeout = timeout
        self.keepalive = keepalive
        self._link: Optional[Link] = None
        self._owner = threading.RLock()
        self._trace: Any = None

    def close(self) -> None:
        """Closes the connection. Requests under way are cancelled and end with Lost. The client may
        be used again: it connects anew."""
        with self._mine():
            if self._link:
                self._link.lose(Lost(f"connection to {self.path} is closed"))
                self._link = None

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()

    # The connection.

    def _mine(self) -> _Mine:
        return _Mine(self._owner)

    def _connected(self) -> Link:
        """The connection, made anew if there is none. Waits for a dtreed as long as it may."""
        if self._link and not self._link.core.is_lost:
            return self._link
        end = time.monotonic() + self.wait_for_daemon
        looks = 0
        while True:
            try:
                self._link = Link(self.path)
                return self._link
            except (NoDaemon, Busy):
                left = end - time.monotonic()
                if left <= 0:
                    raise
                time.sleep(min(left, PAUSES[min(looks, len(PAUSES) - 1)]))
                looks += 1

    def _ready(self) -> Link:
        """The connection, with room for another request."""
        while True:
            link = self._connected()
            if link.core.has_room():
                return link
            self._turn(link, None)

    def _flush(self) -> None:
        if self._link:
            self._link.write()

    def _turn(self, link: Link, end: Optional[float]) -> None:
        """Writes, reads what has come and acts on it; where nothing has come, sleeps until
        something does, at most until `end`."""
        link.write()
        came = link.read()
        # What has come may have made room for more.
        link.write()
        if came or link.core.is_lost:
            return
        left = link.keep_alive(self.keepalive)
        waits = [seconds for seconds in (left, None if end is None else end - time.monotonic())
                 if seconds is not None]
        if not link.core.is_lost:
            link.wait(min(waits) if waits else None)

    def _run(self, finished: Callable[[], bool], timeout: Optional[float]) -> None:
        """Turns until it is so. Timeout: it is not by then."""
        end = None if timeout is None else time.monotonic() + timeout
        with self._mine():
            while not finished():
                link = self._link
                if not link or link.core.is_lost:
                    # All that was under way on it has ended.
                    raise Lost(f"connection to {self.path} is lost")
                self._turn(link, end)
                if end is not None and time.monotonic() >= end and not finished():
                    raise lost(f"no answer from {self.path} within {timeout} s", True, Timeout)

    def _any_done(self, pending: Sequence[Pending[Any]], left: Optional[float]) -> None:
        """Turns until one of them has ended, at most for so many seconds."""
        try:
            self._run(lambda: any(one.done() for one in pending), left)
        except Timeout:
            pass

    # Requests.

    def send(self, method: str, params: Any = None, *, convert: Optional[Callable[[Any], T]] = None,
             progress: Optional[OnProgress] = None,
             traceparent: Optional[str] = None) -> Pending[T]:
        """Sends a request for a method of dtree-protocol(7), and does not wait for its reply.

        params: a dict or list of them, or None.
        convert: makes of the result's dict what Pending.result() gives.
        progress: called with each Progress, in this thread, by what waits for a reply.
        traceparent: the trace that it belongs to, as of W3C Trace Context.

        Waits while 1000 requests are under way. NoDaemon, Busy, Unreachable, Invalid: it was not
        sent.
        """
        with self._mine():
            core = self._ready().core
            pending: Pending[T] = Pending(self, convert or (lambda result: cast(T, result)))
            number = core.send(method, params, pending._end, progress=progress,
                               **given(traceparent=traceparent))
            pending._cancel = lambda: core.cancel(number)
            pending._abandon = lambda: core.abandon(number)
            self._flush()
            return pending

    def _finish(self, pending: Pending[T]) -> T:
        """Its result; a request that is not waited for to its end is cancelled."""
        try:
            return pending.result(self.timeout)
        except BaseException:
            pending.abandon()
            raise

    def call(self, method: str, params: Any = None, **how: Any) -> Any:
        """Sends a request, as send() does, and waits for its result, a dict. Timeout: no reply has
        come in the client's time; the request is cancelled and may have run."""
        return self._finish(self.send(method, params, **how))

    def _feeder(self, target: Mapping[str, Any], args: List[str], is_input: bool,
                progress: Optional[OnProgress], beside: Dict[str, Any]) -> Stream:
        with self._mine():
            core = self._ready().core
            pending: Pending[Result] = Pending(self, read_result)
            feeder = Feeder(core, target, pending._end, args=args, is_input=is_input,
                            progress=progress, beside=beside)
            pending._cancel = feeder.cancel
            pending._abandon = feeder.abandon
            self._flush()
            return Stream(self, feeder, pending)

    def subscribe(self, types: Optional[List[str]] = None, *, since: Optional[int] = None,
                  follow: bool = False) -> Subscription:
        """Events from now on, or those behind the number `since` first.

        types: which; None: all. dtree-protocol(7), EVENTS, lists them.
        follow: where the connection is lost it is made anew, within the client's `wait`, and no
        event is missed that dtreed still has; of another dtreed all are given, from its
        controller_started on: after that the tree should be asked for again.
        """
        subscription = Subscription(self, types, follow)
        subscription._begin(since)
        return subscription
