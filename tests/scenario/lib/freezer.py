"""Control groups whose processes are frozen. In version 1 of control groups even SIGKILL waits, in
version 2 it does not."""

import os

from lib.waiting import wait_until

# where such groups are made, the file that freezes one, what is written into it to freeze and to
# thaw, and whether a frozen process can be killed
KINDS = (
    ("/sys/fs/cgroup/freezer", "freezer.state", "FROZEN", "THAWED", False),
    ("/sys/fs/cgroup", "cgroup.freeze", "1", "0", True),
    ("/sys/fs/cgroup/unified", "cgroup.freeze", "1", "0", True),
)


class Freezer:
    """One such group, empty and thawed at first."""

    def __init__(self, top, group, file, frozen, thawed, mortal):
        self.top, self.group, self.file = top, group, file
        self.frozen, self.thawed, self.mortal = frozen, thawed, mortal

    def freeze(self, *pids):
        self.move(pids, self.group)
        self.put(self.group, self.file, self.frozen)

    def thaw(self):
        """Thaws all processes and moves them out of the group."""
        self.put(self.group, self.file, self.thawed)
        wait_until(self.emptied, "the group is empty")

    def emptied(self):
        with open(os.path.join(self.group, "cgroup.procs"), encoding="ascii") as file:
            pids = file.read().split()
        self.move(pids, self.top)
        return not pids

    def move(self, pids, group):
        for pid in pids:
            try:
                self.put(group, "cgroup.procs", str(pid))
            except ProcessLookupError:
                pass  # it has ended meanwhile

    @staticmethod
    def put(group, file, text):
        with open(os.path.join(group, file), "w", encoding="ascii") as at:
            at.write(text)


def freezer(case, name):
    """A group of that name, or None if none can be made. It is removed when the case ends."""
    for top, file, frozen, thawed, mortal in KINDS:
        group = os.path.join(top, f"dtree-test-{case.token}-{name}")
        try:
            os.mkdir(group)
        except OSError:
            continue
        case.addCleanup(os.rmdir, group)
        if os.path.exists(os.path.join(group, file)):
            made = Freezer(top, group, file, frozen, thawed, mortal)
            case.addCleanup(made.thaw)
            return made
    return None
