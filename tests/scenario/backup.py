#!/usr/bin/python3 -B
"""`dtreectl backup` copies a tree that is at work, `restore` puts it into an empty state directory."""

import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
import unittest

from lib.harness import Case, main
from lib.programs import dtreectl_path, run
from lib.waiting import wait_until

COUNTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples", "counter.py")
NODES = 20
WINDOW = 32

# Writes its database in both modes, and files, without any order.
BUSY = """#!/usr/bin/python3
import os, sqlite3, sys, threading
os.chdir(os.environ["DTREE_STATE_DIR"])
def go(name, mode):
    db = sqlite3.connect(name, timeout=60)
    db.execute("PRAGMA journal_mode = " + mode)
    db.execute("CREATE TABLE IF NOT EXISTS pair (a INTEGER, b INTEGER)")
    db.execute("INSERT INTO pair SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM pair)")
    db.commit()
    n = 0
    while True:
        n += 1
        with db:
            db.execute("UPDATE pair SET a = ?", (n,))
            db.execute("UPDATE pair SET b = ?", (n,))
            db.execute("CREATE TABLE IF NOT EXISTS t%d (x)" % (n % 7))
            db.execute("DROP TABLE IF EXISTS t%d" % ((n + 3) % 7))
os.makedirs("deep/er", exist_ok=True)
with open("deep/er/text", "w") as file:
    file.write("kept")
os.chmod("deep/er/text", 0o640)
if not os.path.lexists("link"):
    os.symlink("deep/er/text", "link")
    os.mkfifo("pipe")
for name, mode in (("log.db", "WAL"), ("journal.db", "DELETE")):
    threading.Thread(target=go, args=(name, mode), daemon=True).start()
for line in sys.stdin:
    print(line, end="", flush=True)
"""


class Writer(threading.Thread):
    """Writes rising values to names of many dictionaries until it is told to stop."""

    def __init__(self, client, nodes):
        super().__init__()
        self.client, self.nodes = client, nodes
        self.acknowledged = {}
        self.sent = {}
        self.ends = False

    def run(self):
        number, due = 0, []
        while not self.ends or due:
            if not self.ends and len(due) < WINDOW:
                number += 1
                key = (self.nodes[number % len(self.nodes)], f"n{number % 7}")
                self.sent[key] = number
                due.append((self.client.send("exec", id=key[0], args=[key[1], str(number)]), key, number))
                continue
            asked, key, value = due.pop(0)
            assert "error" not in self.client.reply(asked)
            self.acknowledged[key] = value


