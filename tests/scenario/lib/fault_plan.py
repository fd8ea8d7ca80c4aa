"""Injected failures and hangs: builds tests/faults/fail.c, lets programs load it before the C
library, and writes its plan. The numbers are those of tests/faults/fail.h."""

import errno
import mmap
import os
import shlex
import struct
import subprocess
import tempfile

from lib.programs import sanitized

DTREED, WORKER, FORKSERVER = 1, 2, 3
MEMORY, LIBRARIES, OPEN, READ, WRITE, DISK, SYNC, FORK, ZMQ = range(9)
KINDS = ("memory", "libraries", "open", "read", "write", "disk", "sync", "fork", "zmq")
# The errno of such a call.
NUMBERS = (errno.ENOMEM, errno.ENOMEM, errno.EMFILE, errno.EIO, errno.ENOBUFS, errno.ENOSPC,
           errno.EIO, errno.EAGAIN, errno.ENOMEM)
FOR_EVER = 1 << 60
LAYOUT = struct.Struct("=IIQQiI9QQ128s")
HANG_AT = struct.calcsize("=IIQQi")

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "faults", "fail.c")
built = None


def library():
    """The path of the built library; it stays until the process ends."""
    global built
    if built is None:
        folder = tempfile.TemporaryDirectory(prefix="dtf", dir="/tmp")
        cc = shlex.split(os.environ.get("DTREE_CC", "cc"))
        subprocess.run([*cc, "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-fPIC", "-shared", "-o",
                        os.path.join(folder.name, "fail.so"), SOURCE], check=True)
        built = folder
    return os.path.join(built.name, "fail.so")


class Plan:
    """The plan of the programs of one test."""

    def __init__(self, case):
        if sanitized():
            case.skipTest("a sanitizer does not let anything be loaded before it")
        path = case.fresh("plan")
        with open(path, "wb") as file:
            file.write(bytes(LAYOUT.size))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), LAYOUT.size)
        case.addCleanup(self.memory.close)
        case.addCleanup(self.nothing)
        case.env |= {"LD_PRELOAD": library(), "DTREE_FAIL": path}

    def _write(self, role, kind, first, times, number, hang, below=""):
        # The role is written last: without it nothing counts.
        self.memory[:4] = struct.pack("=I", 0)
        whole = LAYOUT.pack(role, kind, first, times, number, hang, *[0] * 10,
                            os.fsencode(below))
        self.memory[4:] = whole[4:]
        self.memory[:4] = whole[:4]

    def fail(self, role, kind, first=1, times=1, number=None, below=""):
        """From now on `times` of these calls fail, from the first-th on. below: only on this
        disk."""
        self._write(role, kind, first, times, NUMBERS[kind] if number is None else number, 0,
                    below)

    def hang(self, role, kind, first=1):
        """None of these calls returns, from the first-th from now on, until nothing()."""
        self._write(role, kind, first, FOR_EVER, 0, 1)

    def count(self, role):
        """Nothing fails, but calls are counted."""
        self._write(role, 0, 0, 0, 0, 0)

    def nothing(self):
        """No call fails any more, and hanging calls go on."""
        self.memory[HANG_AT:HANG_AT + 4] = bytes(4)
        self._write(0, 0, 0, 0, 0, 0)

    def seen(self):
        """The number of calls of each kind, and of failed ones."""
        values = LAYOUT.unpack(self.memory[:])
        return dict(zip(KINDS, values[6:15])), values[15]

    def failed(self):
        return self.seen()[1]
