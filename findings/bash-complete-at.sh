#!/bin/sh
# Guess: a function for `complete -F` completes the word ${COMP_WORDS[COMP_CWORD]}: what it gives takes the
# place of that word. "=" and ":" divide words there, too, and then the part behind them is completed and
# replaced; "@", which stands beside them in COMP_WORDBREAKS, is no other.
# Seen: at "@" the two lists disagree. In COMP_WORDS "@wo" is two words, "@" and "wo", and the current one is
# "wo"; what is replaced is "@wo", as $2 says. So the usual `compgen -W ... -- "$cur"` offers "worker", the
# "@" is deleted from what was typed, and another command is run. A candidate "@worker" is right, though
# it does not begin with the current word; with "a@wo" the part before "@" stays, and "=@" is one word.
# $2 is what is replaced in every case.
# Version: bash 5.2.15.
. "${0%/*}/common.sh"
pinned bash=5.2.15-2+b13
PATH=$root/bin:$PATH

cat >"$work/rc" <<'B'
PS1='$ '
bind 'set bell-style none'
bind 'set enable-bracketed-paste off'
shows() {
	echo "words $(IFS='|'; echo "${COMP_WORDS[*]:1}"), current ${COMP_WORDS[COMP_CWORD]}, \$2 $2" >>"$said"
	COMPREPLY=("$candidate")
}
complete -F shows run
run() {
	echo "run $*" >>"$said"
	exit
}
B
cat >"$work/type.py" <<'P'
"""Types a line, a tab and a newline into an interactive bash; what completion saw, and what was run."""
import os
import pty
import select
import sys
import time

line, candidate, rc, said = sys.argv[1:]
open(said, "w").close()
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", candidate=candidate, said=said, HOME="/nonexistent", HISTFILE="")
    os.execvp("bash", ["bash", "--noprofile", "--rcfile", rc, "-i"])


def until(condition):
    """Reads what the terminal shows until that holds, for at most 10 s."""
    shown, end = b"", time.time() + 10
    while not condition(shown) and time.time() < end:
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                shown += os.read(terminal, 4096)
            except OSError:
                return


def words():
    return open(said).read().splitlines()


until(lambda shown: shown.endswith(b"$ "))
os.write(terminal, line.encode() + b"\t")
until(lambda shown: words())
os.write(terminal, b"\n")
until(lambda shown: len(words()) > 1)
os.waitpid(pid, 0)
print("; ".join(words()))
P
# typed LINE CANDIDATE: how it was seen, and what was run.
typed() {
	python3 "$work/type.py" "$1" "$2" "$work/rc" "$work/said"
}
# The first argument of each is a text with a literal $2.
# shellcheck disable=SC2016
{
same 'behind a colon' 'words x|:|wo, current wo, $2 wo; run x:worker' "$(typed 'run x:wo' worker)"
same 'behind =' 'words x|=|wo, current wo, $2 wo; run x=worker' "$(typed 'run x=wo' worker)"
same 'behind @' 'words @|wo, current wo, $2 @wo; run worker' "$(typed 'run @wo' worker)"
same 'behind @, completed with it' 'words @|wo, current wo, $2 @wo; run @worker' "$(typed 'run @wo' @worker)"
same 'within a word' 'words a|@|wo, current wo, $2 @wo; run aworker' "$(typed 'run a@wo' worker)"
same 'behind =@' 'words --to|=@|wo, current wo, $2 @wo; run --to=worker' "$(typed 'run --to=@wo' worker)"
}
verdict
