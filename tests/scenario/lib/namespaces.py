"""Two network namespaces that a veth pair joins."""

import ctypes
import os
import shutil
import subprocess

from lib.waiting import TIMEOUT

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
_NEAR, _FAR = "192.0.2.1", "192.0.2.2"
_SETTINGS = "route_localnet=1 accept_local=1 rp_filter=0 accept_redirects=0 send_redirects=0".split()


class Namespaces:
    """Programs run in the near one. What they say to each other over a port that was diverted goes
    through the far one and back, in both directions, so that it passes the veth pair twice, while
    the kernel still has both ends of the connection in the near one. The test is skipped where that
    is not allowed."""

    def __init__(self, case):
        for program in ("ip", "nsenter", "sysctl", "unshare"):
            if not shutil.which(program):
                case.skipTest(f"there is no {program}")
        self.near = self._make(case)
        self.far = self._make(case)
        self._inside(self.near, "ip", "link", "set", "lo", "up")
        self._inside(self.near, "ip", "link", "add", "near", "type", "veth", "peer", "name", "far",
                     "netns", self.far)
        for pid, name, address in ((self.near, "near", _NEAR), (self.far, "far", _FAR)):
            self._inside(pid, "ip", "address", "add", f"{address}/30", "dev", name)
            self._inside(pid, "ip", "link", "set", name, "up")
            for which in ("all", name):
                self._inside(pid, "sysctl", "-qw",
                             *(f"net.ipv4.conf.{which}.{setting}" for setting in _SETTINGS))
        self._inside(self.far, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self._inside(self.far, "ip", "route", "add", "default", "via", _NEAR, "dev", "far")
        self._inside(self.near, "ip", "route", "add", "default", "via", _FAR, "dev", "near",
                     "src", "127.0.0.1", "table", "100")
        # Else what is for an own address goes nowhere else.
        self._inside(self.near, "ip", "rule", "add", "pref", "100", "lookup", "local")
        self._inside(self.near, "ip", "rule", "delete", "pref", "0")

    @staticmethod
    def _make(case):
        """The process id of one that holds a new namespace."""
        holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=case.env)
        case.addCleanup(holder.wait)
        case.addCleanup(holder.kill)
        case.addCleanup(holder.stderr.close)
        case.addCleanup(holder.stdout.close)
        if not holder.stdout.readline():
            case.skipTest(f"name spaces are refused here: {holder.stderr.read().decode().strip()}")
        return holder.pid

    @staticmethod
    def _inside(pid, *words):
        done = subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", *map(str, words)],
                              capture_output=True, text=True, timeout=TIMEOUT, check=False)
        if done.returncode:
            raise AssertionError(f"{words}: {done.stderr}")
        return done.stdout

    def words(self):
        """Before a command: it runs in the near one."""
        return ["nsenter", f"--net=/proc/{self.near}/ns/net"]

    def enter(self):
        """This thread's new sockets are in the near one."""
        fd = os.open(f"/proc/{self.near}/ns/net", os.O_RDONLY)
        try:
            if _libc.setns(fd, _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(fd)

    def divert(self, port):
        """What goes to that port, and comes from it, goes through the far one."""
        for pref, end in ((10, "dport"), (11, "sport")):
            self._inside(self.near, "ip", "rule", "add", "pref", pref, "iif", "lo", "ipproto", "tcp",
                         end, port, "lookup", "100")

    def passed(self):
        """The packets that the far one has sent."""
        for line in self._inside(self.far, "cat", "/proc/net/dev").splitlines():
            name, _, numbers = line.partition(":")
            if name.strip() == "far":
                return int(numbers.split()[9])
        raise AssertionError("there is no veth")
