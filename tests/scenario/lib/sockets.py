"""The TCP connections of other processes, as the kernel has them."""

import ctypes
import errno
import os
import socket
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_PIDFD_GETFD = 438
# In struct tcp_info (linux/tcp.h).
_DATA_SEGS_OUT = 156


class Refused(Exception):
    """The kernel does not let this process look at another one's sockets."""


def _take(pid, fd):
    """The same socket as another process has; None: it has no such one any more."""
    pidfd = os.pidfd_open(pid)
    try:
        mine = _libc.syscall(_PIDFD_GETFD, pidfd, fd, 0)
    finally:
        os.close(pidfd)
    if mine >= 0:
        return socket.socket(fileno=mine)
    if ctypes.get_errno() in (errno.EPERM, errno.ENOSYS):
        raise Refused(os.strerror(ctypes.get_errno()))
    return None


def connections(pid):
    """Its TCP connections: sockets of this process, which the caller closes."""
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
                continue
        except FileNotFoundError:
            continue
        taken = _take(pid, int(name))
        if taken is None:
            continue
        try:
            if taken.family == socket.AF_INET and taken.type == socket.SOCK_STREAM:
                taken.getpeername()
                found.append(taken)
                continue
        except OSError:
            pass
        taken.close()
    return found


def data_segments_sent(connection):
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    return struct.unpack_from("I", info, _DATA_SEGS_OUT)[0]
