# An installation under a directory that was not its prefix is whole, and works.
. "${0%/*}/common.sh"
work_dir

# The jobs and variables of the make that runs this test are not for the one below.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
"${MAKE:-make}" -s -C "$DTREE_BUILDDIR" install DESTDIR="$work" >"$work/log" 2>&1 ||
	fail "make install: $(tail -n 20 "$work/log")"

for file in "$BINDIR/dtreectl" "$SBINDIR/dtreed" "$PKGLIBEXECDIR/dtree-shell" \
	"$PKGLIBEXECDIR/dtree-worker" \
	"$PKGINCLUDEDIR/client.h" "$PKGINCLUDEDIR/service.h" "$LIBDIR/libdtree.so" \
	"$LIBDIR/pkgconfig/libdtree.pc"; do
	[ -e "$work$file" ] || fail "make install gives no $file"
done

said=$(printf 'create 10\nexec 10 3 1 2 3\n' |
	env TMPDIR="$work" XDG_RUNTIME_DIR="$work" "$work$BINDIR/dtreectl" shell --private)
echo "$said" | grep -q '^Ok:10: 6$' || fail "a private tree says: $said"

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
