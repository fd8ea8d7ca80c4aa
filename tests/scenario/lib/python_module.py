"""The Python module of the source tree."""

import sys

from lib.manual import TOP

sys.path.insert(0, str(TOP / "python"))

import dtree  # noqa: E402

assert dtree.__file__.startswith(str(TOP)), dtree.__file__
