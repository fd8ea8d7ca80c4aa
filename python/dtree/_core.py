"""One connection, without its socket: which requests are under way, and what a message does to
them. Client and AsyncClient share it.

Invariant: a call leaves the table before it is told its end, so that it is told once. A reply to a
call that is not in the table is dropped.
"""

from __future__ import annotations

import base64
import binascii
import datetime
from typing import Any, Callable, Dict, Mapping, Optional, Type

from ._lines import LineReader, read_message, write_request
from .errors import Denied, DtreeError, InternalError, Lost, error_of, lost
from .shapes import Event, Progress, Result

# The most requests of a client that are under way. dtreed stops reading at 1024; what is between is
# for requests that must get through, such as cancel.
CALLS_MAX = 1000
# The most bytes that wait to be written when another request is begun.
OUTPUT_MAX = 1 << 20

# Told the end of a call: its result, or the error.
Done = Callable[[Any, Optional[DtreeError]], None]
OnProgress = Callable[[Progress], None]
OnEvent = Callable[[Optional[Event], Optional[DtreeError]], None]
# Told of the loss of the connection: makes the error of a request that may have run, or not.
Ending = Callable[[Callable[[bool], DtreeError]], None]


class Broken(Exception):
    """The connection is of no use any more, for that error."""

    def __init__(self, error: DtreeError) -> None:
        super().__init__(error.message)
        self.error = error


class Call:
    """A request under way."""

    def __init__(self, done: Done, progress: Optional[OnProgress], end: int) -> None:
        self.done = done
        self.progress = progress
        self.end = end  # of its line, as Core.queued counts


class Core:
    """The state of one connection, from its beginning to its loss."""

    def __init__(self) -> None:
        self.output = bytearray()
        self.calls: Dict[int, Call] = {}
        self.subscribers: Dict[int, OnEvent] = {}
        # Told of the loss behind all calls: streams, which may have none under way.
        self.endings: Dict[object, Ending] = {}
        self.is_lost = False
        self.stirred = False  # a request was sent when none was under way
        self.queued = 0
        self.written = 0
        self._refused = False
        self._last = 0
        self._lines = LineReader()

    # Out.

    def send(self, method: str, params: Any, done: Done, *,
             progress: Optional[OnProgress] = None, **beside: Any) -> int:
        """Queues a request; gives its id. Invalid: it cannot be sent."""
        line = write_request(self._last + 1, method, params, beside)
        self._last += 1
        self.stirred = self.stirred or not self.calls
        self.output += line
        self.queued += len(line)
        self.calls[self._last] = Call(done, progress, self.queued)
        return self._last

    def wrote(self, size: int) -> None:
        """The socket has taken so many bytes of the output."""
        del self.output[:size]
        self.written += size

    def cut(self) -> None:
        """Nothing more can be written; replies may still come."""
        self.output.clear()

    def has_room(self) -> bool:
        """May another request begin?"""
        return len(self.calls) < CALLS_MAX and len(self.output) < OUTPUT_MAX

    def cancel(self, number: int) -> None:
        """Asks dtreed to cancel a request, if it is under way."""
        if number in self.calls and not self.is_lost:
            self.send("cancel", {"request": number}, _nothing)

    def forget(self, number: int) -> None:
        """Its reply is dropped; it stays one of those that are under way."""
        if call := self.calls.get(number):
            call.done, call.progress = _nothing, None

    def abandon(self, number: int) -> None:
        """Both: nobody waits for it any more."""
        self.cancel(number)
        self.forget(number)

    # In.

    def received(self, data: bytes) -> None:
        """Bytes as they came; next() reads them."""
        self._lines.add(data)

    def next(self) -> bool:
        """Does what the next whole message says, once; False: there is none. What is called from
        here may call it again: messages keep their order. Broken: it is no message."""
        try:
            line = self._lines.next()
            message = read_message(line) if line and line.strip() else None
        except Lost as error:
            raise Broken(error) from None
        if message is not None:
            self._take(message)
        return line is not None

    def _take(self, message: Mapping[str, Any]) -> None:
        number = message.get("id")
        if "method" in message:
            self._notified(message["method"], message.get("params"))
        elif isinstance(number, int) and not isinstance(number, bool):
            if call := self.calls.pop(number, None):
                self._answer(call, message)
        elif "error" in message:
            # It belongs to no request: a line that dtreed refuses, or the whole connection.
            error = _read_error(message["error"])
            self._refused = isinstance(error, Denied) or self._last <= 1
            raise Broken(error_of(error.code, f"dtreed: {error.message}", error.data))
        else:
            raise Broken(Lost("a reply to no request"))

    def _answer(self, call: Call, message: Mapping[str, Any]) -> None:
        if "error" in message:
            call.done(None, _read_error(message["error"]))
        elif isinstance(message.get("result"), dict):
            call.done(message["result"], None)
        else:
            call.done(None, Lost("a reply without a result", {"name": "LOST",
                                                              "outcome": "unknown"}))

    def _notified(self, method: Any, params: Any) -> None:
        if not isinstance(params, dict):
            return
        if method == "progress":
            call = self.calls.get(params["id"]) if isinstance(params.get("id"), int) else None
            progress = _read_progress(params)
            if call and call.progress and progress:
                call.progress(progress)
        elif method == "event":
            subscription = params.get("subscription")
            told = self.subscribers.get(subscription) if isinstance(subscription, int) else None
            if told:
                try:
                    event = read_event(params)
                except Lost as error:
                    raise Broken(error) from None
                told(event, None)

    def lose(self, error: DtreeError, kind: Type[DtreeError] = Lost) -> None:
        """The connection is gone: ends all that is under way, with what is known of each."""
        if self.is_lost:
            return
        self.is_lost = True
        if error.code < -32000 and not isinstance(error, InternalError):
            kind = type(error)
        self.cut()
        calls, self.calls = self.calls, {}
        for call in calls.values():
            # dtreed also takes a last line without its end.
            ran = not self._refused and self.written + 1 >= call.end
            call.done(None, lost(error.message, ran, kind))
        endings, self.endings = self.endings, {}
        for ending in endings.values():
            ending(lambda ran: lost(error.message, ran and not self._refused, kind))
        subscribers, self.subscribers = self.subscribers, {}
        for told in subscribers.values():
            told(None, lost(error.message, False, kind))


