# Past faults, each put back by a patch, must be found again: tests/sim/mutants/NAME.patch, whose
# first line says what it was. By hand, as it takes minutes: make mutants, or
#
#     sh tests/sim/mutants.sh [NAME...]
#
# Each has ten minutes; MUTANT_SECONDS says otherwise. The sources are copied and built once.
set -eu

here=$(cd "${0%/*}" && pwd)
source=${DTREE_SRCDIR:-$here/../..}
seconds=${MUTANT_SECONDS:-600}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

# One file is built anew for each: the rest stays.
prepare() {
	mkdir "$work/tree" "$work/build"
	(cd "$source" && find . -name .git -prune -o -name 'build*' ! -name 'build-aux' -prune -o \
		-type f -print0 | xargs -0 cp --parents -t "$work/tree")
	(cd "$work/build" && ../tree/configure -q ${DTREE_CC:+CC="$DTREE_CC"}) >/dev/null
	make -s -C "$work/build" tests/sim/sim >/dev/null
}

try() {
	file=$work/tree/$(sed -n 's|^+++ b/||p' "$1")
	cp "$file" "$work/good"
	patch -s -d "$work/tree" -p1 <"$1" || { missed=1; return; }
	make -s -C "$work/build" tests/sim/sim >/dev/null
	begun=$(date +%s.%N)
	timeout "$seconds" "$work/build/tests/sim/sim" --seeds 1000000 --first \
		>"$work/said" 2>/dev/null || :
	took=$(echo "$begun $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }')
	cp "$work/good" "$file"
	if grep -q '^seed' "$work/said"; then
		echo "found after $took s: $(basename "$1" .patch): $(grep -m 1 '^seed' "$work/said")"
	else
		echo "NOT FOUND in $took s: $(basename "$1" .patch)"
		missed=1
	fi
}

missed=0
prepare
if [ $# -eq 0 ]; then
	for patch in "$here"/mutants/*.patch; do
		try "$patch"
	done
else
	for name; do
		try "$here/mutants/$name.patch"
	done
fi
exit $missed
