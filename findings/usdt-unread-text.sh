#!/bin/sh
# Guess: what a program hands to a point of sys/sdt.h as the address of text, bpftrace prints by str():
# the address is valid, and str() reads it there and then.
# Seen: it reads without waiting for a page. Text that stands in the program's file, as every constant
# does, is empty until the program itself has read something of that page: str() gives "", no error, no
# other value than that of an empty text. A point that is reached once, early, shows it most.
# Version: bpftrace 0.17.0, Linux 6.18. Needs root, and a kernel that lets it trace.
. "${0%/*}/common.sh"
pinned systemtap-sdt-dev=4.8-2 bpftrace=0.17.0-1
PATH=$root/usr/bin:$PATH

# The two texts have pages of their own.
cat >"$work/says.c" <<'C'
#include <stdio.h>
#include <sys/sdt.h>

static const char unread[] __attribute__((aligned(65536))) = "text";
static const char after[65536] __attribute__((aligned(65536))) = "x";

int main(void)
{
	volatile const char *first = unread;

	DTRACE_PROBE1(some, point, unread);
	printf("%c%c\n", *first, after[0]);
	DTRACE_PROBE1(some, point, unread);
	return 0;
}
C
gcc -O1 -o "$work/says" -I"$root/usr/include" -I"$root/usr/include/$(gcc -print-multiarch)" "$work/says.c"
# $1 is the inner shell's.
# shellcheck disable=SC2016
seen=$(unshare -m sh -c '
	test -e /sys/kernel/tracing/events || mount -t tracefs tracefs /sys/kernel/tracing || exit
	bpftrace -e "usdt:$1:some:point { printf(\"<%s>\", str(arg0)); }" -c "$1"' sh "$work/says" \
	2>"$work/said") || {
	echo "skipped: nothing can be traced here: $(tail -n 1 "$work/said")"
	exit 77
}
echo "version: Linux $(uname -r)"
same 'the text before and behind its first reading' '<><text>' "$(echo "$seen" | tr -d '\n' | grep -o '<.*>')"
verdict
