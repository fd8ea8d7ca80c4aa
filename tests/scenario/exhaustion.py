#!/usr/bin/python3 -B
"""Workers that do not start, and exhausted resources: the request gets an error, and the tree goes
on."""

import errno
import os
import resource
import shutil
import subprocess
import unittest
import unittest.mock

from lib import procs
from lib.harness import Case, main
from lib.programs import dtree_worker_path, dtreed_path, sanitized
from lib.rpc import Client, Closed, RpcError
from lib.waiting import SLOW, wait_until


class Workers(Case):
    def script(self, text):
        path = self.fresh("worker")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o755)
        return path

    def fails(self, worker):
        """No node can be created, in good time, and nothing else is wrong."""
        daemon = self.daemon("--request-timeout", int(1000 * SLOW), worker=worker)
        client = self.client(daemon)
        for node in (1, 2):
            error = client.error("create", id=node)
            self.assertNotEqual(error.message, "")
            self.assertEqual(client.error("ping", id=node).name, "NOT_FOUND")
        self.assertEqual(client.parents(), {})
        self.assertEqual(client.call("pingall"), {"unavailable": []})
        wait_until(lambda: not procs.children(daemon.pid), "no process is left")
        done = self.ctl(daemon, "create", 3)
        self.assertRegex(done.stdout, r"^Error: .+\n$")

    def test_a_missing_worker_program_is_an_error(self):
        for path in (self.path("none"), self.dir, "/dev/null"):
            daemon = self.daemon(worker=path, ready=False)
            self.assertGreater(daemon.wait(), 0)
            self.assertIn(path, daemon.stderr())

    def test_a_worker_program_that_vanishes_is_an_error_of_the_create(self):
        path = self.script("#!/bin/sh\nexit 0\n")
        daemon = self.daemon(worker=path)
        os.unlink(path)
        client = self.client(daemon)
        self.assertNotEqual(client.error("create", id=1).message, "")
        self.assertEqual(client.call("pingall"), {"unavailable": []})
        wait_until(lambda: not procs.children(daemon.pid), "no process is left")

    def test_a_worker_that_ends_at_once_fails_its_create(self):
        self.fails("/bin/false")
        self.fails("/bin/true")

    def test_a_worker_that_is_no_program_fails_its_create(self):
        self.fails(self.script("\1\2\3 no program"))

    def test_a_worker_that_hangs_fails_its_create(self):
        self.fails(self.script("#!/bin/sh\nexec sleep 1000\n"))

    def test_a_worker_that_dies_by_a_signal_fails_its_create(self):
        self.fails(self.script("#!/bin/sh\nkill -SEGV $$\n"))

    def test_a_worker_that_talks_nonsense_fails_its_create(self):
        self.fails(self.script("#!/bin/sh\nyes nonsense | head -c 100000\nexit 3\n"))


