# An installation under a directory that was not its prefix is whole, and works.
. "${0%/*}/common.sh"
work_dir

# The jobs and variables of the make that runs this test are not for the one below.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
"${MAKE:-make}" -s -C "$DTREE_BUILDDIR" install DESTDIR="$work" >"$work/log" 2>&1 ||
	fail "make install: $(tail -n 20 "$work/log")"

for file in "$BINDIR/dtreectl" "$SBINDIR/dtreed" "$PKGLIBEXECDIR/dtree-shell" \
	"$PKGLIBEXECDIR/dtree-worker" "$PKGLIBEXECDIR/dtree-check" "$PKGLIBEXECDIR/dtree-top" \
	"$PKGINCLUDEDIR/client.h" "$PKGINCLUDEDIR/service.h" "$LIBDIR/libdtree.so" \
	"$LIBDIR/pkgconfig/libdtree.pc" "$LIBDIR/pkgconfig/dtree-service.pc" \
	"$PREFIX/share/bash-completion/completions/dtreectl" \
	"$PREFIX/share/zsh/site-functions/_dtreectl" \
	"$PREFIX/share/fish/vendor_completions.d/dtreectl.fish"; do
	[ -e "$work$file" ] || fail "make install gives no $file"
done

# Scripts for tracers name the installed programs; without points in these there are none.
if grep -q ENABLE_PROBES.1 "$DTREE_BUILDDIR/config.h"; then
	for script in deaths links picture requests slow; do
		[ -x "$work$PROBESDIR/$script.bt" ] || fail "make install gives no $script.bt"
		! grep -q '@[a-z]*dir@' "$work$PROBESDIR/$script.bt" || fail "$script.bt names no program"
		grep -q "^usdt:$SBINDIR/dtreed:" "$work$PROBESDIR/$script.bt" || fail "$script.bt: no dtreed"
	done
else
	[ ! -e "$work$PROBESDIR" ] || fail "there are scripts, and no points"
fi

said=$(printf 'create 10\nexec 10 3 1 2 3\n' |
	env TMPDIR="$work" XDG_RUNTIME_DIR="$work" "$work$BINDIR/dtreectl" shell --private)
echo "$said" | grep -q '^Ok:10: 6$' || fail "a private tree says: $said"

# The Python module is what this Python finds, where there is one.
if [ -n "$PYTHONDIR" ]; then
	said=$(env PYTHONPATH="$work${PYTHONDIR%/*}" "${PYTHON:-python3}" -B -c 'import dtree
try: dtree.Client("/nonexistent/socket").hello()
except dtree.NoDaemon: print(dtree.__file__)')
	[ "$said" = "$work$PYTHONDIR/__init__.py" ] || fail "the Python module says $said"
	[ -e "$work$PYTHONDIR/py.typed" ] || fail "make install gives no py.typed"
fi

# A program of somebody else's finds the library and its header.
cat >"$work/user.c" <<'C'
#include <dtree/client.h>
#include <dtree/service.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	struct dtree_error err;
	struct dtree_client *client = dtree_client_connect("/nonexistent/socket", &err);

	puts(client ? "connected" : err.text);
	dtree_client_free(client);
	return client || err.code != DTREE_NO_DAEMON;
}
C
need pkg-config
flags=$(PKG_CONFIG_PATH=$work$LIBDIR/pkgconfig pkg-config --define-variable=prefix="$work$PREFIX" \
	--cflags --libs libdtree)
# $DTREE_CC and $flags are lists of words.
# shellcheck disable=SC2086
$DTREE_CC -o "$work/user" "$work/user.c" $flags
LD_LIBRARY_PATH=$work$LIBDIR "$work/user" || fail "a program with libdtree does not run"

# So does a plug-in, which is built as its Makefile says, and serves a node of this installation.
mkdir "$work/plugin"
cp "$DTREE_SRCDIR/examples/plugin/"* "$work/plugin"
cat >"$work/pkg-config" <<SH
#!/bin/sh
exec env PKG_CONFIG_PATH="$work$LIBDIR/pkgconfig" \
	$(command -v pkg-config) --define-variable=prefix="$work$PREFIX" "\$@"
SH
chmod +x "$work/pkg-config"
env PATH="$work:$PATH" "${MAKE:-make}" -s -C "$work/plugin" CC="${DTREE_CC%% -fsanitize*}" \
	>"$work/log" 2>&1 || fail "the plug-in is not built: $(cat "$work/log")"
