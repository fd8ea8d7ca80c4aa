#!/usr/bin/python3 -B
"""The configuration is read again while dtreed runs: settings, and services that are declared."""

import os
import re
import signal

from lib import procs
from lib.harness import Case, main
from lib.rpc import Closed, RpcError
from lib.waiting import wait_until

READ = "reload: the configuration was read"


class Reloaded(Case):
    def setUp(self):
        super().setUp()
        self.base = self.fresh("d")
        os.makedirs(self.base, 0o700)

    def write(self, text):
        with open(os.path.join(self.base, "conf"), "w", encoding="utf-8") as file:
            file.write(text)

    def serve(self, text, *options):
        self.write(text)
        self.tree = self.daemon(*options, base=self.base)
        self.first = self.client(self.tree)
        return self.first

    def said(self, words):
        with open(self.tree.errors, encoding="utf-8") as file:
            return sum(words in line for line in file)

    def await_said(self, words, times=1):
        wait_until(lambda: self.said(words) >= times,
                   lambda: f"{words}: {self.tree.stderr()}")

    def reload(self, text, ends="the configuration was read"):
        """It holds when this returns."""
        before = self.said(ends)
        self.write(text)
        self.tree.process.send_signal(signal.SIGHUP)
        self.await_said(ends, before + 1)
        self.first.call("hello")

    def service(self, name, answer, more=""):
        """A program that answers each line with a word and the line."""
        path = self.program_file(f"{name}-{answer}",
                                 f"while read -r line; do echo \"{answer} $line\"; done\n")
        return f"[service {name}]\nprotocol = lines\ncommand = {path}\n{more}"

    def refused(self, client, method, **params):
        with self.assertRaises(RpcError) as caught:
            client.call(method, **params)
        return str(caught.exception)


class Settings(Reloaded):
    def test_they_count_from_then_on(self):
        client = self.serve("")
        client.call("create", id=1)
        self.assertEqual(client.exec(1, 1, 5), "5")
        self.reload("[dtreed]\nrequest-timeout = 4321\nmax-nodes = 2\nservice = dict\n"
                    "restart = always\nheartbeat = 77\nmax-clients = 1\nmax-line = 5000\n"
                    "log-level = debug\nslow-request = 1\n")
        own = client.call("status")
        self.assertEqual((own["request_timeout_ms"], own["max_nodes"], own["service"],
                          own["heartbeat_ms"]), (4321, 2, "dict", 77), own)
        client.call("create", id=2)
        self.assertIsNone(client.exec(2, "a", "7"))
        self.assertEqual(client.exec(1, 1, 5), "5")
        nodes = {node["id"]: node for node in client.call("tree")["nodes"]}
        self.assertEqual([nodes[node]["restart"] for node in (1, 2)], ["no", "always"])
        self.assertIn("2", self.refused(client, "create", id=3))
        self.assertEqual(client.call("slow")["slow_request_ms"], 1)
        self.await_said("debug", 0)
        # The one that is there stays, and no other is let in.
        with self.assertRaises((RpcError, Closed, OSError)):
            self.client(self.tree).call("pingall")
        client.call("exec", id=2, args=["a" * 5500, "7"])
        self.reload("[dtreed]\nmax-line = 5000\n")
        client = self.client(self.tree)
        with self.assertRaises((RpcError, Closed, OSError)):
            client.call("exec", id=2, args=["a" * 5500, "7"])

    def test_what_counts_at_the_next_start_only_is_named(self):
        client = self.serve("")
        client.call("create", id=1)
        self.reload("[dtreed]\ntopology = bst\norphan-timeout = 7\nlink = tcp\n")
        for words in ("topology: tree -> bst", "orphan-timeout: 60000 -> 7", "link: "):
            if words == "link: " and os.environ.get("DTREE_TEST_LINK"):
                continue
            self.await_said(f"reload: {words}")
        self.assertEqual(client.call("hello")["topology"], "tree")
        client.call("create", id=2, parent=1)
        self.assertEqual(client.exec(2, 1, 5), "5")

    def test_an_interval_that_a_request_has_set_stays(self):
        client = self.serve("")
        client.call("heartbeat", interval_ms=123)
        self.reload("[dtreed]\nheartbeat = 456\n")
        self.await_said("reload: heartbeat: 1000 -> 456, a request has set it, and that stays")
        self.assertEqual(client.call("status")["heartbeat_ms"], 123)

    def test_mistakes_change_nothing_and_are_all_told(self):
        client = self.serve("")
        self.reload("[dtreed]\nrequest-timeout = 5\nmax-nodes = none\ntopology = star\n"
                    "[service x]\nprotocol = lines\n", "nothing is changed")
        for words in ("conf:3: max-nodes", "conf:4: topology 'star'", "service x: "):
            self.assertEqual(self.said(words), 1, self.tree.stderr())
        self.assertEqual(client.call("status")["request_timeout_ms"], 10000)
        self.assertEqual(self.said(READ), 0)
        self.reload("[dtreed]\nrequest-timeout = 5000\n")
        self.assertEqual(client.call("status")["request_timeout_ms"], 5000)

    def test_a_file_that_cannot_be_written_changes_nothing(self):
        client = self.serve(self.service("word", "old"))
        client.call("create", id=1, service="word")
        folder = os.path.join(self.tree.runtime, "services")
        os.mkdir(os.path.join(folder, "word.new"))
        self.reload("[dtreed]\nrequest-timeout = 5000\n" + self.service("word", "new"),
                    "nothing is changed")
        self.assertEqual(client.call("status")["request_timeout_ms"], 10000)
        client.call("restart", id=1)
        self.assertEqual(client.exec(1, "x"), "old x")


