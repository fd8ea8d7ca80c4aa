#!/bin/sh
# Guess: a notification that names a request by its id stops it, or, where its form is another than the
# server's, that is said: in an error, or on standard error.
# Seen: by `{"id":1}`, the form of language servers, a server of the Model Context Protocol stops nothing and
# says nothing; the work goes on to its end, and its answer comes. By `{"requestId":1}` it stops. With both
# names in one notification each of the two kinds of server hears its own and minds the other no more than
# a blank: so one that knows neither protocol may say both.
# Version: @modelcontextprotocol/server-everything 2026.8.31; Node.js 20.
. "${0%/*}/common.sh"
packed @modelcontextprotocol/server-everything@2026.8.31

cat >"$work/cancel.py" <<'P'
"""Starts two seconds of work, takes it back, and tells whether it is answered all the same."""
import json
import subprocess
import sys
import threading
import time

server = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
answers = []


def say(**message):
    server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    server.stdin.flush()


def read():
    for line in server.stdout:
        message = json.loads(line)
        if "method" not in message:
            answers.append(message["id"])


threading.Thread(target=read, daemon=True).start()
say(id="h", method="initialize", params={
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "f", "version": "1"}})
while "h" not in answers:
    time.sleep(0.05)
say(method="notifications/initialized")
say(id=1, method="tools/call", params={"name": "trigger-long-running-operation",
                                       "arguments": {"duration": 2, "steps": 2}})
time.sleep(0.5)
say(method="notifications/cancelled", params=json.loads(sys.argv[1]))
time.sleep(4)
server.stdin.close()
server.kill()
words = [line for line in server.stderr.read().decode().splitlines() if "rror" in line]
print(f"{'answered' if 1 in answers else 'not answered'}, errors said {len(words)}")
P
by() {
	timeout 60 python3 "$work/cancel.py" "$1" "$work/node_modules/.bin/mcp-server-everything" stdio
}
same id 'answered, errors said 0' "$(by '{"id":1}')"
same requestId 'not answered, errors said 0' "$(by '{"requestId":1}')"
same both 'not answered, errors said 0' "$(by '{"id":1,"requestId":1}')"
verdict
