# systemd takes the units as they are installed, and finds little that they leave open.
. "${0%/*}/common.sh"
need systemd-analyze
work_dir

# The program is not installed yet: the one that was built stands for it. An instance stands for its
# template.
units='dtreed.service dtreed@.service dtreed.socket dtreed@.socket'
secured='dtreed.service dtreed@x.service'
if [ -e "$DTREE_BUILDDIR/dtree-exporter" ]; then
	units="$units dtree-exporter.service"
	secured="$secured dtree-exporter.service"
fi
for unit in $units; do
	name=$(echo "$unit" | sed 's/@/@x/')
	sed "s|^ExecStart=[^ ]*/\([^ ]*\)|ExecStart=$DTREE_BUILDDIR/\1|; s|^ExecReload=[^ ]*|ExecReload=$DTREE_BUILDDIR/dtreectl|" \
		"$DTREE_BUILDDIR/systemd/$unit" >"$work/$name"
	! grep '@[a-z]*@' "$work/$name" || fail "$unit: what is to be filled in is not"
done
mkdir "$work/user"
sed "s|^ExecStart=[^ ]*|ExecStart=$DTREE_BUILDDIR/dtreed|; s|^ExecReload=[^ ]*|ExecReload=$DTREE_BUILDDIR/dtreectl|" \
	"$DTREE_BUILDDIR/systemd/dtreed.user.service" >"$work/user/dtreed.service"
grep -q "^ExecStart=$DTREE_BUILDDIR/dtreed" "$work/dtreed.service" || fail "the unit starts no dtreed"
# A manual page is not installed yet either.
man=--man=yes
grep -q '^Documentation=man:' "$work/dtreed.service" && man=--man=no
for unit in "$work"/dtree* "$work/user/dtreed.service"; do
	found=$(systemd-analyze verify $man --recursive-errors=no "$unit" 2>&1) ||
		fail "systemd-analyze: $found"
	[ -z "$found" ] || fail "systemd-analyze: $found"
done
for unit in $secured; do
	threshold=10
	# It has the network, where it listens on the loopback address.
	[ "$unit" = dtree-exporter.service ] && threshold=20
	found=$(systemd-analyze security --offline=yes --no-pager --threshold="$threshold" "$work/$unit" 2>&1) ||
		fail "systemd-analyze: $found"
done
# Each drop-in says something that systemd knows.
for example in "$DTREE_SRCDIR"/systemd/dtreed.service.d/*.conf; do
	mkdir -p "$work/dtreed.service.d"
	cp "$example" "$work/dtreed.service.d/"
	found=$(systemd-analyze verify $man --recursive-errors=no "$work/dtreed.service" 2>&1) ||
		fail "$example: $found"
	[ -z "$found" ] || fail "$example: $found"
	rm "$work/dtreed.service.d/${example##*/}"
done
