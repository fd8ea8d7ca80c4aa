#!/bin/sh
# The unit in a real systemd: process 1 of name spaces of its own, over a copy-on-write view of this
# system. Nothing outside them is changed. What is looked at is in inside/, which runs inside.
. "${DTREE_SRCDIR:?run me by make check}/tests/static/common.sh"
. "$DTREE_SRCDIR/tests/systemd/boot.sh"
need python3

# The distribution's systemd, of whatever version: the one that is installed, or its packages.
mkdir "$work/deb"
if [ ! -x /lib/systemd/systemd ] || [ ! -x /usr/bin/systemctl ]; then
	need apt-get
	need dpkg
	for package in systemd libsystemd-shared; do
		(cd "$work/deb" && apt-get -qq -o APT::Sandbox::User=root download $package) \
			>"$work/log" 2>&1 || skip "no systemd here, and $package cannot be had"
	done
	for deb in "$work"/deb/*.deb; do
		dpkg -x "$deb" "$work/stage"
	done
fi

# Directories that are given at the installation only, as a package's build may do it.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
"${MAKE:-make}" -s -C "$DTREE_BUILDDIR" install DESTDIR="$work/stage" prefix=/usr sysconfdir=/etc \
	systemdsystemunitdir=/usr/lib/systemd/system >"$work/log" 2>&1 ||
	fail "make install: $(tail -n 20 "$work/log")"
mkdir -p "$work/stage/opt"
cp -r "$DTREE_SRCDIR/tests/systemd/inside" "$work/stage/opt/"
# / is one of links into /usr.
for name in bin sbin lib; do
	[ -d "$work/stage/$name" ] || continue
	mkdir -p "$work/stage/usr/$name"
	cp -a "$work/stage/$name/." "$work/stage/usr/$name/"
	rm -r "${work:?}/stage/$name"
done

boot /
inside systemctl --version | head -n 1
# As a package does it when it is installed.
inside systemd-sysusers
inside systemd-tmpfiles --create dtree.conf
inside journalctl --update-catalog
inside env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DTREE_TEST_SLOW="${DTREE_TEST_SLOW:-1}" \
	python3 -B -m unittest discover -v -s /opt/inside ${DTREE_TEST_INSIDE:+-k "$DTREE_TEST_INSIDE"} || fail 'the unit does not hold; see above'
