"""Trees whose nodes are started again: by the next dtreed, by a policy, by order."""

import os
import signal
import socket

from lib.harness import Case
from lib.programs import dtree_worker_path
from lib.waiting import TIMEOUT, wait_until

# A worker program that waits for a file, for one node or all, before it starts.
SLOW_WORKER = """#!/bin/sh
case " $* " in
*" --node "{slow}" "*) while [ ! -e {gate} ]; do sleep 0.02; done;;
esac
exec {worker} "$@"
"""


class StartCase(Case):
    def open(self, *options, **how):
        self.options = ("--service", "dict", *options)
        self.tree = self.daemon(*self.options, **how)
        return self.client(self.tree)

    def next(self, **how):
        self.tree = self.daemon(*self.options, base=self.tree.base, **how)
        return self.client(self.tree)

    def chain(self, client, nodes, **params):
        for node in range(1, nodes + 1):
            client.call("create", id=node, parent=node - 1 if node > 1 else -1, **params)
            client.exec(node, "x", node)
        return client.pids()

    def states(self, client):
        return {node: row["state"] for node, row in client.nodes().items()}

    def stays_dead(self, node):
        wait_until(lambda: f"node {node} stays dead" in self.tree.stderr(), "it stays dead")

    def slow_worker(self, slow="*"):
        """A worker program that waits for self.gate; `slow`: only that node's."""
        path = self.fresh("worker")
        self.gate = self.fresh("gate")
        with open(path, "w", encoding="ascii") as file:
            file.write(SLOW_WORKER.format(gate=self.gate, slow=slow, worker=dtree_worker_path()))
        os.chmod(path, 0o700)
        return path

    def open_gate(self):
        with open(self.gate, "w", encoding="ascii"):
            pass

    def own_worker(self):
        """A name for the worker program that the test may take away."""
        path = self.fresh("worker")
        os.symlink(dtree_worker_path(), path)
        return path

    def supervisor(self, name):
        """A socket for NOTIFY_SOCKET."""
        heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(heard.close)
        heard.bind(name)
        self.addCleanup(os.unlink, name)
        heard.settimeout(TIMEOUT)
        return heard

    def heard(self, supervisor, words):
        """The next line that begins with these words."""
        while True:
            for line in supervisor.recv(4096).decode().split("\n"):
                if line.startswith(words):
                    return line

    def kill_everything(self, workers_first):
        workers = [pid for pid in self.company() if pid != self.tree.pid]
        self.kill9(*(workers + [self.tree.pid] if workers_first else [self.tree.pid] + workers))
        self.tree.wait()
        # More may have been started meanwhile.
        while left := self.company():
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.await_nothing()

    def has_all(self, client, nodes):
        for node in range(1, nodes + 1):
            self.assertEqual(client.exec(node, "x"), str(node))
        self.assertEqual(set(self.states(client).values()), {"available"})
