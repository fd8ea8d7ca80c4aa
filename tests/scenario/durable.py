#!/usr/bin/python3 -B
"""Durable dictionaries: acknowledged writes are on disk, and a loss is always reported."""

import os
import random
import signal
import sqlite3

from lib.harness import Case, main
from lib.waiting import wait_until

SEED = 20


class Durable(Case):
    def open(self, *options):
        self.tree = self.daemon("--service", "dict", *options)
        return self.client(self.tree)

    def nodes_dir(self):
        return os.path.join(self.tree.base, "s", "nodes")

    def directories(self):
        return sorted(os.listdir(self.nodes_dir()), key=int)

    def files(self):
        """Every file that nodes made."""
        return [os.path.join(folder, name) for folder, _, names in os.walk(self.nodes_dir())
                for name in names]

    def only_directory(self):
        found = self.directories()
        self.assertEqual(len(found), 1)
        return os.path.join(self.nodes_dir(), found[0])

    def died(self, client, node):
        wait_until(lambda: client.nodes()[node]["state"] != "available", f"{node} is dead")

    def values(self, folder):
        """What the database of a dead worker holds."""
        with sqlite3.connect(os.path.join(folder, "dict.db")) as database:
            rows = dict(database.execute("SELECT name, value FROM entry"))
        database.close()
        return rows

    def written_until_killed(self, durability):
        """Writes with 64 in flight until the worker is killed; the acknowledged values of each
        name, in their order, and all that were sent."""
        client = self.open("--durability", durability)
        chance = random.Random(SEED)
        pid = client.call("create", id=1)["pid"]
        kill_at = chance.randrange(500, 3000)
        sent, acknowledged, failed = [], {}, 0
        done = 0
        while done < len(sent) or not failed:
            while len(sent) - done < 64 and not failed:
                name, value = f"n{chance.randrange(40)}", len(sent)
                sent.append((client.send("exec", id=1, args=[name, str(value)]), name, value))
            number, name, value = sent[done]
            reply = client.reply(number)
            done += 1
            if "error" in reply:
                self.assertEqual(reply["error"]["data"]["name"], "NODE_UNAVAILABLE")
                failed += 1
            else:
                acknowledged.setdefault(name, []).append(value)
            if done == kill_at:
                os.kill(pid, signal.SIGKILL)
        self.assertGreaterEqual(done, kill_at)
        self.died(client, 1)
        return acknowledged, sent

    def check_written(self, durability):
        acknowledged, sent = self.written_until_killed(durability)
        values = self.values(self.only_directory())
        for name, written in acknowledged.items():
            self.assertGreaterEqual(values[name], written[-1], name)
        everything = {(name, value) for _, name, value in sent}
        self.assertLessEqual(set(values.items()), everything)

    def test_an_acknowledged_write_survives_kill_9_with_full(self):
        self.check_written("full")

    def test_an_acknowledged_write_survives_kill_9_with_process(self):
        self.check_written("process")

    def test_full_is_the_default(self):
        client = self.open()
        pid = client.call("create", id=1)["pid"]
        client.exec(1, "x", 5)
        self.kill9(pid)
        self.died(client, 1)
        self.assertEqual(self.values(self.only_directory()), {"x": 5})

    def test_none_writes_no_file(self):
        client = self.open("--durability", "none")
        client.call("create", id=1)
        client.exec(1, "x", 5)
        self.assertEqual(client.exec(1, "x"), "5")
        self.assertEqual(self.files(), [])

    def test_a_private_shell_writes_no_file(self):
        shell = self.private("--service", "dict")
        self.create(shell, 1)
        self.ask(shell, "exec 1 x 5", "Ok:1")
        self.ask(shell, "exec 1 x", "Ok:1: 5")
        found = [name for _, _, names in os.walk(self.dir) for name in names
                 if name.startswith("dict.db")]
        self.assertEqual(found, [])

    def test_services_that_keep_nothing_write_no_file(self):
        client = self.open()
        for node, service in enumerate(("sum", "timer", "search"), 1):
            client.call("create", id=node, service=service)
        self.assertEqual(client.exec(1, 2, 3, 4), "7")
        client.exec(2, "start")
        self.assertEqual(client.exec(3, "abab", "b"), "1;3")
        self.assertEqual(self.files(), [])

    def test_kill_removes_the_data_of_a_subtree(self):
        client = self.open()
        for node, parent in ((1, -1), (2, 1), (3, 2), (4, -1)):
            client.call("create", id=node, parent=parent)
            client.exec(node, "x", node)
        self.assertEqual(len(self.directories()), 4)
        client.call("kill", id=1)
        self.assertEqual(len(self.directories()), 1)
        self.assertEqual(client.exec(4, "x"), "4")
        client.call("create", id=1)
        self.assertEqual(client.exec(1, "x"), "'x' not found")

    def test_kill_removes_the_data_of_a_dead_node(self):
        client = self.open()
        pid = client.call("create", id=1)["pid"]
        client.exec(1, "x", 5)
        self.kill9(pid)
        self.died(client, 1)
        self.assertEqual(len(self.directories()), 1)
        client.call("kill", id=1)
        self.assertEqual(self.directories(), [])

    def test_an_old_directory_is_never_a_new_nodes(self):
        # A registry that was moved away, for example, or was never there.
        client = self.open("--orphan-timeout", 0)
        for node in (1, 2, 3):
            client.call("create", id=node)
            client.exec(node, "x", node)
        before = self.directories()
        self.tree.kill()
        self.await_nothing()
        self.tree = self.daemon("--service", "dict", base=self.tree.base)
        client = self.client(self.tree)
        client.call("create", id=99)
        client.exec(99, "y", 99)
        new = [name for name in self.directories() if name not in before]
        self.assertEqual(len(new), 1)
        self.assertGreater(int(new[0]), int(before[-1]))

    def test_a_file_made_unusable_is_told_and_set_aside(self):
        client = self.open()
        client.call("create", id=1)
        folder = os.path.join(self.nodes_dir(), "1")
        os.mkdir(folder, 0o700)
        with open(os.path.join(folder, "dict.db"), "wb") as file:
            file.write(b"no database" * 1000)
        aside = os.path.join(folder, "dict.db.damaged-1")
        for args in (["x"], ["x", "5"], ["x"]):
            error = client.error("exec", id=1, args=args)
            self.assertEqual(error.name, "SERVICE_ERROR")
            self.assertIn(aside, error.message)
        self.assertEqual(os.listdir(folder), ["dict.db.damaged-1"])
        self.assertEqual(os.path.getsize(aside), 11000)
        self.assertEqual(self.tree.stderr().count("set aside as"), 1)
        client.call("kill", id=1)
        client.call("create", id=1)
        client.exec(1, "x", 5)
        self.assertEqual(client.exec(1, "x"), "5")

    def test_one_clients_requests_keep_their_order(self):
        client = self.open()
        client.call("create", id=1)
        asked = []
        for i in range(300):
            asked.append((client.send("exec", id=1, args=["x", str(i)]), None))
            asked.append((client.send("exec", id=1, args=["x"]), str(i)))
        for number, expected in asked:
            self.assertEqual(client.wait(number)["result"], expected)


if __name__ == "__main__":
    main()
