"""Lines and messages: bytes to JSON values and back. No I/O, no state but a line's beginning."""

from __future__ import annotations

import json
from typing import Any, Dict, Mapping, Optional

from .errors import Invalid, Lost

# A request line of more bytes makes dtreed close the connection (dtree-protocol(7), LIMITS).
REQUEST_MAX = 1 << 20
# 64 MiB of result in base64, and what is around it.
REPLY_MAX = (64 << 20) // 3 * 4 + (64 << 10)


class LineReader:
    """Cuts bytes into lines, however they come."""

    def __init__(self, most: int = REPLY_MAX) -> None:
        self._most = most
        self._bytes = bytearray()
        self._looked = 0

    def add(self, data: bytes) -> None:
        """Bytes as they came."""
        self._bytes += data

    def next(self) -> Optional[bytes]:
        """The next whole line, without its end; None: it has not come yet. Lost if it is too
        long."""
        at = self._bytes.find(b"\n", self._looked)
        if at > self._most or at < 0 and len(self._bytes) > self._most:
            raise Lost(f"a reply of more than {self._most} bytes")
        if at < 0:
            self._looked = len(self._bytes)
            return None
        line = bytes(self._bytes[:at])
        del self._bytes[:at + 1]
        self._looked = 0
        return line[:-1] if line.endswith(b"\r") else line


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def read_message(line: bytes) -> Dict[str, Any]:
    """The object of a line. Lost if it is none."""
    try:
        message = json.loads(line.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Lost(f"a reply that cannot be read: {error}") from None
    if not isinstance(message, dict):
        raise Lost("a reply that is no object")
    return message


def _check(value: Any) -> None:
    """What dtreed would refuse, or json.dumps() would write as something else."""
    if isinstance(value, str):
        if "\0" in value:
            raise Invalid("a string has a NUL byte")
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check(item)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if not isinstance(name, str):
                raise Invalid(f"a member's name is no string: {name!r}")
            _check(name)
            _check(item)


def write_request(number: int, method: str, params: Any, beside: Mapping[str, Any]) -> bytes:
    """A request as a line. Invalid if it cannot be sent."""
    request: Dict[str, Any] = {"jsonrpc": "2.0", "id": number, "method": method, **beside}
    if params is not None:
        request["params"] = params
    try:
        _check(request)
        line = json.dumps(request, ensure_ascii=False, allow_nan=False,
                          separators=(",", ":")).encode() + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"this cannot be sent: {error}") from None
    if len(line) > REQUEST_MAX:
        raise Invalid(f"a request of {len(line)} bytes is too large")
    return line
