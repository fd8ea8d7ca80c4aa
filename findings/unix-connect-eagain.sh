#!/bin/sh
# Guess: connect(2) without blocking is the same for a Unix socket as for TCP: what cannot be had at
# once goes on behind one's back; wait until it is writable, ask SO_ERROR, and 0 means connected.
# Seen: when the listener's backlog is full it gives EAGAIN (TCP: EINPROGRESS), and nothing goes on.
# poll(2) says writable at once, SO_ERROR says 0, and the socket is connected to nobody: the first
# write fails with ENOTCONN. It will never be connected unless connect() is called again, and no
# event tells when that would do. A loop that takes EAGAIN for EINPROGRESS believes in a peer it does
# not have; one that tries again at once spins.
# Version: observed on Linux 6.18.
. "${0%/*}/common.sh"
echo "version: Linux $(uname -r)"

said=$(cd "$work" && python3 - <<'PY'
import errno, select, socket

listener = socket.socket(socket.AF_UNIX)
listener.bind("s")
listener.listen(1)
sockets = []
while True:
    s = socket.socket(socket.AF_UNIX)
    s.setblocking(False)
    sockets.append(s)
    if code := s.connect_ex("s"):
        break
poll = select.poll()
poll.register(s, select.POLLOUT)
(_, events), = poll.poll(1000)
print(errno.errorcode[code], "writable" if events & select.POLLOUT else "not writable",
      "SO_ERROR", s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), end=" ")
try:
    s.send(b"x")
except OSError as error:
    print("send", errno.errorcode[error.errno], end=" ")
# Room again: nothing connects by itself, another call does.
listener.accept()
try:
    s.send(b"x")
except OSError as error:
    print("later", errno.errorcode[error.errno], end=" ")
print("again", s.connect_ex("s"))
PY
)
echo "output: $said"
same 'connect, poll, SO_ERROR, send, send with room, connect again' \
	'EAGAIN writable SO_ERROR 0 send ENOTCONN later ENOTCONN again 0' "$said"
verdict
