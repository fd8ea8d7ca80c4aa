# What the programs and the library link and export.
. "${0%/*}/common.sh"
need readelf

cd "$DTREE_BUILDDIR"
for program in dtreed dtreectl dtree-check dtree-shell dtree-top dtree-worker; do
	readelf -h "$program" >/dev/null 2>&1 || fail "$program: not a real program"
done

# libzmq alone more than doubles the time that a one-shot command takes; libedit adds a third.
found=$(ldd ./dtreectl | grep -i "zmq\|libev\|sodium\|edit\|tinfo\|curses" || :)
[ -z "$found" ] || fail "dtreectl: links $found"

library=.libs/libdtree.so
[ -e "$library" ] || exit 0
names=$(readelf --dyn-syms --wide "$library" |
	awk '$7 ~ /^[0-9]+$/ && ($5 == "GLOBAL" || $5 == "WEAK") { sub(/@.*/, "", $8); print $8 }')
echo "$names" | grep -q '^dtree_client_' || fail "$library: exports no client"
found=$(echo "$names" | grep -v '^dtree_' || :)
[ -z "$found" ] || fail "$library: exports $found"
found=$(ldd "$library" | grep -i 'zmq\|libev\|libedit' || :)
[ -z "$found" ] || fail "$library: links $found"
