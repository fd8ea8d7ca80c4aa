# shellcheck shell=sh
# What quickstart and check share. $top is the directory of the sources; $build, where everything
# that is made goes.

top=$(cd "$(dirname "$0")/.." && pwd -P)
build=$top/build

die() {
	echo "$(basename "$0"): $*" >&2
	exit 1
}

# One at a time in the build directory; released when the process ends. Programs that live on must
# not inherit descriptor 9.
lock_build() {
	mkdir -p "$build" || die "$build: cannot be made"
	exec 9>"$build/lock"
	flock -n 9 || {
		echo "$(basename "$0"): waiting for another build in $build" >&2
		flock 9 || die "$build/lock: cannot be locked"
	}
}

# $source: the sources with their configure. From sources that were built in place no second build
# is possible; then it is a copy, as it would be released.
prepare_source() {
	source=$top
	if [ -e "$top/config.status" ]; then
		source=$build/source
		make -C "$top" distdir distdir="$source"
		return
	fi
	for made in configure Makefile.in config.h.in build-aux/tap-driver.sh; do
		if [ ! -e "$source/$made" ]; then
			(cd "$source" && autoreconf -fi)
			return
		fi
	done
}

# configure_in DIR OPTION...: once; make itself notices when it is out of date.
configure_in() {
	directory=$1
	shift
	[ "$(cat "$directory/configured" 2>&1)" != "$source $*" ] || return 0
	rm -rf "$directory" && mkdir -p "$directory" &&
		(cd "$directory" && "$source/configure" -q "$@" && echo "$source $*" >configured)
}
