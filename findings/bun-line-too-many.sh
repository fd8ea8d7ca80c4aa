#!/bin/sh
# Guess: `for await (const line of console)`, Bun's way to read standard input by lines, gives each line
# once, as Node's readline does: three lines, each with its newline, are three, and the end of the input
# is the end of the loop.
# Seen: it gives a fourth, which is empty. A newline is to it what stands *between* two lines, so an input
# that ends as lines do has an empty one behind the last; one without a last newline has none. A service
# that reads JSON so fails at each orderly end, when its input is closed: JSON.parse('') throws, and
# its exit status is 1. Bun's own node:readline, Node's and Deno's give three.
# Version: Bun 1.4.5 of November 2026, Deno 2.9.6, on x86-64; Node.js 20.20.
. "${0%/*}/common.sh"
[ "$(uname -m)" = x86_64 ] || {
	echo 'skipped: not x86-64'
	exit 77
}
packed @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6

cat >"$work/readline.mjs" <<'J'
import { createInterface } from 'node:readline';
import process from 'node:process';

for await (const line of createInterface({ input: process.stdin }))
	console.log(JSON.stringify(JSON.parse(line)));
J
cat >"$work/console.mjs" <<'J'
for await (const line of console)
	console.log(JSON.stringify(JSON.parse(line)));
J
cd "$work"
bun=$work/node_modules/@oven/bun-linux-x64/bin/bun
deno=$work/node_modules/@deno/linux-x64-glibc/deno
# given INPUT PROGRAM...: what it makes of it, and its exit status.
given() {
	status=0
	input=$1
	shift
	# shellcheck disable=SC2059
	printf "$input" | HOME=$work "$@" >said 2>errors || status=$?
	sed 's/^/output: /' errors >&2
	echo "$(paste -sd' ' said), status $status"
}
same 'Node, readline' '1 2 3, status 0' "$(given '1\n2\n3\n' node readline.mjs)"
same 'Deno, readline' '1 2 3, status 0' "$(given '1\n2\n3\n' "$deno" run --quiet readline.mjs)"
same 'Bun, readline' '1 2 3, status 0' "$(given '1\n2\n3\n' "$bun" readline.mjs)"
same 'Bun, console' '1 2 3, status 1' "$(given '1\n2\n3\n' "$bun" console.mjs)"
same 'Bun, console, no newline at the end' '1 2 3, status 0' "$(given '1\n2\n3' "$bun" console.mjs)"
verdict
