# Some seeds of the simulated world; each seed is a history of its own. By hand: tests/sim/sim.
set -eu

sim=${DTREE_BUILDDIR:?run me by make check}/tests/sim/sim

"$sim" --calm --seeds 20
"$sim" --seeds 200
"$sim" --twice --seed 1000 --seeds 10
