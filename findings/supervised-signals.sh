#!/bin/sh
# Guess: a program finds the same signals under every supervisor, none ignored and none blocked, as at a
# shell: what a supervisor has ignored for itself it sets back before it runs another program, since that
# passes through exec(), and a shell script cannot take it back (trap, POSIX).
# Seen: three of six leave their own. Under supervisor SIGPIPE and SIGXFSZ are ignored, as Python has them:
# `yes | head -n 1` ends with a write error in place of silence. Under GNU parallel SIGALRM is ignored: a
# program that is to end itself by alarm() when it takes too long runs on. Under catatonit, an init for
# containers, SIGTSTP, SIGTTIN and SIGTTOU are blocked. So how a program ends depends on who started it, and
# what it starts has that from it. runit, tini and dumb-init leave nothing.
# Version: supervisor 4.2.5, GNU parallel 20221122, catatonit 0.1.7, runit 2.1.2, tini 0.19.0, dumb-init
# 1.2.5.
. "${0%/*}/common.sh"
pinned supervisor=4.2.5-1 python3-pkg-resources=66.1.1-1+deb12u2 parallel=20221122+ds-2 catatonit=0.1.7-1+b2 \
	runit=2.1.2-54 tini=0.19.0-1+b3 dumb-init=1.2.5-2
PATH=$root/usr/bin:$root/bin:$PATH
export HOME="$work" PYTHONPATH="$root/usr/lib/python3/dist-packages"

# The program says how signals are here, and what comes of two of them. It is no script, since dash unblocks
# all signals for itself, perl ignores SIGFPE and Python SIGPIPE.
built run <<'C'
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char line[256];

	(void)argc;
	if (chdir(dirname(strdup(argv[0]))) < 0)
		return 1;
	FILE *from = fopen("/proc/self/status", "r"), *status = fopen("status", "w");
	while (fgets(line, sizeof line, from))
		if (strncmp(line, "SigIgn", 6) == 0 || strncmp(line, "SigBlk", 6) == 0)
			fputs(line, status);
	fclose(status);
	FILE *effects = fopen("effects", "w");
	if (fork() == 0) {
		ualarm(100000, 0);
		usleep(500000);
		fputs("alarm unheard\n", effects);
		exit(0);
	}
	wait(NULL);
	fseek(effects, 0, SEEK_END);
	if (system("yes 2>errors | head -n 1 >first; test -s errors") == 0)
		fputs("pipe an error\n", effects);
	fclose(effects);
	rename("effects", "said");
	return 0;
}
C
cat >"$work/under.py" <<'P'
"""Starts a command, waits until the program under it has said what it finds, and ends the command."""
import os
import re
import signal
import subprocess
import sys
import time

work, command = sys.argv[1], sys.argv[2:]
said = work + "/said"
if os.path.exists(said):
    os.unlink(said)
with open(work + "/output", "w") as output:
    top = subprocess.Popen(command, cwd=work, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
end = time.time() + 20
while not os.path.exists(said) and time.time() < end:
    time.sleep(0.05)
top.terminate()
try:
    top.wait(5)
except subprocess.TimeoutExpired:
    top.kill()
words = []
for word, field in (("ignored", "SigIgn"), ("blocked", "SigBlk")):
    mask = int(re.search(field + r":\s*(\w+)", open(work + "/status").read())[1], 16)
    names = [s.name for s in signal.Signals if mask >> (s - 1) & 1]
    if names:
        words.append(" ".join([word] + names))
words += open(said).read().split("\n")[:-1]
print(", ".join(words) or "nothing")
P
# under COMMAND...: what its program finds.
under() {
	python3 "$work/under.py" "$work" "$@"
}
cat >"$work/supervisord.conf" <<C
[supervisord]
nodaemon = true
user = root
logfile = $work/log
pidfile = $work/pid
[program:run]
command = $work/run
autorestart = false
C
same 'nobody between' nothing "$(under "$work/run")"
same runit nothing "$(under runsv "$work")"
same tini nothing "$(under tini -s -- "$work/run")"
same dumb-init nothing "$(under dumb-init "$work/run")"
same catatonit 'blocked SIGTSTP SIGTTIN SIGTTOU' "$(under catatonit -- "$work/run")"
same parallel 'ignored SIGALRM, alarm unheard' "$(under parallel --will-cite --jobs 1 ::: "$work/run")"
same supervisor 'ignored SIGPIPE SIGXFSZ, pipe an error' \
	"$(under /usr/bin/python3 "$(command -v supervisord)" -c "$work/supervisord.conf")"
verdict
