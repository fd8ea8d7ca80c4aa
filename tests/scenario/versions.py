#!/usr/bin/python3 -B
"""Nodes and files of another version: none is used by mistake, lost, or left behind."""

import os
import re
import sqlite3

from lib import procs
from lib.harness import Case, main
from lib.programs import dtree_worker_path
from lib.rpc import RpcError
from lib.waiting import wait_until

WORD = 1 << 64
PROTOCOL = re.compile(rb" protocol=(\d+)")


def fnv(digest, text):
    for byte in text:
        digest = (digest ^ byte) * 0x100000001b3 % WORD
    return digest


def entry_digest(name, value):
    """As store/store.c has it."""
    digest = fnv(0xcbf29ce484222325, name)
    digest = fnv(digest ^ (len(name) * 0x9e3779b97f4a7c15 % WORD), value)
    digest = (digest ^ (digest >> 30)) * 0xbf58476d1ce4e5b9 % WORD
    digest = (digest ^ (digest >> 27)) * 0x94d049bb133111eb % WORD
    return digest ^ (digest >> 31)


def text_bytes(value):
    return value if isinstance(value, bytes) else str(value).encode()


def rewrite(path, change):
    """Changes the values of a store's entries as its own writer would: with their digest."""
    db = sqlite3.connect(path)
    rows = [(name, text_bytes(name), text_bytes(value)) for name, value in
            db.execute("SELECT name, value FROM entry")]
    before = db.execute("SELECT digest FROM head").fetchone()[0] % WORD
    assert sum(entry_digest(n, v) for _, n, v in rows) % WORD == before
    changed = [(key, name, change(value)) for key, name, value in rows]
    for key, _, value in changed:
        db.execute("UPDATE entry SET value = ? WHERE name = ?", (value.decode(), key))
    digest = sum(entry_digest(n, v) for _, n, v in changed) % WORD
    db.execute("UPDATE head SET digest = ?", (digest - WORD if digest >> 63 else digest,))
    db.commit()
    db.close()


class Versions(Case):
    def speak(self, base, change):
        """The nodes in the registry are of programs of another version."""
        rewrite(os.path.join(base, "s", "registry.db"), change)

    def kept(self, client, node):
        """What the node keeps, when its new life answers; until then it says that it has not run."""
        def asked():
            try:
                return client.exec(node, "X")
            except RpcError as error:
                self.assertEqual((error.name, error.data["outcome"]),
                                 ("NODE_UNAVAILABLE", "not_run"))
                return None
        return wait_until(asked, f"node {node} answers")

    def check_other_version(self, change, words):
        daemon = self.daemon("--service", "dict")
        client = self.client(daemon)
        before = {}
        for node, parent in ((1, -1), (2, 1), (3, 2), (4, -1)):
            before[node] = client.call("create", id=node, parent=parent)["pid"]
            client.exec(node, "X", node)
        stopped = before[4]
        daemon.kill()
        self.stopped(stopped)
        self.speak(daemon.base, change)
        later = self.daemon("--service", "dict", base=daemon.base)
        client = self.client(later)
        for node in before:
            self.assertEqual(self.kept(client, node), str(node))
        wait_until(lambda: client.unavailable() == [], "all are there")
        after = client.pids()
        self.assertFalse(set(after.values()) & set(before.values()))
        wait_until(lambda: all(procs.gone(pid) for pid in before.values()), "the former end")
        for node in before:
            self.assertRegex(later.stderr(), f"node {node}: process {before[node]} {words}")
        self.assertEqual(client.unavailable(), [])
        self.assertEqual(len(later.workers()), len(before))

    def test_nodes_of_the_next_version_end_in_order_and_start_anew(self):
        def next_version(value):
            return PROTOCOL.sub(lambda m: b" protocol=%d" % (int(m[1]) + 1), value)
        self.check_other_version(next_version, "speaks version 6 of the protocol")

    def test_nodes_of_a_former_version_too(self):
        self.check_other_version(lambda value: PROTOCOL.sub(b" protocol=1", value),
                                 "speaks version 1 of the protocol")

    def test_a_worker_program_of_another_version_says_so_at_once(self):
        program = self.path("worker")
        with open(program, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\n[ \"$1\" = --protocol ] || exit 9\nn=$(($2 + 1))\nshift 2\n"
                       f"exec {dtree_worker_path()} --protocol $n --news-of-then 5 \"$@\"\n")
        os.chmod(program, 0o700)
        daemon = self.daemon(worker=program)
        client = self.client(daemon)
        with self.assertRaisesRegex(RpcError, "exit status 2"):
            client.call("create", id=5)
        wait_until(lambda: "node 5: start: this program speaks version" in daemon.stderr(),
                   daemon.stderr)
        self.assertEqual(client.nodes(), {})

    def make_later(self, path):
        db = sqlite3.connect(path)
        db.execute(f"PRAGMA user_version = {0x64740007}")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()

    def test_a_registry_of_a_later_version_is_refused_in_words_and_left(self):
        daemon = self.daemon()
        self.client(daemon).call("create", id=1)
        daemon.stop()
        state = os.path.join(daemon.base, "s")
        path = os.path.join(state, "registry.db")
        self.make_later(path)
        with open(path, "rb") as file:
            before = file.read()
        names = sorted(os.listdir(state))
        refused = self.daemon(base=daemon.base, ready=False)
        self.assertEqual(refused.wait(), 1)
        self.assertIn(f"{path} was written by a later version of dtree (form 7, this one knows 1)",
                      refused.stderr())
        with open(path, "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual([n for n in sorted(os.listdir(state)) if "-wal" not in n],
                         [n for n in names if "-wal" not in n])

    def test_a_dictionary_of_a_later_version_is_not_set_aside(self):
        daemon = self.daemon("--service", "dict")
        client = self.client(daemon)
        client.call("create", id=1)
        client.exec(1, "X", 5)
        daemon.stop()
        nodes = os.path.join(daemon.base, "s", "nodes")
        path = os.path.join(nodes, os.listdir(nodes)[0], "dict.db")
        self.make_later(path)
        later = self.daemon("--service", "dict", base=daemon.base)
        client = self.client(later)
        error = client.error("exec", id=1, args=["X"])
        self.assertIn("was written by a later version of dtree", error.message)
        db = sqlite3.connect(path)
        self.assertEqual(db.execute("SELECT value FROM entry").fetchall(), [(5,)])
        db.close()


if __name__ == "__main__":
    main()
