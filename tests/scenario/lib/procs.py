"""Processes in /proc. The state there, unlike kill(pid, 0), distinguishes a living process from a
zombie that another process will reap."""

import os

TOKEN_NAME = "DTREE_TEST_ID"


def _read(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read()
    except OSError:
        return b""


def _stat(pid):
    """The fields of stat behind the name: state, parent, ..."""
    return _read(pid, "stat").rpartition(b")")[2].split()


def state(pid, thread=None):
    """The state letter, or "" when there is no such process. thread: of one of its threads."""
    fields = _stat(pid if thread is None else f"{pid}/task/{thread}")
    return fields[0].decode() if fields else ""


def threads(pid):
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def pending(pid):
    """Is a signal pending for the process?"""
    return any(int(line.split()[1], 16) for line in _read(pid, "status").splitlines()
               if line.startswith((b"SigPnd:", b"ShdPnd:")))


def parent(pid):
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def started(pid):
    """Its start time, in ticks since boot, which distinguishes it from another of the same number.
    0: missing."""
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def gone(pid):
    """Missing, or a zombie all of whose threads have ended: only then are its files closed, and
    its locks free."""
    return state(pid) in ("", "X") or state(pid) == "Z" and len(threads(pid)) <= 1


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def program(pid):
    """The last part of the program's name; "" for a zombie."""
    first = _read(pid, "cmdline").split(b"\0", 1)[0]
    return os.path.basename(first.decode(errors="replace")).removeprefix("lt-")


def arguments(pid):
    # A forked worker's are followed by what is left of the place for them.
    words = _read(pid, "cmdline").decode(errors="replace").rstrip("\0")
    return words.split("\0") if words else []


def makes_workers(pid):
    """Is it a fork server?"""
    return "--fork-server" in arguments(pid)


def children(pid):
    return [child for child in pids() if parent(child) == pid]


def zombies(pid):
    return [child for child in children(pid) if state(child) == "Z"]


def family(token, directory):
    """Living processes that carry the token in their environment or the directory among their
    arguments. A process that ends has neither any more a while before its files are closed."""
    mark = f"{TOKEN_NAME}={token}".encode()
    place = os.fsencode(directory)
    found = []
    for pid in pids():
        if pid == os.getpid() or gone(pid):
            continue
        if mark in _read(pid, "environ").split(b"\0") or place in _read(pid, "cmdline"):
            found.append(pid)
    return found


def memory_peak(pid):
    """The largest resident size so far, in KiB; 0 when the process is gone."""
    for line in _read(pid, "status").splitlines():
        if line.startswith(b"VmHWM:"):
            return int(line.split()[1])
    return 0


def memory_reset(pid):
    """Restarts memory_peak's measurement."""
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def descriptors(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0
