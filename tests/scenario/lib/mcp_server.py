#!/usr/bin/python3 -B
"""Stands in for a server of the Model Context Protocol (2025-06-18) over standard input and output, as
those of npm are seen to behave: a line of text first on standard error; before `initialize` nothing is
answered but that; after `notifications/initialized` it says that its list has changed, and asks its
client for `ping` and `roots/list`; `notifications/cancelled` is heard by `requestId` only, and what it
names is never answered.

Tools: echo, which answers; wait, which does so when it is cancelled no more, that is, never; heard,
which tells what came that was no request."""
import json
import sys

ready = False
heard = []
waiting = []


def say(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def text_of(words):
    return {"content": [{"type": "text", "text": words}]}


def call(ident, name, arguments):
    if name == "wait":
        waiting.append(ident)
    elif name == "echo":
        say(id=ident, result=text_of(f"Echo: {arguments['message']}"))
    elif name == "heard":
        say(id=ident, result=text_of(json.dumps(heard)))
    else:
        say(id=ident, result={**text_of(f"MCP error -32602: Tool {name} not found"),
                              "isError": True})


def notified(method, params):
    global ready
    if method == "notifications/initialized":
        ready = True
        say(method="notifications/tools/list_changed")
        say(id=0, method="ping")
        say(id=1, method="roots/list")
    elif method == "notifications/cancelled" and params.get("requestId") in waiting:
        waiting.remove(params["requestId"])
        heard.append(f"{method} {params['requestId']}")


print("Stand-in MCP server running on stdio", file=sys.stderr, flush=True)
for line in sys.stdin:
    message = json.loads(line)
    asked, params = message.get("method"), message.get("params", {})
    if not asked:
        heard.append(f"answer {message['id']}: " +
                     json.dumps(message.get("result", message.get("error", {}).get("code"))))
    elif "id" not in message:
        notified(asked, params)
    elif asked == "initialize":
        say(id=message["id"], result={
            "protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}},
            "serverInfo": {"name": "stand-in", "version": "1"}})
    elif not ready:
        sys.exit("asked before it was initialized")
    elif asked == "tools/call":
        call(message["id"], params["name"], params.get("arguments", {}))
    else:
        say(id=message["id"], error={"code": -32601, "message": "Method not found"})
