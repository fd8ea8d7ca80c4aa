#!/usr/bin/python3 -B
"""Nodes that hang: which are killed and started again, how that counts, and that nobody is killed
because others are late."""

import os
import signal
import time

from lib import procs
from lib.harness import main
from lib.programs import dtree_worker_path, dtreed_path, run
from lib.start_case import StartCase
from lib.waiting import SLOW, wait_until

HEARTBEAT_MS = int(50 * SLOW)
HANG_MS = int(400 * SLOW)


class Hangs(StartCase):
    def open(self, *options):
        return super().open("--heartbeat", HEARTBEAT_MS, "--hang-timeout", HANG_MS, *options)

    def watch(self):
        client = self.client(self.tree)
        client.call("subscribe", types=["node_died", "node_restarted", "node_given_up"])
        return client

    def lives_again(self, client, node, old):
        def again():
            row = client.nodes()[node]
            return row["state"] == "available" and row["pid"] != old
        wait_until(again, lambda: f"node {node} lives again: {client.nodes()[node]}")

    def settled(self, client):
        wait_until(lambda: all(row["link"] == row["parent"] and row["state"] == "available"
                               for row in client.nodes().values()),
                   lambda: f"all is where it belongs: {client.nodes()}")

    def test_a_stopped_node_is_killed_and_starts_again_whatever_its_policy(self):
        client = self.open("--on-hang", "restart")
        pids = self.chain(client, 4)
        watch = self.watch()
        since = time.monotonic()
        self.stopped(pids[2])
        died = watch.event("node_died")
        self.assertGreaterEqual(time.monotonic() - since, HANG_MS / 1000 - 0.002)
        self.assertEqual((died["id"], died["pid"]), (2, pids[2]))
        self.assertRegex(died["cause"], r"^signal 9 \(Killed\), as it hung for \d+ ms$")
        self.assertEqual(watch.event("node_restarted")["id"], 2)
        self.lives_again(client, 2, pids[2])
        self.assertTrue(procs.gone(pids[2]))
        self.settled(client)
        # It has its data; the others have not even noticed.
        self.assertEqual([client.exec(node, "x") for node in pids], ["1", "2", "3", "4"])
        now = client.pids()
        self.assertEqual({n: pid for n, pid in now.items() if n != 2},
                         {n: pid for n, pid in pids.items() if n != 2})
        self.assertEqual(client.nodes()[2]["restart"], "no")

    def test_by_default_it_is_reported_only(self):
        client = self.open()
        pids = self.chain(client, 2)
        witness = client.call("create", id=3, on_hang="restart")["pid"]
        self.stopped(pids[1])
        wait_until(lambda: client.nodes()[1]["state"] == "unavailable", "it is silent")
        wait_until(lambda: client.nodes()[2]["link"] == -1, "its child is elsewhere")
        # One that is silent for a shorter time is killed.
        self.stopped(witness)
        self.lives_again(client, 3, witness)
        self.assertFalse(procs.gone(pids[1]))
        self.go_on(pids[1])
        self.settled(client)
        self.assertEqual({n: pid for n, pid in client.pids().items() if n != 3}, pids)

    def test_a_node_has_its_own_policy_which_stays_and_may_change(self):
        client = self.open()
        client.call("create", id=1, on_hang="restart")
        client.call("create", id=2, parent=1, on_hang="restart", hang_timeout_ms=HANG_MS)
        self.says(self.tree, "P", "create", 3, "--on-hang", "restart", "--hang-timeout", HANG_MS)
        client.call("create", id=4)
        self.says(self.tree, "Ok", "change", 3, "--on-hang", "report")

        def policies():
            return {node: (row.get("on_hang"), row.get("hang_timeout_ms"))
                    for node, row in client.nodes().items()}
        own = {1: ("restart", HANG_MS), 2: ("restart", HANG_MS), 3: (None, None), 4: (None, None)}
        self.assertEqual(policies(), own)
        self.tree.kill()
        self.tree = self.daemon("--service", "dict", "--heartbeat", HEARTBEAT_MS, "--hang-timeout",
                                2 * HANG_MS, base=self.tree.base)
        client = self.client(self.tree)
        self.assertEqual(policies(), own | {1: ("restart", 2 * HANG_MS)})
        self.says(self.tree, "Ok", "change", 2, "--hang-timeout=")
        self.assertEqual(client.call("change", id=3, on_hang="", hang_timeout_ms=0)["changed"],
                         ["on_hang", "hang_timeout_ms"])
        self.assertEqual(policies()[2], ("restart", 2 * HANG_MS))
        pids = client.pids()
        self.stopped(pids[2], pids[3])
        self.lives_again(client, 2, pids[2])
        self.assertEqual(client.nodes()[3]["state"], "unavailable")
        self.assertFalse(procs.gone(pids[3]))

    def test_a_policy_that_is_none_and_a_time_out_of_range_are_refused(self):
        client = self.open()
        client.call("create", id=1)
        for method, params in (("create", {"id": 2, "on_hang": "kill"}),
                               ("create", {"id": 2, "hang_timeout_ms": 0}),
                               ("change", {"id": 1, "on_hang": "never"}),
                               ("change", {"id": 1, "hang_timeout_ms": 86400001})):
            self.assertEqual(client.error(method, **params).name, "INVALID_PARAMS", params)
        self.assertEqual(list(client.nodes()), [1])

    def test_hangs_count_as_deaths_and_a_node_is_given_up(self):
        client = self.open("--on-hang", "restart", "--restart-limit", 1)
        pid = self.chain(client, 1)[1]
        watch = self.watch()
        self.stopped(pid)
        self.lives_again(client, 1, pid)
        self.stopped(client.pids()[1])
        told = watch.event("node_given_up")
        self.assertEqual((told["id"], told["deaths"]), (1, 2))
        self.assertIn("as it hung for", told["cause"])
        self.assertEqual(client.nodes()[1]["state"], "given_up")

    def test_nobody_is_killed_because_dtreed_was_stopped(self):
        client = self.open("--on-hang", "restart")
        pids = self.chain(client, 5)
        os.kill(self.tree.pid, signal.SIGSTOP)
        end = time.monotonic() + HANG_MS / 1000 + 1.2
        wait_until(lambda: time.monotonic() > end, "time passes without dtreed")
        os.kill(self.tree.pid, signal.SIGCONT)
        self.settled(client)
        # A silence that had begun meanwhile would be over before this one.
        self.stopped(pids[5])
        self.lives_again(client, 5, pids[5])
        self.assertEqual({n: pid for n, pid in client.pids().items() if n != 5},
                         {n: pid for n, pid in pids.items() if n != 5})
        self.assertEqual(self.tree.stderr().count("hangs"), 1)

    def test_a_node_that_was_stopped_together_with_dtreed_has_time_to_come(self):
        client = self.open("--on-hang", "restart")
        pids = self.chain(client, 3)
        self.stopped(pids[2])
        wait_until(lambda: client.nodes()[2]["state"] == "unavailable", "it is silent")
        os.kill(self.tree.pid, signal.SIGSTOP)
        end = time.monotonic() + HANG_MS / 1000 + 1.2
        wait_until(lambda: time.monotonic() > end, "its time passes, without dtreed")
        self.go_on(pids[2])
        os.kill(self.tree.pid, signal.SIGCONT)
        self.settled(client)
        self.assertEqual(client.pids(), pids)

    def test_the_next_dtreed_kills_one_that_hung_before(self):
        client = self.open("--on-hang", "restart")
        pids = self.chain(client, 3)
        self.stopped(pids[1])
        self.tree.kill()
        client = self.next()
        self.lives_again(client, 1, pids[1])
        self.settled(client)
        self.assertEqual([client.exec(node, "x") for node in pids], ["1", "2", "3"])
        self.assertEqual([client.pids()[n] for n in (2, 3)], [pids[n] for n in (2, 3)])

    def test_a_restart_that_no_heartbeat_would_lead_to_is_a_mistake(self):
        path = self.text_file("dtreed.conf", f"""
            [dtreed]
            runtime-dir = {self.path("r")}
            state-dir = {self.path("s")}
            worker = {dtree_worker_path()}
            heartbeat = 0
            on-hang = restart
            """)
        done = run(self, [dtreed_path(), "--check-config", "--config", path])
        self.assertEqual((done.returncode, done.stderr), (
            2, f"dtreed: config: {path}:7: on-hang: restart needs heartbeats, and heartbeat is 0: "
               "no node would ever hang\n"))


if __name__ == "__main__":
    main()
