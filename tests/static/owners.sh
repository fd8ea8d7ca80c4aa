# What has one writer has no other: node.life is node_set_life()'s, node.link.state node_set_link()'s.
. "${0%/*}/common.sh"

cd "$DTREE_SRCDIR"

# sole_writer FILE FIELD WRITES LEAKS: only FILE has the pattern WRITES; nobody has LEAKS, an address.
sole_writer() {
	found=$(grep -rnE --include='*.[ch]' "$3|$4" src/controller | grep -v "^src/controller/$1:" || :)
	[ -z "$found" ] || fail "$2 is written elsewhere than in $1: $found"
	grep -qE "$3" "src/controller/$1" || fail "$1 writes no $2"
}

sole_writer node/life.c node.life '\bn->life *=[^=]' '&[a-z_]+->life\b'
sole_writer node/link_state.c node.link.state '[])a-z0-9_](->|[.])link[.]state *=[^=]|link->state *=[^=]' \
	'&[a-z_]+(->|[.])link[.]state\b|->link *=[^=]'
