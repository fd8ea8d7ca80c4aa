#!/bin/sh
# Guess: in a stream of server-sent events an "id:" may stand alone, without data: it makes no event, and
# from then on a client that lost its connection says it as Last-Event-ID; an empty "id:" takes it back
# (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation). So a
# server whose client is filtered sends bare ids to move the place where it goes on.
# Seen: of four clients each does another thing, or the same for another reason. eventsource 4.1.1, and
# eventsource-client with the same parser, do not hear an id without data: after "id: 6" with data and
# "id: 7" alone they go on behind 6, and what was skipped on purpose is sent again. eventsource 5.1.5
# hears both. undici hears the 7, but no empty id takes it back. `npm install eventsource` installs
# 4.1.1 where Node.js is older than 22.12, without a word. An event that is to be counted by all carries data.
# Version: eventsource 4.1.1 (August 2026) and 5.1.5 (November 2026), eventsource-client 1.2.0, undici
# 7.30.2; Node.js 20.20.
. "${0%/*}/common.sh"
packed four@npm:eventsource@4.1.1 five@npm:eventsource@5.1.5 eventsource-client@1.2.0 undici@7.30.2

cat >"$work/stream.mjs" <<'J'
import http from 'node:http';

const name = process.argv[2];
const streams = ['retry: 20\nid: 6\ndata: one\n\nid: 7\n\n', 'id:\n\n', ''];
const said = [];
let messages = 0;

const server = http.createServer((request, response) => {
	said.push(request.headers['last-event-id'] ?? 'none');
	if (said.length === streams.length) {
		console.log(`${said.join(' ')}, messages ${messages}`);
		process.exit(0);
	}
	response.writeHead(200, { 'Content-Type': 'text/event-stream' });
	response.end(streams[said.length - 1]);
});

server.listen(0, '127.0.0.1', async () => {
	const url = `http://127.0.0.1:${server.address().port}/`;
	const module = await import(name);

	if (module.createEventSource)
		module.createEventSource({ url, onMessage: () => messages++ });
	else
		new module.EventSource(url).onmessage = () => messages++;
});
setTimeout(() => process.exit(1), 20000).unref();
J
cd "$work"
# client NAME: the Last-Event-ID of its three connections.
client() {
	node --no-warnings stream.mjs "$1"
}
same 'eventsource 4.1.1' 'none 6 6, messages 1' "$(client four)"
same 'eventsource-client 1.2.0' 'none 6 6, messages 1' "$(client eventsource-client)"
same 'undici 7.30.2' 'none 7 7, messages 1' "$(client undici)"
same 'eventsource 5.1.5' 'none 7 none, messages 1' "$(client five)"
verdict
