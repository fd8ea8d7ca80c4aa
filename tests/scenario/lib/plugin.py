"""Plug-ins that tests build."""

import os
import shlex
import subprocess
import tempfile

from lib import manual

EXAMPLE = manual.TOP / "examples" / "plugin" / "meter.c"

folder = None


def include():
    prefix = os.environ.get("DTREE_PREFIX")
    return os.path.join(prefix, "include") if prefix else str(manual.TOP / "include")


def built(name, source, flags=()):
    """The path of a shared object, which stays until this program ends."""
    global folder
    folder = folder or tempfile.TemporaryDirectory(prefix="dtp", dir="/tmp")
    path = os.path.join(folder.name, name + ".so")
    if not os.path.exists(path):
        cc = [word for word in shlex.split(os.environ.get("DTREE_CC", "cc"))
              if "sanitize" not in word]
        subprocess.run([*cc, "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-fPIC", "-shared", "-I",
                        include(), *flags, "-x", "c", "-o", path, "-"],
                       input=source.encode(), check=True)
    return path
