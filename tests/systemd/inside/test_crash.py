"""dtreed dies, hangs, or cannot be started, and its workers live."""

import os
import signal
import threading

from machine import (CONFIG, Case, another_serves, crash, ctl, dtree, journal, nodes, pids, prop,
                     run, says, wait_until, write)


class Crash(Case):
    def test_workers_outlive_every_crash(self):
        before = self.start(3)
        dtree("exec", 1, "X", 5)
        # More than any limit of starts would allow.
        for _ in range(6):
            crash()
            self.assertEqual(pids(), before)
        says("Ok:1: 5", "exec", 1, "X")
        dtree("create", 9)
        for pid in before.values():
            # Its /tmp is the one that it had.
            write(f"/proc/{pid}/root/tmp/probe", "x")
            os.unlink(f"/proc/{pid}/root/tmp/probe")

    def test_sockets_stay_where_it_cannot_be_started(self):
        before = self.start(2)
        self.set("topology = ring\n")
        os.kill(int(prop("MainPID")), 9)
        wait_until(lambda: prop("ActiveState") == "failed", "it is given up")
        self.assertTrue(os.listdir("/run/dtree/links"))
        write(CONFIG, self.settings)
        ctl("start", "dtreed")
        self.assertEqual(pids(), before)

    def test_one_that_hangs_is_replaced_and_its_workers_live(self):
        self.drop_in("[Service]\nWatchdogSec=1s\n")
        before = self.start(2)
        former = prop("MainPID")
        os.kill(int(former), signal.SIGSTOP)
        another_serves(former)
        self.assertEqual(pids(), before)
        self.assertIn("Watchdog timeout", journal())

    def test_survivors_of_a_failed_unit_are_ended_by_kill(self):
        before = self.start(1)
        self.set("topology = ring\n")
        os.kill(int(prop("MainPID")), 9)
        wait_until(lambda: prop("ActiveState") == "failed", "it is given up")
        ctl("stop", "dtreed")
        self.assertTrue(os.path.exists(f"/proc/{before[1]}"))
        ctl("kill", "dtreed")
        wait_until(lambda: not os.path.exists(f"/proc/{before[1]}"), "it has ended")

    def test_lines_of_workers_are_in_the_journal_as_dtreeds(self):
        self.set("log-level = debug\n")
        self.start(1)
        crash()
        wait_until(lambda: "node 1: supervisor: dtreed is gone" in
                   journal("-p", "debug", "-o", "cat", "-t", "dtreed"), "the worker's line")
        self.assertNotIn("<7>", journal("-o", "cat"))


class Activation(Case):
    """dtreed.socket listens: dtreed is started by the first client, and missed by none."""

    def test_the_first_client_starts_it(self):
        ctl("start", "dtreed.socket")
        self.assertEqual(prop("ActiveState"), "inactive")
        self.assertTrue(dtree("create", 1).startswith("Ok: "))
        self.assertEqual(prop("ActiveState"), "active")
        ctl("stop", "dtreed")
        self.assertEqual(prop("ActiveState", "dtreed.socket"), "active")
        says("Ok: 1", "ping", 1)

    def test_no_client_sees_a_crash_loop(self):
        ctl("enable", "--now", "dtreed.socket")
        before = self.start(2)
        done = threading.Event()
        failed = []

        def ask():
            while not done.is_set():
                asked = run("dtreectl", "status", check=False)
                # One that was heard by a dtreed that dies then loses its connection.
                if asked.returncode and "is lost: closed by dtreed" not in asked.stderr:
                    failed.append(asked)

        asker = threading.Thread(target=ask)
        asker.start()
        try:
            for _ in range(6):
                crash()
        finally:
            done.set()
            asker.join()
        self.assertEqual(failed, [])
        self.assertEqual(prop("ActiveState", "dtreed.socket"), "active")
        self.assertEqual(pids(), before)

    def test_a_start_brings_the_socket_back_after_a_wrong_setting(self):
        ctl("enable", "--now", "dtreed.socket")
        self.set("topology = ring\n")
        # Its client waits for a dtreed that cannot start, until systemd gives both up.
        run("dtreectl", "status", check=False)
        wait_until(lambda: prop("ActiveState", "dtreed.socket") == "failed", "it is given up")
        write(CONFIG, self.settings)
        ctl("start", "dtreed")
        self.assertEqual(prop("ActiveState", "dtreed.socket"), "active")
        self.assertEqual(nodes(), {})
