#!/bin/sh
# Guess: `stdbuf -oL` makes a program write line by line where it can, and does nothing where it
# cannot: a static program has no use for the library that it preloads, and a library in LD_PRELOAD that
# cannot be loaded is left out, with a line that says so.
# Seen: a program that is linked with musl does not start at all under GNU stdbuf. Its loader finds the
# library and not the symbol __fprintf_chk in it, which is glibc's, and ends with 127, the status of a
# command that was not found. A library of the same preload that is *missing* is left out without a
# word, and one that needs nothing of glibc's is loaded. So the same words before a command are harmless,
# useful or deadly by how it was linked, and the status tells of a wrong path.
# Version: coreutils 9.1, musl 1.2.3, x86-64.
. "${0%/*}/common.sh"
[ "$(uname -m)" = x86_64 ] || {
	echo 'skipped: not x86-64'
	exit 77
}
pinned coreutils=9.1-1 musl=1.2.3-1 musl-dev=1.2.3-1
PATH=$root/usr/bin:$PATH

cat >"$work/echoes.c" <<'C'
#include <stdio.h>

int main(void)
{
	char line[100];

	while (fgets(line, sizeof line, stdin))
		printf("got %s", line);
	return 0;
}
C
gcc -shared -fPIC -nostdlib -o "$work/loaded.so" -x c - <<'C'
extern long write(int fd, const void *bytes, unsigned long n);

__attribute__((constructor)) static void loaded(void)
{
	write(1, "loaded ", 7);
}
C
libc=$(readlink -f "$root/lib/x86_64-linux-musl/libc.so")
start=$root/usr/lib/x86_64-linux-musl
object() {
	gcc -print-file-name="$1"
}
gcc -o "$work/glibc" "$work/echoes.c"
gcc -nostdinc -isystem "$root/usr/include/x86_64-linux-musl" -c -o "$work/echoes.o" "$work/echoes.c"
gcc -nostdlib -pie -Wl,-dynamic-linker,"$libc" -o "$work/musl" "$start/Scrt1.o" "$start/crti.o" \
	"$(object crtbeginS.o)" "$work/echoes.o" "$libc" -lgcc "$(object crtendS.o)" "$start/crtn.o"
gcc -nostdlib -static -no-pie -o "$work/static" "$start/crt1.o" "$start/crti.o" \
	"$(object crtbeginT.o)" "$work/echoes.o" "$start/libc.a" -lgcc "$(object crtend.o)" "$start/crtn.o"

# ran COMMAND...: what it prints for one line, its status, and what it says of an error.
ran() {
	status=0
	echo line | "$@" >"$work/out" 2>"$work/error" || status=$?
	sed 's/^/output: /' "$work/error" >&2
	echo "$(cat "$work/out") $status"
}
same 'glibc under stdbuf' 'got line 0' "$(ran stdbuf -oL "$work/glibc")"
same 'musl, static, under stdbuf' 'got line 0' "$(ran stdbuf -oL "$work/static")"
same 'musl alone' 'got line 0' "$(ran "$work/musl")"
same 'musl under stdbuf' ' 127' "$(ran stdbuf -oL "$work/musl")"
same 'its error' 'symbol not found' "$(sed -n '1s/.*__fprintf_chk: //p' "$work/error")"
same 'musl with a missing library' 'got line 0' "$(ran env LD_PRELOAD="$work/no.so" "$work/musl")"
same 'and what it says' '' "$(cat "$work/error")"
same 'musl with another library' 'loaded got line 0' \
	"$(ran env LD_PRELOAD="$work/loaded.so" "$work/musl")"
verdict
