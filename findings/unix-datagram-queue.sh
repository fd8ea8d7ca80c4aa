#!/bin/sh
# Guess: how much may wait in a Unix datagram socket is a matter of bytes: of SO_RCVBUF at the
# receiver or SO_SNDBUF at the sender, 208 KiB by default. A hundred short lines of a log have room
# while their reader is busy for a moment, and each sender has a buffer of its own.
# Seen: it is a matter of datagrams: net.unix.max_dgram_qlen, 10 as the kernel has it, and one more;
# their size and both options count for nothing. It is the receiver's: who has sent nothing yet gets
# EAGAIN, too, as long as others fill it. And poll(2) tells the truth to connected senders only: to
# one that uses sendto() it says writable for ever, so that a loop that waits for that spins.
# Version: observed on Linux 6.18.
. "${0%/*}/common.sh"
echo "version: Linux $(uname -r)"

most=$(cat /proc/sys/net/unix/max_dgram_qlen)
echo "version: net.unix.max_dgram_qlen = $most"
[ "$most" -lt 150 ] || { echo 'skipped: the queue here is long enough for bytes to count'; exit 77; }
cd "$work"
python3 - >said <<'PY'
import select, socket

reader = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
reader.bind("s")
reader.setblocking(False)


def sender():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.setblocking(False)
    return s


def writable(s):
    poll = select.poll()
    poll.register(s, select.POLLOUT)
    return "writable" if poll.poll(0) else "full"


for size in (1, 1000):
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    first, other = sender(), sender()
    first.connect("s")
    count = 0
    try:
        while True:
            first.send(b"x" * size)
            count += 1
    except BlockingIOError:
        pass
    try:
        other.sendto(b"x", "s")
        said = "is taken"
    except BlockingIOError:
        said = "EAGAIN"
    print(f"{count} of {size} bytes; another sender: {said}; poll: connected {writable(first)}, "
          f"unconnected {writable(other)}")
    try:
        while True:
            reader.recv(2000)
    except BlockingIOError:
        pass
PY
sed 's/^/output: /' said
for size in 1 1000; do
	same "datagrams of $size bytes" "$((most + 1)) of $size bytes; another sender: EAGAIN; poll: \
connected full, unconnected writable" "$(grep " of $size bytes" said)"
done
verdict
