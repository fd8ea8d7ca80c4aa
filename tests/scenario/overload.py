#!/usr/bin/python3 -B
"""An overloaded machine: late nodes are not reported as lost, and lost nodes still are.

DTREE_TEST_BUSY: seconds of each storm of busy loops, for longer runs by hand."""

import multiprocessing
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "chaos"))

from lib.harness import Case, main
from lateness import Lateness, waited
from lib.rpc import Client
from lib.waiting import SLOW, wait_until

LOOPS = 8       # for each processor
SECONDS = float(os.environ.get("DTREE_TEST_BUSY") or 4)
MS = int(200 * SLOW)
STRETCH = 0.5   # LATENESS_MOST_MS


def burn(parent):
    """One busy loop."""
    while os.getppid() == parent:
        for _ in range(100000):
            pass


def ask_for_tree(path, asked):
    """Without pause, until it is ended."""
    client = Client(path)
    while True:
        client.call("tree")
        asked.value += 1


class Overload(Case):
    def beside(self, number, function, *args):
        """Processes that end with the test."""
        for _ in range(number):
            process = multiprocessing.Process(target=function, args=args, daemon=True)
            process.start()
            self.addCleanup(process.join)
            self.addCleanup(process.kill)

    def grown(self, nodes, heartbeat, parent):
        daemon = self.daemon("--heartbeat", heartbeat)
        client = self.client(daemon)
        asked = [client.send("create", id=node, parent=parent(node))
                 for node in range(1, nodes + 1)]
        for number in asked:
            client.wait(number)
        client.call("subscribe", types=["heartbeat_lost", "node_died"])
        return daemon, client

    def while_nothing_is_lost(self, client, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            # What is asked of nodes would be signs of life.
            client.call("hello")
            self.assertEqual(client.events, [])
            time.sleep(0.05)
        self.assertEqual(client.unavailable(), [])

    def test_busy_loops_lose_nobody_and_hide_nobody(self):
        daemon, client = self.grown(24, MS, lambda node: node // 2 or -1)
        with Lateness() as lateness:
            self.beside(LOOPS * len(os.sched_getaffinity(0)), burn, os.getpid())
            self.while_nothing_is_lost(client, SECONDS)
            for node in (1, 24):
                pid = client.nodes()[node]["pid"]
                starved = waited(daemon.pid)
                self.stopped(pid)
                begin = time.monotonic()
                self.assertEqual(client.event("heartbeat_lost")["id"], node)
                took = time.monotonic() - begin
                starved = max(lateness.largest(), waited(daemon.pid) - starved)
                self.assertLessEqual(took, 5 * MS / 1000 + STRETCH + 2 * starved)
                self.go_on(pid)
                wait_until(lambda: client.unavailable() == [], "all are back")
                client.events.clear()

    def test_clients_that_ask_without_pause_lose_nobody(self):
        daemon, client = self.grown(300, int(50 * SLOW), lambda node: -1)
        asked = multiprocessing.Value("L", 0)
        self.beside(2, ask_for_tree, daemon.socket, asked)
        self.while_nothing_is_lost(client, 5)
        self.assertGreater(asked.value, 100)


if __name__ == "__main__":
    main()
