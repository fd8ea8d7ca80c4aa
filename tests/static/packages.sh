#!/bin/sh
# Debian's packages have every file that is installed, each in one of them, and the library's names;
# their version is the release's.
. "${0%/*}/common.sh"
work_dir
debian=$DTREE_SRCDIR/debian

version=$(sed -n 's/^AC_INIT(\[dtree\], \[\(.*\)\])$/\1/p' "$DTREE_SRCDIR/configure.ac")
packaged=$(sed -n '1s/^dtree (\([^)]*\)) .*/\1/p' "$debian/changelog")
[ "$packaged" = "$version" ] || fail "debian/changelog is of $packaged, configure.ac of $version"

library=$DTREE_BUILDDIR/.libs/libdtree.so
[ -e "$library" ] || { echo 'skipped: no shared library is built'; exit 77; }
need readelf
readelf --dyn-syms --wide "$library" |
	awk '$7 ~ /^[0-9]+$/ && $5 == "GLOBAL" { sub(/@.*/, "", $8); print $8 }' | sort >"$work/exported"
sed -n 's/^ \(dtree_[a-z_]*\)@Base .*/\1/p' "$debian/libdtree1.symbols" | sort >"$work/listed"
diff "$work/listed" "$work/exported" || fail 'libdtree.so and debian/libdtree1.symbols have other names'
soname=$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
grep -q "^$soname libdtree${soname##*.} " "$debian/libdtree1.symbols" || fail "no package is for $soname"

# The directories are those of debian/rules and of debhelper.
grep -q 'ENABLE_PROBES 1' "$DTREE_BUILDDIR/config.h" || { echo 'skipped: no probes are built'; exit 77; }
[ -e "$DTREE_BUILDDIR/dtree-exporter" ] || { echo 'skipped: no exporter is built'; exit 77; }
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
"${MAKE:-make}" -s -C "$DTREE_BUILDDIR" install DESTDIR="$work/tmp" prefix=/usr sysconfdir=/etc \
	libdir=/usr/lib/x systemdsystemunitdir=/lib/systemd/system systemduserunitdir=/usr/lib/systemd/user \
	zshcompletiondir=/usr/share/zsh/vendor-completions pythondir=/usr/lib/python3/dist-packages \
	>"$work/log" 2>&1 ||
	fail "make install: $(tail -n 20 "$work/log")"
rm "$work/tmp/usr/share/doc/dtree/LICENSE"
# A build for tests may be without it.
: >>"$work/tmp/usr/lib/x/libdtree.a"
(cd "$work/tmp" && find . ! -type d | sed 's|^\./||' | sort) >"$work/files"
: >"$work/taken"
for list in "$debian"/*.install "$debian/not-installed"; do
	while read -r pattern; do
		expression=$(echo "$pattern" | sed 's/[.]/\\./g; s/\*/[^\/]*/g')
		grep "^$expression\$\|^$expression/" "$work/files" >>"$work/taken" ||
			fail "${list##*/}: $pattern is not installed"
	done <"$list"
done
sort "$work/taken" | diff "$work/files" - || fail 'not in one of debian/*.install (<), or in two (>)'
