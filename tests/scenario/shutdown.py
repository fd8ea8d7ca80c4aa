#!/usr/bin/python3 -B
"""An orderly end: requests and workers may finish, leaves go first, nothing is left, and the next
dtreed has the tree again."""

import os
import signal
import time

from lib import procs
from lib.harness import Case, main
from lib.waiting import wait_until


class Shutdown(Case):
    def open(self, *options):
        self.options = ("--service", "dict", "--heartbeat", 0, *options)
        self.tree = self.daemon(*self.options)
        return self.client(self.tree)

    def chain(self, client, nodes):
        for node in range(1, nodes + 1):
            client.call("create", id=node, parent=node - 1 if node > 1 else -1)
            client.exec(node, "x", node)
        return client.pids()

    def end(self, number=signal.SIGTERM):
        os.kill(self.tree.pid, number)

    def ended(self):
        self.assertEqual(self.tree.wait(), 0, self.tree.stderr())
        self.await_nothing()
        self.assertEqual(self.sockets(), [])
        self.assertFalse(os.path.exists(os.path.join(self.tree.runtime, "links")))

    # Requests.

    def test_a_request_under_way_is_answered_before_the_end(self):
        for how in ("signal", "shutdown"):
            with self.subTest(how=how):
                client = self.open("--stop-grace", 20000)
                pids = self.chain(client, 2)
                self.stopped(pids[2])
                number = client.send("exec", id=2, args=["x"])
                client.call("ping", id=1)
                if how == "signal":
                    self.end()
                else:
                    self.client(self.tree).call("shutdown")
                self.go_on(pids[2])
                self.assertEqual(client.wait(number)["result"], "2")
                self.ended()

    def test_a_request_that_comes_too_late_has_not_run(self):
        client = self.open("--stop-grace", 20000)
        pids = self.chain(client, 2)
        self.stopped(pids[2])
        number = client.send("exec", id=2, args=["x"])
        client.call("ping", id=1)
        self.end()
        wait_until(lambda: "SIGTERM" in self.tree.stderr(), "it ends")
        error = client.error("exec", id=1, args=["x", "9"])
        self.assertEqual((error.name, error.data["outcome"]), ("NODE_UNAVAILABLE", "not_run"))
        self.go_on(pids[2])
        self.assertEqual(client.wait(number)["result"], "2")
        self.ended()

    def test_who_does_not_finish_is_ended_after_the_grace(self):
        client = self.open("--stop-grace", 200)
        pids = self.chain(client, 3)
        self.stopped(pids[1], pids[3])
        number = client.send("exec", id=3, args=["x"])
        client.nodes()  # The signal does not overtake the request.
        self.end()
        error = client.reply(number)["error"]
        self.assertEqual(error["data"], {"name": "NODE_UNAVAILABLE", "outcome": "unknown"})
        self.ended()

    def test_whoever_asks_twice_does_not_wait(self):
        client = self.open("--stop-grace", 60000)
        pids = self.chain(client, 3)
        self.stopped(pids[3])
        client.send("exec", id=3, args=["x"])
        client.call("ping", id=1)
        self.end()
        wait_until(lambda: "SIGTERM" in self.tree.stderr(), "it ends")
        self.assertIsNone(self.tree.process.poll())
        self.end()
        self.ended()

    # Workers.

    def test_workers_finish_by_themselves(self):
        client = self.open("--stop-grace", 60000)
        self.chain(client, 6)
        self.end()
        self.ended()

    def test_leaves_go_first(self):
        client = self.open("--stop-grace", 8000)
        pids = self.chain(client, 3)
        client.call("create", id=4)
        self.stopped(pids[3])
        number = client.send("kill", id=1)
        client.call("ping", id=4)
        # Whoever is above it waits for the leaf.
        began = time.monotonic()
        wait_until(lambda: time.monotonic() - began > 0.3, "time passes")
        self.assertEqual([node for node in (1, 2) if procs.gone(pids[node])], [])
        self.go_on(pids[3])
        self.assertEqual(client.wait(number)["removed"], [1, 2, 3])
        self.assertEqual([node for node, pid in pids.items() if not procs.gone(pid)], [])
        self.assertTrue(client.ping(4))

    def test_a_kill_waits_for_the_grace_and_not_longer(self):
        client = self.open("--stop-grace", 300)
        pids = self.chain(client, 3)
        self.stopped(*pids.values())
        self.assertEqual(client.call("kill", id=1)["removed"], [1, 2, 3])
        self.assertEqual([node for node, pid in pids.items() if not procs.gone(pid)], [])

    def test_the_grace_never_outlasts_the_request(self):
        client = self.open("--stop-grace", 60000, "--request-timeout", 2000)
        pids = self.chain(client, 2)
        self.stopped(pids[2])
        self.assertEqual(client.call("kill", id=1)["removed"], [1, 2])

    def test_a_silent_node_is_killed_at_once(self):
        self.options = ()
        client = self.open("--stop-grace", 60000, "--request-timeout", 86400000,
                           "--heartbeat", 50)
        pids = self.chain(client, 3)
        self.stopped(pids[3])
        wait_until(lambda: client.unavailable() == [3], "it is silent")
        self.assertEqual(client.call("kill", id=1)["removed"], [1, 2, 3])

    def test_what_a_killed_node_was_doing_fails_at_once(self):
        client = self.open("--stop-grace", 8000)
        pids = self.chain(client, 1)
        client.call("create", id=2)
        self.stopped(pids[1])
        asked = client.send("exec", id=1, args=["x"])
        client.call("ping", id=2)
        other = self.client(self.tree)
        number = other.send("kill", id=1)
        error = client.reply(asked)["error"]
        self.assertEqual(error["data"]["name"], "NODE_UNAVAILABLE")
        self.go_on(pids[1])
        self.assertEqual(other.wait(number)["removed"], [1])

    # The next one.

    def again(self):
        self.tree = self.daemon(*self.options, base=self.tree.base)
        return self.client(self.tree)

    def test_a_node_that_does_not_finish_has_the_whole_grace(self):
        client = self.open("--stop-grace", 2000)
        pids = self.chain(client, 1)
        self.stopped(pids[1])
        began = time.monotonic()
        self.end()
        self.ended()
        self.assertGreater(time.monotonic() - began, 1.9)
        self.assertIn("1 processes did not end in time and are killed", self.tree.stderr())

    def test_the_next_one_starts_every_node_again_with_its_data(self):
        client = self.open()
        pids = self.chain(client, 5)
        client.call("create", id=9, parent=2, service="timer")
        shape = {n: (row["parent"], row["service"]) for n, row in client.nodes().items()}
        for how in range(3):
            self.end()
            self.ended()
            client = self.again()
            wait_until(lambda: client.unavailable() == [], "all are there")
            for node in pids:
                self.assertEqual(client.exec(node, "x"), str(node))
            self.assertEqual({n: (row["parent"], row["service"])
                              for n, row in client.nodes().items()}, shape)
            wait_until(lambda: all(row["link"] == row["parent"]
                                   for row in client.nodes().values()), "all links are right")
            client.exec(5, "how", how)

    def test_who_was_dead_stays_dead(self):
        client = self.open()
        pids = self.chain(client, 3)
        self.kill9(pids[2])
        wait_until(lambda: "node 2 stays dead" in self.tree.stderr(), "it is dead")
        self.end()
        self.ended()
        client = self.again()
        wait_until(lambda: client.unavailable() == [2], "the others are there")
        self.assertEqual(client.nodes()[2]["cause"], "signal 9 (Killed)")
        self.assertEqual(client.exec(3, "x"), "3")

    def test_a_crash_in_the_end_costs_nothing(self):
        client = self.open("--stop-grace", 60000)
        pids = self.chain(client, 4)
        self.stopped(pids[2])
        client.call("create", id=7)
        self.end()
        wait_until(lambda: procs.gone(pids[4]), "the first have ended")
        self.tree.kill()
        self.go_on(pids[2])
        client = self.again()
        wait_until(lambda: client.unavailable() == [], "all are there")
        for node in pids:
            self.assertEqual(client.exec(node, "x"), str(node))
        wait_until(lambda: sorted(self.company()) ==
                   sorted([self.tree.pid, *(row["pid"] for row in client.nodes().values())]),
                   "every process is a node's")

    def test_two_hundred_are_there_again(self):
        client = self.open("--topology", "balanced")
        for number in [client.send("create", id=node) for node in range(1, 201)]:
            client.wait(number)
        self.end()
        self.ended()
        client = self.again()
        wait_until(lambda: client.unavailable() == [], "all are there")
        self.assertEqual(len(client.nodes()), 200)

    def test_a_private_tree_keeps_nothing(self):
        shell = self.private("--service", "dict")
        self.create(shell, 1)
        self.ask(shell, "exec 1 x 5", "Ok:1")
        lines, status = shell.finish()
        self.assertEqual((lines, status), ([], 0))
        shell = self.private("--service", "dict")
        self.ask(shell, "ping 1", "Error: Not found")


if __name__ == "__main__":
    main()
