#!/usr/bin/python3 -B
"""Rehoming: nodes below a dead or stopped node are linked elsewhere, go on, and return to it."""

import os
import threading
import time

from lib import procs
from lib.harness import Case, main
from lib.waiting import SLOW, wait_until

MS = int(200 * SLOW)

#      1
#      2
#    3   4
#    5   6
#    7
SHAPE = [(1, -1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 4), (7, 5)]


class Rehoming(Case):
    def setUp(self):
        super().setUp()
        self.tree = self.daemon("--service", "dict", "--heartbeat", MS,
                                "--request-timeout", int(20000 * SLOW))
        self.user = self.client(self.tree)
        self.pids = {}
        for node, parent in SHAPE:
            self.pids[node] = self.user.call("create", id=node, parent=parent)["pid"]
            self.user.exec(node, "x", node)

    def links(self):
        return {node: fields["link"] for node, fields in self.user.nodes().items()}

    def parents(self):
        return {node: fields["parent"] for node, fields in self.user.nodes().items()}

    def rehomed(self, lost):
        """Only the lost are unavailable; each of the rest hangs under its nearest living ancestor,
        and still has its data."""
        above = dict(SHAPE)

        def goal(node):
            node = above[node]
            while node in lost:
                node = above[node]
            return node
        want = {node: goal(node) for node, _ in SHAPE if node not in lost}
        wait_until(lambda: {n: l for n, l in self.links().items() if n not in lost} == want,
                   lambda: f"links {self.links()} become {want}")
        wait_until(lambda: self.user.unavailable() == sorted(lost),
                   lambda: f"{self.user.unavailable()} are {sorted(lost)}")
        for node in want:
            self.assertEqual(self.user.exec(node, "x"), str(node))
        self.assertEqual(self.parents(), above)

    def die(self, *nodes):
        self.kill9(*(self.pids[node] for node in nodes))
        self.rehomed(set(nodes))

    def test_children_of_a_dead_node_go_to_its_parent(self):
        self.die(3)

    def test_a_dead_node_at_the_root_leaves_its_subtree_available(self):
        self.die(1)

    def test_several_deaths_at_once_leave_only_the_dead_unavailable(self):
        self.die(2, 5)

    def test_a_whole_path_may_die(self):
        self.die(1, 2, 3, 5)

    def test_deaths_one_after_the_other_are_each_mended(self):
        self.kill9(self.pids[3])
        self.kill9(self.pids[2])
        self.kill9(self.pids[1])
        self.rehomed({1, 2, 3})

    def test_the_node_just_moved_to_may_die(self):
        self.die(3)
        self.kill9(self.pids[2])
        self.rehomed({2, 3})

    def test_a_node_can_be_created_below_one_that_was_mended(self):
        self.die(3)
        self.user.call("create", id=8, parent=5)
        self.assertTrue(self.user.ping(8))

    def test_nothing_can_be_created_below_the_dead_one(self):
        self.die(3)
        self.assertEqual(self.user.error("create", id=8, parent=3).name, "PARENT_UNAVAILABLE")

    def test_killing_the_dead_node_takes_its_subtree(self):
        self.die(3)
        self.assertEqual(sorted(self.user.call("kill", id=3)["removed"]), [3, 5, 7])
        self.assertEqual(self.user.unavailable(), [])

    def test_each_move_is_told_once_with_its_goal(self):
        watch = self.client(self.tree)
        watch.call("subscribe", types=["node_rehomed"])
        self.die(2)
        seen = {}
        while set(seen) != {3, 4}:
            event = watch.event("node_rehomed")
            self.assertNotIn(event["id"], seen)
            seen[event["id"]] = event["parent"]
        self.assertEqual(seen, {3: 1, 4: 1})

    def test_children_of_a_stopped_node_leave_it_and_come_back(self):
        self.stopped(self.pids[2])
        self.rehomed({2})
        self.go_on(self.pids[2])
        self.rehomed(set())

    def test_only_the_stopped_node_is_reported(self):
        watch = self.client(self.tree)
        watch.call("subscribe", types=["heartbeat_lost", "heartbeat_restored"])
        self.stopped(self.pids[2])
        self.assertEqual(watch.event("heartbeat_lost")["id"], 2)
        self.rehomed({2})
        self.go_on(self.pids[2])
        # Whatever else had been reported would stand before this.
        event = watch.event("heartbeat_restored")
        self.assertEqual((event["id"], event["type"]), (2, "heartbeat_restored"))
        self.rehomed(set())

    def test_a_stopped_child_of_a_dead_node_comes_when_it_goes_on(self):
        self.stopped(self.pids[5])
        self.kill9(self.pids[3])
        self.rehomed({3, 5})
        self.go_on(self.pids[5])
        self.rehomed({3})

    def test_requests_on_their_way_through_a_dead_node_are_answered(self):
        asked = [self.user.send("exec", id=7, args=["n%d" % i, str(i)]) for i in range(200)]
        self.kill9(self.pids[3])
        asked += [self.user.send("exec", id=7, args=["m%d" % i, str(i)]) for i in range(200)]
        for number in asked:
            self.assertIsNone(self.user.wait(number)["result"])
        for i in range(200):
            self.assertEqual(self.user.exec(7, "n%d" % i), str(i))
        self.rehomed({3})

    def test_requests_run_once_however_often_their_way_is_cut(self):
        """A write of one client, then a read: an old write that ran again would undo a newer one."""
        stop = threading.Event()
        wrong = []

        def write(client):
            i = 0
            while not stop.is_set():
                i += 1
                client.exec(7, "c", i)
                if client.exec(7, "c") != str(i):
                    wrong.append(i)
        thread = threading.Thread(target=write, args=(self.client(self.tree),))
        thread.start()
        try:
            for _ in range(3):
                for node in (2, 3, 5):
                    self.stopped(self.pids[node])
                    self.rehomed({node})
                    self.go_on(self.pids[node])
                    self.rehomed(set())
            self.die(2, 3, 5)
        finally:
            stop.set()
            thread.join()
        self.assertEqual(wrong, [])

    def test_one_that_waited_for_a_move_of_a_node_that_died_goes_on(self):
        """3 comes to the controller and is to move on to 1, which does not answer; 7 comes and
        waits for that, as it belongs below 3. Nothing but the death of 3 says that it can go."""
        tree = self.daemon("--heartbeat", 86400000)
        user = self.client(tree)
        chain = [(1, -1), (2, 1), (3, 2), (5, 3), (7, 5)]
        pids = {node: user.call("create", id=node, parent=parent)["pid"]
                for node, parent in chain}

        def link(node):
            return user.nodes()[node]["link"]
        self.stopped(pids[1])
        self.kill9(pids[2])
        wait_until(lambda: link(3) == -1 and user.nodes()[3]["state"] == "available", "3 comes")
        self.kill9(pids[5])
        wait_until(lambda: link(7) == -1 and user.nodes()[7]["state"] == "available", "7 comes")
        self.kill9(pids[3])
        wait_until(lambda: user.nodes()[3]["state"] == "dead", "3 is dead")
        self.go_on(pids[1])
        wait_until(lambda: link(7) == 1, lambda: f"7 goes to 1: {user.nodes()}")

    def test_a_parent_whose_socket_is_gone_keeps_nobody_waiting(self):
        """Its children cannot go back to it: they answer from where they are."""
        link = os.path.join(self.tree.runtime, "links", f"{self.user.nodes()[2]['incarnation']:x}")
        self.stopped(self.pids[2])
        self.rehomed({2})
        os.unlink(link)
        self.go_on(self.pids[2])
        wait_until(lambda: self.user.unavailable() == [], "2 is back")
        began = time.monotonic()
        while time.monotonic() - began < 6 * SLOW:
            for below in (3, 4, 7):
                self.assertEqual(self.user.exec(below, "x"), str(below))

    def test_a_stream_goes_on_over_the_new_way(self):
        self.user.call("create", id=9, parent=7, service="sum")
        stream = self.user.call("exec_open", id=9, args=["3000"])["stream"]
        for i in range(1500):
            self.user.call("exec_feed", stream=stream, data="1 ")
            if i == 700:
                self.kill9(self.pids[3])
        for i in range(1500):
            self.user.call("exec_feed", stream=stream, data="1 ")
            if i == 700:
                self.kill9(self.pids[5])
        self.assertEqual(self.user.call("exec_close", stream=stream)["result"], "3000")

    def test_a_large_result_goes_on_over_the_new_way(self):
        self.user.call("create", id=9, parent=7, service="search")
        asked = self.user.send("exec", id=9, args=["a" * 400000, "a"])
        self.kill9(self.pids[3])
        # On a connection of its own: the daemon reads no requests of a client that reads no replies.
        other = self.client(self.tree)
        again = other.send("exec", id=9, args=["a" * 400000, "a"])
        self.kill9(self.pids[5])
        want = ";".join(map(str, range(400000)))
        self.assertEqual(self.user.wait(asked)["result"], want)
        self.assertEqual(other.wait(again)["result"], want)


    def test_what_hangs_below_the_dead_moves_to_who_is_put_above_them(self):
        daemon = self.daemon("--topology", "list", "--heartbeat", MS)
        client = self.client(daemon)
        pids = [client.call("create", id=node, parent=node - 1 if node > 1 else -1)["pid"]
                for node in (1, 2, 3, 4)]
        self.kill9(pids[1], pids[2])
        wait_until(lambda: client.nodes()[4]["link"] == 1, "4 hangs below 1")
        # Until nothing else is under way that would look at 4, too.
        began, last = time.monotonic(), 1
        for node in range(5, 1000):
            client.call("create", id=node, parent=last)
            wait_until(lambda node=node: client.nodes()[4]["link"] == node, f"4 below {node}")
            last = node
            if time.monotonic() - began > 1.5:
                break