class Limits(Case):
    def test_few_descriptors_are_an_error_for_whom_they_fail(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (96, 96))
        daemon = self.daemon(prepare=few)
        client = self.client(daemon)
        client.call("create", id=1)
        others = []
        for _ in range(100):
            try:
                others.append(self.client(daemon))
            except OSError:
                break
        for turn in range(10):
            self.assertEqual(client.exec(1, 1, turn), str(turn))
        try:
            client.call("create", id=2)
        except RpcError as error:
            self.assertEqual(error.name, "LIMIT")
        served = 0
        for other in others:
            try:
                served += other.call("pingall") == {"unavailable": []}
            except RpcError as error:
                self.assertEqual(error.name, "LIMIT")
            except (Closed, OSError):
                pass
            other.close()
        self.assertGreater(served, 0)

        def again():
            try:
                with daemon.client() as late:
                    return late.call("pingall") == {"unavailable": []}
            except (RpcError, Closed, OSError):
                return False
        wait_until(again, "a new client is served once the others left")
        self.assertEqual(client.exec(1, 1, 5), "5")

    def programs_for_anyone(self):
        """Copies that other users may start too, wherever these tests are."""
        folder = self.fresh("p")
        os.mkdir(folder)
        os.chmod(folder, 0o755)
        copies = {}
        for path in (dtreed_path(), dtree_worker_path()):
            name = os.path.basename(path)
            copies[name] = shutil.copy(path, folder)
            os.chmod(copies[name], 0o755)
        return copies

    @unittest.skipIf(sanitized(), "a sanitizer takes more addresses than a limit leaves")
    def test_a_result_for_which_there_is_no_memory_is_an_error(self):
        daemon = self.daemon("--service", "search", "--heartbeat", 0)
        client = self.client(daemon)
        client.call("create", id=1)
        text, _ = "a" * 500000, client.exec(1, "a", "a")
        positions = ";".join(map(str, range(len(text))))
        before = resource.prlimit(daemon.pid, resource.RLIMIT_AS)
        with open(f"/proc/{daemon.pid}/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        # There is room for the request and for the reserve, and not for 3 MB of answer.
        resource.prlimit(daemon.pid, resource.RLIMIT_AS, (size + (5 << 19), before[1]))
        for _ in range(3):
            error = client.error("exec", id=1, args=[text, "a"])
            self.assertEqual(error.name, "LIMIT", error)
            self.assertIn("no memory", error.message)
            self.assertEqual(client.exec(1, "abab", "b"), "1;3")
        resource.prlimit(daemon.pid, resource.RLIMIT_AS, before)
        self.assertEqual(client.exec(1, text, "a"), positions)
        self.assertIsNone(daemon.process.poll())

    def test_no_more_processes_are_an_error_of_the_create(self):
        if os.getuid() != 0:
            raise unittest.SkipTest("needs root, to start the daemon as a user of its own")
        # A user whom nobody else is: the limit counts all of its threads.
        user = 54000 + os.getpid() % 1000
        if sanitized():
            raise unittest.SkipTest("a sanitizer's threads do not fit the limit")
        programs = self.programs_for_anyone()

        def few():
            resource.setrlimit(resource.RLIMIT_NPROC, (20, 20))
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        base = self.fresh("d")
        os.mkdir(base)
        os.chown(base, user, user)
        os.chmod(self.dir, 0o755)
        with unittest.mock.patch.dict(os.environ, {"DTREED": programs["dtreed"]}):
            daemon = self.daemon("--request-timeout", 3000, base=base, prepare=few, ready=False,
                                 worker=programs["dtree-worker"])

        def connect():
            os.seteuid(user)
            try:
                return Client(daemon.socket)
            except OSError:
                self.assertIsNone(daemon.process.poll(), daemon.stderr())
                return None
            finally:
                os.seteuid(0)
        client = wait_until(connect, "the daemon is ready")
        self.addCleanup(client.close)
        made = []
        errors = []
        for node in range(20):
            try:
                client.call("create", id=node)
                made.append(node)
            except RpcError as error:
                errors.append(error)
        self.assertNotEqual(made, [])
        self.assertEqual({error.name for error in errors}, {"LIMIT"})
        self.assertIn("room for 3 nodes", daemon.stderr())
        self.assertEqual(sorted(client.parents()), made)
        for node in made:
            self.assertTrue(client.ping(node))
        client.call("kill", id=made.pop())
        client.call("create", id=1000)
        self.assertEqual(sorted(client.parents()), [*made, 1000])

    def test_a_full_disk_is_an_error_for_whom_it_fails(self):
        base = self.fresh("d")
        os.mkdir(base)
        mount = f"mount -t tmpfs -o size=256k,nr_inodes=40,mode=700 none {base}"
        if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True,
                          check=False).returncode != 0:
            raise unittest.SkipTest("may not mount a small file system here")
        daemon = self.daemon(base=base, ready=False, wrap=[
            "unshare", "-m", "sh", "-c", f'{mount} && : >{base}/conf && exec "$0" "$@"'])
        inside = f"/proc/{daemon.pid}/root{base}"
        daemon.socket = f"{inside}/c"
        daemon.await_ready()
        client = self.client(daemon)
        client.call("create", id=1, service="dict")
        client.exec(1, "x", 5)
        fill = []
        try:
            with open(f"{inside}/fill", "wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 4096)
        except OSError as error:
            self.assertEqual(error.errno, errno.ENOSPC)
        try:
            while True:
                name = f"{inside}/fill{len(fill)}"
                os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
                fill.append(name)
        except OSError as error:
            self.assertEqual(error.errno, errno.ENOSPC)
        try:
            client.call("create", id=2, parent=1)
        except RpcError as error:
            self.assertNotEqual(error.message, "")
            self.assertEqual(client.error("ping", id=2).name, "NOT_FOUND")
        self.assertEqual(client.exec(1, "x"), "5")
        for name in [f"{inside}/fill", *fill]:
            os.unlink(name)
        client.call("create", id=3, parent=1)
        self.assertEqual(client.exec(3, 1, 5), "5")


if __name__ == "__main__":
    main()
