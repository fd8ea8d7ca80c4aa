#!/usr/bin/python3 -B
"""Nodes that die: only their own state is lost."""

import os
import signal

from lib import procs
from lib.harness import Case, main
from lib.waiting import wait_until

#        1          the nodes of these tests: node, parent
#      /   \
#     2     3    4
#    / \    |
#   5   6   7
SHAPE = [(1, -1), (2, 1), (3, 1), (4, -1), (5, 2), (6, 2), (7, 3)]


class Death(Case):
    def setUp(self):
        super().setUp()
        self.tree = self.daemon("--service", "dict", "--request-timeout", 15000)
        self.ctl_client = self.client(self.tree)
        self.pids = {}
        for node, parent in SHAPE:
            self.pids[node] = self.ctl_client.call("create", id=node, parent=parent)["pid"]
            self.ctl_client.exec(node, "x", node)

    def die(self, *nodes):
        """kill -9, and the events that tell of it."""
        watch = self.client(self.tree)
        watch.call("subscribe", types=["node_died"])
        self.kill9(*(self.pids[node] for node in nodes))
        seen = {}
        while set(seen) != set(nodes):
            event = watch.event("node_died")
            self.assertNotIn(event["id"], seen)
            seen[event["id"]] = event
        for event in seen.values():
            self.assertRegex(event["cause"], r"9|[Kk]ill")
        return seen

    def dead(self, node):
        """A dead node still exists."""
        client = self.ctl_client
        self.assertFalse(client.ping(node))
        self.assertEqual(client.error("create", id=node).name, "ALREADY_EXISTS")
        error = client.error("exec", id=node, args=["x"])
        self.assertEqual((error.code, error.name), (-32005, "NODE_UNAVAILABLE"))
        self.assertIn(error.data["outcome"], ("not_run", "unknown"))
        self.assertIn(node, client.unavailable())
        self.assertEqual(client.nodes()[node]["state"], "dead")

    def fine(self, *nodes):
        for node in nodes:
            self.assertTrue(self.ctl_client.ping(node), node)
            self.assertEqual(self.ctl_client.exec(node, "x"), str(node))
            self.assertNotIn(node, self.ctl_client.unavailable())

    def replace(self, node, parent, removed):
        """kill removes the dead node; its id is free, and its data is gone."""
        answer = self.ctl_client.call("kill", id=node)
        self.assertEqual(sorted(answer["removed"]), removed)
        for each in removed:
            self.assertEqual(self.ctl_client.error("ping", id=each).name, "NOT_FOUND")
            self.assertTrue(procs.gone(self.pids[each]))
        for each in removed:
            above = dict(SHAPE)[each] if each != node else parent
            self.ctl_client.call("create", id=each, parent=above)
            self.assertEqual(self.ctl_client.exec(each, "x"), "'x' not found")
            self.ctl_client.exec(each, "x", each)
        self.fine(*removed)
        wait_until(lambda: not procs.zombies(self.tree.pid), "no zombies")

    def test_a_dead_leaf_takes_nothing_with_it(self):
        self.die(5)
        self.dead(5)
        self.fine(1, 2, 3, 4, 6, 7)
        self.replace(5, 2, [5])

    def test_a_dead_interior_node_leaves_the_rest_working(self):
        self.die(2)
        self.dead(2)
        self.fine(1, 3, 4, 7, 5, 6)
        self.replace(2, 1, [2, 5, 6])

    def test_a_dead_root_level_node_leaves_its_siblings_working(self):
        self.die(1)
        self.dead(1)
        self.fine(4, 2, 3, 5, 6, 7)
        self.replace(1, -1, [1, 2, 3, 5, 6, 7])

    def test_the_tree_can_be_built_again_when_all_nodes_died(self):
        self.die(*self.pids)
        for node in self.pids:
            self.dead(node)
        self.assertEqual(self.ctl_client.unavailable(), sorted(self.pids))
        self.replace(1, -1, [1, 2, 3, 5, 6, 7])
        self.replace(4, -1, [4])
        self.assertEqual(self.ctl_client.unavailable(), [])

    def test_no_zombies_remain_while_the_tree_runs(self):
        self.die(5, 7, 4)
        wait_until(lambda: not procs.zombies(self.tree.pid), "no zombies")
        self.ctl_client.call("kill", id=2)
        wait_until(lambda: not procs.zombies(self.tree.pid), "no zombies")

    def test_requests_in_flight_to_a_dead_node_are_answered_at_once(self):
        # The answer cannot come from this deadline.
        other = self.daemon("--request-timeout", 600000, "--heartbeat", 60000)
        client = self.client(other)
        pid = client.call("create", id=1)["pid"]
        self.stopped(pid)
        numbers = [client.send("exec", id=1, args=["1", "1"]) for _ in range(50)]
        ping = client.send("ping", id=1)
        everybody = client.send("pingall")
        self.kill9(pid)
        for number in numbers:
            error = client.reply(number)["error"]
            self.assertEqual(error["data"]["name"], "NODE_UNAVAILABLE")
        self.assertFalse(client.wait(ping)["available"])
        self.assertEqual(client.wait(everybody)["unavailable"], [1])

    def test_requests_in_flight_to_a_killed_node_are_unavailable(self):
        other = self.daemon("--request-timeout", 600000, "--heartbeat", 60000)
        one, two = self.client(other), self.client(other)
        pid = one.call("create", id=1)["pid"]
        one.call("create", id=2, parent=1)
        self.stopped(pid)
        behind = one.send("exec", id=2, args=["1", "1"])
        number = one.send("exec", id=1, args=["1", "1"])
        wait_until(lambda: two.nodes()[1]["pending"] + two.nodes()[2]["pending"] >= 2,
                   "both are under way")
        self.assertEqual(sorted(two.call("kill", id=1)["removed"]), [1, 2])
        for each in (number, behind):
            self.assertEqual(one.reply(each)["error"]["data"]["name"], "NODE_UNAVAILABLE")
        self.assertEqual(one.error("ping", id=1).name, "NOT_FOUND")

    def test_a_stream_to_a_dying_node_ends_with_an_error(self):
        client = self.ctl_client
        client.call("create", id=50, service="sum")
        stream = client.call("exec_open", id=50, args=["3"])["stream"]
        client.call("exec_feed", stream=stream, data="1 2 ")
        self.kill9(client.nodes()[50]["pid"])
        wait_until(lambda: client.nodes()[50]["state"] == "dead", "50 dies")
        self.assertEqual(client.error("exec_close", stream=stream).name, "NODE_UNAVAILABLE")

    def test_any_signal_is_told_as_the_cause(self):
        watch = self.client(self.tree)
        watch.call("subscribe", types=["node_died"])
        # None that a sanitizer catches.
        for node, number in ((5, signal.SIGABRT), (6, signal.SIGXCPU), (7, signal.SIGSYS)):
            os.kill(self.pids[node], number)
            event = watch.event("node_died")
            self.assertEqual(event["id"], node)
            self.assertIn(str(int(number)), event["cause"])

    def test_creating_under_a_dead_parent_is_refused(self):
        self.die(1)
        error = self.ctl_client.error("create", id=90, parent=1)
        self.assertEqual((error.code, error.name), (-32004, "PARENT_UNAVAILABLE"))
        self.assertEqual(self.ctl_client.error("ping", id=90).name, "NOT_FOUND")
        self.assertEqual(len(self.tree.workers()), len(SHAPE) - 1)

    def test_balanced_passes_over_a_dead_root(self):
        other = self.daemon("--topology", "balanced")
        client = self.client(other)
        pids = {n: client.call("create", id=n)["pid"] for n in (1, 2, 3)}
        self.kill9(pids[2])
        wait_until(lambda: client.nodes()[2]["state"] == "dead", "2 dies")
        for node in (4, 5):
            self.assertEqual(client.call("create", id=node)["parent"], 3)

    def test_a_node_created_and_killed_a_hundred_times_leaves_no_trace(self):
        before = procs.descriptors(self.tree.pid)
        for turn in range(100):
            self.ctl_client.call("create", id=100, parent=7)
            self.assertEqual(self.ctl_client.exec(100, "x"), "'x' not found")
            self.ctl_client.exec(100, "x", turn)
            self.assertEqual(self.ctl_client.call("kill", id=100)["removed"], [100])
        wait_until(lambda: procs.descriptors(self.tree.pid) <= before + 2, "descriptors are closed")
        self.assertEqual(len(self.tree.workers()), len(SHAPE))


if __name__ == "__main__":
    main()
