# For the tests of this directory. What is missing on the machine skips a test.
set -eu

: "${DTREE_SRCDIR:?run me by make check}" "${DTREE_BUILDDIR:?}"

need() {
	command -v "$1" >/dev/null 2>&1 || { echo "skipped: no $1 here"; exit 77; }
}

fail() {
	echo "$*"
	exit 1
}

# $work: a directory of this test's own.
work_dir() {
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 99' HUP INT TERM
}
