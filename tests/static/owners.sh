# What has one writer has no other: node.life is node_set_life()'s.
. "${0%/*}/common.sh"

cd "$DTREE_SRCDIR"
found=$(grep -rnE --include='*.[ch]' '\bn->life *=[^=]|&[a-z_]+->life\b' src/controller |
	grep -v '^src/controller/node/life\.c:' || :)
[ -z "$found" ] || fail "written elsewhere than in node/life.c: $found"
grep -qE '\bn->life *=[^=]' src/controller/node/life.c || fail 'node/life.c: writes no node.life'
