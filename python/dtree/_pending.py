"""A request of the blocking client whose reply is still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, TypeVar

from .errors import DtreeError

if TYPE_CHECKING:
    from ._blocking import Connection

T = TypeVar("T")


class Pending(Generic[T]):
    """A request that was sent, and whose reply is still to come, or has come."""

    def __init__(self, connection: "Connection", convert: Callable[[Any], T]) -> None:
        self._connection = connection
        self._convert = convert
        self._cancel: Callable[[], None] = lambda: None
        self._abandon: Callable[[], None] = lambda: None
        self._finished = False
        self._result: Any = None
        self._error: Optional[DtreeError] = None

    def _end(self, result: Any, error: Optional[DtreeError]) -> None:
        self._finished = True
        self._result, self._error = result, error

    def done(self) -> bool:
        """Has the reply come? Does not look: result() and every other call of the client do."""
        return self._finished

    def result(self, timeout: Optional[float] = None) -> T:
        """Waits for the reply, at most for so many seconds, and gives the result. Timeout: it has
        not come yet, and may be waited for again. Any other DtreeError: the request failed."""
        self._connection._run(lambda: self._finished, timeout)
        if self._error:
            raise self._error
        return self._convert(self._result)

    def cancel(self) -> None:
        """Asks dtreed to cancel it. result() then raises Cancelled, or gives the result where it
        could not be cancelled any more."""
        with self._connection._mine():
            if not self._finished:
                self._cancel()
                self._connection._flush()

    def abandon(self) -> None:
        """The same, for a reply that nobody wants: result() must not be called any more."""
        with self._connection._mine():
            if not self._finished:
                self._abandon()
                self._connection._flush()
