#!/bin/sh
# Guess: in a trace of complete events ("X": ts and dur, in microseconds, whole nanoseconds as decimal
# fractions) one that begins where the one before it ends comes behind it, and not in it.
# Seen: speedscope adds ts and dur as binary fractions: 27.46 + 92.132 is 119.59200000000001, so an
# event at 119.592 begins inside. It is shown as a part of the first one, which never ends: its end is
# "Doing nothing instead", in the console only, and all that follows lies in it up to the end of the
# trace. Which of touching events it meets depends on their digits: one pair of eight, of steps of up to
# 0.4 ms. A nanosecond between two is enough.
# Version: speedscope 1.25.0; Node.js 20.20.
. "${0%/*}/common.sh"
packed speedscope@1.25.0

cat >"$work/import.cjs" <<'J'
/* The page's own importer of trace events: its bundle runs without a page, up to where it needs one. */
const fs = require('node:fs');
const path = 'node_modules/speedscope/dist/release/';
const file = fs.readdirSync(path).find((name) => /^speedscope-.*\.js$/.test(name));
const page = fs.readFileSync(path + file, 'utf8').replace('var Cy,hf=re(',
	'globalThis.importer=()=>{hf();return _f};var Cy,hf=re(');
const nothing = new Proxy(function () {}, {
	get: (_, name) => (name === Symbol.toPrimitive ? () => '' : name === 'length' ? 0 : nothing),
	apply: () => nothing,
	construct: () => nothing,
	set: () => true,
});
const log = console.log;
let warnings = 0;

Object.assign(globalThis, { window: nothing, document: nothing, localStorage: nothing,
	location: { hash: '', href: '', protocol: 'file:' }, requestAnimationFrame: () => 0 });
console.log = () => {};
console.warn = () => warnings++;
try {
	require('node:vm').runInThisContext(page);
} catch {
	/* There is no page. */
}
console.log = log;
const [, , ...numbers] = process.argv;
const traceEvents = [];
while (numbers.length) {
	const [name, ts, dur] = numbers.splice(0, 3);

	traceEvents.push({ name, ph: 'X', ts: Number(ts), dur: Number(dur), pid: 1, tid: 1 });
}
const profile = globalThis.importer()({ traceEvents }).profiles[0];
const shown = [];
let depth = 0;
profile.forEachCall((node) => shown.push(`${node.frame.name} at depth ${++depth}`), () => depth--);
log(`${shown.join(', ')}; ${warnings ? 'an end too much' : 'each ends'}`);
J
cd "$work"
same 'two that touch' 'all at depth 1, first at depth 2, second at depth 3, third at depth 3; an end too much' \
	"$(node import.cjs all 0 200 first 27.46 92.132 second 119.592 10 third 140 10)"
same 'a nanosecond between them' \
	'all at depth 1, first at depth 2, second at depth 2, third at depth 2; each ends' \
	"$(node import.cjs all 0 200 first 27.46 92.131 second 119.592 10 third 140 10)"
verdict
