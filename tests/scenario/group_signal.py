#!/usr/bin/python3 -B
"""A signal to end that reaches the workers too, as to a process group or a control group: dtreed
carries it out as long as it lives."""

import os
import signal

from lib import procs
from lib.harness import Case, main
from lib.waiting import wait_until

NODES = 40


class GroupSignal(Case):
    def open(self, *options):
        self.options = ("--service", "dict", "--topology", "balanced", *options)
        self.start()
        client = self.client(self.tree)
        for number in [client.send("create", id=node) for node in range(1, NODES + 1)]:
            client.wait(number)
        for node in range(1, NODES + 1):
            client.exec(node, "x", node)
        return client

    def start(self):
        base = self.tree.base if hasattr(self, "tree") else None
        self.tree = self.daemon(*self.options, base=base, prepare=os.setpgrp)

    def comes_back_whole(self):
        self.await_nothing()
        self.start()
        client = self.client(self.tree)
        for node in range(1, NODES + 1):
            self.assertEqual(client.exec(node, "x"), str(node))
        self.assertEqual(client.unavailable(), [])
        self.tree.stop()
        del self.tree

    def test_a_signal_to_the_group_is_an_orderly_end(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number=number):
                self.open()
                os.killpg(self.tree.pid, number)
                self.assertEqual(self.tree.wait(), 0)
                self.assertNotIn("died", self.tree.stderr())
                self.comes_back_whole()

    def test_workers_that_get_it_first_leave_the_end_to_dtreed(self):
        client = self.open()
        pids = client.pids()
        for _ in range(2):
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                for pid in pids.values():
                    os.kill(pid, number)
        for node in pids:
            self.assertEqual(client.exec(node, "x"), str(node))
        self.assertEqual(client.pids(), pids)
        client.call("subscribe", types=["node_died"], since=0)
        client.call("ping", id=1)
        self.assertEqual([event for event in client.events if event["type"] == "node_died"], [])
        os.kill(self.tree.pid, signal.SIGTERM)
        self.assertEqual(self.tree.wait(), 0)
        self.comes_back_whole()

    def test_a_dtreed_that_gets_it_late_ends_in_order(self):
        client = self.open()
        pids = client.pids()
        self.stopped(self.tree.pid)
        os.killpg(self.tree.pid, signal.SIGTERM)
        # Every worker has taken the signal once nothing is pending for it.
        for pid in pids.values():
            wait_until(lambda pid=pid: not procs.pending(pid), "it has taken the signal")
            self.assertFalse(procs.gone(pid))
        os.kill(self.tree.pid, signal.SIGCONT)
        self.assertEqual(self.tree.wait(), 0)
        self.assertNotIn("died", self.tree.stderr())
        self.comes_back_whole()

    def test_workers_carry_it_out_when_dtreed_dies_of_it(self):
        for order in ("signal first", "death first"):
            with self.subTest(order=order):
                client = self.open("--orphan-timeout", 86400000)
                pids = list(client.pids().values())
                if order == "death first":
                    self.tree.kill()
                for pid in pids:
                    os.kill(pid, signal.SIGTERM)
                if order == "signal first":
                    self.tree.kill()
                self.comes_back_whole()

    def test_a_signal_that_is_no_end_for_dtreed_ends_nobody(self):
        client = self.open()
        pids = client.pids()
        os.killpg(self.tree.pid, signal.SIGHUP)
        wait_until(lambda: "SIGHUP" in self.tree.stderr(), "dtreed has taken it")
        for node in pids:
            self.assertEqual(client.exec(node, "x"), str(node))
        self.assertEqual(client.pids(), pids)


if __name__ == "__main__":
    main()
