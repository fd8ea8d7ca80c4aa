#!/bin/sh
# Guess: a JSON-RPC 2.0 request with an id is answered exactly once, also when its sender has taken it back
# by a notification of the protocol above: then with an error. So who counts the requests under way takes
# one off when its answer comes.
# Seen: of the two protocols that are spoken most over standard input and output, one does so. A language
# server answers the cancelled request with the error -32800. A server of the Model Context Protocol stops
# the work, too, and never answers: who waits for the id waits for ever, and a limit of requests under way
# is used up one by one. (Its document says that no answer should be sent; JSON-RPC says that one must.) A
# timeout does not tell the two apart from a server that is stuck: which protocol it is must be told.
# Version: @modelcontextprotocol/sdk 1.32.2 (2026), vscode-jsonrpc 10.0.0; Node.js 20.20.
. "${0%/*}/common.sh"
packed @modelcontextprotocol/sdk@1.32.2 vscode-jsonrpc@10.0.0

cat >"$work/mcp.mjs" <<'J'
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const server = new Server({ name: 'slow', version: '1' }, { capabilities: { tools: {} } });

server.setRequestHandler(CallToolRequestSchema, (request, { signal }) => new Promise((resolve, reject) => {
	signal.addEventListener('abort', () => {
		console.error('stopped');
		reject(new Error('stopped'));
	});
	setTimeout(() => resolve({ content: [] }), 1000);
}));
await server.connect(new StdioServerTransport());
J
cat >"$work/language.cjs" <<'J'
const rpc = require('vscode-jsonrpc/node');

const silent = { error() {}, warn() {}, info() {}, log() {} };
const connection = rpc.createMessageConnection(new rpc.StreamMessageReader(process.stdin),
	new rpc.StreamMessageWriter(process.stdout), silent);

connection.onRequest('slow', (token) => new Promise((resolve, reject) => {
	token.onCancellationRequested(() => {
		console.error('stopped');
		reject(new rpc.ResponseError(-32800, 'stopped'));
	});
	setTimeout(() => resolve({}), 1000);
}));
connection.onRequest('ping', () => ({}));
connection.listen();
J
cat >"$work/cancel.py" <<'P'
"""Sends a slow request, cancels it, and asks for more: which ids are answered, and how."""
import json
import subprocess
import sys
import threading
import time

framed, call, cancel = sys.argv[1] == "headers", json.loads(sys.argv[2]), json.loads(sys.argv[3])
server = subprocess.Popen(["node", sys.argv[4]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, bufsize=0)
answers = {}


def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body if framed else body + b"\n")


def read():
    stream = server.stdout
    unread = b""
    while True:
        more = stream.read(65536)
        if not more:
            return
        unread += more
        while True:
            if framed:
                header, found, rest = unread.partition(b"\r\n\r\n")
                length = int(header.rpartition(b":")[2]) if found else 0
                if not found or len(rest) < length:
                    break
                body, unread = rest[:length], rest[length:]
            else:
                body, found, rest = unread.partition(b"\n")
                if not found:
                    break
                unread = rest
            message = json.loads(body)
            answers[message.get("id")] = "error %d" % message["error"]["code"] if "error" in message else "result"


def until(number):
    end = time.time() + 20
    while number not in answers and time.time() < end:
        time.sleep(0.02)


threading.Thread(target=read, daemon=True).start()
send({"id": 1, "method": "ping"})
until(1)
send({"id": 2, **call})
time.sleep(0.2)
send(cancel)
send({"id": 3, **call})
until(3)
send({"id": 4, "method": "ping"})
until(4)
server.stdin.close()
server.wait(10)
print("cancelled: %s, %s; not cancelled: %s" % (server.stderr.read().decode().strip() or "runs on",
                                                answers.get(2, "no answer"), answers.get(3, "no answer")))
P
cd "$work"
same 'a language server' 'cancelled: stopped, error -32800; not cancelled: result' "$(python3 cancel.py headers \
	'{"method":"slow"}' '{"method":"$/cancelRequest","params":{"id":2}}' language.cjs)"
same 'a server of MCP' 'cancelled: stopped, no answer; not cancelled: result' "$(python3 cancel.py lines \
	'{"method":"tools/call","params":{"name":"slow"}}' \
	'{"method":"notifications/cancelled","params":{"requestId":2}}' mcp.mjs)"
verdict
