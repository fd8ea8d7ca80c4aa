"""Trees whose dtreed dies and whose workers are taken over by the next one."""

from lib.harness import Case
from lib.waiting import wait_until

MS = 100


class AdoptionCase(Case):
    def open(self, *options):
        self.options = ("--service", "dict", "--heartbeat", MS, *options)
        self.tree = self.daemon(*self.options)
        return self.client(self.tree)

    def next(self, *options, **how):
        """Another dtreed on the same directories."""
        self.tree = self.daemon(*(options or self.options), base=self.tree.base, **how)
        return self.client(self.tree)

    def grow(self, client, nodes, **params):
        """A chain of three below each other, and the rest below the controller; each has data."""
        for node in range(1, nodes + 1):
            client.call("create", id=node, parent=node - 1 if 1 < node < 4 else -1, **params)
            client.exec(node, "x", node)
        return client.pids()

    def stays_dead(self, node):
        """Waits until its death counts as its own."""
        wait_until(lambda: f"node {node} stays dead" in self.tree.stderr(), "it stays dead")

    def check_processes(self, client):
        """Checks that every process of this test belongs to a node, or is dtreed."""
        wait_until(lambda: sorted(self.company()) ==
                   sorted([self.tree.pid, *(p for p in client.pids().values() if p)]),
                   lambda: f"processes {self.company()}, nodes {client.pids()}")

    # The living.
