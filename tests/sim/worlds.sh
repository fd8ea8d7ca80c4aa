# Some seeds of the simulated world; each seed is a history of its own. By hand: tests/sim/sim. And
# the past faults (mutants.sh) can be put back.
set -eu

: "${DTREE_SRCDIR:?run me by make check}"
sim=${DTREE_BUILDDIR:?run me by make check}/tests/sim/sim

for patch in "$DTREE_SRCDIR"/tests/sim/mutants/*.patch; do
	patch -s --dry-run -d "$DTREE_SRCDIR" -p1 <"$patch" >/dev/null || {
		echo "$patch does not apply any more"
		exit 1
	}
done
"$sim" --calm --seeds 20
"$sim" --seeds 200
"$sim" --twice --seed 1000 --seeds 10
