#!/usr/bin/python3 -B
"""Few descriptors: each possible link is reserved before its node is created, so that deaths and
restarts never exhaust them, and clients can connect."""

import resource
import signal

from lib.harness import Case, main
from lib.rpc import RpcError
from lib.waiting import wait_until

LIMIT = 160


def limited(limit):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


class Descriptors(Case):
    def open(self, *options, limit=LIMIT, base=None, **how):
        return self.daemon("--heartbeat", 200, *options, base=base, prepare=limited(limit), **how)

    def fill(self, client, parent_of):
        """As many nodes as are let in, below parents by this rule."""
        made = []
        while True:
            node = len(made) + 1
            try:
                client.call("create", id=node, parent=parent_of(node))
            except RpcError as error:
                self.assertEqual(error.name, "LIMIT", error)
                break
            made.append(node)
        self.assertGreater(len(made), 20)
        return made

    def answer(self, client, nodes):
        wait_until(lambda: client.unavailable() == [], lambda: f"all answer: {client.unavailable()}")
        for node in nodes:
            self.assertEqual(client.exec(node, 1, node), str(node))

    def kill(self, client, *nodes):
        rows = client.nodes()
        self.kill9(*(rows[node]["pid"] for node in nodes))

    def test_all_children_of_a_dead_node_find_room_at_the_controller(self):
        daemon = self.open()
        client = self.client(daemon)
        nodes = self.fill(client, lambda node: -1 if node == 1 else 1)
        self.kill(client, 1)
        wait_until(lambda: client.unavailable() == [1], "the others answer")
        self.assertEqual({row["link"] for row in client.nodes().values() if row["id"] != 1}, {-1})
        client.call("start", id=1)
        self.answer(client, nodes)
        self.assertIsNone(daemon.process.poll())

    def test_all_nodes_below_a_dead_one_find_room_at_the_one_above(self):
        daemon = self.open("--restart", "always", "--restart-limit", 1000)
        client = self.client(daemon)
        # One, below it some, and the rest below these.
        nodes = self.fill(client, lambda node: -1 if node == 1 else 1 if node <= 6
                          else 2 + node % 5)
        top = client.nodes()[1]["pid"]
        for _ in range(3):
            self.kill(client, *range(2, 7))
            self.answer(client, nodes)
        self.assertEqual(client.nodes()[1]["pid"], top)
        self.kill(client, 1)
        self.answer(client, nodes)

    def test_everything_may_be_killed_and_comes_back(self):
        daemon = self.open("--restart", "always", "--restart-limit", 1000)
        client = self.client(daemon)
        nodes = self.fill(client, lambda node: -1 if node % 3 else node // 3)
        for _ in range(3):
            self.kill(client, *nodes)
            self.answer(client, nodes)

    def test_clients_get_in_while_nodes_are_started_again(self):
        base = None
        nodes = None
        for end in (signal.SIGTERM, signal.SIGKILL, None):
            daemon = self.open(base=base)
            base = daemon.base
            # The first that asks is served before the nodes are there, and each after it.
            clients = [self.client(daemon) for _ in range(8)]
            for client in clients:
                self.assertEqual(client.call("hello")["pid"], daemon.pid)
            nodes = nodes or self.fill(clients[0], lambda node: -1)
            self.answer(clients[-1], nodes)
            if end:
                for client in clients:
                    client.close()
                daemon.process.send_signal(end)
                daemon.wait()

    def test_a_limit_that_is_lower_than_before_is_told(self):
        daemon = self.open()
        client = self.client(daemon)
        nodes = self.fill(client, lambda node: -1)
        daemon.stop()
        # The nodes that do not fit say why; the others answer, and so does dtreed.
        fewer = self.open(limit=100, base=daemon.base)
        clients = [self.client(fewer) for _ in range(8)]
        client = clients[0]

        def settled():
            states = [row["state"] for row in client.nodes().values()]
            return states.count("available") == (100 - 48) // 3
        wait_until(settled, lambda: client.nodes())
        there = [node for node, row in client.nodes().items() if row["state"] == "available"]
        missing = sorted(set(nodes) - set(there))
        self.assertIn("no descriptors are left", client.nodes()[missing[0]]["cause"])
        for node in there:
            self.assertEqual(client.exec(node, 1, node), str(node))
        self.assertEqual(client.error("create", id=1000).name, "LIMIT")
        # A place that gets free is taken.
        client.call("kill", id=there[0])
        wait_until(settled, lambda: client.nodes())
        self.assertIsNone(fewer.process.poll())

    def test_the_living_that_have_no_room_are_told_before_anything_is_done(self):
        daemon = self.open()
        client = self.client(daemon)
        nodes = self.fill(client, lambda node: -1)
        pids = client.pids()
        daemon.kill()
        fewer = self.open(limit=100, base=daemon.base, ready=False)
        self.assertEqual(fewer.wait(), 1)
        self.assertIn("no descriptors are left for another node: the limit is 100", fewer.stderr())
        client = self.client(self.open(base=daemon.base))
        self.answer(client, nodes)
        self.assertEqual(client.pids(), pids)

    def test_the_lower_limit_of_one_that_was_taken_over_is_heeded(self):
        daemon = self.open(limit=100)
        client = self.client(daemon)
        client.call("create", id=1)
        daemon.kill()
        daemon = self.open(limit=1000, base=daemon.base)
        client = self.client(daemon)
        nodes = [1, *(self.fill_below(client, 1))]
        self.assertEqual(len(nodes), (100 - 48) // 3)
        self.answer(client, nodes)

    def fill_below(self, client, parent):
        made = []
        while True:
            try:
                client.call("create", id=100 + len(made), parent=parent)
            except RpcError as error:
                self.assertEqual(error.name, "LIMIT", error)
                return made
            made.append(100 + len(made))


if __name__ == "__main__":
    main()
