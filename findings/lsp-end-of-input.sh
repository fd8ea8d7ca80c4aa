#!/bin/sh
# Guess: a server over standard input and output that finds the end of its input has taken all that came
# before: it answers that and ends, with status 0, as nothing went wrong.
# Seen: of three language servers that are asked once and then left, two answer (clangd and
# bash-language-server), and pyright drops what it was asked. pyright and clangd end with status 1.
# Behind the request `shutdown` pyright ends with 0 and clangd with 1 all the same. So neither the status nor
# the missing answer tells a server that was let go from one that broke.
# Version: pyright 1.1.414, bash-language-server 5.8.1, Node.js 20; clangd 14.0.6 of Debian 12.
. "${0%/*}/common.sh"
if ! clangd --version 2>/dev/null | grep -q ' 14\.'; then
	echo 'skipped: no clangd 14 here'
	exit 77
fi
packed pyright@1.1.414 bash-language-server@5.8.1

cat >"$work/leave.py" <<'P'
"""Greets a server, sends one request, and closes its input: is that answered, and how does it end?"""
import json
import subprocess
import sys
import time

asked = {"request": ("workspace/symbol", {"query": "zzz"}), "shutdown": ("shutdown", None)}[sys.argv[1]]
server = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)


def say(**message):
    message = {name: value for name, value in message.items() if value is not None}
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    server.stdin.flush()


def heard(ident):
    """Is there an answer to that before the end?"""
    while header := server.stdout.readline():
        size = 0
        while header.strip():
            name, _, value = header.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
            header = server.stdout.readline()
        message = json.loads(server.stdout.read(size))
        if message.get("id") == ident and "method" not in message:
            return True
    return False


say(id="h", method="initialize", params={"processId": None, "rootUri": None, "capabilities": {}})
heard("h")
say(method="initialized", params={})
time.sleep(1)  # what it does at its start is over
say(id="asked", method=asked[0], params=asked[1])
if sys.argv[1] == "shutdown":
    heard("asked")
server.stdin.close()
answered = sys.argv[1] == "shutdown" or heard("asked")
print(f"{'answered' if answered else 'not answered'}, status {server.wait(20)}")
P
left() {
	timeout 60 python3 "$work/leave.py" "$@"
}
bin=$work/node_modules/.bin
same 'pyright, a request' 'not answered, status 1' "$(left request "$bin/pyright-langserver" --stdio)"
same 'bash-language-server, a request' 'answered, status 0' \
	"$(left request "$bin/bash-language-server" start)"
same 'clangd, a request' 'answered, status 1' "$(left request clangd --log=error)"
same 'pyright, shutdown' 'answered, status 0' "$(left shutdown "$bin/pyright-langserver" --stdio)"
same 'clangd, shutdown' 'answered, status 1' "$(left shutdown clangd --log=error)"
verdict
