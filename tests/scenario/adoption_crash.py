#!/usr/bin/python3 -B
"""The controller dies within an operation: the next one completes or undoes it."""

import itertools
import os
import time

from lib.adoption_case import AdoptionCase
from lib.fault_plan import DTREED, SYNC, Plan
from lib.harness import main
from lib.programs import Daemon
from lib.rpc import Closed
from lib.waiting import wait_until


class AdoptionCrash(AdoptionCase):
    def crash_in(self, setup, method, after, **params):
        """kill -9 of dtreed at many moments of one request, later and later until it has been
        answered a few times. Checks each time that every process is a node's and every node has
        its process."""
        client = self.open()
        setup(client)
        answers = 0
        wait = 0.0002
        for step in itertools.count():
            if answers == 2:
                break
            if step == 0:
                # Not even read.
                self.stopped(self.tree.pid)
            number = client.send(method, **params)
            since = time.perf_counter()
            while time.perf_counter() - since < wait:
                pass
            wait *= 1.5
            self.tree.kill()
            try:
                answered = "result" in client.reply(number)
            except Closed:
                answered = False
            answers += answered
            client = self.next()
            self.assertEqual(client.unavailable(), [])
            self.check_processes(client)
            after(client, answered)

    def test_a_crash_in_a_create_leaves_no_ghost(self):
        seen = set()

        def check(client, answered):
            there = 7 in client.nodes()
            self.assertTrue(there or not answered)
            seen.add((there, answered))
            if there:
                client.exec(7, "x", 7)
                client.call("kill", id=7)
            self.assertEqual(client.error("ping", id=7).name, "NOT_FOUND")
        self.crash_in(lambda client: self.grow(client, 3), "create", check, id=7, parent=2)
        self.assertIn((False, False), seen)

    def test_a_crash_in_a_kill_leaves_no_ghost(self):
        seen = set()

        def grow(client):
            for node, parent in ((7, -1), (8, 7), (9, 8)):
                client.call("create", id=node, parent=parent)
                client.exec(node, "x", node)

        def check(client, answered):
            there = set(client.nodes())
            self.assertIn(there, (set(), {7, 8, 9}))
            self.assertFalse(there and answered)
            seen.add(bool(there))
            places = os.path.join(self.tree.base, "s", "nodes")
            if there:
                self.assertEqual([client.exec(n, "x") for n in (7, 8, 9)], ["7", "8", "9"])
            else:
                wait_until(lambda: not os.listdir(places), "what they kept is removed")
                grow(client)
        self.crash_in(grow, "kill", check, id=7)
        self.assertEqual(seen, {True, False})

    # A create fails when it is written that the node has joined: until its removal is written,
    # another dtreed finds it.

    def fail_a_create(self):
        """Its client and number; the disk hangs."""
        plan = Plan(self)
        client = self.open()
        plan.count(DTREED)
        client.call("create", id=1)
        syncs = plan.seen()[0]["sync"]
        other = self.client(self.tree)
        plan.hang(DTREED, SYNC, first=syncs)
        number = client.send("create", id=2)
        wait_until(lambda: plan.failed() > 0, "it is being written that it has joined")
        self.kill9(other.nodes()[2]["pid"])
        wait_until(lambda: 2 not in other.nodes(), "it has failed")
        return plan, client, number

    def test_a_create_that_failed_is_not_answered_while_another_dtreed_would_find_it(self):
        plan, client, number = self.fail_a_create()
        client.call("status")
        self.assertNotIn(number, client.replies)
        self.tree.kill()
        plan.nothing()
        client = self.next()
        self.assertEqual(set(client.nodes()), {1, 2})

    def test_a_create_that_failed_stays_so_once_it_is_answered(self):
        plan, client, number = self.fail_a_create()
        plan.nothing()
        error = client.reply(number)["error"]
        self.tree.kill()
        self.assertIn("signal 9", error["message"])
        self.assertNotIn("outcome", error["data"])
        client = self.next()
        self.assertEqual(set(client.nodes()), {1})
        client.call("create", id=2)

    # What cannot be taken over.

    def test_another_topology_is_refused_and_nobody_is_harmed(self):
        client = self.open("--topology", "bst")
        client.call("create", id=1)
        self.tree.kill()
        wrong = Daemon(self, "--topology", "list", base=self.tree.base, ready=False)
        self.assertNotEqual(wrong.wait(), 0)
        self.assertIn("bst", wrong.stderr())
        client = self.next()
        self.assertTrue(client.ping(1))

    def test_a_damaged_registry_is_left_as_it_is_and_named(self):
        client = self.open("--orphan-timeout", 1000)
        client.call("create", id=1)
        client.exec(1, "x", 1)
        self.tree.kill()
        path = os.path.join(self.tree.base, "s", "registry.db")
        with open(path, "r+b") as file:
            file.seek(0)
            file.write(b"no database")
        with open(path, "rb") as file:
            bad = file.read()
        again = Daemon(self, *self.options, base=self.tree.base, ready=False)
        self.assertNotEqual(again.wait(), 0)
        self.assertIn("registry.db", again.stderr())
        with open(path, "rb") as file:
            self.assertEqual(file.read(), bad)
        for name in ("registry.db", "registry.db-wal", "registry.db-mark"):
            os.rename(os.path.join(self.tree.base, "s", name),
                      os.path.join(self.tree.base, name))
        self.await_nothing()
        client = self.next()
        self.assertEqual(client.nodes(), {})

    def test_a_start_that_fails_late_harms_nobody(self):
        client = self.open()
        pids = self.grow(client, 3)
        self.tree.kill()
        bad = Daemon(self, *self.options, "--socket", self.path("missing/c"), base=self.tree.base,
                     ready=False)
        self.assertNotEqual(bad.wait(), 0)
        client = self.next()
        self.assertEqual(client.pids(), pids)
        for node in pids:
            self.assertEqual(client.exec(node, "x"), str(node))


if __name__ == "__main__":
    main()
