#!/bin/sh
# Guess: `mawk -W interactive` is to mawk what `stdbuf -oL` is to others, which does nothing here: it writes
# each line at once and reads by lines. What a line costs is the same as without it.
# Seen: the answer comes at once, and the cost of a line grows with the square of its length. 1 MiB takes
# some 0.1 s, 4 MiB a second, 8 MiB five; without the option 8 MiB take 0.1 s. With it mawk reads 4 KiB
# at a time and copies what it has with each piece. Lines of up to 100 KiB show
# nothing of it, so it is the one long request that stops a service. busybox awk, which needs no option,
# stays in proportion.
# Version: mawk 1.3.4-20200120, busybox 1.35.0.
. "${0%/*}/common.sh"
pinned mawk=1.3.4.20200120-3.1 busybox=1:1.35.0-4+deb12u1+b1
PATH=$root/usr/bin:$root/bin:$PATH

cat >"$work/time.py" <<'P'
import resource
import subprocess
import sys


def cost(length):
    """CPU seconds for one line of so many bytes, the least of three."""
    least = 1e9
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        told = subprocess.run(sys.argv[1:], input=b"a" * length + b"\n", stdout=subprocess.PIPE)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert int(told.stdout) == length
        least = min(least, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return least


small, large = cost(1 << 19), cost(1 << 22)
sys.stderr.write("output: %.3f s for 512 KiB, %.3f s for 4 MiB\n" % (small, large))
print("square" if large > 20 * small and large > 0.3 else "in proportion")
P
program='{ print length(); fflush() }'
same 'mawk' 'in proportion' "$(python3 "$work/time.py" mawk "$program")"
same 'mawk -W interactive' square "$(python3 "$work/time.py" mawk -W interactive "$program")"
same 'busybox awk' 'in proportion' "$(python3 "$work/time.py" busybox awk "$program")"
verdict
