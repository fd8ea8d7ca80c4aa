#!/usr/bin/python3 -B
"""The workers of a tree: after a crash each living one is taken over once, by any name of its
directories and from any namespace; and no other process ever is."""

import itertools
import os
import re
import shutil
import signal
import subprocess
import unittest

from lib import procs
from lib.harness import Case, main
from lib.programs import dtree_worker_path, sanitized
from lib.waiting import wait_until

OPTIONS = ("--service", "dict", "--restart", "always", "--heartbeat", 100,
           "--restart-delay-max", 200)


def kernel_tells():
    """Does the kernel tell of the deaths of others' children?"""
    major, minor = map(int, re.match(r"(\d+)\.(\d+)", os.uname().release).groups())
    return (major, minor) >= (6, 15)


class Identity(Case):
    def grow(self, *options):
        """A dtreed that has three nodes with data, and their pids."""
        daemon = self.daemon(*OPTIONS, *options)
        client = self.client(daemon)
        for node in (1, 2, 3):
            client.call("create", id=node, parent=1 if node == 2 else -1)
            client.exec(node, "x", node)
        return daemon, client.pids()

    def next(self, before, *options, **how):
        """Another dtreed on the directories of one that was killed."""
        daemon = self.daemon(*OPTIONS, *options, base=before.base, **how)
        client = self.client(daemon)
        wait_until(lambda: client.unavailable() == [], lambda: f"all are there: {client.nodes()}")
        return daemon, client

    def check(self, client, pids):
        """These processes, their data, and no others."""
        self.assertEqual(client.pids(), pids)
        for node in pids:
            self.assertEqual(client.exec(node, "x"), str(node))
        self.assertEqual(sorted(pid for pid in self.company()
                                if procs.program(pid) == "dtree-worker"), sorted(pids.values()))

    def may(self, *command):
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode != 0:
            raise unittest.SkipTest(f"may not {command[0]} here")

    # Names.

    def test_the_living_are_taken_over_whatever_their_directories_are_called(self):
        daemon, pids = self.grow()
        base = daemon.base
        os.symlink(base, self.path("link"))
        os.symlink("r", os.path.join(base, "again"))
        daemon.kill()
        states = itertools.cycle((base + "/r/../s/", self.path("link/s"), "s", base + "/s"))
        for name in ("{}/r/", "{}/./r", "{}//r", "{}/r/../r", "{}/again/", "LINK/r", "r", "./r/",
                     "{}/r"):
            with self.subTest(name=name):
                runtime = name.format(base).replace("LINK", self.path("link"))
                state = next(states)
                daemon, client = self.next(daemon, "--runtime-dir", runtime, "--state-dir", state,
                                           prepare=lambda: os.chdir(base))
                self.check(client, pids)
                daemon.kill()
        daemon, client = self.next(daemon)
        self.check(client, pids)

    def test_a_directory_that_has_moved_is_the_same(self):
        daemon, pids = self.grow()
        daemon.kill()
        moved = self.path("moved")
        os.rename(os.path.join(daemon.base, "s"), moved)
        daemon, client = self.next(daemon, "--state-dir", moved)
        self.check(client, pids)

    def test_in_another_runtime_directory_they_start_anew(self):
        daemon, pids = self.grow()
        daemon.kill()
        daemon, client = self.next(daemon, "--runtime-dir", self.path("other"))
        now = client.pids()
        self.assertEqual([node for node in pids if now[node] == pids[node]], [])
        wait_until(lambda: all(procs.gone(pid) for pid in pids.values()), "the others have ended")
        self.check(client, now)
        self.assertIn("has its links in another directory", daemon.stderr())
        # What lies there is for the next one that has it.
        shutil.rmtree(daemon.runtime)

    def test_workers_of_a_copied_state_directory_are_left_alone(self):
        daemon, pids = self.grow()
        daemon.kill()
        copy = self.path("copy")
        shutil.copytree(os.path.join(daemon.base, "s"), copy)
        second, client = self.next(daemon, "--state-dir", copy)
        now = client.pids()
        self.assertEqual([node for node in pids if now[node] in pids.values()], [])
        self.assertIn("of which this is a copy", second.stderr())
        for node in pids:
            self.assertEqual(client.exec(node, "x"), str(node))
            client.exec(node, "x", 100 + node)
        self.assertEqual([pid for pid in pids.values() if procs.gone(pid)], [], "left alone")
        second.kill()
        # What was acknowledged is in the copy, and the first place is as it was.
        third, client = self.next(daemon, "--state-dir", copy)
        self.assertEqual(client.pids(), now)
        for node in pids:
            self.assertEqual(client.exec(node, "x"), str(100 + node))
        client.call("shutdown")
        third.wait()
        first, client = self.next(daemon)
        self.check(client, pids)
        first.stop()

    def test_a_lock_file_that_was_removed_makes_no_second_process(self):
        daemon, pids = self.grow()
        daemon.kill()
        os.unlink(os.path.join(daemon.base, "s", "lives.lock"))
        daemon, client = self.next(daemon)
        self.check(client, client.pids())
        wait_until(lambda: all(procs.gone(pid) for pid in pids.values()), "the others have ended")

    # Places from where less can be seen.

    def test_they_are_taken_over_without_proc(self):
        if sanitized():
            self.skipTest("a sanitizer needs /proc")
        self.may("unshare", "-m")
        daemon, pids = self.grow()
        daemon.kill()
        daemon, client = self.next(
            daemon, "--worker", dtree_worker_path(),
            wrap=["unshare", "-m", "sh", "-c", 'umount -l /proc && exec "$0" "$@"'])
        self.check(client, pids)
        self.kill9(pids[2])
        wait_until(lambda: client.nodes()[2]["pid"] not in (0, pids[2]), "it is another process")
        wait_until(lambda: client.unavailable() == [], "it is back")

    def inside(self, before, *namespaces):
        """A dtreed in other namespaces; it ends with the process that made them."""
        command = ["unshare", *namespaces, "--fork", "--kill-child"]
        self.may(*command)
        daemon = self.daemon(*OPTIONS, "--worker", dtree_worker_path(), base=before.base,
                             wrap=command)
        client = self.client(daemon)

        def end():
            if daemon.process.poll() is None:
                daemon.kill()
        self.addCleanup(end)
        return daemon, client

    def test_they_are_taken_over_in_another_time_namespace(self):
        daemon, pids = self.grow()
        daemon.kill()
        daemon, client = self.inside(daemon, "--time", "--boottime", "100000")
        wait_until(lambda: client.unavailable() == [], "all are there")
        self.check(client, pids)
        client.call("shutdown")
        daemon.wait()

    def test_those_that_cannot_be_seen_are_waited_for(self):
        daemon, pids = self.grow("--orphan-timeout", 600000)
        daemon.kill()
        daemon, client = self.inside(daemon, "--pid")
        wait_until(lambda: "it is waited for" in daemon.stderr(), daemon.stderr)
        wait_until(lambda: "has not ended yet" in daemon.stderr(), daemon.stderr)
        self.assertEqual(client.unavailable(), [1, 2, 3])
        self.assertEqual([pid for pid in pids.values() if procs.gone(pid)], [])
        for node, pid in pids.items():
            self.kill9(pid)
            wait_until(lambda node=node: client.ping(node), "it starts when the other has ended")
            self.assertEqual(client.exec(node, "x"), str(node))
        client.call("shutdown")
        daemon.wait()

    # Deaths of those that were taken over.

    def test_the_cause_of_death_of_one_that_was_taken_over_is_known(self):
        if not kernel_tells():
            self.skipTest("this kernel does not tell")
        daemon, pids = self.grow()
        daemon.kill()
        _, client = self.next(daemon)
        client.call("subscribe", types=["node_died"])
        for node, number, cause in ((1, signal.SIGKILL, "signal 9 (Killed)"),
                                    (2, signal.SIGUSR2, "exit status 0"),
                                    (3, signal.SIGABRT, "signal 6 (Aborted)")):
            os.kill(pids[node], number)
            self.assertEqual(client.event("node_died", id=node)["cause"], cause)

    def test_a_policy_decides_by_the_cause_of_one_that_was_taken_over(self):
        if not kernel_tells():
            self.skipTest("this kernel does not tell")
        daemon = self.daemon("--restart", "on-failure")
        client = self.client(daemon)
        for node in (1, 2):
            client.call("create", id=node)
        pids = client.pids()
        daemon.kill()
        client = self.client(self.daemon("--restart", "on-failure", base=daemon.base))
        client.call("subscribe", types=["node_died", "node_restarted"])
        # From its first answer on it is a node of this dtreed.
        for node in pids:
            self.assertTrue(client.ping(node))
        os.kill(pids[1], signal.SIGUSR2)
        self.assertEqual(client.event("node_died", id=1)["cause"], "exit status 0")
        os.kill(pids[2], signal.SIGSEGV)
        self.assertEqual(client.event("node_died", id=2)["cause"],
                         "signal 11 (Segmentation fault)")
        client.event("node_restarted", id=2)
        self.assertEqual(client.nodes()[1]["state"], "dead")

    def test_causes_are_known_where_children_are_not_waited_for(self):
        daemon = self.daemon(prepare=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        client = self.client(daemon)
        client.call("create", id=1)
        client.call("subscribe", types=["node_died"])
        self.kill9(client.nodes()[1]["pid"])
        self.assertEqual(client.event("node_died", id=1)["cause"], "signal 9 (Killed)")


class Reuse(Case):
    def test_no_signal_reaches_a_process_that_got_the_number_of_a_worker(self):
        """The run itself is tests/chaos/reuse.py: process ids come again, by force, in a namespace
        of their own."""
        command = ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child"]
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode != 0:
            raise unittest.SkipTest("may not make a namespace of process ids here")
        here = os.path.dirname(os.path.abspath(__file__))
        run = os.path.join(here, "..", "chaos", "reuse.py")
        done = subprocess.run([*command, "python3", "-B", run, "--reuses", "150", "--dir",
                               self.fresh("reuse")], env=self.env | {"PYTHONPATH": here} |
                              {name: os.environ[name] for name in
                               ("DTREE_BUILDDIR", "DTREE_PREFIX", "DTREE_TEST_SLOW")
                               if name in os.environ},
                              capture_output=True, check=False, timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout.decode() + done.stderr.decode())
        self.assertRegex(done.stdout.decode(), r"(?m)^1[5-9]\d reuses")


if __name__ == "__main__":
    main()
