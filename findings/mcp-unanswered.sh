#!/bin/sh
# Guess: a server that speaks JSON-RPC 2.0 answers each request that the specification allows, with an error
# at the worst: Invalid Request or Invalid params, by the request's id.
# Seen: the servers of the Model Context Protocol that its authors publish do not answer at all, and say
# nothing to standard error, where a request has its parameters by position, or a member that the
# specification does not name, or an id of 2^53 or more, or a fraction, and where two requests come as a
# batch. Each is a valid request of JSON-RPC; the same servers answer an unknown method with -32601, and all
# ids that are text. Who waits for an answer waits until a deadline of its own.
# Version: @modelcontextprotocol/server-memory and server-filesystem 2026.8.31; Node.js 20.
. "${0%/*}/common.sh"
packed @modelcontextprotocol/server-memory@2026.8.31 @modelcontextprotocol/server-filesystem@2026.8.31

cat >"$work/ask.py" <<'P'
"""Asks a server one request after another, a ping behind each: which are answered?"""
import json
import subprocess
import sys

server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
PING = '{"jsonrpc":"2.0","id":%s,"method":"ping"}'
ASKED = (
    ("unknown method", '{"jsonrpc":"2.0","id":1,"method":"none"}'),
    ("id of text", PING % '"a"'),
    ("id 2^53 - 1", PING % 9007199254740991),
    ("id 2^53", PING % 9007199254740992),
    ("id 1.5", PING % 1.5),
    ("by position", '{"jsonrpc":"2.0","id":2,"method":"tools/list","params":[]}'),
    ("another member", '{"jsonrpc":"2.0","id":3,"method":"ping","more":1}'),
    ("batch", f"[{PING % 4},{PING % 5}]"),
)


def say(line):
    server.stdin.write(line.encode() + b"\n")
    server.stdin.flush()


def heard():
    message = json.loads(server.stdout.readline())
    return message if "id" in message and "method" not in message else heard()


say('{"jsonrpc":"2.0","id":"h","method":"initialize","params":{"protocolVersion":"2025-06-18",'
    '"capabilities":{},"clientInfo":{"name":"finding","version":"1"}}}')
heard()
say('{"jsonrpc":"2.0","method":"notifications/initialized"}')
seen = []
for name, line in ASKED:
    say(line)
    # Requests are begun in their order, and these are answered at once.
    say(PING % '"behind"')
    answers = 0
    while heard()["id"] != "behind":
        answers += 1
    seen.append(f"{name} {answers}")
server.stdin.close()
server.wait(10)
words = [line for line in server.stderr.read().decode().splitlines() if "rror" in line]
print("; ".join(seen) + f"; errors said {len(words)}")
P
mkdir "$work/files"
expected='unknown method 1; id of text 1; id 2^53 - 1 1; id 2^53 0; id 1.5 0; by position 0; another member 0; batch 0; errors said 0'
export MEMORY_FILE_PATH="$work/memory.jsonl"
bin=$work/node_modules/.bin
same memory "$expected" "$(timeout 60 python3 "$work/ask.py" "$bin/mcp-server-memory")"
same filesystem "$expected" "$(timeout 60 python3 "$work/ask.py" "$bin/mcp-server-filesystem" "$work/files")"
verdict
