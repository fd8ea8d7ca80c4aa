#!/usr/bin/python3 -B
"""Slow requests: dtreectl slow, the event and the log say which step took the time, and why."""

import json
import os
import signal

from lib.harness import main
from lib.start_case import StartCase
from lib.rpc import RpcError
from lib.waiting import SLOW, wait_until

MS = int(100 * SLOW)
# Requests that one session may have at a node.
LANE = 128
NAP = "nap=sh -c 'while read -r s; do [ $s = 0 ] || sleep $s; echo $s; done'"


class Slow(StartCase):
    def plant(self, *options, slow=MS, **nodes):
        """A tree whose nodes run `nap`, which sleeps, or what is named."""
        self.tree = self.daemon("--slow-request", slow, "--heartbeat", 60000, "--define", NAP,
                                *options)
        self.user = self.client(self.tree)
        for node, service in nodes.items():
            self.user.call("create", id=int(node[1:]), service=service)

    def newest(self, node, method="exec"):
        """The last slow request of a node, whose steps are all of its time."""
        slow = [one for one in self.user.call("slow")["newest"]
                if (one["id"], one["method"]) == (node, method)]
        self.assertTrue(slow)
        steps = slow[-1]["steps"]
        self.assertEqual(steps[0]["begin_ns"], 0)
        for step, after in zip(steps, steps[1:]):
            self.assertEqual(step["end_ns"], after["begin_ns"])
        self.assertEqual(steps[-1]["end_ns"], slow[-1]["total_ns"])
        longest = max(steps, key=lambda step: step["end_ns"] - step["begin_ns"])
        self.assertEqual(longest["name"], slow[-1]["step"])
        self.assertGreaterEqual(slow[-1]["total_ns"], MS * 1000000)
        return slow[-1]

    def test_a_program_that_is_slow_is_named(self):
        self.plant(n1="nap", n2="sum")
        self.user.call("subscribe", types=["slow_request"])
        self.user.exec(1, "0")
        self.user.exec(1, str(2 * MS / 1000))
        event = self.user.event("slow_request", id=1)
        self.assertGreaterEqual(event["total_ms"], 2 * MS)
        self.assertRegex(event["why"], r"^program \d+ ms: the program of the service nap of node 1$")
        slow = self.newest(1)
        self.assertEqual((slow["step"], slow["why"]),
                         ("program", "the program of the service nap of node 1"))
        self.assertNotIn("error", slow)
        text = self.ctl(self.tree, "slow").stdout
        self.assertRegex(text, r"exec 1, request \d+ of session \d+: .* ms; program: the program")
        self.assertRegex(text, r"\n +\d+\.\d{3} ms  link down\n")
        whole = json.loads(self.ctl(self.tree, "slow", "--json").stdout)
        self.assertIn(slow, (whole.get("result") or whole)["slowest"])
        wait_until(lambda: f"slow: exec of node 1, request {slow['request']} of session" in
                   self.tree.stderr(), "the log says so")

    def test_what_waits_for_others_says_for_how_many(self):
        self.plant(n1="nap")
        other = self.client(self.tree)
        self.user.exec(1, "0")
        first = other.send("exec", id=1, args=[str(2 * MS / 1000)])
        wait_until(lambda: self.user.call("status", id=1)["pending"], "it is under way")
        self.user.exec(1, "0")
        slow = self.newest(1)
        self.assertEqual((slow["step"], slow["why"]),
                         ("queue", "node 1 was busy, behind 1 requests of 1 sessions"))
        other.wait(first)

    def test_a_node_that_is_stopped_is_named(self):
        self.plant(n1="sum", n2="sum")
        pid = self.user.nodes()[1]["pid"]
        self.stopped(pid)
        error = self.user.error("exec", id=1, args=["0"], timeout_ms=2 * MS)
        self.assertEqual(error.name, "NODE_UNAVAILABLE")
        slow = self.newest(1)
        self.assertEqual((slow["step"], slow["error"], slow["why"]),
                         ("node", "NODE_UNAVAILABLE", f"process {pid} of node 1 is stopped"))
        # More at once than are looked into.
        asked = [self.user.send("exec", id=1, args=["0"], timeout_ms=2 * MS) for _ in range(40)]
        for number in asked:
            with self.assertRaises(RpcError):
                self.user.wait(number)
        said = [row["why"] for row in self.user.call("slow")["newest"] if row["id"] == 1]
        self.assertEqual(said, [f"process {pid} of node 1 is stopped"] * 41)
        late = self.user.send("ping", id=1)
        wait_until(lambda: self.user.call("status", id=2), "the ping is read")
        wait_until(self.aged(MS), "it is slow")
        os.kill(pid, signal.SIGCONT)
        self.assertTrue(self.user.wait(late)["available"])
        slow = self.newest(1, "ping")
        self.assertEqual(slow["step"], "link down")
        self.assertRegex(slow["why"], "read it late")

    def aged(self, ms):
        """Has dtreed served for so long since now?"""
        since = self.user.call("status")["uptime_ms"]
        return lambda: self.user.call("status")["uptime_ms"] > since + ms + 1

    def test_what_waits_for_a_node_that_starts_says_so(self):
        self.user = self.open("--slow-request", MS, worker=self.slow_worker())
        self.open_gate()
        self.user.call("create", id=1)
        os.remove(self.gate)
        order = self.user.send("restart", id=1)
        other = self.client(self.tree)
        wait_until(lambda: other.nodes()[1]["state"] in ("starting", "restarting"), "it starts")
        asked = other.send("ping", id=1)
        wait_until(self.aged(MS), "it is slow")
        self.open_gate()
        self.user.wait(order)
        self.assertTrue(other.wait(asked)["available"])
        slow = self.newest(1, "ping")
        self.assertEqual(slow["step"], "node starts")
        self.assertRegex(slow["why"], "^node 1 was (re)?starting$")
        slow = self.newest(1, "restart")
        self.assertEqual((slow["step"], slow["why"]),
                         ("process joins", "the process of node 1 had to start and to join"))

    def test_what_finds_its_window_full_says_what_of(self):
        self.plant(n1="nap")
        self.user.exec(1, "0")
        self.user.send("exec", id=1, args=[str(4 * MS / 1000)])
        for _ in range(LANE):
            last = self.user.send("exec", id=1, args=["0"])
        self.user.wait(last)
        slow = self.newest(1)
        self.assertEqual((slow["step"], slow["why"]),
                         ("window", f"behind {LANE} requests of its own session at node 1"))

    def test_nothing_is_kept_where_it_is_off(self):
        self.plant(slow=0, n1="nap")
        self.user.exec(1, str(2 * MS / 1000))
        self.assertEqual(self.user.call("slow"),
                         {"slow_request_ms": 0, "count": 0, "slowest": [], "newest": []})
        self.assertIn("slow-request is 0", self.ctl(self.tree, "slow").stdout)


if __name__ == "__main__":
    main()
