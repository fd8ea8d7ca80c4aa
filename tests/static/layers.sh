# Includes and calls point one way, and every source is listed.
. "${0%/*}/common.sh"

"$PYTHON" -B "$DTREE_SRCDIR/scripts/check-layers" --self-test
"$PYTHON" -B "$DTREE_SRCDIR/scripts/check-layers" "$DTREE_SRCDIR" "$DTREE_BUILDDIR"
