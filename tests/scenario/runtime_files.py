#!/usr/bin/python3 -B
"""Files that are removed while dtreed runs: they are made again at once, and that is logged
once."""

import os
import shutil
import signal
import time

from lib import procs
from lib.harness import Case, main
from lib.programs import run
from lib.waiting import SLOW, wait_until


class RuntimeFiles(Case):
    def setUp(self):
        super().setUp()
        self.tree = self.daemon()
        self.link = self.client(self.tree)
        for node, parent in ((1, -1), (2, 1), (3, 2)):
            self.link.call("create", id=node, parent=parent)
        self.links = os.path.join(self.tree.runtime, "links")
        self.names = set(os.listdir(self.links))

    def said(self, words):
        with open(self.tree.errors, encoding="utf-8") as file:
            return sum(words in line for line in file)

    def await_said(self, words):
        wait_until(lambda: self.said(words), lambda: f"{words}: {self.tree.stderr()}")

    def back(self, names=None):
        """All files are there again."""
        wait_until(lambda: os.path.isdir(self.links) and
                   (names or self.names) <= set(os.listdir(self.links)), "the files are back")

    def works(self):
        """Old links and new ones, and clients who come now."""
        client = self.client(self.tree)
        self.assertEqual(client.unavailable(), [])
        for parent in (-1, 1, 2, 3):
            began = time.monotonic()
            node = 100 + len(client.nodes())
            client.call("create", id=node, parent=parent)
            self.assertLess(time.monotonic() - began, 5 * SLOW)
            self.assertEqual(client.exec(node, 2, 3, 4), "7")
        self.assertEqual(self.link.exec(3, 1, 5), "5")

    def test_the_control_socket(self):
        mode = os.stat(self.tree.socket).st_mode & 0o777
        self.assertIn(mode, (0o600, 0o666))
        os.unlink(self.tree.socket)
        self.await_said(f"{self.tree.socket} was gone: made anew")
        self.works()
        self.assertEqual(os.stat(self.tree.socket).st_mode & 0o777, mode)
        self.assertEqual(self.said("made anew"), 1)

    def test_a_socket_that_somebody_else_made_meanwhile_is_left(self):
        os.rename(self.tree.socket, self.tree.socket + "-away")
        with open(self.tree.socket, "w", encoding="ascii"):
            pass
        self.await_said("cannot be made: control socket")
        self.assertTrue(self.link.ping(3))
        os.unlink(self.tree.socket)
        self.await_said("was gone: made anew")
        self.works()
        self.assertEqual(self.said("cannot be made"), 1)
        os.unlink(self.tree.socket + "-away")

    def test_every_file_of_the_links(self):
        for name in self.names:
            os.unlink(os.path.join(self.links, name))
        self.back()
        self.works()
        self.assertEqual(self.said("nodes were gone"), 1)
        self.assertEqual(self.said("made anew"), 2)

    def test_the_file_of_one_node(self):
        """Its links stay, and a create below it at the same moment does not wait for its end."""
        for name in sorted(self.names - {"0", "log", ".epoch"}):
            os.unlink(os.path.join(self.links, name))
            self.link.call("create", id=50 + int(name, 16), parent=int(name, 16))
            self.back({name})
        self.works()

    def test_the_directory_of_the_links(self):
        shutil.rmtree(self.links)
        self.back()
        self.works()
        self.assertEqual(os.stat(self.links).st_mode & 0o777, 0o700)

    def test_the_whole_runtime_directory(self):
        for turn in range(2):
            shutil.rmtree(self.tree.runtime)
            self.back()
            wait_until(lambda: "dtreed.lock" in os.listdir(self.tree.runtime), "the lock")
        self.works()
        # Nobody else may have it now either.
        other = run(self, [*self.tree.command, "--state-dir", self.path("other"), "--socket",
                           self.path("other.sock")])
        self.assertEqual(other.returncode, 1)
        self.assertIn(f"is in use by dtreed, process {self.tree.pid}", other.stderr)

    def test_a_runtime_directory_that_was_moved_away(self):
        os.rename(self.tree.runtime, self.path("moved"))
        self.back()
        self.works()
        shutil.rmtree(self.path("moved"))

    def test_the_lock(self):
        os.unlink(os.path.join(self.tree.runtime, "dtreed.lock"))
        wait_until(lambda: "dtreed.lock" in os.listdir(self.tree.runtime), "the lock is back")
        other = run(self, [*self.tree.command, "--state-dir", self.path("other"), "--socket",
                           self.path("other.sock")])
        self.assertIn(f"is in use by dtreed, process {self.tree.pid}", other.stderr)

    def test_a_directory_that_cannot_be_made_is_tried_again(self):
        shutil.rmtree(self.tree.runtime)
        with open(self.tree.runtime, "w", encoding="ascii"):
            pass
        self.await_said("cannot be made")
        self.assertTrue(self.link.ping(3))
        os.unlink(self.tree.runtime)
        self.back()
        self.works()
        self.assertEqual(self.said("cannot be made"), 1)

    def test_a_stopped_node_makes_its_file_when_it_goes_on(self):
        pid = self.link.nodes()[2]["pid"]
        self.stopped(pid)
        shutil.rmtree(self.links)
        self.back(self.names - {"2"})
        self.go_on(pid)
        self.back()
        wait_until(lambda: self.link.unavailable() == [], "all are back")
        self.works()

    def test_files_that_went_while_no_dtreed_ran(self):
        self.tree.kill()
        shutil.rmtree(self.tree.runtime)
        self.tree = self.daemon(base=self.tree.base)
        self.link = self.client(self.tree)
        wait_until(lambda: self.link.unavailable() == [], "all are back")
        self.back()
        self.works()

    def test_a_hangup_looks_too(self):
        self.assertEqual(self.said("SIGHUP"), 0)
        self.tree.process.send_signal(signal.SIGHUP)
        self.await_said("SIGHUP: the configuration is read again")
        self.works()

    def test_an_end_makes_nothing_anew(self):
        self.tree.stop()
        self.assertEqual(self.said("made anew"), 0)
        self.assertFalse(os.path.exists(self.tree.socket))

    def test_a_private_tree_whose_directory_is_cleaned_away(self):
        shell = self.private()
        self.create(shell, 1)
        pid = next(p for p in self.family()
                   if procs.program(p) == "dtreed" and p != self.tree.pid)
        words = procs.arguments(pid)
        place = words[words.index("--runtime-dir") + 1]
        shutil.rmtree(os.path.join(place, "links"))
        wait_until(lambda: os.path.isdir(os.path.join(place, "links")), "it is back")
        self.create(shell, 2, 1)
        self.ask(shell, "pingall", "Ok: -1")


if __name__ == "__main__":
    main()
