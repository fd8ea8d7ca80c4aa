"""Makes a wheel or an sdist of the module: the hooks of PEP 517, with Python's own library.

The version is that of configure.ac in the source tree around it; in an sdist, that of PKG-INFO.
"""

import base64
import hashlib
import io
import pathlib
import re
import tarfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
TAG = "py3-none-any"
# A zip file has no earlier date; two builds of one source are the same.
DATE = (1980, 1, 1, 0, 0, 0)


def _version():
    configure = HERE.parent / "configure.ac"
    if configure.exists():
        return re.search(r"AC_INIT\(\[dtree\], \[([^\]]+)\]", configure.read_text())[1]
    return re.search(r"(?m)^Version: (.+)$", (HERE / "PKG-INFO").read_text())[1]


def _metadata():
    return (f"Metadata-Version: 2.1\nName: dtree\nVersion: {_version()}\n"
            "Summary: Clients of dtreed, which keeps a tree of processes that answer requests\n"
            "Requires-Python: >=3.9\n")


def _modules():
    """The files of the package, by their names in it."""
    return {f"dtree/{path.name}": path.read_bytes() for path in sorted((HERE / "dtree").iterdir())
            if path.suffix == ".py" or path.name == "py.typed"}


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """A wheel in that directory; gives its name."""
    info = f"dtree-{_version()}.dist-info"
    files = {**_modules(), f"{info}/METADATA": _metadata().encode(),
             f"{info}/WHEEL": ("Wheel-Version: 1.0\nGenerator: build_dtree\n"
                               f"Root-Is-Purelib: true\nTag: {TAG}\n").encode()}
    record = ""
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        record += f"{name},sha256={digest},{len(data)}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    wheel = f"dtree-{_version()}-{TAG}.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / wheel, "w",
                         zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, DATE)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return wheel


def build_sdist(sdist_directory, config_settings=None):
    """The sources in that directory; gives the name of the archive."""
    top = f"dtree-{_version()}"
    files = {**_modules(), "PKG-INFO": _metadata().encode()}
    for name in ("pyproject.toml", "build_dtree.py"):
        files[name] = (HERE / name).read_bytes()
    with tarfile.open(pathlib.Path(sdist_directory) / f"{top}.tar.gz", "w:gz",
                      format=tarfile.PAX_FORMAT) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return f"{top}.tar.gz"
