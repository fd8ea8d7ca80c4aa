#!/usr/bin/python3 -B
"""--check-config: reports all mistakes before a start, with their places."""

import os
import subprocess

from lib.harness import Case, main
from lib.programs import dtree_worker_path, dtreed_path, run


class Config(Case):
    def setUp(self):
        super().setUp()
        self.file = self.path("dtreed.conf")
        self.good = {"runtime-dir": self.path("r"), "state-dir": self.path("s"),
                     "worker": dtree_worker_path()}

    def write(self, **settings):
        """A file with these settings beside those that are good; gives the line of each."""
        rows = self.good | {name.replace("_", "-"): value for name, value in settings.items()}
        with open(self.file, "w", encoding="utf-8") as file:
            file.write("[dtreed]\n" + "".join(f"{name} = {value}\n"
                                              for name, value in rows.items()))
        return {name: number for number, name in enumerate(rows, 2)}

    def check(self, *options):
        return run(self, [dtreed_path(), "--check-config", "--config", self.file, *options])

    def refused(self, *expected):
        """Just these mistakes, each `(line, words)`, the line 0 for none."""
        done = self.check()
        self.assertEqual((done.returncode, done.stdout), (2, ""), done)
        said = done.stderr.splitlines()
        self.assertEqual(len(said), len(expected), done.stderr)
        for line, (number, words) in zip(said, expected):
            self.assertTrue(line.startswith(f"dtreed: config: {self.file}:{number}: "), line)
            self.assertIn(words, line)

    def test_good_settings_change_nothing(self):
        self.write(topology="bst")
        done = self.check()
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertIn(f"topology = bst ; {self.file}:5\n", done.stdout)
        self.assertEqual(sorted(os.listdir(self.dir)),
                         ["dtreed.conf", "home", "t", "x", "y"])

    def test_every_kind_of_mistake_is_told_at_once(self):
        os.mkdir(self.path("open"))
        os.chmod(self.path("open"), 0o777)
        with open(self.path("file"), "w", encoding="ascii"):
            pass
        lines = self.write(runtime_dir=self.path("no/such/r"), state_dir=self.path("open"),
                           worker=self.path("missing"), topology="'bst'", heartbeat="1s",
                           socket=self.path("file"))
        self.refused(
            (lines["topology"], "topology: the quotes are part of the value 'bst'"),
            (lines["heartbeat"], "heartbeat '1s' is not an integer"),
            (lines["runtime-dir"], f"runtime-dir: runtime directory {self.path('no/such/r')} "
                                   f"cannot be made: {self.path('no/such')}: No such file"),
            (lines["socket"], "socket: control socket"),
            (lines["state-dir"], f"state directory {self.path('open')} is open to others"),
            (lines["worker"], f"worker program {self.path('missing')}: No such file"))

    def test_a_start_tells_them_all_too(self):
        lines = self.write(topology="ring", heartbeat="-1")
        done = run(self, [dtreed_path(), "--config", self.file])
        self.assertEqual(done.returncode, 2)
        self.assertEqual([line.split(": ")[2] for line in done.stderr.splitlines()],
                         [f"{self.file}:{lines[name]}" for name in ("topology", "heartbeat")])

    def test_under_the_journal_they_are_errors(self):
        self.write(topology="ring")
        with open(self.path("journal"), "wb") as journal:
            st = os.fstat(journal.fileno())
            env = self.env | {"JOURNAL_STREAM": f"{st.st_dev}:{st.st_ino}"}
            subprocess.run([dtreed_path(), "--config", self.file], stderr=journal, env=env,
                           check=False)
        with open(self.path("journal"), encoding="ascii") as journal:
            self.assertRegex(journal.read(), r"\A<3>config: .*:5: topology 'ring'.*\n\Z")

    def test_a_worker_must_be_a_program(self):
        lines = self.write(worker=self.dir)
        self.refused((lines["worker"], "is no program"))
        plain = self.path("plain")
        with open(plain, "w", encoding="ascii"):
            pass
        self.write(worker=plain)
        if os.geteuid() == 0 and os.access(plain, os.X_OK):
            self.skipTest("everything is a program here")
        self.refused((lines["worker"], "Permission denied"))

    def test_a_topology_that_the_saved_tree_refuses(self):
        daemon = self.daemon("--topology", "bst")
        client = self.client(daemon)
        for node in (5, 3, 8):
            client.call("create", id=node)
        state = os.path.join(daemon.base, "s")
        for running in (True, False):
            with self.subTest(running=running):
                self.write(state_dir=state, topology="bst")
                self.assertEqual(self.check().returncode, 0, self.check())
                lines = self.write(state_dir=state, topology="list")
                self.refused((lines["topology"], f"{state}/registry.db: it holds a tree of 3 "
                                                 "nodes of topology bst, not list"))
                before = {name: os.stat(os.path.join(state, name)) for name in os.listdir(state)}
                self.check()
                after = {name: os.stat(os.path.join(state, name)) for name in os.listdir(state)}
                self.assertEqual({name: (st.st_ino, st.st_size, st.st_mtime_ns)
                                  for name, st in before.items()},
                                 {name: (st.st_ino, st.st_size, st.st_mtime_ns)
                                  for name, st in after.items()})
            if running:
                daemon.stop()
        with open(os.path.join(state, "registry.db"), "r+b") as file:
            file.seek(100)
            file.write(b"\xff" * 200)
        lines = self.write(state_dir=state, topology="bst")
        done = self.check()
        self.assertEqual(done.returncode, 2, done)
        self.assertIn(f"{self.file}:{lines['topology']}: topology: ", done.stderr)
        self.assertIn(f"{state}/registry.db", done.stderr)
        self.assertNotIn("dtree-check-", done.stderr)
        self.assertEqual(os.listdir(self.path("t")), [])

    def test_directories_of_another_user(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        os.mkdir(self.path("theirs"), 0o700)
        os.chown(self.path("theirs"), 4321, 4321)
        lines = self.write(state_dir=self.path("theirs"))
        self.refused((lines["state-dir"], "belongs to user 4321"))


if __name__ == "__main__":
    main()
