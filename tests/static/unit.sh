# systemd takes the unit as it is installed.
. "${0%/*}/common.sh"
need systemd-analyze
work_dir

unit=$work/dtreed.service
# The program is not installed yet: the one that was built stands for it.
sed "s|^ExecStart=[^ ]*|ExecStart=$DTREE_BUILDDIR/dtreed|" \
	"$DTREE_BUILDDIR/systemd/dtreed.service" >"$unit"
grep -q "^ExecStart=$DTREE_BUILDDIR/dtreed" "$unit" || fail "the unit starts no dtreed"
# A manual page is not installed yet either.
man=--man=yes
grep -q '^Documentation=man:' "$unit" && man=--man=no
found=$(systemd-analyze verify $man --recursive-errors=no "$unit" 2>&1) ||
	fail "systemd-analyze: $found"
[ -z "$found" ] || fail "systemd-analyze: $found"
