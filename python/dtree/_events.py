"""The events of a subscription that nobody has asked for yet."""

from __future__ import annotations

from collections import deque
from typing import Any, Deque, Mapping, Optional

from .errors import DtreeError
from .shapes import Event

# As many as dtreed keeps.
KEPT = 4096


class EventQueue:
    """Of those that find no room the oldest are dropped, and counted: an event "events_dropped"
    stands in their place, as where dtreed drops some."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._events: Deque[Event] = deque()
        self._dropped = 0
        self._last_dropped: Optional[Event] = None
        self.error: Optional[DtreeError] = None
        self.seq = 0  # of the newest that was given

    def tell(self, event: Optional[Event], error: Optional[DtreeError]) -> None:
        """An event, or why there will be no more."""
        if event is None:
            self.error = error
            return
        if len(self._events) >= self._most:
            old = self._events.popleft()
            self._dropped += int(old.fields.get("count", 1)) if old.type == "events_dropped" else 1
            self._last_dropped = old
        self._events.append(event)

    def waits(self) -> bool:
        """Is there an event?"""
        return bool(self._events)

    def get(self) -> Optional[Event]:
        """The next event; None: none waits."""
        event: Optional[Event] = None
        if self._last_dropped:
            old, self._last_dropped = self._last_dropped, None
            event = Event("events_dropped", old.seq, old.time, fields={"count": self._dropped})
            self._dropped = 0
        elif self._events:
            event = self._events.popleft()
        if event:
            self.seq = max(self.seq, event.seq)
        return event


def same_daemon(status: Mapping[str, Any], pid: int, between: float) -> bool:
    """Is this the dtreed of that pid, to which the former connection was made so many seconds before
    this one? Any other has started after that."""
    return bool(status["pid"] == pid and status["uptime_ms"] >= between * 1000)
