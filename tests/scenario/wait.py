#!/usr/bin/python3 -B
"""Waiting for what becomes of a node: it is told when it is so, and not asked again and again."""

import os
import signal

from lib.harness import Case, main
from lib.waiting import wait_until

OFF = 0


class Wait(Case):
    def setUp(self):
        super().setUp()
        self.tree = self.daemon("--heartbeat", OFF)
        self.client1 = self.client(self.tree)

    def waiting(self, *words):
        """A one-shot wait that dtreed has got."""
        shell = self.shell(daemon=self.tree)
        pending = self.client1.call("status")["pending"]
        shell.write(" ".join(map(str, ("wait", *words))) + "\n")
        wait_until(lambda: self.client1.call("status")["pending"] > pending, "it waits")
        return shell

    def test_a_node_that_is_yet_to_come(self):
        shell = self.waiting(10)
        self.client1.call("create", id=10)
        self.assertEqual(shell.line(), "Ok")
        self.says(self.tree, "Ok", "wait", 10)

    def test_a_death_and_the_next_life(self):
        pid = self.client1.call("create", id=10)["pid"]
        dead = self.waiting(10, "--for", "dead")
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(dead.line(), "Ok")
        back = self.waiting(10, "--for=available")
        self.client1.call("start", id=10)
        self.assertEqual(back.line(), "Ok")
        dead = self.waiting(10, "--for", "dead")
        self.client1.call("stop", id=10)
        self.assertEqual(dead.line(), "Ok")

    def test_a_node_that_is_silent_is_not_available_until_it_is_heard(self):
        self.client1.call("heartbeat", interval_ms=50)
        pid = self.client1.call("create", id=10)["pid"]
        self.stopped(pid)
        wait_until(lambda: self.client1.nodes()[10]["state"] == "unavailable", "it is silent")
        shell = self.waiting(10)
        self.go_on(pid)
        self.assertEqual(shell.line(), "Ok")

    def test_the_end_of_a_node(self):
        self.client1.call("create", id=10)
        removed, dead = self.waiting(10, "--for", "removed"), self.waiting(10, "--for", "dead")
        self.client1.call("kill", id=10)
        self.assertEqual(removed.line(), "Ok")
        self.assertEqual(dead.line(), "Error: Not found")
        self.says(self.tree, "Ok", "wait", 10, "--for", "removed")
        self.says(self.tree, "Error: Not found", "wait", 10, "--for", "dead", status=1)

    def test_what_is_not_so_in_time(self):
        self.client1.call("create", id=10)
        self.says(self.tree, "Error: there is no node 11 after 100 ms", "wait", 11, "--timeout", "0.1",
                  status=4)
        self.says(self.tree, "Ok\nError: node 10 is available after 100 ms", "wait", "--for", "removed",
                  12, 10, "--timeout", "0.1", status=4)
        error = self.client1.error("wait", id=10, timeout_ms=1, **{"for": "dead"})
        self.assertEqual((error.code, error.name), (-32013, "TIMED_OUT"))

    def test_what_is_no_wait(self):
        for words in ((), ("10", "--for"), ("10", "--until", "dead"), ("10", "--for", "dead", "--for", "dead")):
            shown = self.ctl(self.tree, "wait", *words)
            self.assertEqual((shown.returncode, shown.stdout), (2, ""), words)
        self.says(self.tree, "Error: no state to wait for 'gone'…", "wait", 10, "--for", "gone", status=1)
        self.says(self.tree, "Error: …", "wait", 10, "--timeout", 0, status=1)
        self.client1.raw(b'{"jsonrpc":"2.0","method":"wait","params":{"id":10}}\n')
        self.assertEqual(self.client1.call("status")["pending"], 0)

    def test_what_comes_behind_it_in_a_script_waits_too(self):
        shell = self.waiting(10)
        shell.write("exec 10 2 3 4\nstop 10\nwait 10 --for dead\n")
        self.client1.call("create", id=10)
        self.assertEqual([shell.line() for _ in range(4)], ["Ok", "Ok:10: 7", "Ok", "Ok"])

    def test_a_client_that_goes_away_waits_no_more(self):
        asker = self.client(self.tree)
        for node in range(100):
            asker.send("wait", id=node)
        wait_until(lambda: self.client1.call("status")["pending"] == 100, "they wait")
        asker.close()
        wait_until(lambda: self.client1.call("status")["pending"] == 0, "they do not")

    def test_the_end_of_dtreed_waits_for_none(self):
        shell = self.waiting(10)
        self.tree.stop()
        self.assertEqual(shell.line(), "Error: Node is unavailable")


if __name__ == "__main__":
    main()
