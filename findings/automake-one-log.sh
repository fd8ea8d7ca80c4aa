#!/bin/sh
# Guess: two tests a.sh and a.py in one directory are two tests, as each extension has a driver and a
# rule of its own (TEST_EXTENSIONS); if they were in each other's way, automake -Wall would say so.
# Seen: both have the log a.log. One of them is run, the last in TEST_EXTENSIONS, whatever the order
# in TESTS; it is counted twice. The other is never run, and nothing says so: here a.sh fails, and
# `make check` has "TOTAL: 2, PASS: 2" and exits with 0.
# Version: automake 1.16.5, autoconf 2.71, GNU make 4.3.
. "${0%/*}/common.sh"
pinned automake=1:1.16.5-1.3 autoconf=2.71-3 make=4.3-4.1

# Only an installed automake finds its own files.
command -v automake-1.16 >/dev/null || { echo 'skipped: automake is not installed'; exit 77; }
cd "$work"
cat >configure.ac <<'AC'
AC_INIT([two], [1])
AM_INIT_AUTOMAKE([foreign -Wall])
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
AC
cat >Makefile.am <<'AM'
TEST_EXTENSIONS = .sh .py
TESTS = a.sh a.py
AM
printf '#!/bin/sh\necho a.sh was run\nexit 1\n' >a.sh
printf '#!/bin/sh\necho a.py was run\n' >a.py
chmod +x a.sh a.py
autoreconf -fi >words 2>&1
./configure -q
status=0
make check >said 2>&1 || status=$?
grep '^PASS\|^FAIL\|^# TOTAL\|^# PASS\|^# FAIL' said a.log | sed 's/^/output: /'
same 'words of automake about the two' 'none' "$(grep 'a\.log\|a\.sh\|a\.py' words || echo none)"
same 'status of make check with a test that fails' 0 "$status"
same 'what is counted' '# TOTAL: 2 # PASS: 2' \
	"$(grep '^# TOTAL\|^# PASS' said | tr -s ' \n' '  ' | sed 's/ $//')"
same 'which was run' 'a.py was run' "$(grep 'was run' a.log)"
verdict
