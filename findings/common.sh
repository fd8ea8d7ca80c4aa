# For the scripts of this directory: a scratch directory, pinned packages, a verdict.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM
root=$work/root
mkdir "$root"

# pinned PACKAGE=VERSION...: Debian packages of just these versions, the system's where it has them,
# else unpacked below $root. Exits with 77 where they cannot be had.
pinned() {
	for package in "$@"; do
		name=${package%%=*}
		version=${package#*=}
		if [ "$(dpkg-query -W -f '${Version}' "$name" 2>/dev/null)" = "$version" ]; then
			echo "version: $name $version (installed)"
			continue
		fi
		(cd "$work" && apt-get -qq download "$package" >/dev/null 2>&1 &&
			dpkg -x "${name}"_*.deb "$root") || {
			echo "skipped: no $package here"
			exit 77
		}
		echo "version: $name $version (unpacked)"
	done
}

# packed NAME@VERSION...: npm packages of just these versions in $work/node_modules, what they need as
# it was on the day of the versions. Exits with 77 where they cannot be had.
packed() {
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
		echo 'skipped: no node and npm here'
		exit 77
	fi
	HOME=$work npm install --prefix "$work" --cache "$work/npm" --before 2026-11-29 --silent \
		--ignore-scripts --no-audit --no-fund --no-package-lock "$@" >"$work/npm.said" 2>&1 || {
		echo "skipped: no $* here"
		exit 77
	}
	echo "version: node $(node --version)"
	for package in "$@"; do
		echo "version: $package"
	done
}

# built PROGRAM LIBRARY...: compiles standard input.
built() {
	program=$1
	shift
	cat >"$work/$program.c"
	lib=$root/usr/lib/$(gcc -print-multiarch)
	gcc -std=gnu17 -Wall -o "$work/$program" "$work/$program.c" -I"$root/usr/include" -L"$lib" \
		-Wl,-rpath,"$lib" "$@"
}

# same WHAT EXPECTED SEEN: prints what was seen, and remembers where it is another.
changed=0
same() {
	if [ "$2" = "$3" ]; then
		echo "seen: $1: $3"
	else
		echo "CHANGED: $1: $3, was $2"
		changed=1
	fi
}

verdict() {
	exit "$changed"
}
