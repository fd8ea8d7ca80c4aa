#!/bin/sh
# Debian's packages are built of what make dist gives, are clean for lintian, and hold in a bare
# Debian with a systemd of its own: inside.sh, which runs there, installs, upgrades and removes them.
# DTREE_TEST_PACKAGES: a directory of packages that are built already.
# DTREE_TEST_ROOT: a root directory that is there already.
. "${DTREE_SRCDIR:?run me by make check}/tests/static/common.sh"
. "$DTREE_SRCDIR/tests/systemd/boot.sh"
need dh
need mmdebstrap
grep -qx 'VERSION_CODENAME=bookworm' /etc/os-release || skip 'this is not Debian 12, whose packages these are'
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# Without optimization it takes half as long; release builds have it.
packages=${DTREE_TEST_PACKAGES-$work/packages}
if [ ! -d "$packages" ]; then
	name=dtree-$(sed -n 's/^#define PACKAGE_VERSION "\(.*\)"$/\1/p' "$DTREE_BUILDDIR/config.h")
	mkdir "$work/release"
	"${MAKE:-make}" -s -C "$DTREE_BUILDDIR" distdir distdir="$work/release/$name" >"$work/log" 2>&1 ||
		fail "make distdir: $(tail -n 20 "$work/log")"
	tar -czf "$work/release/$name.tar.gz" -C "$work/release" "$name"
	DEB_BUILD_OPTIONS="nocheck noopt noautodbgsym parallel=$(nproc)" \
		"$DTREE_SRCDIR/scripts/packages" "$work/release/$name.tar.gz" "$packages" ||
		fail 'the packages are not built'
fi
if command -v lintian >/dev/null; then
	lintian --fail-on error,warning --allow-root "$packages"/*.changes >"$work/log" 2>&1 ||
		fail "lintian: $(cat "$work/log")"
else
	echo 'lintian is not here'
fi

# A Debian with what the packages depend on, and no more: not even apt.
depends=$(for package in "$packages"/*.deb; do
	dpkg-deb -f "$package" Depends | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/:any//; s/ //g'
done | sort -u | grep -v '^dtree$\|^dtree-exporter$\|^libdtree1$' | tr '\n' ',')
root=${DTREE_TEST_ROOT-$work/debian}
if [ ! -d "$root" ]; then
	mmdebstrap --variant=essential --aptopt='Acquire::Languages "none"' \
		--dpkgopt=path-exclude=/usr/share/locale/* --dpkgopt=path-exclude=/usr/share/man/* \
		--include="${depends}python3,systemd" bookworm "$root" >"$work/log" 2>&1 ||
		skip "no Debian can be had here: $(tail -n 3 "$work/log")"
fi

# The former version: the same under a lower number.
mkdir -p "$work/stage/opt/former" "$work/stage/opt/new"
cp "$packages"/*.deb "$work/stage/opt/new"
for package in "$packages"/*.deb; do
	name=${package##*/}
	name=${name%%_*}
	dpkg-deb -R "$package" "$work/unpacked"
	sed -i "s/$(dpkg-deb -f "$package" Version)/&~former/" "$work/unpacked/DEBIAN/control"
	dpkg-deb -b -Znone "$work/unpacked" "$work/stage/opt/former/$name.deb" >"$work/log"
	rm -r "$work/unpacked"
done
cp -r "$DTREE_SRCDIR/tests/packages/inside.sh" "$DTREE_SRCDIR/debian/tests" "$work/stage/opt/"
boot "$root"
inside env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 sh -eu /opt/inside.sh ||
	fail 'the packages do not hold; see above'
