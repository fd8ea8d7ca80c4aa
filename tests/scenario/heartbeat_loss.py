#!/usr/bin/python3 -B
"""Silent nodes: which clients get the event, when, how often; other requests do not notice."""

import os
import signal
import time

from lib.harness import Case, main
from lib.waiting import SLOW, wait_until

MS = int(150 * SLOW)
# The programs count in milliseconds.
ROUNDING = 0.002
OFF = 86400000


def said(node):
    return f"Heartbit: node {node} is unavailable now"


class HeartbeatLoss(Case):
    def chain(self, shell, depth):
        """Nodes 1, 2, ... each below the one before; their pids by node."""
        return {node: self.create(shell, node, node - 1 if node > 1 else -1)
                for node in range(1, depth + 1)}

    def fall_silent(self, shell, node, pid):
        """Stops a node right after a sign of life; when that was asked for."""
        asked = time.monotonic()
        self.ask(shell, f"ping {node}", "Ok: 1")
        self.stopped(pid)
        return asked

    def told(self, shell, node, since):
        """The next line tells of the node, and not before 4 intervals."""
        at, line = shell.timed_line()
        self.assertEqual(line, said(node))
        self.assertGreaterEqual(at - since, 4 * MS / 1000 - ROUNDING)

    def once_each_outage(self, depth):
        shell = self.private()
        pids = self.chain(shell, depth)
        pids[99] = self.create(shell, 99, -1)
        self.ask(shell, f"heartbit {MS}", "Ok")
        for _ in range(2):
            since = self.fall_silent(shell, depth, pids[depth])
            self.told(shell, depth, since)
            # Another node's report is the proof that there is no second one.
            since = self.fall_silent(shell, 99, pids[99])
            self.told(shell, 99, since)
            self.ask(shell, "pingall", f"Ok: {depth};99")
            self.go_on(pids[depth], pids[99])
            self.ask_until(shell, f"ping {depth}", "Ok: 1")
            self.ask_until(shell, "ping 99", "Ok: 1")
            self.ask_until(shell, "pingall", "Ok: -1")
        self.assertEqual(shell.finish(), ([], 0))

    def test_a_stopped_node_is_reported_once_for_each_outage(self):
        self.once_each_outage(1)

    def test_a_stopped_node_five_deep_is_reported_once_for_each_outage(self):
        self.once_each_outage(5)

    def test_a_dead_node_five_deep_is_reported_once(self):
        shell = self.private()
        pids = self.chain(shell, 5)
        pids[99] = self.create(shell, 99, -1)
        self.ask(shell, f"heartbit {MS}", "Ok")
        for node in (5, 99):
            since = time.monotonic()
            self.ask(shell, f"ping {node}", "Ok: 1")
            self.kill9(pids[node])
            self.told(shell, node, since)
        self.assertEqual(shell.finish(), ([], 0))

    def test_a_node_dead_before_heartbit_is_reported_once(self):
        shell = self.private()
        pids = self.chain(shell, 2)
        pids[99] = self.create(shell, 99, -1)
        self.kill9(pids[2])
        self.ask_until(shell, "ping 2", "Ok: 0")
        since = time.monotonic()
        self.ask(shell, f"heartbit {MS}", "Ok")
        self.told(shell, 2, since)
        since = self.fall_silent(shell, 99, pids[99])
        self.told(shell, 99, since)
        self.ask(shell, f"heartbit {MS}", "Ok")
        self.assertEqual(shell.finish(), ([], 0))

    def test_a_node_stopped_before_heartbit_is_reported(self):
        shell = self.private()
        pids = self.chain(shell, 2)
        self.stopped(pids[2])
        since = time.monotonic()
        self.ask(shell, f"heartbit {MS}", "Ok")
        self.told(shell, 2, since)

    def test_a_node_created_after_heartbit_reports_too(self):
        shell = self.private()
        self.ask(shell, f"heartbit {MS}", "Ok")
        pids = self.chain(shell, 2)
        since = self.fall_silent(shell, 2, pids[2])
        self.told(shell, 2, since)

    def test_what_is_behind_a_stopped_node_is_reported_later_or_never(self):
        shell = self.private()
        pids = self.chain(shell, 3)
        pids[99] = self.create(shell, 99, -1)
        self.ask(shell, f"heartbit {MS}", "Ok")
        since = self.fall_silent(shell, 1, pids[1])
        self.told(shell, 1, since)
        seen = set()

        def line():
            """The next line that is no report of what is behind node 1; those are checked."""
            while (timed := shell.timed_line())[1] in (said(2), said(3)):
                self.assertNotIn(timed[1], seen)
                self.assertGreaterEqual(timed[0] - since, 8 * MS / 1000 - ROUNDING)
                seen.add(timed[1])
            return timed[1]

        # Two outages of another node last longer than what is tested.
        for _ in range(2):
            shell.write("ping 99\n")
            while line() != "Ok: 1":
                shell.write("ping 99\n")
            self.stopped(pids[99])
            self.assertEqual(line(), said(99))
            self.go_on(pids[99])

    def test_a_killed_node_is_not_reported(self):
        shell = self.private()
        pids = self.chain(shell, 2)
        pids[99] = self.create(shell, 99, -1)
        self.ask(shell, f"heartbit {MS}", "Ok")
        self.stopped(pids[1])
        self.ask(shell, "kill 1", "Ok")
        since = self.fall_silent(shell, 99, pids[99])
        self.told(shell, 99, since)

    def test_a_longer_interval_is_kept_too(self):
        shell = self.private("--heartbeat", MS)
        pids = self.chain(shell, 2)
        self.ask(shell, f"heartbit {3 * MS}", "Ok")
        since = self.fall_silent(shell, 2, pids[2])
        at, line = shell.timed_line()
        self.assertEqual(line, said(2))
        self.assertGreaterEqual(at - since, 12 * MS / 1000 - ROUNDING)

    def test_every_shell_on_the_tree_prints(self):
        daemon = self.daemon("--heartbeat", OFF)
        shells = [self.shell(daemon=daemon) for _ in range(3)]
        for shell in shells:
            self.ask(shell, "pingall", "Ok: -1")
        pid = self.create(shells[0], 1)
        self.ask(shells[1], f"heartbit {MS}", "Ok")
        since = self.fall_silent(shells[2], 1, pid)
        for shell in shells:
            self.told(shell, 1, since)

    def test_without_heartbit_a_private_shell_says_nothing(self):
        shell = self.private()
        pids = self.chain(shell, 1)
        self.kill9(pids[1])
        self.ask_until(shell, "ping 1", "Ok: 0")
        self.assertEqual(shell.finish(), ([], 0))

    def again_and_again(self, *intervals):
        """A stopped and a dead node are told of although the interval is set all the time."""
        daemon = self.daemon("--heartbeat", MS)
        client = self.client(daemon)
        pids = {node: client.call("create", id=node, parent=parent)["pid"]
                for node, parent in ((1, -1), (2, 1), (3, 2), (4, -1), (5, -1))}
        client.call("subscribe", types=["heartbeat_lost"])
        setter = self.client(daemon)
        self.stopped(pids[3], pids[4])
        self.kill9(pids[5])
        since = time.monotonic()
        lost, turn = set(), 0
        while lost != {3, 4, 5}:
            setter.call("heartbeat", interval_ms=intervals[turn % len(intervals)])
            turn += 1
            self.assertLess(time.monotonic() - since, 10 * max(intervals) / 1000 + 5 * SLOW, lost)
            client.unavailable()
            lost.update(event["id"] for event in client.events)
        self.assertGreaterEqual(time.monotonic() - since, 4 * min(intervals) / 1000 - ROUNDING)
        self.assertEqual(client.unavailable(), [3, 4, 5])

    def test_an_interval_set_again_and_again_hides_nobody(self):
        self.again_and_again(MS)

    def test_intervals_that_change_again_and_again_hide_nobody(self):
        self.again_and_again(MS, MS - 30)

    def test_an_interval_set_again_and_again_loses_nobody(self):
        daemon = self.daemon("--heartbeat", MS)
        client = self.client(daemon)
        for node in range(1, 9):
            client.call("create", id=node, parent=node // 2 or -1)
        client.call("subscribe", types=["heartbeat_lost"])
        began = time.monotonic()
        while time.monotonic() - began < 8 * MS / 1000:
            client.call("heartbeat", interval_ms=MS)
            self.assertEqual(client.unavailable(), [])
        self.assertEqual(client.events, [])

    def test_an_interval_of_a_millisecond_fails_no_request(self):
        daemon = self.daemon("--heartbeat", 1)
        client = self.client(daemon)
        pids = {node: client.call("create", id=node, parent=node // 3 or -1)["pid"]
                for node in range(1, 13)}
        client.call("subscribe", types=["heartbeat_lost"])
        began = time.monotonic()
        while time.monotonic() - began < 2:
            asked = [client.send("exec", id=node, args=["1", "5"]) for node in pids]
            self.assertEqual([client.wait(number)["result"] for number in asked],
                             ["5"] * len(asked))
        self.assertEqual(client.events, [])
        self.stopped(pids[12])
        self.assertEqual(client.event("heartbeat_lost")["id"], 12)

    def test_heartbit_refuses_bad_times(self):
        shell = self.private()
        for words in ("heartbit", "heartbit x", "heartbit 0", "heartbit -5", "heartbit 1.5",
                      "heartbit 86400001", "heartbit 4294967396", "heartbit 5 6", "heartbit 10ms",
                      "heartbit 99999999999999999999", "heartbeat 0", "heartbit 0x10"):
            self.ask(shell, words, "Error: …")
        self.dialogue(shell, [("heartbit 86400000", "Ok"), ("heartbeat 1", "Ok"),
                              ("heartbit 100", "Ok")])

    def test_events_tell_of_an_outage_and_its_end(self):
        daemon = self.daemon("--heartbeat", MS)
        client = self.client(daemon)
        pid = client.call("create", id=1)["pid"]
        client.call("subscribe", types=["heartbeat_lost", "heartbeat_restored"])
        for _ in range(2):
            self.stopped(pid)
            self.assertEqual(client.event("heartbeat_lost")["id"], 1)
            self.assertEqual(client.nodes()[1]["state"], "unavailable")
            self.go_on(pid)
            self.assertEqual(client.event("heartbeat_restored")["id"], 1)
            self.assertTrue(client.ping(1))
            self.assertEqual(client.exec(1, 1, 5), "5")
        self.assertEqual(client.events, [])

    def test_a_stopped_node_delays_only_itself(self):
        daemon = self.daemon("--heartbeat", OFF, "--request-timeout", 600000)
        client = self.client(daemon)
        pids = {node: client.call("create", id=node, parent=parent)["pid"]
                for node, parent in ((1, -1), (2, 1), (3, 1), (4, 3), (5, -1))}
        self.stopped(pids[2])
        late = client.send("exec", id=2, args=["1", "1"])
        for node in (1, 3, 4, 5):
            self.assertTrue(client.ping(node))
            self.assertEqual(client.exec(node, 1, node), str(node))
        self.assertNotIn(late, client.replies)
        self.go_on(pids[2])
        self.assertEqual(client.wait(late)["result"], "1")

    def test_a_deadline_gives_unavailable(self):
        daemon = self.daemon("--heartbeat", OFF, "--request-timeout", int(1000 * SLOW))
        shell = self.shell(daemon=daemon)
        pid = self.create(shell, 10)
        self.create(shell, 20)
        self.stopped(pid)
        self.dialogue(shell, [("exec 10 1 1", "Error:10: Node is unavailable"),
                              ("ping 10", "Ok: 0"), ("pingall", "Ok: 10"),
                              ("create 11 10", "Error: Parent is unavailable"),
                              ("ping 11", "Error: Not found"), ("ping 20", "Ok: 1")])
        wait_until(lambda: len(daemon.workers()) == 2, "the half-started process is gone")
        self.go_on(pid)
        self.ask_until(shell, "ping 10", "Ok: 1")
        self.ask(shell, "exec 10 1 1", "Ok:10: 1")
        self.ask(shell, "pingall", "Ok: -1")

    def test_late_answers_are_never_taken_for_others(self):
        daemon = self.daemon("--heartbeat", OFF, "--request-timeout", int(500 * SLOW))
        client = self.client(daemon)
        pid = client.call("create", id=1, service="dict")["pid"]
        client.exec(1, "n", 0)
        for turn in range(1, 9):
            self.stopped(pid)
            late = [client.send("exec", id=1, args=["n", str(-turn)]),
                    client.send("exec", id=1, args=["n"])]
            for number in late:
                error = client.reply(number)["error"]
                self.assertEqual(error["data"]["name"], "NODE_UNAVAILABLE")
                self.assertIn(error["data"]["outcome"], ("not_run", "unknown"))
            self.go_on(pid)
            wait_until(lambda: client.ping(1), "1 is back")
            self.assertIsNone(client.exec(1, "n", turn))
            self.assertEqual(client.exec(1, "n"), str(turn))
            self.assertEqual(client.replies, {})

    def test_known_silence_is_answered_at_once(self):
        daemon = self.daemon("--heartbeat", MS, "--request-timeout", 600000)
        client = self.client(daemon)
        pid = client.call("create", id=1)["pid"]
        client.call("subscribe", types=["heartbeat_lost"])
        self.stopped(pid)
        client.event("heartbeat_lost")
        self.assertFalse(client.ping(1))
        self.assertEqual(client.unavailable(), [1])
        self.assertEqual(client.error("exec", id=1, args=["1", "1"]).name, "NODE_UNAVAILABLE")
        self.assertEqual(client.error("create", id=2, parent=1).name, "PARENT_UNAVAILABLE")

    def test_a_stopped_controller_loses_nobody_when_it_goes_on(self):
        daemon = self.daemon("--heartbeat", MS)
        client = self.client(daemon)
        for node in range(1, 6):
            client.call("create", id=node, parent=node - 1 if node > 1 else -1)
        client.call("subscribe", types=["heartbeat_lost", "node_died", "node_removed"])
        self.stopped(daemon.pid)
        # Longer than any outage: here the time itself is what is tested.
        began = time.monotonic()
        wait_until(lambda: time.monotonic() - began > 8 * MS / 1000, "time passes")
        os.kill(daemon.pid, signal.SIGCONT)
        self.assertEqual(client.unavailable(), [])
        for node in range(1, 6):
            self.assertTrue(client.ping(node))
        client.call("kill", id=5)
        self.assertEqual(client.event("node_removed")["id"], 5)


if __name__ == "__main__":
    main()
