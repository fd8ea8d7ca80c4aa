"""An exec in pieces, without its connection's socket: what waits, and what dtreed's credit lets be
sent. Client and AsyncClient share it.

Invariants: at most FEEDS feeds are under way; `fed` never passes `limit`, which only dtreed's credit
moves. `done` is called once, or never after an abandon.
"""

from __future__ import annotations

import base64
import re
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Mapping, Optional, Tuple

from ._core import Core, Done, OnProgress
from .errors import NOT_RUN, UNKNOWN, Cancelled, DtreeError, Invalid, Lost

# The size of a full feed: escaped it still fits a request line.
CHUNK = 64 << 10
# Feeds under way: enough to use dtreed's credit, even if some are short.
FEEDS = 8
# When so much waits here, nothing more is taken.
ROOM = 3 * CHUNK
_BLANK = re.compile("[ \t\r\n]")


class _Piece:
    """Bytes that wait. ends: they are one argument, blanks too; else blanks separate arguments, or
    they are input, and more may be added."""

    def __init__(self, data: bytes, ends: bool) -> None:
        self.data = bytearray(data)
        self.ends = ends


class Feeder:
    """One stream. is_input: bytes of standard input are fed, else arguments."""

    def __init__(self, core: Core, target: Mapping[str, Any], done: Done, *, args: List[str],
                 is_input: bool, progress: Optional[OnProgress] = None,
                 beside: Optional[Mapping[str, Any]] = None) -> None:
        self.core = core
        self.is_input = is_input
        self.over = False   # done was called, or it is abandoned
        self.ended = False  # no more input is wanted
        self._done = done
        self._progress = progress
        self._beside = dict(beside or {})
        self._waits: Deque[_Piece] = deque()
        self._size = 0
        self._number: Optional[int] = None  # dtreed's, once open
        self._limit = self._fed = self._feeds = 0
        self._complete = self._closed = self._may_run = False
        params: Dict[str, Any] = {**target, "args": args}
        if is_input:
            params["stdin"] = True
        self._last = core.send("exec_open", params, self._opened, **self._beside)
        core.endings[self] = self._lost

    # What its users call.

    def room(self) -> int:
        """How many bytes may be added now."""
        return 0 if self.over or self.ended else max(0, ROOM - self._size)

    def add_input(self, data: bytes) -> None:
        """Bytes of standard input; they are dropped once it has ended."""
        if data and not self.over and not self.ended:
            self._add(data)
            self._pump()

    def add_argument(self, text: str) -> None:
        """One more argument."""
        data = check_argument(text)
        if self.over:
            return
        if not data or _BLANK.search(text):
            self._waits.append(_Piece(data, True))
            self._size += len(data) + 1
        else:
            # Many small ones share a feed.
            self._add(data + b" ")
        if self._size >= CHUNK:
            self._pump()

    def complete(self) -> None:
        """Nothing more will be added; done follows."""
        self._complete = True
        self._pump()

    def abandon(self) -> None:
        """It has no effect on the service, or its program ends; done is not called."""
        if self._closed and not self.over:
            self.core.cancel(self._last)
        self._end(None, None)
        self._pump()

    def cancel(self) -> None:
        """Asks dtreed to cancel it; done says what became of it."""
        if self._closed:
            self.core.cancel(self._last)
            return
        outcome = UNKNOWN if self.is_input else NOT_RUN
        self._end(None, Cancelled("it was cancelled before its end was sent",
                                  {"name": Cancelled.name, "outcome": outcome}))
        self._pump()

    def settled(self) -> bool:
        """Is there nothing more to be sent?"""
        return self.core.is_lost or self not in self.core.endings

    # What happens to it.

    def _add(self, data: bytes) -> None:
        if self._waits and not self._waits[-1].ends:
            self._waits[-1].data += data
        else:
            self._waits.append(_Piece(data, False))
        self._size += len(data)

    def _drop(self) -> None:
        self._waits.clear()
        self._size = 0

    def _end(self, result: Any, error: Optional[DtreeError]) -> None:
        """Tells the end, once; without either it tells nothing."""
        if self.over:
            return
        self.over = True
        self._drop()
        if result is not None or error:
            self._done(result, error)

    def _lost(self, error_of: Callable[[bool], DtreeError]) -> None:
        """Without its close dtreed drops it; but its program runs from the opening on."""
        self._end(None, error_of(self.is_input and self._may_run))

    def _opened(self, result: Any, error: Optional[DtreeError]) -> None:
        number, credit = (result or {}).get("stream"), (result or {}).get("credit")
        if self.core.is_lost:
            self._may_run = bool(error and error.may_have_run)
        elif isinstance(number, int) and isinstance(credit, int):
            self._number = number
            self._limit = credit
            self._may_run = True
            self._pump()
        else:
            self.core.endings.pop(self, None)
            self._end(None, error or Lost("a stream without a number"))

    def _pump(self) -> None:
        """Sends the feeds that may be sent, and the close."""
        if self._number is None or self._closed or self.core.is_lost:
            return
        while self._feeds < FEEDS and self._waits and self._feed_one(self._waits[0]):
            pass
        if self.over or self._complete and not self._waits:
            self._close()

    def _cut(self, piece: _Piece) -> Optional[Tuple[int, bool]]:
        """How many of the bytes make the next feed, and whether they end the argument; None:
        nothing may be sent now."""
        size = min(len(piece.data), CHUNK)
        end = piece.ends and size == len(piece.data)
        left = self._limit - self._fed
        if size + end > left:
            if self._feeds:
                return None
            size, end = min(size, left), False
        elif self._feeds and size < CHUNK and not piece.ends and not self._complete \
                and piece is self._waits[-1]:
            # More may come for a fuller one.
            return None
        # A character that would be cut goes with the next feed.
        while not self.is_input and 0 < size < len(piece.data) \
                and piece.data[size] & 0xC0 == 0x80:
            size -= 1
        return (size, end) if size or end else None

    def _feed_one(self, piece: _Piece) -> bool:
        cut = self._cut(piece)
        if not cut:
            return False
        size, end = cut
        part = bytes(piece.data[:size])
        params: Dict[str, Any] = {"stream": self._number}
        if self.is_input:
            params["data_base64"] = base64.b64encode(part).decode()
        else:
            params["data"] = part.decode()
            if piece.ends:
                params["end_arg"] = end
        del piece.data[:size]
        self._size -= size + end
        self._fed += size + end
        if not piece.data and end == piece.ends:
            self._waits.popleft()
        self._feeds += 1
        fed = self._fed
        self.core.send("exec_feed", params, lambda result, error: self._was_fed(fed, result, error))
        return True

    def _was_fed(self, fed: int, result: Any, error: Optional[DtreeError]) -> None:
        self._feeds -= 1
        if self.core.is_lost:
            return
        if error:
            self._end(None, error)
        else:
            credit = result.get("credit")
            if isinstance(credit, int):
                self._limit = max(self._limit, fed + credit)
            if result.get("ended") is True:
                self.ended = self._complete = True
                self._drop()
        self._pump()

    def _close(self) -> None:
        self._closed = True
        self.core.endings.pop(self, None)
        params: Dict[str, Any] = {"stream": self._number}
        if self.over:
            params["abandon"] = True
        self._last = self.core.send("exec_close", params, self._was_closed,
                                    progress=None if self.over else self._progress, **self._beside)

    def _was_closed(self, result: Any, error: Optional[DtreeError]) -> None:
        if error and self.core.is_lost and self.is_input and not error.may_have_run:
            # The close was not sent whole, but the program has been running.
            error.data["outcome"] = UNKNOWN
        self._end(result, error)


def check_argument(text: str) -> bytes:
    """An argument as bytes. Invalid if it cannot be sent."""
    if "\0" in text:
        raise Invalid("an argument has a NUL byte")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Invalid(f"an argument is not valid UTF-8: {error}") from None
