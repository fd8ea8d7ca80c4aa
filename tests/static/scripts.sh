# The shell scripts are clean.
. "${0%/*}/common.sh"
need shellcheck

cd "$DTREE_SRCDIR"
shellcheck -x -P scripts scripts/setup scripts/quickstart scripts/packages scripts/check scripts/common.sh .ci/run \
	tests/run-program
shellcheck -x -P tests/static -s sh tests/static/*.sh tests/sim/*.sh
shellcheck -x -P tests/static -P tests/systemd -s sh tests/systemd/*.sh tests/packages/*.sh
shellcheck -s sh debian/*.postinst debian/*.prerm debian/*.postrm debian/tests/client \
	debian/tests/exporter debian/tests/private-tree debian/tests/python debian/tests/service
shellcheck -x -P findings -s sh findings/*.sh
