"""The socket of a connection, which never blocks, and where it is. Client and AsyncClient share it.

What the socket has taken and what the core counts must agree: a KeyboardInterrupt between the two
leaves `_torn` set, and the connection is given up then, as a line may be cut or sent twice.
"""

from __future__ import annotations

import errno
import math
import os
import select
import socket
import stat
import time
from typing import Callable, Optional, Type

from ._core import Broken, Core
from .errors import Busy, DtreeError, Lost, NoDaemon, Timeout, Unreachable, lost

# unix(7), without the NUL.
PATH_MAX = 107
READ_SIZE = 256 << 10
SYSTEM_SOCKET = "/run/dtree/control.sock"


def socket_path() -> str:
    """The socket that is used where none is named: $DTREE_SOCKET; as root /run/dtree/control.sock;
    else $XDG_RUNTIME_DIR/dtree/control.sock, with /run/user/UID for an unset $XDG_RUNTIME_DIR, and
    where there is none but a /run/dtree/control.sock, that one."""
    named = os.environ.get("DTREE_SOCKET")
    if named:
        return named
    if os.geteuid() == 0:
        return SYSTEM_SOCKET
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}"
    own = f"{runtime}/dtree/control.sock"
    return SYSTEM_SOCKET if not os.path.exists(own) and os.path.exists(SYSTEM_SOCKET) else own


def _connect_error(path: str, error: OSError) -> DtreeError:
    why = os.strerror(error.errno or 0)
    kind: Type[DtreeError] = Unreachable
    text = f"{path} cannot be reached: {why}"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        kind, text = NoDaemon, f"no daemon at {path}: {why}"
    elif error.errno == errno.ECONNREFUSED:
        kind = NoDaemon
        text = f"no daemon at {path}: its socket is there, but nobody listens"
        try:
            if not stat.S_ISSOCK(os.stat(path).st_mode):
                text = f"no daemon at {path}: not a socket"
        except OSError:
            pass
    elif error.errno == errno.EAGAIN:
        kind, text = Busy, f"dtreed at {path} takes no connection: too many wait before"
    return lost(text, False, kind)


class Link:
    """A connection. NoDaemon, Busy, Unreachable: there is none."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.core = Core()
        self.made = self._heard = time.monotonic()
        self._asked = False  # whether it is there, and not heard since
        self._torn = False
        self.closing: Callable[[], None] = lambda: None  # called before the socket is closed
        size = len(os.fsencode(path))
        if not 1 <= size <= PATH_MAX:
            raise lost(f"socket path '{path}' has {size} bytes, it may have 1 to {PATH_MAX}", False,
                       Unreachable)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.setblocking(False)
            self.socket.connect(path)
        except OSError as error:
            self.socket.close()
            raise _connect_error(path, error) from None

    def fileno(self) -> int:
        """Its descriptor; -1 once it is closed."""
        return self.socket.fileno()

    def write(self) -> None:
        """Writes as much as the socket takes. A failure is left to the read, which may find a last
        error."""
        while self._is_whole() and self.core.output:
            self._torn = True
            try:
                size = self.socket.send(self.core.output[:READ_SIZE])
            except (BlockingIOError, InterruptedError):
                self._torn = False
                return
            except OSError:
                self.core.cut()
                self._torn = False
                return
            self.core.wrote(size)
            self._torn = False

    def read(self) -> bool:
        """Reads what has come, once, and does what it says; False: nothing has come. The connection
        may be lost then."""
        if not self._is_whole():
            return False
        self._torn = True
        try:
            data = self.socket.recv(READ_SIZE)
        except (BlockingIOError, InterruptedError):
            self._torn = False
            return False
        except OSError as error:
            reset = error.errno == errno.ECONNRESET
            self._end("closed by dtreed" if reset else os.strerror(error.errno or 0))
            return False
        self.core.received(data)
        self._torn = False
        if not data:
            self._end("closed by dtreed")
            return False
        self._heard = time.monotonic()
        self._asked = False
        self.dispatch()
        return True

    def _end(self, why: str) -> None:
        self.lose(Lost(f"connection to {self.path} is lost: {why}"))

    def dispatch(self) -> None:
        """Does what every whole message says."""
        try:
            while not self.core.is_lost and self.core.next():
                pass
        except Broken as broken:
            self.lose(broken.error)

    def _is_whole(self) -> bool:
        """May it be used?"""
        if self._torn and not self.core.is_lost:
            self._end("a write or a read was interrupted")
        return not self.core.is_lost

    def keep_alive(self, seconds: Optional[float]) -> Optional[float]:
        """Where replies are due and nothing has come for so long, asks whether dtreed is there, and
        after as long again gives the connection up. Gives how long it may be waited until this is
        called again; None: for ever."""
        now = time.monotonic()
        if self.core.stirred or not self.core.calls:
            self._heard = now
            self.core.stirred = self._asked = False
        if seconds is None or not self.core.calls:
            return None
        quiet = now - self._heard
        if quiet >= 2 * seconds and self._asked:
            self.lose(Timeout(f"no answer from {self.path} for {quiet:.0f} s"), Timeout)
            return 0
        if quiet >= seconds and not self._asked:
            self._asked = True
            # Its answer waits for no other request.
            self.core.send("hello", None, lambda result, error: None)
            self.write()
        return max(0.0, (2 * seconds if self._asked else seconds) - quiet)

    def lose(self, error: DtreeError, kind: Type[DtreeError] = Lost) -> None:
        """Gives it up: all that is under way ends."""
        if not self.core.is_lost:
            self.closing()
        self.socket.close()
        self.core.lose(error, kind)

    def wait(self, seconds: Optional[float]) -> None:
        """Sleeps until it can be read or, where something waits, written; or for that long."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN | (select.POLLOUT if self.core.output else 0))
        # Rounded up: less than a millisecond is not turned into a busy loop.
        poll.poll(None if seconds is None else math.ceil(max(0.0, seconds) * 1000))
