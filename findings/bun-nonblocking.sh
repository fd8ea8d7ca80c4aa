#!/bin/sh
# Guess: a runtime that makes its standard output non-blocking, which changes the pipe for all who
# share it, puts that back when it ends in order, as Node.js does; only a runtime that was killed
# leaves it so. Bun, which takes Node's place, does as Node does.
# Seen: Bun leaves it behind at an end in order, with exit status 0. The *next* program on the same pipe,
# which has nothing to do with it, loses its output as soon as the reader is slow: seq writes what the
# pipe holds, "Resource temporarily unavailable", and the rest is gone. It takes one call of
# process.stdout.write(); the same words by console.log() leave the pipe as it was, so a script is
# harmless until somebody touches process.stdout.
# Version: Bun 1.4.5 of November 2026, on x86-64; Node.js 20.20.
. "${0%/*}/common.sh"
[ "$(uname -m)" = x86_64 ] || {
	echo 'skipped: not x86-64'
	exit 77
}
packed @oven/bun-linux-x64@1.4.5

cat >"$work/share.py" <<'P'
import fcntl
import os
import subprocess
import sys


def shared(program, script):
    """Runs it to its end, then seq, on one pipe that nobody reads meanwhile."""
    reader, writer = os.pipe()
    seen = subprocess.run([program, "-e", script], stdin=subprocess.DEVNULL, stdout=writer)
    left = fcntl.fcntl(writer, fcntl.F_GETFL) & os.O_NONBLOCK
    print("status", seen.returncode, "non-blocking" if left else "blocking", end="")
    if left:
        after = subprocess.run(["seq", "100000"], stdout=writer, stderr=subprocess.PIPE,
                               text=True, env={**os.environ, "LC_ALL": "C"})
        print(", seq:", after.stderr.strip().rpartition(": ")[2], end="")
    print()
    os.close(writer)
    os.close(reader)


shared(sys.argv[1], sys.argv[2])
P
bun=$work/node_modules/@oven/bun-linux-x64/bin/bun
echo "version: bun $("$bun" --version)"
shared() {
	HOME=$work python3 "$work/share.py" "$@"
}
same 'node, process.stdout' 'status 0 blocking' "$(shared node 'process.stdout.write("x\n")')"
same 'bun, console.log' 'status 0 blocking' "$(shared "$bun" 'console.log("x")')"
same 'bun, process.stdout' 'status 0 non-blocking, seq: Resource temporarily unavailable' \
	"$(shared "$bun" 'process.stdout.write("x\n")')"
verdict
