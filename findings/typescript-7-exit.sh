#!/bin/sh
# Guess: a language server asks its client only what the client said that it can be asked; and whatever it
# waits for, the notification "exit" ends it, with status 0 after "shutdown" and 1 without (Language Server
# Protocol 3.17). A client without capabilities has no requests to answer.
# Seen: TypeScript's server, since version 7 a program in Go, sends client/registerCapability to a client
# with no capabilities and does nothing else until that is answered: "shutdown" has no reply, "exit" is
# not obeyed, no error is told. With any answer, an error too, it goes on. And after "shutdown" and "exit"
# in order its status is 1, "context canceled", while the end of its input, without either, gives 0: a
# supervisor that restarts on failure starts it anew after each orderly end, and not after a loss. Biome
# and oxlint end with 0 after "exit" alone, where the document wants 1.
# Version: TypeScript 7.0.2 (2026), Biome 2.6.8, oxlint 1.94.0; pyright 1.1.414 does as the document says.
. "${0%/*}/common.sh"
[ "$(uname -m)" = x86_64 ] || {
	echo 'skipped: not x86-64'
	exit 77
}
packed @typescript/typescript-linux-x64@7.0.2 @biomejs/cli-linux-x64@2.6.8 oxlint@1.94.0 \
	@oxlint/binding-linux-x64-gnu@1.94.0 pyright@1.1.414
PATH=$work/node_modules/.bin:$work/node_modules/@typescript/typescript-linux-x64/lib:$PATH
PATH=$work/node_modules/@biomejs/cli-linux-x64:$PATH

cat >"$work/end.py" <<'P'
"""Starts a server, answers its requests or not, and ends it in one way: what comes of it."""
import json
import os
import select
import signal
import subprocess
import sys
import time

answers, steps, command = sys.argv[1] == "answers", sys.argv[2].split(), sys.argv[3:]
server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          bufsize=0, start_new_session=True)
unread = b""
asked = []


def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    try:
        os.write(server.stdin.fileno(), b"Content-Length: %d\r\n\r\n" % len(body) + body)
    except BrokenPipeError:
        pass


def heard(wanted, seconds):
    """Whether a reply to wanted, or a request where that is None, comes within so long."""
    global unread
    end = time.time() + seconds
    while True:
        header, found, rest = unread.partition(b"\r\n\r\n")
        length = int(header.rpartition(b":")[2]) if found else 0
        if found and len(rest) >= length:
            message, unread = json.loads(rest[:length]), rest[length:]
            if "method" in message and "id" in message:
                asked.append(message["method"])
                if answers:
                    send({"id": message["id"], "error": {"code": -32601, "message": "no such method"}})
                if wanted is None:
                    return True
            elif message.get("id") == wanted and "method" not in message:
                return True
        elif select.select([server.stdout], [], [], max(0, end - time.time()))[0]:
            more = os.read(server.stdout.fileno(), 65536)
            if not more:
                return False
            unread += more
        else:
            return False


send({"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}})
heard(1, 20)
send({"method": "initialized", "params": {}})
heard(None, 2)
words = ["asks %s" % asked[0]] if asked else []
for step in steps:
    if step == "shutdown":
        send({"id": 2, "method": "shutdown"})
        words.append("replies" if heard(2, 5) else "no reply")
    elif step == "exit":
        send({"method": "exit"})
    else:
        server.stdin.close()
try:
    words.append("status %d" % server.wait(5))
except subprocess.TimeoutExpired:
    words.append("lives")
print(", ".join(words))
try:
    os.killpg(server.pid, signal.SIGKILL)
except ProcessLookupError:
    pass
server.wait()
P
# ended ANSWERS STEPS SERVER...: what comes of it.
ended() {
	(cd "$work" && HOME=$work python3 end.py "$@")
}
asks='asks client/registerCapability'
same 'TypeScript, its request unanswered' "$asks, no reply, lives" \
	"$(ended mute 'shutdown exit' tsc --lsp --stdio)"
same 'TypeScript, its request refused' "$asks, replies, status 1" \
	"$(ended answers 'shutdown exit' tsc --lsp --stdio)"
same 'TypeScript, end of input' "$asks, status 0" "$(ended answers 'end' tsc --lsp --stdio)"
same 'pyright' 'replies, status 0' "$(ended answers 'shutdown exit' pyright-langserver --stdio)"
same 'pyright, exit alone' 'status 1' "$(ended answers exit pyright-langserver --stdio)"
same 'Biome, exit alone' 'asks workspace/configuration, status 0' "$(ended answers exit biome lsp-proxy)"
same 'oxlint, exit alone' 'status 0' "$(ended answers exit oxlint --lsp)"
verdict
