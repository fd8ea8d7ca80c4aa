#!/bin/sh
# Guess: process id, start time (field 22 of /proc/PID/stat, ticks since the machine was started) and
# the machine's boot id are one process's own, whoever reads them, wherever.
# Seen: the start time is shown in the *reader's* time namespace. A process that reads itself, or
# another, from a namespace whose boot clock was moved by 100000 s reads another number, while the
# boot id is the same. So a record made inside a container that was checkpointed and restored, or
# that was made with `unshare --time`, names nobody when it is read outside: the living are dead.
# Version: observed on Linux 6.18; time namespaces are of 5.6.
. "${0%/*}/common.sh"
echo "version: Linux $(uname -r)"

unshare --time --boottime 100000 true 2>/dev/null ||
	{ echo 'skipped: no time namespace may be made here'; exit 77; }
start='sed "s/.*) //" /proc/PID/stat | cut -d" " -f20; cat /proc/sys/kernel/random/boot_id'
start=$(echo "$start" | sed "s/PID/$$/")
sh -c "$start" >"$work/here"
unshare --time --boottime 100000 sh -c "$start" >"$work/there"
here=$(head -n 1 "$work/here")
there=$(head -n 1 "$work/there")
echo "output: the same process started at tick $here, seen from the other namespace at $there"
same 'they differ by, in seconds' 100000 $(((there - here) / $(getconf CLK_TCK)))
same 'the boot id' same "$([ "$(tail -n 1 "$work/here")" = "$(tail -n 1 "$work/there")" ] &&
	echo same || echo another)"
verdict
