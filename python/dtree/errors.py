"""What can go wrong: one class for each code.

The codes below -32000 come from dtreed and are described in dtree-protocol(7), ERROR CODES. Those
from -1 to -6 are found on this side. All are DtreeError.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Type

NOT_RUN = "not_run"
UNKNOWN = "unknown"


class DtreeError(Exception):
    """A request that failed. Itself, not a subclass, stands for a code that this module does not
    know.

    code: a number as of dtree-protocol(7), or from -1 to -6.
    message: one line for a person; its words may change.
    data: what is known beside it, as of dtree-protocol(7); may be empty.
    """

    code: int = 0
    name: str = ""

    def __init__(self, message: str, data: Optional[Mapping[str, Any]] = None,
                 code: Optional[int] = None) -> None:
        super().__init__(message)
        self.message = message
        self.data: Dict[str, Any] = dict(data or {})
        if code is not None:
            self.code = code
        if isinstance(name := self.data.get("name"), str):
            self.name = name

    @property
    def outcome(self) -> str:
        """"not_run": the request was not carried out and will not be, so it may simply be sent
        again. "unknown": it may have been carried out. "": the code says all, and it was not."""
        outcome = self.data.get("outcome")
        return outcome if isinstance(outcome, str) else ""

    @property
    def may_have_run(self) -> bool:
        """May it have been carried out?"""
        return self.outcome == UNKNOWN

    @property
    def retry_after(self) -> Optional[float]:
        """After how many seconds a request may succeed; None: it is not known."""
        ms = self.data.get("retry_ms")
        return ms / 1000 if isinstance(ms, (int, float)) else None

    @property
    def node(self) -> Optional[int]:
        """The node that was chosen from a group; None: the request named a node, or none was."""
        node = self.data.get("id")
        return node if isinstance(node, int) else None

    def __reduce__(self) -> Any:
        return type(self), (self.message, self.data, self.code)


class NoDaemon(DtreeError):
    """No process listens at the socket, or there is none."""
    code, name = -1, "NO_DAEMON"


class Lost(DtreeError):
    """The connection ended before the reply. outcome says whether the request may have run."""
    code, name = -2, "LOST"


class Timeout(DtreeError):
    """No reply came in the time that this side waits. The request may have run."""
    code, name = -3, "TIMEOUT"


class Invalid(DtreeError):
    """This cannot be sent: no UTF-8, a NUL byte, too long. Nothing was sent."""
    code, name = -4, "INVALID"


class Unreachable(DtreeError):
    """The socket cannot be reached; whether a dtreed is there is not known."""
    code, name = -5, "UNREACHABLE"


class Busy(DtreeError):
    """dtreed is there and takes no connection now."""
    code, name = -6, "BUSY"


class ParseError(DtreeError):
    """The line is no JSON."""
    code, name = -32700, "PARSE_ERROR"


class InvalidRequest(DtreeError):
    """It is JSON, but no request."""
    code, name = -32600, "INVALID_REQUEST"


class MethodNotFound(DtreeError):
    """This dtreed has no such method."""
    code, name = -32601, "METHOD_NOT_FOUND"


class InvalidParams(DtreeError):
    """A parameter is missing, unknown or of the wrong kind or value."""
    code, name = -32602, "INVALID_PARAMS"


class InternalError(DtreeError):
    """Something failed that should not, for example a worker could not be started."""
    code, name = -32603, "INTERNAL_ERROR"


class AlreadyExists(DtreeError):
    """There is a node of that id, dead or alive."""
    code, name = -32001, "ALREADY_EXISTS"


class NotFound(DtreeError):
    """There is no such node, name or group."""
    code, name = -32002, "NOT_FOUND"


class ParentNotFound(DtreeError):
    """There is no such parent."""
    code, name = -32003, "PARENT_NOT_FOUND"


class ParentUnavailable(DtreeError):
    """The parent is unavailable, or the node did not join in time."""
    code, name = -32004, "PARENT_UNAVAILABLE"


class NodeUnavailable(DtreeError):
    """The node is dead or silent, or did not answer in time. outcome says which."""
    code, name = -32005, "NODE_UNAVAILABLE"


class ServiceError(DtreeError):
    """The service refused, for the reason in message, or its program ended."""
    code, name = -32006, "SERVICE_ERROR"

    @property
    def status(self) -> Optional[int]:
        """The exit status of a program that failed."""
        status = self.data.get("status")
        return status if isinstance(status, int) else None

    @property
    def signal(self) -> Optional[int]:
        """The number of the signal that ended it."""
        signal = self.data.get("signal")
        return signal if isinstance(signal, int) else None


class LimitExceeded(DtreeError):
    """Too many or too large: see LIMITS in dtree-protocol(7)."""
    code, name = -32007, "LIMIT"


class Denied(DtreeError):
    """The method takes another role than this user has."""
    code, name = -32008, "DENIED"


class Cancelled(DtreeError):
    """The request was cancelled. outcome says whether it may have run."""
    code, name = -32009, "CANCELLED"


class AlreadyRunning(DtreeError):
    """start: the node has a process."""
    code, name = -32010, "ALREADY_RUNNING"


class NameTaken(DtreeError):
    """Another node has that name; the message says which."""
    code, name = -32011, "NAME_TAKEN"


class BadConfiguration(DtreeError):
    """reload: the configuration has mistakes, listed in data["mistakes"]; nothing has changed."""
    code, name = -32012, "BAD_CONFIGURATION"


class TimedOut(DtreeError):
    """wait: the node was not what was waited for in time."""
    code, name = -32013, "TIMED_OUT"


CLASSES: Dict[int, Type[DtreeError]] = {
    kind.code: kind for kind in DtreeError.__subclasses__()}


def error_of(code: int, message: str, data: Optional[Mapping[str, Any]] = None) -> DtreeError:
    """The error of that code."""
    return CLASSES.get(code, DtreeError)(message, data, code)


def lost(message: str, may_have_run: bool, kind: Type[DtreeError] = Lost,
         data: Optional[Mapping[str, Any]] = None) -> DtreeError:
    """An error of this side, with what is known of the request."""
    known = {"name": kind.name, "outcome": UNKNOWN if may_have_run else NOT_RUN}
    return kind(message, {**(data or {}), **known})