class Late(Case):
    def test_a_node_that_comes_twice_to_a_late_parent_still_moves(self):
        """It takes the number of the link that it was ordered to meanwhile."""
        tree = self.daemon("--heartbeat", 0, "--restart", "always", "--restart-limit", 1000,
                           "--restart-delay-max", 1, "--request-timeout", 60000)
        client = self.client(tree)
        for node in range(1, 5):
            client.call("create", id=node, parent=node - 1 if node > 1 else -1)
        # Which of two words is heard first is up to chance.
        for _ in range(5):
            client.call("stop", id=3)
            pids = client.pids()
            self.stopped(pids[2])
            self.kill9(pids[4])
            wait_until(lambda: client.nodes()[4]["pid"] not in (None, pids[4]), "its next life")
            now = client.nodes()[4]["pid"]
            begun = time.monotonic()
            number = client.send("start", id=3)
            wait_until(lambda: len(procs.threads(now)) > 2 and procs.state(now) == "S",
                       "it has asked its parent and waits")
            self.stopped(now)
            wait_until(lambda: time.monotonic() > begun + 1.1, "it is due to come again")
            self.go_on(pids[2])
            client.wait(number)
            self.go_on(now)
            wait_until(lambda: client.nodes()[4]["link"] == 3, "it is where it belongs")
            self.assertTrue(client.ping(4))


if __name__ == "__main__":
    main()
