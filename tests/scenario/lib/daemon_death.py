"""Tests whose dtreed dies."""

from lib import procs
from lib.harness import Case
from lib.programs import Daemon
from lib.waiting import wait_until

MAY = "; the command may have run"
DID_NOT = "; the command did not run"


class DaemonDeath(Case):
    def die(self, daemon):
        """kill -9; another dtreed cleans up after the test."""
        self.addCleanup(lambda: Daemon(self, base=daemon.base).stop())
        daemon.kill()

    def again(self, daemon, *options):
        """A new dtreed in the place of one that died."""
        return self.daemon(*options, base=daemon.base)

    def lost(self, daemon):
        return f"connection to {daemon.socket} is lost: closed by dtreed"

    def away(self, daemon):
        return f"connection to {daemon.socket} is lost{DID_NOT}"

    def absent(self, client, node, pid=0):
        """Makes sure that there is no such node, in an empty tree or in the former one."""
        client.send("kill", id=node)
        wait_until(lambda: node not in client.nodes(), f"{node} is gone")
        if pid:
            wait_until(lambda: procs.gone(pid), f"{pid} ends")
