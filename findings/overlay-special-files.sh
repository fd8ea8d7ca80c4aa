#!/bin/sh
# Guess: an overlay mount shows the files of its layers, so what is met by name in a layer is met through
# the overlay too, as through a bind mount: stat(2) gives the same inode number, the same size, the same
# times. A container whose layer is a directory of the host can talk to the socket in it.
# Seen: a listening Unix socket is there in name only. connect() through the overlay is refused
# (ECONNREFUSED), as at a socket whose listener is dead, and so the other way round: what is bound in
# the overlay is refused in its upper layer. A FIFO is another pipe: its reader is not there (ENXIO). And
# a lock of fcntl(2) or flock(2) that is held in the layer is not held in the overlay: two holders, each
# alone, of one file that has not been written. So all tests of "is one running already" are passed by
# a second one. By a bind mount all of them are met; only st_dev tells the two kinds of mount apart.
# Version: observed on Linux 6.18.
. "${0%/*}/common.sh"

unshare -m true 2>/dev/null || {
	echo 'skipped: no mount namespace here'
	exit 77
}
echo "version: Linux $(uname -r | cut -d. -f1,2)"
cat >"$work/meet.py" <<'P'
import errno
import fcntl
import os
import select
import socket

listener = socket.socket(socket.AF_UNIX)
listener.bind("layer/socket")
listener.listen()
os.mkfifo("layer/fifo")
reader = os.open("layer/fifo", os.O_RDONLY | os.O_NONBLOCK)
with open("layer/lock", "w") as file:
    file.write("0\n")
os.mkdir("bound")
os.mkdir("overlay")
if os.system("mount --bind layer bound") or os.system(
        "mount -t overlay overlay -o lowerdir=layer,upperdir=upper,workdir=work overlay"):
    raise SystemExit(77)


def tried(call, *arguments):
    try:
        call(*arguments)
        return "met"
    except OSError as error:
        return errno.errorcode[error.errno]


def connected(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)


def written(path):
    fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    os.write(fd, b"x")
    os.close(fd)
    if not select.select([reader], [], [], 1)[0]:
        raise OSError(errno.EPIPE, "another pipe")


def locked(call):
    """In a child, as a process is never in its own way: met is a lock that is in the way."""
    def free(path):
        if os.fork() == 0:
            try:
                call(os.open(path, os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os._exit(1)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.wait()[1]) == 0:
            raise OSError(errno.ENOLCK, "free")
    return free


record = os.open("layer/lock", os.O_RDWR)
fcntl.lockf(record, fcntl.LOCK_EX)
for where in "layer", "bound", "overlay":
    print(f"{where}: socket {tried(connected, where + '/socket')},",
          f"fifo {tried(written, where + '/fifo')},",
          f"fcntl {tried(locked(fcntl.lockf), where + '/lock').replace('ENOLCK', 'free')},", end=" ")
    fcntl.flock(record, fcntl.LOCK_EX)
    print(f"flock {tried(locked(fcntl.flock), where + '/lock').replace('ENOLCK', 'free')}")
    fcntl.flock(record, fcntl.LOCK_UN)

other = socket.socket(socket.AF_UNIX)
other.bind("overlay/other")
other.listen()
print(f"bound in the overlay: there {tried(connected, 'overlay/other')},",
      f"in its upper layer {tried(connected, 'upper/other')}")
layer = os.stat("layer/socket")
for where in "bound", "overlay":
    seen = os.stat(where + "/socket")
    print(f"seen in {where}:", "the same inode number," if seen.st_ino == layer.st_ino else "another,",
          "the same device" if seen.st_dev == layer.st_dev else "another device")
P
cat >"$work/run.sh" <<'S'
mkdir "$1/mounted"
mount -t tmpfs tmpfs "$1/mounted"
cd "$1/mounted"
mkdir layer upper work
python3 "$1/meet.py"
S
unshare -m sh -eu "$work/run.sh" "$work" >"$work/said" || {
	echo 'skipped: no overlay here'
	exit 77
}
sed 's/^/output: /' "$work/said"
said() {
	sed -n "s/^$1: //p" "$work/said"
}
same 'in the layer' 'socket met, fifo met, fcntl met, flock met' "$(said layer)"
same 'by a bind mount' 'socket met, fifo met, fcntl met, flock met' "$(said bound)"
same 'by the overlay' 'socket ECONNREFUSED, fifo ENXIO, fcntl free, flock free' "$(said overlay)"
same 'bound in the overlay' 'there met, in its upper layer ECONNREFUSED' "$(said 'bound in the overlay')"
same 'stat by a bind mount' 'the same inode number, the same device' "$(said 'seen in bound')"
same 'stat by the overlay' 'the same inode number, another device' "$(said 'seen in overlay')"
verdict
