# The shell scripts are clean.
. "${0%/*}/common.sh"
need shellcheck

cd "$DTREE_SRCDIR"
shellcheck -x -P scripts scripts/setup scripts/quickstart scripts/check scripts/common.sh .ci/run \
	tests/run-program
shellcheck -x -P tests/static -s sh tests/static/*.sh tests/sim/*.sh
shellcheck -x -P findings -s sh findings/*.sh
