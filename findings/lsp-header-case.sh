#!/bin/sh
# Guess: a message of a language server has a header whose "structure conforms to the HTTP semantic"
# (Language Server Protocol 3.17, Base Protocol), and names in such a header are the same in any case, with
# or without a blank behind the colon. Whatever writes "content-length:5" is understood by every
# server, or is told what is wrong.
# Seen: of seven servers two take the name in lower case, those whose reader is Microsoft's own library for
# JavaScript. gopls and TypeScript's new server, in Go, end, with status 2 and 1. Biome and oxlint, in Rust,
# answer "Parse error" with the id null, and then nothing or the end, with status 0; they do that for a
# third field, too, whatever it is. clangd is silent: it goes on to look for a header within the message, so
# that those behind it are lost with it, and does the same for want of a blank behind the colon. What all
# have in common is "Content-Length: 5", letter by letter, and at the most Content-Type beside it.
# Version: clangd 14.0.6, gopls 0.5.0, TypeScript 7.0.2 (2026), Biome 2.6.8, oxlint 1.94.0, pyright
# 1.1.414, bash-language-server 5.8.1; Node.js 20.20.
. "${0%/*}/common.sh"
[ "$(uname -m)" = x86_64 ] || {
	echo 'skipped: not x86-64'
	exit 77
}
pinned clangd-14=1:14.0.6-12 libclang-cpp14=1:14.0.6-12 libllvm14=1:14.0.6-12 libclang-common-14-dev=1:14.0.6-12 \
	gopls=1:0.5.0+ds-1
packed @typescript/typescript-linux-x64@7.0.2 @biomejs/cli-linux-x64@2.6.8 oxlint@1.94.0 \
	@oxlint/binding-linux-x64-gnu@1.94.0 pyright@1.1.414 bash-language-server@5.8.1
PATH=$root/usr/bin:$work/node_modules/.bin:$work/node_modules/@typescript/typescript-linux-x64/lib:$PATH
PATH=$work/node_modules/@biomejs/cli-linux-x64:$PATH
LD_LIBRARY_PATH=$root/usr/lib/llvm-14/lib:$root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH

cat >"$work/ask.py" <<'P'
"""Sends two requests with a header of one form, and one as all know it: how they are answered."""
import json
import os
import select
import signal
import subprocess
import sys
import time

FORMS = {
    "plain": "Content-Length: %d\r\n\r\n",
    "lower": "content-length: %d\r\n\r\n",
    "no blank": "Content-Length:%d\r\n\r\n",
    "type": "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
    "three": "X-One: 1\r\nContent-Length: %d\r\nX-Two: 2\r\n\r\n",
}
form, command = FORMS[sys.argv[1]], sys.argv[2:]
server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          bufsize=0, start_new_session=True)
unread = b""


def send(header, number, method, params):
    body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()
    try:
        os.write(server.stdin.fileno(), (header % len(body)).encode() + body)
    except BrokenPipeError:
        pass


def reply(seconds):
    """The next reply, or None at the end of the output, or False after so long."""
    global unread
    end = time.time() + seconds
    while True:
        header, found, rest = unread.partition(b"\r\n\r\n")
        length = int(header.lower().rpartition(b"content-length:")[2].split(b"\r\n")[0]) if found else 0
        if found and len(rest) >= length:
            message, unread = json.loads(rest[:length]), rest[length:]
            if "method" not in message:
                return message
        elif select.select([server.stdout], [], [], max(0, end - time.time()))[0]:
            more = os.read(server.stdout.fileno(), 65536)
            if not more:
                return None
            unread += more
        else:
            return False


def told(message):
    if message:
        return "answers" if "result" in message else "error %s" % message["error"]["message"]
    return "silent" if message is False else "ends with %s" % server.wait(10)


PARAMS = {"processId": None, "rootUri": None, "capabilities": {}}
send(form, 1, "initialize", PARAMS)
first = reply(20 if form == FORMS["plain"] else 5)
words = told(first)
if words != "answers" and not words.startswith("ends"):
    send(FORMS["plain"], 2, "initialize", PARAMS)
    words += ", then " + told(reply(5))
print(words)
try:
    os.killpg(server.pid, signal.SIGKILL)
except ProcessLookupError:
    pass
server.wait()
P
# asked FORM: what each server makes of it; those that answer are left out.
asked() {
	for server in clangd-14 gopls 'tsc --lsp --stdio' 'biome lsp-proxy' 'oxlint --lsp' \
		'pyright-langserver --stdio' 'bash-language-server start'; do
		# shellcheck disable=SC2086
		echo "${server%% *}: $(cd "$work" && HOME=$work python3 ask.py "$1" $server)"
	done >"$work/said"
	sed 's/^/output: /' "$work/said" >&2
	{ grep -v ': answers$' "$work/said" || echo 'all answer'; } | paste -sd';' | sed 's/;/; /g'
}
same 'as it stands in the document' 'all answer' "$(asked plain)"
same 'Content-Type before it' 'all answer' "$(asked type)"
same 'three fields' \
	'biome: error Parse error, then silent; oxlint: error Parse error, then ends with 0' "$(asked three)"
same 'no blank' 'clangd-14: silent, then silent' "$(asked 'no blank')"
same 'in lower case' "clangd-14: silent, then silent; gopls: ends with 2; tsc: ends with 1; \
biome: error Parse error, then silent; oxlint: error Parse error, then ends with 0" "$(asked lower)"
verdict
