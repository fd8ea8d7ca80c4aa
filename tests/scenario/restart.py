#!/usr/bin/python3 -B
"""Restart policies: which deaths are followed by a restart, what a node keeps, and when it is given
up."""

import time

from lib import procs
from lib.harness import Case, main
from lib.waiting import wait_until


class Restart(Case):
    def open(self, *options):
        self.tree = self.daemon("--service", "dict", "--heartbeat", 0, *options)
        return self.client(self.tree)

    def pid(self, client, node):
        return client.nodes()[node]["pid"]

    def killed(self, client, node):
        pid = self.pid(client, node)
        self.kill9(pid)
        return pid

    def replaced(self, client, node, old):
        def again():
            seen = client.nodes()[node]
            return seen["state"] == "available" and seen["pid"] != old
        wait_until(again, lambda: f"node {node} lives again: {client.nodes()[node]}")

    def test_a_node_is_not_restarted_unless_asked(self):
        client = self.open()
        client.call("create", id=1)
        self.killed(client, 1)
        wait_until(lambda: client.nodes()[1]["state"] == "dead", "it is dead")
        client.call("create", id=2)
        self.assertEqual(client.nodes()[1]["state"], "dead")
        self.assertEqual(client.nodes()[1]["restart"], "no")

    def test_on_failure_restarts_what_was_killed(self):
        client = self.open()
        client.call("create", id=1, restart="on-failure")
        old = self.killed(client, 1)
        self.replaced(client, 1, old)
        self.assertEqual(client.nodes()[1]["restarts"], 1)

    def test_the_tree_has_a_default_and_a_create_may_differ(self):
        client = self.open("--restart", "always")
        client.call("create", id=1)
        client.call("create", id=2, restart="no")
        old = self.killed(client, 1)
        self.replaced(client, 1, old)
        self.killed(client, 2)
        wait_until(lambda: client.nodes()[2]["state"] == "dead", "it is dead")

    def test_a_restarted_node_has_its_place_its_children_and_its_data(self):
        client = self.open()
        for node, parent in ((1, -1), (2, 1), (3, 2), (4, 2), (5, 3)):
            client.call("create", id=node, parent=parent, restart="always")
            client.exec(node, "x", node)
        before = {n: (f["parent"], f["service"]) for n, f in client.nodes().items()}
        watch = self.client(self.tree)
        watch.call("subscribe", types=["node_died", "node_restarted"])
        life = client.nodes()[2]["incarnation"]
        old = self.killed(client, 2)
        self.replaced(client, 2, old)
        wait_until(lambda: {n: f["link"] for n, f in client.nodes().items()} ==
                   {1: -1, 2: 1, 3: 2, 4: 2, 5: 3}, "all links are back")
        self.assertEqual({n: (f["parent"], f["service"]) for n, f in client.nodes().items()},
                         before)
        for node in before:
            self.assertEqual(client.exec(node, "x"), str(node))
        self.assertNotEqual(client.nodes()[2]["incarnation"], life)
        died = watch.event("node_died")
        came = watch.event("node_restarted")
        self.assertEqual((died["id"], died["pid"], came["id"]), (2, old, 2))
        self.assertLess(died["seq"], came["seq"])
        self.assertEqual(came["pid"], self.pid(client, 2))

    def test_delays_double_and_a_node_is_given_up(self):
        client = self.open("--restart-limit", 3)
        client.call("create", id=1, restart="always")
        times = []
        for _ in range(3):
            old = self.killed(client, 1)
            since = time.monotonic()
            self.replaced(client, 1, old)
            times.append(time.monotonic() - since)
        self.assertGreaterEqual(times[1], 0.1)
        self.assertGreaterEqual(times[2], 0.2)
        self.killed(client, 1)
        wait_until(lambda: client.nodes()[1]["state"] == "given_up", "it is given up")
        self.assertEqual(client.nodes()[1]["restarts"], 3)
        self.assertEqual(client.error("exec", id=1, args=["x"]).name, "NODE_UNAVAILABLE")

    def give_up(self, client, node):
        """One death more than are followed by a restart."""
        self.replaced(client, node, self.killed(client, node))
        return self.killed(client, node)

    def test_that_a_node_is_given_up_is_told_once(self):
        client = self.open("--restart-limit", 1)
        client.call("create", id=1, name="worker", restart="always")
        watch = self.client(self.tree)
        watch.call("subscribe", types=["node_died", "node_given_up"])
        self.give_up(client, 1)
        told = watch.event("node_given_up")
        self.assertEqual({k: told[k] for k in ("id", "name", "deaths", "cause")},
                         {"id": 1, "name": "worker", "deaths": 2, "cause": "signal 9 (Killed)"})
        # Nothing more is told until it lives, and is given up, again: a start counts anew.
        self.assertGreater(client.call("start", id=1)["pid"], 0)
        self.give_up(client, 1)
        self.assertEqual(watch.event("node_given_up")["deaths"], 2)

    def test_dtreed_ends_when_a_node_is_given_up_and_the_next_starts_it_anew(self):
        options = ("--restart-limit", 1, "--on-give-up", "exit")
        client = self.open(*options)
        client.call("create", id=1, restart="always")
        client.call("create", id=2)
        client.exec(1, "x", 5)
        workers = self.tree.workers()
        self.give_up(client, 1)
        self.assertEqual(self.tree.wait(), 3, self.tree.stderr())
        self.assertIn("node 1 died 2 times and is given up", self.tree.stderr())
        wait_until(lambda: all(map(procs.gone, workers)), "the tree has ended, too")
        self.tree = self.daemon("--service", "dict", *options, base=self.tree.base)
        client = self.client(self.tree)
        self.assertEqual(client.exec(1, "x"), "5")
        # Its deaths are counted anew.
        self.replaced(client, 1, self.killed(client, 1))

    def test_a_quiet_life_forgives(self):
        client = self.open("--restart-limit", 1, "--restart-quiet", 1)
        client.call("create", id=1, restart="always")
        for _ in range(3):
            wait_until(lambda: client.nodes()[1]["age_ms"] > 50, "it has lived for a while")
            old = self.killed(client, 1)
            self.replaced(client, 1, old)

    def test_kill_is_an_order_and_no_failure(self):
        client = self.open()
        pid = client.call("create", id=1, restart="always")["pid"]
        client.call("kill", id=1)
        self.assertEqual(client.error("ping", id=1).name, "NOT_FOUND")
        self.assertTrue(procs.gone(pid))

    def test_kill_ends_the_wait_for_a_restart(self):
        client = self.open()
        client.call("create", id=1, restart="always")
        for _ in range(2):
            old = self.killed(client, 1)
            self.replaced(client, 1, old)
        self.killed(client, 1)
        wait_until(lambda: client.nodes()[1]["state"] == "restarting", "it waits")
        self.assertEqual(client.call("kill", id=1)["removed"], [1])
        client.call("create", id=1)
        self.assertEqual(client.exec(1, "x"), "'x' not found")

    def test_a_parent_and_its_child_may_die_together(self):
        client = self.open("--restart", "always")
        for node in (1, 2, 3, 4):
            client.call("create", id=node, parent=node - 1 if node > 1 else -1)
            client.exec(node, "x", node)
        pids = client.pids()
        self.kill9(*pids.values())
        for node, old in pids.items():
            self.replaced(client, node, old)
        wait_until(lambda: {n: f["link"] for n, f in client.nodes().items()} ==
                   {1: -1, 2: 1, 3: 2, 4: 3}, "all links are back")
        for node in pids:
            self.assertEqual(client.exec(node, "x"), str(node))

    def test_a_stopped_node_is_not_restarted(self):
        client = self.open("--restart", "always")
        pid = client.call("create", id=1)["pid"]
        self.stopped(pid)
        client.call("create", id=2)
        self.assertEqual(self.pid(client, 1), pid)
        self.go_on(pid)
        self.assertTrue(client.ping(1))

    def test_an_unknown_policy_is_refused(self):
        client = self.open()
        error = client.error("create", id=1, restart="sometimes")
        self.assertEqual(error.code, -32602)
        self.assertIn("sometimes", str(error))
        self.assertEqual(client.error("ping", id=1).name, "NOT_FOUND")

    def test_the_command_line_takes_the_policy(self):
        tree = self.daemon("--service", "dict")
        self.says(tree, "P", "create", "1", "--restart", "on-failure")
        client = self.client(tree)
        self.assertEqual(client.nodes()[1]["restart"], "on-failure")
        old = self.pid(client, 1)
        self.kill9(old)
        self.replaced(client, 1, old)


if __name__ == "__main__":
    main()
