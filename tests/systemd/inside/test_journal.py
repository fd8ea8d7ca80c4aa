"""What the journal has of a tree: fields, and what its catalogue says of them."""

import os

from machine import Case, ctl, dtree, entries, pids, run, wait_until


class Journal(Case):
    def setUp(self):
        super().setUp()
        self.began = run("date", "+%F %T.%6N").stdout.strip()

    def lines(self, *fields):
        return entries("--since", self.began, *fields)

    def one(self, fact, *fields):
        """The one line of that fact, once it is there."""
        with open("/usr/lib/systemd/catalog/dtree.catalog", encoding="ascii") as file:
            subject, number = file.read().partition("Subject: " + fact)[::2]
        self.assertTrue(number, fact)
        number = subject.rpartition("-- ")[2].strip()
        found = wait_until(lambda: self.lines("MESSAGE_ID=" + number, *fields), fact)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def test_each_fact_is_a_line_with_its_node(self):
        self.set("slow-request = 100\nheartbeat = 200\n[service echo]\nprotocol = lines\ncommand = sh -c 'while "
                 "read line; do sleep 0.2; echo $line; done'\n")
        self.start()
        pid = dtree("create", 7, "--service", "echo").split()[1]
        made = self.one("Node @DTREE_NODE@ was created", "DTREE_NODE=7", "DTREE_SERVICE=echo")
        self.assertEqual(made["MESSAGE"], f"node: node 7 is created: process {pid}")
        self.assertEqual((made["PRIORITY"], made["SYSLOG_IDENTIFIER"]), ("6", "dtreed"))
        dtree("exec", 7, "a")
        # So is its create, as request 1.
        slow = self.one("A request to node @DTREE_NODE@ took long", "DTREE_NODE=7",
                        "DTREE_REQUEST=2")
        self.assertIn("exec of node 7, request 2 of", slow["MESSAGE"])
        os.kill(int(pid), 9)
        died = self.one("Node @DTREE_NODE@ died", "DTREE_NODE=7", "DTREE_SERVICE=echo")
        self.assertEqual(died["MESSAGE"],
                         f"liveness: node 7: process {pid} died: signal 9 (Killed)")
        self.one("Node @DTREE_NODE@ is unavailable", "DTREE_NODE=7")
        dtree("start", 7)
        self.one("Node @DTREE_NODE@ runs again", "DTREE_NODE=7")
        dtree("stop", 7)
        self.one("Node @DTREE_NODE@ is stopped", "DTREE_NODE=7")
        dtree("kill", 7)
        self.one("Node @DTREE_NODE@ was removed", "DTREE_NODE=7")
        ctl("stop", "dtreed")
        self.one("dtreed serves a tree")
        self.one("The tree ends")

    def test_a_workers_line_is_one_of_its_node(self):
        self.set("[service once]\nprotocol = lines\ncommand = head -n 1\n")
        self.start(1, "once")
        dtree("exec", 1, "a", check=False)
        # A worker tells it, and dtreed hands it on.
        self.assertIn("node 1: program: node 1: once ended", self.one(
            "The program of node @DTREE_NODE@ ended", "DTREE_NODE=1")["MESSAGE"])

    def test_the_catalogue_says_what_can_be_done(self):
        self.start(1)
        os.kill(pids()[1], 9)
        self.one("Node @DTREE_NODE@ died")
        said = run("journalctl", "--no-pager", "-x", "-u", "dtreed", "--since", self.began).stdout
        # What stands before these lines depends on the locale.
        self.assertRegex(said, r"\n\S+ Subject: Node 1 died\n\S+ Defined-By: dtree\n")
        self.assertRegex(said, r"\n\S+ that, and `dtreectl start 1` does it.\n")
