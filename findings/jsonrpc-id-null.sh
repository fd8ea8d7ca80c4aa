#!/bin/sh
# Guess: a JSON-RPC 2.0 request is answered if it has the member "id", and "id": null is such a member:
# the specification advises against it, since errors of unknown origin have it too, but says how it
# is answered, and that a notification is a request *without* the member. An array is a batch, to be
# answered with an array, and one of notifications not at all (https://www.jsonrpc.org/specification).
# Libraries that name that version may lack words for it, but not differ in what is carried out.
# Seen: four of them do four things with "id": null. jayson carries it out and never answers (to it that
# is a notification, as its README says); json-rpc-2.0 carries it out and answers null; json-rpc-peer
# throws at its caller without carrying it out; vscode-jsonrpc neither carries it out nor answers, and
# says so to nobody but its own log. With batches it is the same: jayson answers with an array;
# json-rpc-2.0 with a bare object if there is just one answer in it; json-rpc-peer gives its caller a list
# of texts that is not JSON yet, an empty one for notifications; vscode-jsonrpc drops the whole, so that
# its sender waits for ever. Which library stands at the other end decides whether a call has an effect.
# Version: jayson 5.0.0 (September 2026), json-rpc-2.0 1.8.1, json-rpc-peer 0.17.0, vscode-jsonrpc
# 10.0.0; Node.js 20.20.
. "${0%/*}/common.sh"
packed jayson@5.0.0 json-rpc-2.0@1.8.1 json-rpc-peer@0.17.0 vscode-jsonrpc@10.0.0

cat >"$work/ask.cjs" <<'J'
const { PassThrough } = require('node:stream');

/* Each serves the method "count" and gives the text of the answer, or undefined. */
let counted;
const count = () => ++counted;

const libraries = {
	jayson: (text) => new Promise((resolve) => {
		const jayson = require('jayson');
		const server = new jayson.Server({ count: (_, done) => done(null, count()) });

		server.call(text, (error, answer) => resolve(error || answer));
	}),
	'json-rpc-2.0': (text) => {
		const { JSONRPCServer } = require('json-rpc-2.0');
		const server = new JSONRPCServer();

		server.addMethod('count', count);
		return server.receiveJSON(text);
	},
	'json-rpc-peer': (text) => {
		const { Peer } = require('json-rpc-peer');

		return new Peer(count).exec(text).then((answer) =>
			Array.isArray(answer) ? { result: `${answer.length} texts` } : JSON.parse(answer));
	},
	'vscode-jsonrpc': async (text) => {
		const rpc = require('vscode-jsonrpc/node');
		const input = new PassThrough();
		const output = new PassThrough();
		const silent = { error() {}, warn() {}, info() {}, log() {} };
		const connection = rpc.createMessageConnection(new rpc.StreamMessageReader(input),
			new rpc.StreamMessageWriter(output), silent);
		let answers = '';

		output.on('data', (bytes) => { answers += bytes; });
		connection.onRequest('count', count);
		connection.onNotification('count', count);
		connection.listen();
		/* What is behind it and is answered shows that it will not be. */
		for (const message of [text, '{"jsonrpc":"2.0","method":"none","id":"last"}'])
			input.write(`Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`);
		while (!answers.includes('"last"'))
			await new Promise((resolve) => setTimeout(resolve, 5));
		answers = answers.split(/Content-Length: \d+\r\n\r\n/).filter((one) => one);
		return answers.length > 1 ? JSON.parse(answers[0]) : undefined;
	},
};

async function main(name, text) {
	let answer;

	counted = 0;
	try {
		answer = await libraries[name](text);
		answer = answer == null ? 'no answer' : JSON.stringify(answer, ['id', 'result']);
	} catch (error) {
		answer = 'thrown';
	}
	console.log(`run ${counted}, ${answer}`);
	process.exit(0);
}

main(process.argv[2], process.argv[3]);
J
cd "$work"
# asked WHAT REQUEST, and what of the four is to be seen.
asked() {
	what=$1
	request=$2
	shift 2
	for library in jayson json-rpc-2.0 json-rpc-peer vscode-jsonrpc; do
		same "$what: $library" "$1" "$(node --no-warnings ask.cjs "$library" "$request")"
		shift
	done
}
call='{"jsonrpc":"2.0","method":"count"'
asked 'a request' "$call,\"id\":0}" 'run 1, {"id":0,"result":1}' 'run 1, {"id":0,"result":1}' \
	'run 1, {"id":0,"result":1}' 'run 1, {"id":0,"result":1}'
asked 'id null' "$call,\"id\":null}" 'run 1, no answer' 'run 1, {"id":null,"result":1}' \
	'run 0, thrown' 'run 0, no answer'
asked 'a batch of one' "[$call,\"id\":7}]" 'run 1, [{"id":7,"result":1}]' 'run 1, {"id":7,"result":1}' \
	'run 1, {"result":"1 texts"}' 'run 0, no answer'
asked 'a batch of two' "[$call,\"id\":7},$call,\"id\":8}]" \
	'run 2, [{"id":7,"result":1},{"id":8,"result":2}]' \
	'run 2, [{"id":7,"result":1},{"id":8,"result":2}]' 'run 2, {"result":"2 texts"}' 'run 0, no answer'
asked 'notifications' "[$call},$call}]" 'run 2, no answer' 'run 2, no answer' \
	'run 2, {"result":"0 texts"}' 'run 0, no answer'
verdict