class Services(Reloaded):
    def told(self, client, node, answer):
        """The node has heard of it."""
        wait_until(lambda: client.exec(node, "x") == f"{answer} x", answer)

    def test_new_ones_and_changed_ones_are_there(self):
        client = self.serve("")
        self.reload("[dtreed]\nservice = word\n" + self.service("word", "one"))
        self.await_said("reload: service word: new")
        client.call("create", id=1)
        self.assertEqual(client.exec(1, "x"), "one x")
        self.reload(self.service("word", "two", "summary = words\n"))
        self.await_said("reload: service word: changed, for 1 node")
        client.call("create", id=2, service="word")
        self.assertEqual(client.exec(2, "x"), "two x")
        self.told(client, 1, "two")
        self.assertEqual([s["summary"] for s in client.call("services")["services"]
                          if s["name"] == "word"], ["words"])

    def test_a_program_that_is_not_there_takes_the_place_of_none(self):
        text = self.service("word", "one")
        client = self.serve(text)
        client.call("create", id=1, service="word")
        gone = "[service word]\nprotocol = lines\ncommand = /nowhere/word\n"
        self.reload(gone, "nothing is changed")
        self.assertEqual(self.said("service word: "), 1, self.tree.stderr())
        self.assertEqual(client.exec(1, "x"), "one x")
        # One that stays as it is holds nothing up.
        os.unlink(self.path("word-one"))
        self.reload(text + self.service("other", "x"))
        client.call("create", id=2, service="other")

    def test_workers_hear_of_another_log_level(self):
        line = "runs its service word as it is declared now"
        client = self.serve("[dtreed]\nlog-level = error\n" + self.service("word", "one"))
        client.call("create", id=1, service="word")
        self.write("[dtreed]\nlog-level = info\n" + self.service("word", "two"))
        self.tree.process.send_signal(signal.SIGHUP)
        self.await_said(line)
        self.write("[dtreed]\nlog-level = error\n" + self.service("word", "three"))
        self.tree.process.send_signal(signal.SIGHUP)
        self.told(client, 1, "three")
        self.assertEqual(self.said(line), 1)

    def test_nodes_keep_one_that_is_declared_no_longer_and_get_it_back(self):
        text = self.service("word", "old")
        client = self.serve(text)
        client.call("create", id=1, service="word", restart="always")
        client.call("create", id=2, service="word")
        client.call("create", id=3, parent=1)
        file = os.path.join(self.tree.runtime, "services", "word")
        self.write("")
        self.assertEqual(client.call("reload", dry_run=True)["services"],
                         [{"name": "word", "what": "removed", "note": "kept by nodes 1, 2"}])
        self.reload("")
        self.await_said("service word: declared no longer, and kept by nodes 1, 2")
        self.assertEqual(client.exec(1, "x"), "old x")
        self.assertIn("no service 'word'", self.refused(client, "create", id=4, service="word"))
        self.assertIn("not declared", self.refused(client, "restart", id=2))
        self.assertTrue(os.path.exists(file))
        os.kill(client.call("status", id=1)["pid"], signal.SIGKILL)
        wait_until(lambda: client.call("status", id=1)["state"] == "dead", "it is dead")
        self.assertIn("not declared", client.call("status", id=1)["cause"])
        self.assertEqual(client.exec(3, 1, 5), "5")
        self.reload(text)
        wait_until(lambda: client.call("status", id=1)["state"] == "available", "it is back")
        self.assertEqual(client.exec(1, "x"), "old x")
        for node in (1, 2):
            client.call("kill", id=node)
        self.reload("")
        self.assertFalse(os.path.exists(file))

    def open_files(self):
        found = []
        for name in os.listdir(f"/proc/{self.tree.pid}/fd"):
            try:
                found.append(os.readlink(f"/proc/{self.tree.pid}/fd/{name}"))
            except OSError:
                pass
        return sorted(re.sub(r"\d+", "", path) for path in found)

    def test_the_daemon_keeps_its_descriptors(self):
        texts = [self.service("word", "one") + self.service("other", "x"),
                 self.service("word", "two")]
        client = self.serve(texts[0])
        client.call("create", id=1, service="word")
        self.reload(texts[1])
        before = self.open_files()
        for turn in range(20):
            self.reload(texts[turn % 2])
        wait_until(lambda: self.open_files() == before, lambda: f"{before}: {self.open_files()}")
        self.assertEqual(len(procs.children(self.tree.pid)), 2)
        self.told(client, 1, "two")


if __name__ == "__main__":
    main()
