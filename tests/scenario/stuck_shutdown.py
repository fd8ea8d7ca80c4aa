#!/usr/bin/python3 -B
"""Shutdowns and kills that are blocked: by a hung disk, a process that cannot end, a full disk.
Each step has its limit, and what is left behind is reported."""

import os
import signal
import sqlite3
import subprocess
import time

from lib import procs
from lib.fault_plan import DISK, DTREED, FOR_EVER, SYNC, WORKER, Plan
from lib.freezer import freezer
from lib.harness import Case, main
from lib.waiting import wait_until


class StuckShutdown(Case):
    def open(self, *options, preload=True):
        self.plan = Plan(self) if preload else None
        self.options = ("--service", "dict", "--heartbeat", 0, *options)
        self.tree = self.daemon(*self.options)
        self.client1 = self.client(self.tree)
        return self.client1

    def chain(self, client, nodes):
        for node in range(1, nodes + 1):
            client.call("create", id=node, parent=node - 1 if node > 1 else -1)
            client.exec(node, "x", node)
        return client.pids()

    def only_database(self):
        nodes = os.path.join(self.tree.base, "s", "nodes")
        folder, = os.listdir(nodes)
        return os.path.join(nodes, folder, "dict.db")

    def hits(self):
        wait_until(lambda: self.plan.failed() > 0, "a call hangs")

    # The registry's disk.

    def test_a_kill_does_not_wait_for_the_disk(self):
        client = self.open()
        pids = self.chain(client, 3)
        self.plan.hang(DTREED, SYNC)
        error = client.error("kill", id=1)
        self.assertEqual(error.name, "INTERNAL_ERROR")
        self.assertEqual(error.data["outcome"], "unknown")
        self.assertIn("registry was not written", error.message)
        self.assertEqual([node for node, pid in pids.items() if not procs.gone(pid)], [])
        self.assertEqual(client.nodes(), {})
        self.plan.nothing()
        # What could not be done is done later: the data go, and another dtreed knows nothing.
        wait_until(lambda: os.listdir(os.path.join(self.tree.base, "s", "nodes")) == [],
                   "the data are gone")

    def test_sigterm_does_not_wait_for_the_disk(self):
        client = self.open("--stop-grace", 300)
        self.chain(client, 3)
        self.plan.hang(DTREED, SYNC)
        client.send("create", id=7)
        self.hits()
        began = time.monotonic()
        os.kill(self.tree.pid, signal.SIGTERM)
        self.assertEqual(self.tree.wait(), 0, self.tree.stderr())
        self.assertIn("the disk does not answer", self.tree.stderr())
        self.assertLess(time.monotonic() - began, 20)
        self.await_nothing()

    def test_sigterm_ends_a_start_that_hangs(self):
        client = self.open()
        self.chain(client, 1)
        self.tree.kill()
        self.plan.hang(DTREED, SYNC)
        late = self.daemon(*self.options, base=self.tree.base, ready=False)
        self.hits()
        os.kill(late.pid, signal.SIGTERM)
        self.assertEqual(late.wait(), -signal.SIGTERM)
        self.plan.nothing()
        again = self.daemon(*self.options, base=self.tree.base)
        client = self.client(again)
        wait_until(lambda: client.unavailable() == [], "it is there")
        self.assertEqual(client.exec(1, "x"), "1")

    # A worker's disk.

    def test_a_worker_whose_disk_hangs_is_killed_after_the_grace(self):
        client = self.open("--stop-grace", 300)
        pids = self.chain(client, 2)
        self.plan.hang(WORKER, SYNC)
        number = client.send("exec", id=2, args=["x", "5"])
        self.hits()
        self.assertEqual(client.call("kill", id=1)["removed"], [1, 2])
        self.assertEqual(client.reply(number)["error"]["data"]["outcome"], "unknown")
        self.assertEqual([node for node, pid in pids.items() if not procs.gone(pid)], [])

    # A process that nothing ends: its disk is frozen, as hdparm, LVM and backups do it.

    def frozen_disk(self):
        image, where = self.path("image"), self.path("disk")
        os.mkdir(where)
        for words in (["truncate", "-s", "32M", image], ["mkfs.ext4", "-q", image],
                      ["mount", "-o", "loop", image, where]):
            try:
                done = subprocess.run(words, capture_output=True, check=False)
            except FileNotFoundError:
                self.skipTest(f"no {words[0]} here")
            if done.returncode:
                self.skipTest(f"{words[0]}: {done.stderr.decode(errors='replace').strip()}")
        self.addCleanup(subprocess.run, ["umount", where], check=False)
        return where

    def freeze(self, where):
        done = subprocess.run(["fsfreeze", "-f", where], capture_output=True, check=False)
        if done.returncode:
            self.skipTest(f"fsfreeze: {done.stderr.decode(errors='replace').strip()}")
        self.frozen = True
        self.addCleanup(self.thaw, where)

    def thaw(self, where):
        if self.frozen:
            subprocess.run(["fsfreeze", "-u", where], check=True)
        self.frozen = False

    def on_frozen_disk(self, *options):
        """A chain of two on that disk; node 2 is about to write."""
        where = self.frozen_disk()
        # A leak check stops all threads first, and one that waits for the disk does not stop.
        self.env["ASAN_OPTIONS"] = self.env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        base = self.fresh("d")
        os.mkdir(base)
        os.symlink(where, os.path.join(base, "s"))
        self.tree = self.daemon("--service", "dict", "--heartbeat", 0, "--state-dir", where,
                                *options, base=base)
        client = self.client(self.tree)
        pids = self.chain(client, 2)
        self.freeze(where)
        client.send("exec", id=2, args=["x", "5"])
        wait_until(lambda: any(procs.state(pid, thread) == "D" for pid in [pids[2]]
                               for thread in procs.threads(pid)), "it waits for the disk")
        return where, client, pids

    def test_a_kill_says_which_process_does_not_end(self):
        where, client, pids = self.on_frozen_disk("--stop-grace", 300)
        error = client.error("kill", id=1)
        self.assertIn(f"process {pids[2]} of node 2", error.message)
        self.assertEqual(client.nodes(), {})
        client.call("pingall")
        self.thaw(where)
        wait_until(lambda: procs.gone(pids[2]), "it ends then")
        wait_until(lambda: os.listdir(os.path.join(where, "nodes")) == [], "so do its data")

    def test_the_end_of_the_tree_says_what_it_leaves(self):
        where, client, pids = self.on_frozen_disk("--stop-grace", 300)
        for _ in range(2):
            os.kill(self.tree.pid, signal.SIGTERM)
        # A thread of its own may wait for that disk, too: then the kernel keeps it, dead.
        wait_until(lambda: self.tree.process.poll() is not None
                   or procs.state(self.tree.pid) == "Z", "dtreed ends")
        wait_until(lambda: f"left behind: process {pids[2]} of node 2" in self.tree.stderr(),
                   "it says what is left")
        self.thaw(where)
        self.await_nothing()
        client.close()

    # A frozen control group.

    def test_an_end_does_not_wait_for_a_frozen_worker(self):
        group = freezer(self, "hanging")
        if not group:
            self.skipTest("no control group can be made here")
        client = self.open("--stop-grace", 300, preload=False)
        pids = self.chain(client, 3)
        client.call("create", id=9)
        group.freeze(pids[2], pids[3])
        if group.mortal:
            self.assertEqual(client.call("kill", id=3)["removed"], [3])
        else:
            self.assertIn(f"process {pids[3]} of node 3", client.error("kill", id=3).message)
        self.assertEqual(sorted(client.nodes()), [1, 2, 9])
        self.assertTrue(client.ping(9))
        os.kill(self.tree.pid, signal.SIGTERM)
        self.assertEqual(self.tree.wait(), 0, self.tree.stderr())
        self.assertEqual(procs.gone(pids[2]), group.mortal)
        self.assertEqual(f"left behind: process {pids[2]} of node 2" in self.tree.stderr(),
                         not group.mortal)

    # A kill that had to wait.

    def test_a_kill_behind_an_exec_without_an_answer_is_done(self):
        client = self.open("--request-timeout", 1000, "--stop-grace", 5000)
        pids = self.chain(client, 2)
        self.stopped(pids[1])
        asked = client.send("exec", id=1, args=["x"])
        number = client.send("kill", id=1)
        self.assertEqual(client.reply(asked)["error"]["data"]["outcome"], "unknown")
        self.assertEqual(client.wait(number)["removed"], [1, 2])
        self.assertEqual([node for node, pid in pids.items() if not procs.gone(pid)], [])

    # A full disk.

    def test_a_full_disk_does_not_keep_the_next_one_from_adopting(self):
        client = self.open()
        pids = self.chain(client, 3)
        self.tree.kill()
        self.plan.fail(DTREED, DISK, times=FOR_EVER, below=os.path.join(self.tree.base, "s"))
        self.tree = self.daemon(*self.options, base=self.tree.base)
        client = self.client(self.tree)
        wait_until(lambda: client.unavailable() == [], "all are there")
        self.assertEqual(client.pids(), pids)
        for node in pids:
            self.assertEqual(client.exec(node, "x"), str(node))
        self.assertEqual(client.error("create", id=9).name, "INTERNAL_ERROR")
        # And the one after it, whose number nobody has written into the registry.
        self.tree.kill()
        self.tree = self.daemon(*self.options, base=self.tree.base)
        client = self.client(self.tree)
        wait_until(lambda: client.unavailable() == [], "all are there")
        self.assertEqual(client.pids(), pids)
        self.plan.nothing()
        wait_until(lambda: "is written again" in self.tree.stderr(), "it is tried again")
        client.call("create", id=9)

    # A sync that fails.

    def test_a_write_whose_sync_failed_is_unknown_and_then_what_is_read(self):
        client = self.open()
        pids = self.chain(client, 1)
        self.plan.fail(WORKER, SYNC)
        error = client.error("exec", id=1, args=["x", "7"])
        self.assertEqual((error.name, error.data["outcome"]), ("NODE_UNAVAILABLE", "unknown"))
        value = client.exec(1, "x")
        self.plan.nothing()
        # It is the same after the next start, and what is written then is behind it.
        self.kill9(pids[1])
        wait_until(lambda: procs.gone(pids[1]), "it ends")
        with sqlite3.connect(self.only_database()) as database:
            rows = dict(database.execute("SELECT name, value FROM entry"))
        database.close()
        self.assertEqual(str(rows["x"]), value)

    def test_an_interval_whose_sync_failed_is_recorded_or_not(self):
        client = self.open()
        self.plan.fail(DTREED, SYNC, times=2)
        error = client.error("heartbeat", interval_ms=321)
        self.assertEqual((error.name, error.data["outcome"]), ("INTERNAL_ERROR", "unknown"))
        wait_until(lambda: "is written again" in self.tree.stderr(), "it is tried again")
        self.tree.kill()
        self.tree = self.daemon(*self.options, base=self.tree.base)
        self.assertEqual(self.client(self.tree).call("status")["heartbeat_ms"], 321)

    def test_a_create_whose_sync_failed_is_kept_or_not(self):
        client = self.open()
        self.plan.fail(DTREED, SYNC, times=2)
        error = client.error("create", id=1)
        self.assertEqual((error.name, error.data["outcome"]), ("INTERNAL_ERROR", "unknown"))
        self.assertEqual(client.nodes(), {})
        wait_until(lambda: "is written again" in self.tree.stderr(), "it is tried again")
        self.assertGreater(client.call("create", id=1)["pid"], 0)
        self.tree.kill()
        self.tree = self.daemon(*self.options, base=self.tree.base)
        client = self.client(self.tree)
        wait_until(lambda: client.unavailable() == [], "it is there")
        self.assertEqual(sorted(client.nodes()), [1])


if __name__ == "__main__":
    main()
