#!/usr/bin/python3 -B
"""The directories of dtreed: one process uses them at a time, by any path; symbolic links of other
users are refused, own ones are followed."""

import fcntl
import os
import stat
import threading
import unittest

from lib import procs
from lib.harness import Case, main
from lib.programs import dtree_worker_path
from lib.rpc import Closed
from lib.waiting import wait_until

# Nobody has it.
STRANGER = 54321


class Directories(Case):
    def refused(self, *options, base=None, **how):
        """What a dtreed says that does not start."""
        daemon = self.daemon(*options, base=base, ready=False, **how)
        self.assertGreater(daemon.wait(), 0)
        return daemon.stderr()

    def mine(self, name):
        path = self.path(name)
        os.mkdir(path, 0o700)
        return path

    def link_of_another(self, name, target):
        """In a directory where everybody may write, like /tmp."""
        if os.getuid() != 0:
            raise unittest.SkipTest("needs root, to make a link of another user")
        common = self.path("common")
        if not os.path.exists(common):
            os.mkdir(common)
            os.chmod(common, 0o1777)
        link = os.path.join(common, name)
        os.symlink(target, link)
        os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
        return link

    # One at a time.

    def test_a_state_directory_has_one_daemon(self):
        for timeout in (0, 60000):
            with self.subTest(orphan_timeout=timeout):
                options = ("--service", "dict", "--orphan-timeout", timeout)
                first = self.daemon(*options)
                state = os.path.join(first.base, "s")
                client = self.client(first)
                client.call("create", id=1)
                client.exec(1, "x", 5)
                for other in (0, 60000):
                    said = self.refused("--service", "dict", "--orphan-timeout", other,
                                        "--state-dir", state)
                    self.assertIn(f"state directory {state} is in use by dtreed, process "
                                  f"{first.pid}\n", said)
                self.assertEqual(client.exec(1, "x"), "5")
                client.call("create", id=2)
                self.assertEqual(client.exec(2, "x"), "'x' not found")
                first.stop()

    def test_a_directory_has_one_daemon_whatever_it_is_called(self):
        first = self.daemon("--orphan-timeout", 0)
        self.client(first).call("create", id=1)
        os.symlink(first.base, self.path("link"))
        names = [name.format(first.base) for name in ("{}/", "{}/.", "{}//", "{}/r/..")]
        names.append(self.path("link"))
        names.append(os.path.relpath(first.base))
        for name in names:
            with self.subTest(name=name):
                said = self.refused("--state-dir", name + "/s")
                self.assertIn(f"{first.base}/s is in use by dtreed, process {first.pid}\n", said)
                said = self.refused("--runtime-dir", name + "/r")
                self.assertIn(f"{first.base}/r is in use by dtreed, process {first.pid}\n", said)

    def test_a_lock_goes_with_its_daemon(self):
        first = self.daemon("--orphan-timeout", 0)
        for _ in range(3):
            first.kill()
            first = self.daemon("--orphan-timeout", 0, base=first.base)
        first.stop()
        self.daemon("--orphan-timeout", 0, base=first.base)

    def test_the_lock_of_a_former_version_counts(self):
        base = self.mine("d")
        os.mkdir(os.path.join(base, "r"), 0o700)
        with open(os.path.join(base, "r", "dtreed.lock"), "w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write("12345\n")
            file.flush()
            self.assertIn(f"{base}/r is in use by dtreed, process 12345\n",
                          self.refused(base=base))
        self.daemon(base=base)

    def test_a_child_that_is_being_forked_keeps_nothing(self):
        first = self.daemon(worker=dtree_worker_path())
        client = self.client(first)
        program = os.readlink(f"/proc/{first.pid}/exe")
        ended = threading.Event()

        def create():
            try:
                for node in range(1, 100000):
                    if ended.is_set():
                        return
                    client.call("create", id=node)
                    client.call("kill", id=node)
            except (Closed, OSError):
                pass

        def catch():
            """Stops a child that has not become the worker yet."""
            with open(f"/proc/{first.pid}/task/{first.pid}/children", encoding="ascii") as file:
                children = file.read().split()
            for child in map(int, children):
                try:
                    if os.readlink(f"/proc/{child}/exe") != program:
                        continue
                    self.stopped(child)
                    if os.readlink(f"/proc/{child}/exe") == program:
                        return child
                    self.go_on(child)
                except OSError:
                    pass
            return None
        thread = threading.Thread(target=create)
        thread.start()
        end = None
        try:
            for _ in range(20000):
                end = catch()
                if end:
                    break
            if not end:
                raise unittest.SkipTest("no child was caught before it was the worker")
            first.kill()
            second = self.daemon(base=first.base)

            def answers():
                """Not the socket that the child still has: a connection there is never taken."""
                if second.process.poll() is not None:
                    raise ValueError(second.stderr())
                try:
                    with second.client() as late:
                        return late.wait(late.send("hello"), 1)["pid"] == second.pid
                except (AssertionError, Closed, OSError):
                    return False
            wait_until(answers, "the second one serves")
        finally:
            ended.set()
            first.process.kill()
            if end:
                self.go_on(end)
            thread.join()
        wait_until(lambda: procs.gone(end), "the child has gone with its parent")

    # Links.

    def test_links_of_others_are_not_followed(self):
        target = self.mine("target")
        os.mkdir(os.path.join(target, "links"))
        for name in ("precious", "links/precious"):
            with open(os.path.join(target, name), "w", encoding="ascii") as file:
                file.write("precious")
        link = self.link_of_another("link", target)
        for option, name in (("--runtime-dir", link), ("--state-dir", link),
                             ("--runtime-dir", link + "/sub"), ("--state-dir", link + "/sub"),
                             ("--runtime-dir", link + "/../target"),
                             ("--socket", link + "/c")):
            with self.subTest(option=option, name=name):
                said = self.refused(option, name)
                self.assertIn(f"{link} is a symbolic link of user {STRANGER}", said)
                self.assertIn(name, said)
        self.assertEqual(sorted(os.listdir(target)), ["links", "precious"])
        self.assertEqual(os.listdir(os.path.join(target, "links")), ["precious"])

    def test_what_a_link_leads_to_is_looked_at(self):
        if os.getuid() != 0:
            raise unittest.SkipTest("needs root, to make a directory of another user")
        target = self.mine("target")
        os.symlink(target, self.path("link"))
        for option in ("--runtime-dir", "--state-dir"):
            os.chown(target, 0, 0)
            os.chmod(target, 0o777)
            self.assertIn(f"{target} is open to others", self.refused(option, self.path("link")))
            os.chmod(target, 0o700)
            os.chown(target, STRANGER, STRANGER)
            self.assertIn(f"{target} belongs to user {STRANGER}",
                          self.refused(option, self.path("link")))

    def test_a_links_directory_that_is_a_link_is_not_followed(self):
        target = self.mine("target")
        with open(os.path.join(target, "0"), "w", encoding="ascii"):
            pass
        base = self.mine("d")
        os.mkdir(os.path.join(base, "r"))
        os.symlink(target, os.path.join(base, "r", "links"))
        self.assertIn(f"{base}/r/links: it is no directory", self.refused(base=base))
        self.assertEqual(os.listdir(target), ["0"])

    def test_links_of_ones_own_are_followed(self):
        """As /home on another disk is one, and what DynamicUser= makes."""
        home = self.mine("home2")
        os.symlink("home2", self.path("one"))
        os.symlink(self.path("one"), self.path("two"))
        os.mkdir(os.path.join(home, "private"))
        os.symlink("private/./x", os.path.join(home, "x"))
        os.mkdir(os.path.join(home, "private", "x"), 0o700)
        state = self.path("two/x/../x/deep/s")
        daemon = None
        for name in (state, self.path("home2/private/x/deep/s"), state + "/"):
            daemon = self.daemon("--service", "dict", "--state-dir", name, "--runtime-dir",
                                 self.path("two/r"), base=daemon and daemon.base)
            client = self.client(daemon)
            if name == state:
                client.call("create", id=1)
                client.exec(1, "x", 5)
            self.assertEqual(client.exec(1, "x"), "5")
            self.assertEqual(client.nodes()[1]["state"], "available")
            daemon.kill()
        self.daemon("--service", "dict", "--state-dir", state, "--runtime-dir",
                    self.path("home2/r"), base=daemon.base)

    def test_links_inside_the_state_directory_are_followed(self):
        base = self.mine("d")
        os.mkdir(os.path.join(base, "s"), 0o700)
        disk = self.mine("disk")
        os.symlink(disk, os.path.join(base, "s", "nodes"))
        client = self.client(self.daemon("--service", "dict", base=base))
        client.call("create", id=1)
        client.exec(1, "x", 5)
        self.assertEqual(client.exec(1, "x"), "5")
        self.assertEqual(len(os.listdir(disk)), 1)
        client.call("kill", id=1)
        wait_until(lambda: os.listdir(disk) == [], "its data is gone")

    def test_a_link_in_a_circle_is_an_error(self):
        os.symlink("circle", self.path("circle"))
        for option in ("--runtime-dir", "--state-dir"):
            self.assertIn(self.path("circle"), self.refused(option, self.path("circle")))

    def test_a_short_link_to_a_long_path_is_told(self):
        long = self.mine("x" * 100)
        os.symlink(long, self.path("short"))
        said = self.refused("--runtime-dir", self.path("short"))
        self.assertIn(f"{self.path('short')}: its path {long} has ", said)

    def test_what_is_made_is_closed_to_others(self):
        daemon = self.daemon("--state-dir", self.path("a/b/c"))
        modes = {name: stat.S_IMODE(os.stat(self.path(name)).st_mode)
                 for name in ("a", "a/b", "a/b/c")}
        self.assertEqual(set(modes.values()), {0o700})
        self.assertEqual(stat.S_IMODE(os.stat(daemon.runtime).st_mode), 0o755)
        self.assertEqual(stat.S_IMODE(os.stat(daemon.runtime + "/links").st_mode), 0o700)


if __name__ == "__main__":
    main()
