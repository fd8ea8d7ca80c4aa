# The manual pages are clean mdoc. Whether other manuals are installed here is not their fault.
. "${0%/*}/common.sh"
need mandoc

cd "$DTREE_SRCDIR/man"
found=$(mandoc -T lint -W style -- *.[1-8] 2>&1 |
	grep -v ': STYLE: referenced manual not found:\|outdated mandoc.db' || :)
[ -z "$found" ] || fail "$found"
