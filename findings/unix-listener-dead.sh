#!/bin/sh
# Guess: when the process that listens at a Unix socket was killed with -9, connect() is refused
# (ECONNREFUSED) from then on, so a connect() that succeeds means that somebody serves there.
# Seen: it succeeds for as long as any process has a copy of the descriptor, as a child that was
# forked and has not become another program yet, and the connection waits in the queue for nobody.
# SO_PEERCRED of it names the dead process, as the one that called listen(), and not the child. With
# its death the waiting connection is reset.
# Version: observed on Linux 6.18.
. "${0%/*}/common.sh"
echo "version: Linux $(uname -r), $(python3 --version)"

python3 - "$work/socket" >"$work/said" <<'PY'
import os, signal, socket, struct, sys
path = sys.argv[1]
told, tell = os.pipe()
listener = os.fork()
if listener == 0:
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    child = os.fork()  # as between fork and exec
    if child == 0:
        signal.pause()
    os.write(tell, b"%d" % child)
    signal.pause()
child = int(os.read(told, 16))
os.kill(listener, signal.SIGKILL)
os.waitpid(listener, 0)
client = socket.socket(socket.AF_UNIX)
try:
    client.connect(path)
    print("connect: succeeds")
    peer = struct.unpack("iii", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    print("peer:", "the dead one" if peer == listener else "the child" if peer == child else peer)
except OSError as error:
    print("connect:", error.strerror)
os.kill(child, signal.SIGKILL)
client.settimeout(10)
try:
    print("afterwards: read", client.recv(1))
except OSError as error:
    print("afterwards:", error.strerror)
again = socket.socket(socket.AF_UNIX)
try:
    again.connect(path)
    print("again: succeeds")
except OSError as error:
    print("again:", error.strerror)
PY
said() {
	sed -n "s/^$1: //p" "$work/said"
}
same 'connect() to a socket whose listener is dead' succeeds "$(said connect)"
same 'whom SO_PEERCRED names' 'the dead one' "$(said peer)"
same 'when the child has ended, the connection' 'Connection reset by peer' "$(said afterwards)"
same 'and another' 'Connection refused' "$(said again)"
verdict