printf '[service meter]\nlibrary = plugin/meter.so\n' >"$work/services.conf"
said=$(printf 'create 10 --service meter\nexec 10 40\nexec 10 2\n' |
	env TMPDIR="$work" XDG_RUNTIME_DIR="$work" "$work$BINDIR/dtreectl" shell --private \
		--config "$work/services.conf")
echo "$said" | grep -q '^Ok:10: 42$' || fail "a node with the plug-in says: $said"
# C++ has the header, too.
printf '#include <dtree/service.h>\nint main() { return dtree_service_plugin.abi; }\n' >"$work/x.cc"
if command -v c++ >/dev/null; then
	# shellcheck disable=SC2046
	c++ -Wall -Wextra -Werror -c -o "$work/x.o" "$work/x.cc" \
		$("$work/pkg-config" --cflags dtree-service) || fail 'C++ does not take service.h'
fi

# Directories that are given at the installation only: what names them is right.
moved=$work/moved
install_moved() {
	"${MAKE:-make}" -s -C "$DTREE_BUILDDIR" "$1" DESTDIR="$moved" prefix=/opt/dt \
		sysconfdir=/opt/conf systemdsystemunitdir=/opt/units >"$work/log" 2>&1 ||
		fail "make $1: $(tail -n 20 "$work/log")"
}
holds() {
	grep -qxF "$2" "$moved$1" || fail "$1 has no line $2: $(cat "$moved$1")"
}
install_moved install
settings=$moved/opt/conf/dtree/dtreed.conf
if [ -e "$moved/opt/units" ]; then
	holds /opt/units/dtreed.service ExecStart=/opt/dt/sbin/dtreed
	holds /opt/units/dtreed.service Environment=CONFIGURATION_DIRECTORY=/opt/conf/dtree
	holds /opt/units/dtreed.service Documentation=file:/opt/dt/share/doc/dtree/README.md
	holds /opt/units/dtreed@.service Environment=CONFIGURATION_DIRECTORY=/opt/conf/dtree-%i
	holds /opt/units/dtreed@.service RuntimeDirectory=dtree-%i
	holds /opt/units/dtreed@.socket ListenStream=%t/dtree-%i/control.sock
	holds /opt/units/dtreed.socket RequiredBy=dtreed.service
	holds /opt/dt/lib/systemd/user/dtreed.service ExecStart=/opt/dt/sbin/dtreed
	holds /opt/dt/lib/systemd/catalog/dtree.catalog 'Subject: dtreed serves a tree'
	holds /opt/dt/lib/sysusers.d/dtree.conf 'g dtree-observe -'
	holds /opt/dt/lib/tmpfiles.d/dtree.conf 'd /run/dtree 0755 dtree dtree -'
	holds /opt/dt/share/doc/dtree/dtreed.service.d/limits.conf 'Delegate=cpu memory pids'
fi
holds /opt/dt/lib/pkgconfig/libdtree.pc prefix=/opt/dt
holds /opt/dt/lib/pkgconfig/dtree-service.pc prefix=/opt/dt
holds /opt/conf/dtree/dtreed.conf '#worker = /opt/dt/libexec/dtree/dtree-worker'
flags=$(PKG_CONFIG_PATH=$moved/opt/dt/lib/pkgconfig pkg-config --cflags --libs libdtree)
case " $flags " in
*' -I/opt/dt/include '*' -L/opt/dt/lib '*) ;;
*) fail "pkg-config says $flags" ;;
esac
if grep -r "$work" "$moved/opt/dt/lib/pkgconfig" "$moved/opt/conf" "$moved/opt/units"; then
	fail 'DESTDIR stands in what is installed'
fi
env CONFIGURATION_DIRECTORY="${settings%/*}" XDG_RUNTIME_DIR="$work" HOME="$work" \
	"$moved/opt/dt/sbin/dtreed" --check-config --state-dir "$work/s" --runtime-dir "$work/r" \
	>"$work/said" 2>&1 || fail "--check-config: $(cat "$work/said")"
grep -q "$moved/opt/dt/bin/../libexec\|$moved/opt/dt/sbin/../libexec" "$work/said" ||
	fail "the worker is none of the installation: $(cat "$work/said")"

# Settings that somebody made stay.
echo 'topology = bst' >>"$settings"
install_moved install
grep -q '^topology = bst$' "$settings" || fail 'make install replaces the settings'
install_moved uninstall
[ "$(cd "$moved" && find . -type f)" = ./opt/conf/dtree/dtreed.conf ] ||
	fail "make uninstall leaves $(cd "$moved" && find . -type f)"
