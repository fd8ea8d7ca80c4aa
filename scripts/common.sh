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

# $source: the sources with an up-to-date configure. Where somebody built in the source tree itself,
# a second build from there is not possible: then it is a copy, without what was built.
prepare_source() {
	source=$top
	if [ -e "$top/config.status" ]; then
		source=$build/source
		mkdir -p "$source" || return
		tar -C "$top" -cf - --exclude=./build --exclude=./.git --exclude=./autom4te.cache \
			--exclude=.deps --exclude=.libs --exclude=.dirstamp --exclude='*.o' \
			--exclude='*.lo' --exclude='*.la' --exclude='*.a' --exclude=./config.status \
			--exclude=./config.h --exclude=./Makefile --exclude=./configure . |
			tar -C "$source" -xf - || return
	fi
	for made in configure Makefile.in config.h.in build-aux/tap-driver.sh; do
		if [ ! -e "$source/$made" ]; then
			(cd "$source" && autoreconf -fi) || return
			break
		fi
	done
}

# configure_in DIR OPTION...: does it once; make itself notices when it is out of date.
configure_in() {
	mkdir -p "$1" || return
	(
		cd "$1" || exit
		shift
		[ ! -e config.status ] || [ ! -e Makefile ] || [ "$(cat options 2>&1)" != "$*" ] || exit 0
		"$source/configure" -q "$@" && echo "$*" >options
	)
}
