#!/bin/sh
# Guess: fcntl(F_GETLK) says by l_type whether a lock is held, and by l_pid who holds it, a process
# that can be looked for; and a place that a process has locked with F_SETLK stays locked until it
# unlocks it or closes the descriptor that it locked it by.
# Seen: for a holder in a namespace of process ids that is not below the reader's, l_pid is 0: a
# program that takes l_pid for a process signals its own group with kill(0, ...). And the lock is
# gone as soon as the holder closes *any* descriptor of that file, one that it opened and closed for
# reading a moment later for example.
# Version: observed on Linux 6.18.
. "${0%/*}/common.sh"
echo "version: Linux $(uname -r), $(python3 --version)"

unshare --pid --fork true 2>/dev/null ||
	{ echo 'skipped: no namespace of process ids may be made here'; exit 77; }
cat >"$work/look.py" <<'PY'
import fcntl, os, struct, sys
file = open(sys.argv[1], "r+b")
form = "hhqqi"
answer = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack(form, fcntl.F_WRLCK, 0, 0, 1, 0))
kind, _, _, _, pid = struct.unpack(form, answer)
print("free" if kind == fcntl.F_UNLCK else "held by 0" if pid == 0 else
      "held by its number" if pid == int(sys.argv[2]) else f"held by {pid}")
PY
: >"$work/file"
mkfifo "$work/to" "$work/from"
python3 - "$work" <<'PY' &
import fcntl, os, sys
work = sys.argv[1]
file = open(work + "/file", "r+b")
fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
with open(work + "/from", "w") as out:
    print("locked", file=out)
open(work + "/to").read()
open(work + "/file", "rb").close()  # another descriptor
with open(work + "/from", "w") as out:
    print("closed", file=out)
open(work + "/to").read()
PY
holder=$!
cat "$work/from" >/dev/null
same 'from its own namespace' 'held by its number' \
	"$(python3 "$work/look.py" "$work/file" $holder)"
same 'from another one' 'held by 0' \
	"$(unshare --pid --fork python3 "$work/look.py" "$work/file" $holder)"
: >"$work/to"
cat "$work/from" >/dev/null
same 'when it has closed another descriptor of the file' free \
	"$(python3 "$work/look.py" "$work/file" $holder)"
: >"$work/to"
wait $holder
verdict
