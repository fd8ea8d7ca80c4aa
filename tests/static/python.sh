# The Python module: its types hold, its wheel has all of it, and what is installed is all of it.
. "${0%/*}/common.sh"
work_dir
: "${PYTHON:=python3}"

cd "$DTREE_SRCDIR/python"
printf 'import os, sys\nsys.path.insert(0, ".")\nimport build_dtree as b\nprint(b.build_wheel(sys.argv[1]), b.build_sdist(sys.argv[1]))\n' >"$work/build.py"
made=$("$PYTHON" -B "$work/build.py" "$work") || fail "no wheel: $made"
wheel=$work/${made% *}
"$PYTHON" -m zipfile -e "$wheel" "$work/site"
"$PYTHON" -m tarfile -e "$work/${made#* }" "$work/sdist"
listed=$(sed -n 's|.*%D%/\(dtree/[a-z_.]*\).*|\1|p' Makefile.inc | sort)
for place in "$work/site" "$work"/sdist/dtree-*; do
	have=$(cd "$place" && find dtree -type f | sort)
	[ "$have" = "$listed" ] || fail "$place has $have, the list of what is installed $listed"
done
[ "$(cd dtree && find . -name '*.py' -o -name py.typed | sed 's|^\.|dtree|' | sort)" = "$listed" ] ||
	fail "python/Makefile.inc does not list what is in python/dtree"
version=$(sed -n 's/^AC_INIT(\[dtree\], \[\(.*\)\])$/\1/p' "$DTREE_SRCDIR/configure.ac")
said=$(cd "$work" && PYTHONPATH=$work/site "$PYTHON" -B -c 'import dtree, importlib.metadata as m
print(m.version("dtree"), dtree.__file__)')
[ "$said" = "$version $work/site/dtree/__init__.py" ] || fail "the wheel of $version says $said"
# An sdist has no configure.ac around it.
cd "$work"/sdist/dtree-*
"$PYTHON" -B "$work/build.py" "$work/sdist" >"$work/log" || fail "no wheel of the sdist"
cmp "$wheel" "$work/sdist/${made% *}" || fail 'the wheel of the sdist is another one'
cd "$DTREE_SRCDIR/python"
if "$PYTHON" -m pip --version >/dev/null 2>&1; then
	# As a user would: from a copy, as pip leaves directories behind.
	mkdir "$work/copy" && cp -R . "$work/copy/python" && cp "$DTREE_SRCDIR/configure.ac" "$work/copy"
	chmod -R u+w "$work/copy"
	"$PYTHON" -m pip install -q --no-index --no-deps --root-user-action=ignore --target "$work/pip" \
		"$work/copy/python" >"$work/log" 2>&1 || fail "pip install: $(cat "$work/log")"
	[ -e "$work/pip/dtree/py.typed" ] || fail 'pip install gives no py.typed'
fi

need mypy
said=$(mypy --strict --python-version 3.9 --cache-dir="$work/cache" dtree 2>&1) || fail "$said"
