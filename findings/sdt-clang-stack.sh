#!/bin/sh
# Guess: a point of sys/sdt.h is one instruction that does nothing, "and the arguments are where they are
# anyway": the header lets the compiler choose a constant, a register or a place in memory ("nor").
# Seen: gcc does so, and names a field of a struct where it lies. clang, offered memory, always takes
# it, and that of its own: before each point it copies every argument to the stack, whoever looks on or
# not, in optimised code too. Without memory among the choices ("nr") it takes registers.
# Version: gcc 12.2.0, clang 14.0.6, systemtap-sdt-dev 4.8, x86-64.
. "${0%/*}/common.sh"
[ "$(uname -m)" = x86_64 ] || {
	echo 'skipped: not x86-64'
	exit 77
}
pinned systemtap-sdt-dev=4.8-2
for compiler in gcc-12 clang-14; do
	command -v $compiler >/dev/null || {
		echo "skipped: no $compiler here"
		exit 77
	}
	echo "version: $($compiler --version | head -n 1)"
done

cat >"$work/point.c" <<'C'
#include <sys/sdt.h>

struct request {
	long id;
	long node;
};

void ends(const struct request *r, long bytes);

void ends(const struct request *r, long bytes)
{
	DTRACE_PROBE3(some, point, r->id, r->node, bytes);
}
C

# compiled COMPILER FLAG...: where the arguments of the point are, and the stores before it.
compiled() {
	compiler=$1
	shift
	"$compiler" -O2 -c -o "$work/point.o" -I"$root/usr/include" \
		-I"$root/usr/include/x86_64-linux-gnu" "$@" "$work/point.c"
	places=$(readelf -n "$work/point.o" | sed -n 's/.*Arguments: //p')
	stores=$(objdump -d "$work/point.o" | grep -c 'mov *%[a-z0-9]*,-0x[0-9a-f]*(%rsp)' || :)
	echo "$places, $stores stores"
}
same gcc '-8@(%rdi) -8@8(%rdi) -8@%rsi, 0 stores' "$(compiled gcc-12)"
same clang '-8@-8(%rsp) -8@-16(%rsp) -8@-24(%rsp), 3 stores' "$(compiled clang-14)"
same 'clang, with "nr"' '0 stores' "$(compiled clang-14 -DSTAP_SDT_ARG_CONSTRAINT=nr | sed 's/.*, //')"
verdict