class Backup(Case):
    def ctl_run(self, *words, status=0, **how):
        done = run(self, [dtreectl_path(), *words], **how)
        self.assertEqual(done.returncode, status, done)
        return done

    def backup(self, tree, *words):
        file = self.fresh("backup")
        self.ctl_run("backup", file, "--state-dir", os.path.join(tree.base, "s"), *words)
        return file

    def restored(self, file):
        """The base of a dtreed that may be started on it."""
        base = self.fresh("base")
        os.mkdir(base, 0o700)
        self.ctl_run("restore", file, "--state-dir", os.path.join(base, "s"))
        return base

    def started(self, base, *options, down=()):
        tree = self.daemon(*options, base=base)
        client = self.client(tree)
        wait_until(lambda: client.unavailable() == list(down), "all nodes live")
        return tree, client

    def refused(self, text, *words):
        self.assertIn(text, self.ctl_run(*words, status=1).stdout)

    # A tree at work.

    def test_what_was_acknowledged_before_is_in_it(self):
        tree = self.daemon("--service", "dict")
        client = self.client(tree)
        for node in range(1, NODES + 1):
            client.call("create", id=node, parent=node // 2 or -1, name=f"n-{node}", restart="always")
        client.call("stop", id=NODES)
        writer = Writer(tree.client(), list(range(1, NODES)))
        writer.start()
        try:
            wait_until(lambda: len(writer.acknowledged) > 4 * NODES, "it writes")
            taken = []
            for _ in range(5):
                before = dict(writer.acknowledged)
                taken.append((before, self.backup(tree), dict(writer.sent)))
        finally:
            writer.ends = True
            writer.join()
            writer.client.close()
        parents = client.parents()
        for before, file, after in taken:
            base = self.restored(file)
            for (node, name), value in before.items():
                with sqlite3.connect(f"{base}/s/nodes/{node}/dict.db") as db:
                    found = db.execute("SELECT value FROM entry WHERE name = ?", (name,)).fetchone()[0]
                db.close()
                self.assertTrue(value <= found <= after[node, name], (node, name, value, found))
        tree.stop()
        _, again = self.started(base, "--service", "dict", down=[NODES])
        self.assertEqual(again.parents(), parents)
        self.assertEqual(again.nodes()[NODES]["state"], "stopped")
        self.assertEqual(again.nodes()[3]["name"], "n-3")
        for (node, name), value in before.items():
            self.assertTrue(value <= int(again.exec(node, name)) <= after[node, name])

    def test_nodes_that_come_and_go_meanwhile_are_there_whole_or_not(self):
        tree = self.daemon("--service", "dict")
        ends = threading.Event()

        def come_and_go(first):
            with tree.client() as client:
                while not ends.is_set():
                    for node in range(first, first + 5):
                        client.call("create", id=node)
                        client.exec(node, "x", str(node))
                    for node in range(first, first + 5):
                        client.call("kill", id=node)

        threads = [threading.Thread(target=come_and_go, args=(first,)) for first in (100, 200)]
        for thread in threads:
            thread.start()
        try:
            files = [self.backup(tree) for _ in range(3)]
        finally:
            ends.set()
            for thread in threads:
                thread.join()
        for file in files:
            again, client = self.started(self.restored(file), "--service", "dict")
            for node in client.nodes():
                said = client.exec(node, "x")
                self.assertIn(said, (str(node), "'x' not found"))
            again.stop()

    def test_a_tree_that_does_not_run(self):
        tree = self.daemon("--service", "dict")
        with tree.client() as client:
            client.call("create", id=1)
            client.exec(1, "x", "5")
        tree.stop()
        _, client = self.started(self.restored(self.backup(tree)), "--service", "dict")
        self.assertEqual(client.exec(1, "x"), "5")

    def test_files_and_databases_of_programs(self):
        busy = self.program_file("busy", BUSY)
        tree = self.daemon("--define", f"busy={busy}", "--define", "plain=cat")
        client = self.client(tree)
        client.call("create", id=1, service="busy")
        client.call("create", id=2, service="plain")
        client.exec(1, "x")
        data = os.path.join(tree.base, "s", "nodes", "1")

        def pair(folder, name):
            with sqlite3.connect(os.path.join(folder, name), timeout=60) as db:
                row = db.execute("SELECT a, b FROM pair").fetchone()
                whole = db.execute("PRAGMA integrity_check").fetchone()[0]
            db.close()
            self.assertEqual(whole, "ok")
            return row

        def written():
            try:
                return pair(data, "log.db")[0] and pair(data, "journal.db")[0]
            except (sqlite3.OperationalError, TypeError):
                return False

        wait_until(written, "both are written")
        for _ in range(4):
            said = self.ctl_run("backup", self.path("file"), "--state-dir", os.path.join(tree.base, "s"))
            self.assertRegex(said.stdout, r"^Ok: 2 nodes, \d+ files, \d+ bytes; 1 are no files, and left out\n$")
            below = os.path.join(self.restored(self.path("file")), "s", "nodes", "1")
            for name in ("log.db", "journal.db"):
                first, second = pair(below, name)
                self.assertEqual(first, second, name)
            with open(f"{below}/deep/er/text", encoding="utf-8") as file:
                self.assertEqual(file.read(), "kept")
            self.assertEqual(os.stat(f"{below}/deep/er/text").st_mode & 0o777, 0o640)
            self.assertEqual(os.readlink(f"{below}/link"), "deep/er/text")
            self.assertFalse(os.path.lexists(f"{below}/pipe"))

    def test_owners_are_kept(self):
        if os.getuid() != 0:
            raise unittest.SkipTest("needs root, to make files of others")
        tree = self.daemon()
        self.client(tree).call("create", id=1)
        state = os.path.join(tree.base, "s")
        data = os.path.join(state, "nodes", "1")
        os.makedirs(data, exist_ok=True)
        for name, owner in (("mine", os.getuid()), ("others", 54321)):
            path = os.path.join(data, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(name)
            os.chown(path, owner, owner)
        tree.stop()
        # The tree belongs to one user, and here to another one.
        for folder, folders, files in os.walk(state):
            for each in [folder, *(os.path.join(folder, each) for each in folders + files)]:
                if os.path.basename(each) != "others":
                    os.chown(each, 54320, 54320)
        os.chmod(f"{state}/nodes", 0o711)
        file = self.backup(tree)
        base = self.fresh("base")
        os.makedirs(f"{base}/s", 0o700)
        os.chown(f"{base}/s", 54322, 54323)
        self.ctl_run("restore", file, "--state-dir", f"{base}/s")
        self.assertEqual(os.stat(f"{base}/s/nodes").st_mode & 0o777, 0o711)
        for name, owner in (("nodes", (54322, 54323)), ("nodes/1", (54322, 54323)),
                            ("nodes/1/mine", (54322, 54323)), ("nodes/1/others", (54321, 54321)),
                            ("registry.db", (54322, 54323)), ("lives.lock", (54322, 54323))):
            found = os.stat(f"{base}/s/{name}")
            self.assertEqual((found.st_uid, found.st_gid), owner, name)

    # The archive.

    def test_it_is_an_archive_of_sqlite_that_only_its_user_reads(self):
        tree = self.daemon("--service", "dict")
        client = self.client(tree)
        client.call("create", id=1)
        client.exec(1, "x", "5")
        file = self.backup(tree)
        self.assertEqual(os.stat(file).st_mode & 0o777, 0o600)
        with sqlite3.connect(file) as db:
            names = [row[0] for row in db.execute("SELECT name FROM sqlar ORDER BY name")]
            self.assertEqual(names, ["nodes", "nodes/1", "nodes/1/dict.db", "nodes/1/dict.db-mark",
                                     "registry.db", "registry.db-mark"])
            self.assertEqual(dict(db.execute("SELECT name, value FROM fact"))["nodes"], 1)
        db.close()
        done = self.ctl_run("--json", "backup", file, "--state-dir", os.path.join(tree.base, "s"))
        said = json.loads(done.stdout)
        self.assertEqual((said["nodes"], said["files"], said["skipped"]), (1, 4, 0))
        self.assertEqual([name for name in os.listdir(os.path.dirname(file)) if "backup" in name],
                         [os.path.basename(file)])

    def test_the_configuration_says_where_the_state_is(self):
        tree = self.daemon()
        self.client(tree).call("create", id=1)
        good = self.text_file("good.conf", f"[dtreed]\nstate-dir = {tree.base}/s\n")
        self.assertEqual(self.ctl_run("backup", self.path("file"), "--config", good).stdout[:12], "Ok: 1 nodes,")
        bad = self.text_file("bad.conf", "[dtreed]\nnonsense = 1\n")
        said = self.ctl_run("backup", self.path("other"), "--config", bad, status=2).stderr
        self.assertIn("nonsense", said)
        self.assertFalse(os.path.exists(self.path("other")))

    def test_what_is_in_the_way(self):
        tree = self.daemon()
        self.client(tree).call("create", id=1)
        state = os.path.join(tree.base, "s")
        file = self.backup(tree)
        self.refused(f"state directory {state} is in use by dtreed, process {tree.process.pid}",
                     "restore", file, "--state-dir", state)
        said = json.loads(self.ctl_run("--json", "restore", file, "--state-dir", state, status=1).stdout)
        self.assertIn("in use", said["message"])
        tree.stop()
        self.refused("has a tree", "restore", file, "--state-dir", state)
        self.refused("No such file", "backup", self.path("none/x"), "--state-dir", state)
        self.refused("No such file", "backup", self.path("copy"), "--state-dir", self.path("none"))
        self.refused("No such file", "restore", self.path("none"), "--state-dir", self.path("new"))
        empty = self.fresh("empty")
        os.mkdir(empty, 0o700)
        self.refused("registry.db", "backup", self.path("copy"), "--state-dir", empty)
        self.refused("is a directory", "backup", empty, "--state-dir", state)
        for words in (["backup"], ["backup", "a", "b"], ["restore", "a", "--other"], ["restore", "--state-dir", "x"],
                      ["backup", ""]):
            self.assertIn("usage: ", self.ctl_run(*words, status=2).stderr)
        # What was there is left alone where there is no new one.
        before = os.stat(file)
        self.refused("registry.db", "backup", file, "--state-dir", empty)
        self.assertEqual(os.stat(file), before)

    def test_a_damaged_dictionary_is_named(self):
        tree = self.daemon("--service", "dict")
        with tree.client() as client:
            client.call("create", id=1)
            client.exec(1, "x", "5")
        tree.stop()
        path = os.path.join(tree.base, "s", "nodes", "1", "dict.db")
        os.truncate(path + "-wal", 0)
        said = self.ctl_run("backup", self.path("copy"), "--state-dir", os.path.join(tree.base, "s"), status=1)
        self.assertIn(path, said.stdout)
        self.assertIn("acknowledged commits are missing", said.stdout)
        self.assertFalse(os.path.exists(self.path("copy")))

    def test_what_was_set_aside_is_kept_as_it_is(self):
        """A dictionary that is damaged, which its node has put aside for people."""
        tree = self.daemon("--service", "dict")
        client = self.client(tree)
        pid = client.call("create", id=1)["pid"]
        client.exec(1, "x", "5")
        folder = os.path.join(tree.base, "s", "nodes", "1")
        self.kill9(pid)
        wait_until(lambda: client.nodes()[1]["state"] == "dead", "it is dead")
        os.truncate(f"{folder}/dict.db-wal", 0)
        client.call("start", id=1)
        client.error("exec", id=1, args=["x"])
        aside = [name for name in os.listdir(folder) if ".damaged-" in name]
        self.assertIn("dict.db.damaged-1", aside)
        below = os.path.join(self.restored(self.backup(tree)), "s", "nodes", "1")
        for name in aside:
            with open(f"{folder}/{name}", "rb") as one, open(f"{below}/{name}", "rb") as other:
                self.assertEqual(one.read(), other.read(), name)

    # Hostile archives.

    def changed(self, file, *statements):
        """A copy of the archive that was written to."""
        other = self.fresh("changed")
        with open(file, "rb") as source, open(other, "wb") as copy:
            copy.write(source.read())
        db = sqlite3.connect(other)
        for statement in statements:
            db.execute(statement)
        db.commit()
        db.close()
        return other

    def test_an_archive_leads_nowhere_else(self):
        tree = self.daemon()
        self.client(tree).call("create", id=1)
        good = self.backup(tree)
        outside = self.fresh("outside")
        os.mkdir(outside)

        def entry(name, mode, data="NULL", size=0):
            return (f"INSERT INTO sqlar VALUES ('{name}', {mode}, 0, {size}, {data})",
                    f"INSERT INTO owner VALUES ('{name}', 0, 0)")

        file, link = 0o100644, 0o120777
        for text, *statements in (
                ("no backup has", *entry("../led-out", file, "x''")),
                ("no backup has", *entry(f"{outside}/x", file, "x''")),
                ("no backup has", *entry("nodes/1/../../../led-out", file, "x''")),
                ("no backup has", *entry("nodes/1//x", file, "x''")),
                ("no backup has", *entry("lives.lock", file, "x''")),
                ("is not in a directory", *entry("nodes/7/x", file, "x''")),
                ("is not in a directory", *entry("nodes/8", link, f"'{outside}'", -1),
                 *entry("nodes/8/x", file, "x''")),
                ("nodes/9: Invalid argument", *entry("nodes/9", 0o010644)),
                ("is compressed, or cut", *entry("nodes/x", file, "x'00'", 2)),
                ("has no registry", "DELETE FROM sqlar WHERE name LIKE 'registry%'"),
                ("is no registry", "DELETE FROM sqlar WHERE name = 'registry.db-mark'"),
                ("has not the tables", "CREATE TRIGGER t AFTER INSERT ON fact BEGIN SELECT 1; END"),
                ("has not the tables", "ALTER TABLE owner RENAME TO o",
                 "CREATE VIEW owner AS SELECT name, uid, gid FROM o"),
                ("is no backup", "PRAGMA application_id = 1"),
                ("form 2", "PRAGMA user_version = 2")):
            with self.subTest(text=text, statements=statements):
                new = self.fresh("new")
                self.refused(text, "restore", self.changed(good, *statements), "--state-dir", new)
                self.assertEqual(os.listdir(new), ["lives.lock"])
        self.assertEqual(os.listdir(outside), [])
        self.assertFalse(os.path.lexists(os.path.join(os.path.dirname(good), "led-out")))
        # Cut off.
        with open(good, "r+b") as short:
            short.truncate(os.path.getsize(good) - 4096)
        self.refused(good, "restore", good, "--state-dir", self.fresh("new"))

    # Cut off.

    def test_a_restore_that_was_cut_off_is_done_anew_or_finished(self):
        tree = self.daemon("--service", "dict")
        client = self.client(tree)
        client.call("create", id=1)
        client.exec(1, "x", "5")
        file = self.backup(tree)
        tree.stop()
        # It had not written all.
        base = self.fresh("base")
        os.makedirs(f"{base}/s/restore/nodes/1", 0o700)
        self.ctl_run("restore", file, "--state-dir", f"{base}/s")
        self.assertEqual(sorted(os.listdir(f"{base}/s")), ["lives.lock", "nodes", "registry.db", "registry.db-mark"])
        # It had, and moved some.
        os.mkdir(f"{base}/s/restored", 0o700)
        for name in ("registry.db", "registry.db-mark"):
            os.rename(f"{base}/s/{name}", f"{base}/s/restored/{name}")
        self.refused("an earlier restore", "restore", file, "--state-dir", f"{base}/s")
        _, again = self.started(base, "--service", "dict")
        self.assertEqual(again.exec(1, "x"), "5")

    def begun(self, files):
        """A backup of a node with so many files, which has begun, and the folder that it writes to."""
        tree = self.daemon()
        self.client(tree).call("create", id=1)
        tree.stop()
        data = os.path.join(tree.base, "s", "nodes", "1")
        os.makedirs(data, exist_ok=True)
        for number in range(files):
            with open(f"{data}/{number}", "w", encoding="utf-8") as file:
                file.write("x")
        folder = self.fresh("folder")
        os.mkdir(folder)
        process = subprocess.Popen([dtreectl_path(), "backup", f"{folder}/file", "--state-dir",
                                    os.path.join(tree.base, "s")], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        wait_until(lambda: os.listdir(folder), "it has begun")
        return process, folder

    def test_it_leaves_processors_and_disks_to_others(self):
        process, _ = self.begun(1500)
        began = time.monotonic()
        with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
        self.assertEqual((int(fields[16]), int(fields[38])), (10, os.SCHED_BATCH))
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
        self.assertEqual(status, 0)
        # However slow the machine is: work is a quarter of the time, and waits for a processor count.
        self.assertLess((used.ru_utime + used.ru_stime) * 2, time.monotonic() - began)

    def test_a_signal_ends_a_backup_and_nothing_is_left(self):
        process, folder = self.begun(1500)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.stdout.read(), "Error: interrupted\n")
        self.assertEqual(process.wait(), 1)
        self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    main()