def _nothing(_result: Any, _error: Optional[DtreeError]) -> None:
    """The end of a call that nobody waits for."""


def _read_error(error: Any) -> DtreeError:
    if not isinstance(error, dict):
        return InternalError("an error that is no object")
    code, message, data = error.get("code"), error.get("message"), error.get("data")
    return error_of(code if isinstance(code, int) else InternalError.code,
                    message if isinstance(message, str) else "an error without a message",
                    data if isinstance(data, dict) else None)


def _read_progress(params: Mapping[str, Any]) -> Optional[Progress]:
    done, total, text = params.get("done"), params.get("total", 0), params.get("text", "")
    numbers = all(isinstance(number, (int, float)) and number >= 0 for number in (done, total))
    if not numbers or not isinstance(text, str):
        return None
    return Progress(float(done or 0), float(total), text)


def read_event(params: Mapping[str, Any]) -> Event:
    """An event of a notification's params. Lost if it is none."""
    fields = dict(params)
    fields.pop("subscription", None)
    try:
        time = datetime.datetime.fromisoformat(fields.pop("time").replace("Z", "+00:00"))
        return Event(type=str(fields.pop("type")), seq=int(fields.pop("seq")), time=time,
                     id=fields.pop("id", None), name=fields.pop("name", None), fields=fields)
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Lost(f"an event that cannot be read: {dict(params)}") from None


def read_result(result: Mapping[str, Any]) -> Result:
    """The result of an exec. Lost if it is none."""
    try:
        if "result_base64" in result:
            raw: Optional[bytes] = base64.b64decode(result["result_base64"], validate=True)
        else:
            text = result["result"]
            raw = None if text is None else text.encode()
        return Result(int(result["id"]), raw)
    except (KeyError, ValueError, TypeError, AttributeError, binascii.Error):
        raise Lost(f"a result that cannot be read: {str(dict(result))[:200]}",
                   {"name": "LOST", "outcome": "unknown"}) from None
