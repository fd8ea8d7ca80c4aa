# .clang-format has the last word on layout. `make format` applies it.
. "${0%/*}/common.sh"
need clang-format

cd "$DTREE_SRCDIR"
find src include tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run --Werror
