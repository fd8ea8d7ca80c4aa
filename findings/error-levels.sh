#!/bin/sh
# Guess: an interpreter that reads its requests from a pipe says what was wrong with one, and takes the next as
# if nothing had been: the hundredth error costs what the first did. Who has seen it answer, fail once
# and answer again has seen all.
# Seen: four ways not to be so. Guile and CLISP enter a level further down with each error, with a prompt as
# for a person at a terminal, and keep the failed computation there: after 300 errors Guile has 150 MB more
# and takes eight times as long to tell of the next one, after 1,000 it has 1.3 GB. SBCL throws away what it has
# not read yet: a request that was written right behind a failed one is never answered. calc answers 20
# errors of evaluation and ends at the next, with status 1 and a word about a terminal. Guile's on-error
# report, CLISP's -on-error abort and calc's errmax(-1) mend it.
# Version: Guile 3.0.8, CLISP 2.49.93+, SBCL 2.2.9, calc 2.12.7.2.
. "${0%/*}/common.sh"
pinned guile-3.0=3.0.8-2 guile-3.0-libs=3.0.8-2 libgc1=1:8.2.2-3 libunistring2=1.0-2 \
	clisp=1:2.49.20210628.gitde01f0f-3 libffcall1b=2.4-2 libsigsegv2=2.14-1 sbcl=2:2.2.9-1 calc=2.12.7.2-4 calc-common=2.12.7.2-4
arch=$(gcc -print-multiarch)
LD_LIBRARY_PATH=$root/usr/lib/$arch:$root/lib/$arch:$root/usr/lib
export LD_LIBRARY_PATH GUILE_AUTO_COMPILE=0 HOME="$work"
if [ -e "$root/usr/share/guile" ]; then
	export GUILE_SYSTEM_PATH="$root/usr/share/guile/3.0"
	export GUILE_SYSTEM_COMPILED_PATH="$root/usr/lib/$arch/guile/3.0/ccache"
fi
# where PATH: PATH as it was unpacked or installed.
where() {
	for path in "$root"$1 $1; do
		[ ! -e "$path" ] || echo "$path"
	done | head -1
}
guile=$(where "/usr/lib/$arch/guile/3.0/bin/guile")
clisp=$(dirname "$(where /usr/lib/clisp*/base)")
sbcl=$(where /usr/bin/sbcl)
core=$(where /usr/lib/sbcl/sbcl.core)
calc=$(where /usr/bin/calc)

cat >"$work/fail.py" <<'P'
"""Sends errors, each with a question behind it, one at a time: what has become of the program after N."""
import os
import select
import subprocess
import sys
import time

count, error, question, answer = int(sys.argv[1]), *[a.encode() for a in sys.argv[2:5]]
program = subprocess.Popen(sys.argv[5:], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, bufsize=0)


def ask(text, seconds=20):
    """How long the answer takes, or None where the output ends or nothing comes."""
    start, heard = time.time(), b""
    try:
        os.write(program.stdin.fileno(), text)
    except BrokenPipeError:
        return None
    while answer not in heard:
        left = start + seconds - time.time()
        if not select.select([program.stdout], [], [], max(0, left))[0]:
            return None
        more = os.read(program.stdout.fileno(), 65536)
        if not more:
            return None
        heard += more
    return time.time() - start


def fail():
    """Sends the error and reads what is said of it, until nothing more comes: how long that took."""
    wait, start = 20, time.time()
    os.write(program.stdin.fileno(), error + b"\n")
    while select.select([program.stdout], [], [], wait)[0] and os.read(program.stdout.fileno(), 65536):
        wait, end = 0.02, time.time()
    return end - start


def resident():
    with open("/proc/%d/statm" % program.pid) as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1000000


ask(question + b"\n")
if count == 0:
    print("%sanswered" % ("" if ask(error + b"\n" + question + b"\n", 3) else "not "), end=", ")
    print("the next %sanswered" % ("" if ask(question + b"\n", 3) else "not "))
    program.kill()
    sys.exit()
took, before = [], resident()
for number in range(1, count + 1):
    took.append(fail())
    if ask(question + b"\n") is None:
        print("ends with %d at error %d" % (program.wait(5), number))
        sys.exit()
first, last, more = min(took[2:12]), min(took[-10:]), resident() - before
sys.stderr.write("output: %s: %.1f ms, then %.1f ms; %d MB more\n" % (sys.argv[5], first * 1e3, last * 1e3, more))
print("%s, %s" % ("grows" if more > 19 else "stays small", "slower" if last > 3 * first else "as fast"))
program.kill()
P
fail() {
	python3 "$work/fail.py" "$@"
}
lisp='(error "x")'
sum='(+ 12345 1)'
clisp="$clisp/base/lisp.run -B $clisp -M $clisp/base/lispinit.mem -q"
same 'Guile, 300 errors' 'grows, slower' "$(fail 300 "$lisp" "$sum" 12346 "$guile" -q)"
# shellcheck disable=SC2086
same 'CLISP, 300 errors' 'grows, slower' "$(fail 300 "$lisp" "$sum" 12346 $clisp)"
same 'SBCL, both in one write' 'not answered, the next answered' \
	"$(fail 0 "$lisp" "$sum" 12346 "$sbcl" --core "$core" --noinform)"
same 'calc, 300 errors' 'ends with 1 at error 21' "$(fail 300 'strlen(5)' 12345+1 12346 "$calc" -q -d)"
same 'Guile, told to report' 'stays small, as fast' \
	"$(fail 300 "$lisp" "$sum" 12346 "$guile" -q -c "(use-modules (system repl common) (system repl repl))
	(repl-default-option-set! 'on-error 'report) (start-repl)")"
# shellcheck disable=SC2086
same 'CLISP, -on-error abort' 'stays small, as fast' \
	"$(fail 300 "$lisp" "$sum" 12346 $clisp -on-error abort)"
same 'calc, errmax of -1' 'stays small, as fast' \
	"$(fail 300 'errmax(-1), strlen(5)' 12345+1 12346 "$calc" -q -d)"
verdict
