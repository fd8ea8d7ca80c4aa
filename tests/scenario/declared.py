#!/usr/bin/python3 -B
"""Declared nodes: what a start and a reload make of the configuration."""

import os
import signal

from lib.harness import Case, main
from lib.waiting import wait_until

# Answers once the file that its argument names is there.
WAITS = """
    [service waits]
    protocol = run
    command = sh -c 'until [ -e "$1" ]; do sleep 0.02; done; echo done' waits
    """


class Declared(Case):
    """self.file is the configuration of self.tree."""

    def setUp(self):
        super().setUp()
        self.file = self.path("dtreed.conf")

    def write(self, text, name=None):
        if name:
            os.makedirs(self.file + ".d", exist_ok=True)
        return self.text_file(f"dtreed.conf.d/{name}" if name else "dtreed.conf", text)

    def open(self, text, *options, **how):
        self.write(text)
        self.tree = self.daemon("--config", self.file, *options, **how)
        return self.client(self.tree)

    def again(self, *options):
        """Another dtreed on the same directories."""
        self.tree = self.daemon("--config", self.file, *options, base=self.tree.base)
        return self.client(self.tree)

    def nodes(self, client, *keys):
        """Of each node what these keys are; None where it has none."""
        return {id: tuple(node.get(key) for key in keys) for id, node in client.nodes().items()}

    def await_nodes(self, client, wanted, *keys):
        wait_until(lambda: self.nodes(client, *keys) == wanted,
                   lambda: f"{wanted} {self.nodes(client, *keys)}")

    def await_available(self, client, count):
        wait_until(lambda: [node["state"] for node in client.nodes().values()] ==
                   ["available"] * count, f"{count} nodes are there")

    def reload(self, reply, *options, status=0):
        """A reload by dtreectl: all that it prints."""
        done = self.ctl(self.tree, "reload", *options)
        self.assertEqual(done.stdout.splitlines(), reply.strip("\n").split("\n"), done)
        self.assertEqual((done.returncode, done.stderr), (status, ""))

    # What there is to be.

    def test_a_start_makes_what_is_declared_and_the_next_one_finds_it(self):
        client = self.open("""
            [node 30]
            parent = 20
            restart = always
            [node 20]
            parent = @top
            service = dict
            [node 10]
            name = top
            group = tops
            [group web]
            instances = 2
            parent = 30
            """)
        wanted = {10: (-1, "sum", "no", "top", "tops", "yes"),
                  20: (10, "dict", "no", None, None, "yes"),
                  30: (20, "sum", "always", None, None, "yes"),
                  1001: (30, "sum", "no", "web-1", "web", "yes"),
                  1002: (30, "sum", "no", "web-2", "web", "yes")}
        keys = ("parent", "service", "restart", "name", "group", "declared")
        self.await_nodes(client, wanted, *keys)
        client.exec(20, "MyVar", 5)
        pids = self.nodes(client, "pid")
        self.reload("Ok")
        self.tree.kill()
        client = self.again()
        self.await_available(client, 5)
        self.reload("Ok")
        self.assertEqual(self.nodes(client, *keys), wanted)
        self.assertEqual(self.nodes(client, "pid"), pids)
        self.tree.stop()
        client = self.again()
        self.await_nodes(client, wanted, *keys)
        self.assertEqual(client.exec(20, "MyVar"), "5")

    def test_a_reload_makes_moves_and_changes_nodes_and_disturbs_nobody(self):
        client = self.open(WAITS + """
            [node 10]
            service = waits
            [node 20]
            [node 30]
            parent = 10
            service = dict
            """)
        self.await_nodes(client, {id: ("available",) for id in (10, 20, 30)}, "state")
        client.exec(30, "MyVar", 5)
        pids = self.nodes(client, "pid")
        late = client.send("exec", id=10, args=[self.path("go")])
        self.write(WAITS + """
            [node 10]
            service = waits
            parent = 20
            name = late
            [node 20]
            restart = always
            group = g
            [node 30]
            parent = 40
            service = dict
            [node 40]
            parent = 10
            """)
        self.reload("Ok: 1 created, 3 changed")
        now = self.nodes(client, "parent", "restart", "name", "group")
        self.assertEqual(now, {10: (20, "no", "late", None), 20: (-1, "always", None, "g"),
                               30: (40, "no", None, None), 40: (10, "no", None, None)})
        self.assertEqual(client.exec(30, "MyVar"), "5")
        self.text_file("go", "")
        self.assertEqual(client.wait(late)["result"], "done")
        self.assertEqual({id: pid for id, pid in self.nodes(client, "pid").items() if id != 40},
                         pids)
        self.reload("Ok")

    def test_what_is_declared_no_longer_is_stopped_kept_and_returns(self):
        self.write("[node 20]\nservice = dict\nparent = 10\n", "more.conf")
        client = self.open("[node 10]\n")
        self.await_nodes(client, {10: ("available",), 20: ("available",)}, "state")
        client.call("create", id=5, parent=20)
        client.exec(20, "MyVar", 5)
        os.unlink(self.file + ".d/more.conf")
        self.reload("Ok: 1 undeclared")
        self.reload("Ok")
        wanted = {10: ("available", "yes"), 20: ("stopped", "undeclared"), 5: ("available", "no")}
        self.await_nodes(client, wanted, "state", "declared")
        self.assertIn("undeclared", self.ctl(self.tree, "status", 20).stdout)
        self.tree.stop()
        client = self.again()
        self.await_nodes(client, wanted, "state", "declared")
        self.write("[node 20]\nservice = dict\nparent = 10\n", "more.conf")
        self.reload("Ok: 1 changed")
        self.assertEqual(client.exec(20, "MyVar"), "5")
        self.assertEqual(self.nodes(client, "state", "declared")[20], ("available", "yes"))
        # What its user stops stays so.
        self.says(self.tree, "Ok", "stop", 20)
        self.reload("Ok")
        self.assertEqual(client.nodes()[20]["state"], "stopped")

    def test_prune_removes_but_not_above_what_is_another_s(self):
        client = self.open("[node 10]\n[node 20]\nparent = 10\n[node 30]\nparent = 20\n"
                           "[node 40]\n[node 50]\nparent = 40\n")
        self.await_available(client, 5)
        client.call("create", id=5, parent=20)
        self.write("[node 50]\nparent = 40\n")
        self.reload("""
Ok: 3 undeclared, 1 removed
Error: node 40: it is not removed: node 50, which is below it, is declared
Error: node 10: it is not removed: node 5, which is below it, was made by hand
Error: node 20: it is not removed: node 5, which is below it, was made by hand
""", "--prune", status=1)
        self.await_nodes(client, {10: ("undeclared",), 20: ("undeclared",), 5: ("no",),
                                  40: ("undeclared",), 50: ("yes",)}, "declared")
        client.call("kill", id=5)
        self.write("")
        self.reload("Ok: 4 removed", "--prune")
        self.assertEqual(client.nodes(), {})

    def test_a_dry_run_shows_the_difference_and_changes_nothing(self):
        client = self.open("[node 10]\nname = a\n[node 20]\nparent = 10\n[node 30]\n")
        self.await_available(client, 3)
        client.call("create", id=5)
        client.call("create", id=6, service="dict")
        before = client.nodes()
        self.write("[node 10]\nrestart = always\n[node 20]\n[node 40]\nservice = dict\n"
                   "[node 5]\n[node 6]\n")
        self.reload(f"""
 [node 10] ; {self.file}:1
-restart = no
+restart = always
-name = a
 [node 20] ; {self.file}:3
-parent = 10
+parent = -1
+[node 40] ; {self.file}:4
+parent = -1
+service = dict
 [node 5] ; {self.file}:6 ; was made by hand, and is declared
-[node 30] ; is stopped and kept
Error: {self.file}:7: node 6: it was made by hand and stays as it is: its service is dict, not sum
""", "--dry-run", status=1)
        keys = ("pid", "state", "parent", "name", "declared")
        self.assertEqual(self.nodes(client, *keys),
                         {id: tuple(node.get(key) for key in keys) for id, node in before.items()})

    # What is not to be.

    def test_a_broken_configuration_changes_nothing_and_says_all(self):
        client = self.open("[node 10]\n")
        self.await_nodes(client, {10: ("available",)}, "state")
        self.write("[node -1]\n[node 5x]\n[node 20]\nservice = nope\nrestart = maybe\n[node 20]\n"
                   "[dtreed]\ntopology = ring\nmax-nodes = 0\n")
        self.write("[group g]\ninstances = many\n[service p]\nprotocol = lines\n"
                   "command = /nowhere/p\n", "more.conf")
        done = self.ctl(self.tree, "reload")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "Error: the configuration has 9 mistakes; nothing is changed")
        expected = (":1: node '-1' names the controller", ":2: node '5x' is not an integer",
                    ":5: restart 'maybe' is none of no, on-failure, always",
                    ":6: [node 20] begins in line 3 already", ":8: topology 'ring'",
                    ":9: max-nodes '0'", ".d/more.conf:2: instances 'many'",
                    ":4: node 20: service 'nope' is none of sum, dict, timer, search",
                    ".d/more.conf:5: service p: command: /nowhere/p: ")
        self.assertEqual(len(lines), len(expected) + 1, lines)
        for line, words in zip(lines[1:], expected):
            self.assertTrue(line.startswith(self.file + words), (line, words))
        wait_until(lambda: all(f"dtreed: config: {line}" in self.tree.stderr()
                               for line in lines[1:]), "the log has them")
        error = client.error("reload")
        self.assertEqual((error.code, error.name), (-32012, "BAD_CONFIGURATION"))
        self.assertEqual(error.data["mistakes"], lines[1:])
        self.assertEqual(list(client.nodes()), [10])
        self.assertEqual(client.exec(10, 1, 7), "7")

    def test_what_cannot_change_and_whose_id_it_is_is_said(self):
        client = self.open("[node 10]\n")
        self.await_nodes(client, {10: ("available",)}, "state")
        client.call("create", id=20, name="mine")
        self.write("[node 10]\nservice = dict\n[node 20]\nrestart = always\n[node 30]\n"
                   "name = mine\n[node 40]\nparent = 7\n[node 50]\nparent = 40\n[node 60]\n")
        self.reload(f"""
Ok: 1 created
Error: {self.file}:1: node 10: its service is sum and cannot become dict while it is there; it stays as it is: once it is killed, a reload makes it anew
Error: {self.file}:5: node 30: the name 'mine' is that of node 20, which was made by hand
Error: {self.file}:3: node 20: it was made by hand and stays as it is: its restart is no, not always; name is mine, not none
Error: {self.file}:7: node 40: its parent 7 is neither declared nor there
Error: {self.file}:9: node 50: its parent, node 40, is not made
""", status=1)
        self.await_nodes(client, {10: ("sum", "yes"), 20: ("sum", "no"), 60: ("sum", "yes")},
                         "service", "declared")
        # Killed, it is made anew.
        client.call("kill", id=10)
        client.call("kill", id=20)
        client.call("create", id=7)
        self.reload("Ok: 5 created")
        self.assertEqual(client.nodes()[10]["service"], "dict")

    def test_nodes_are_started_after_others(self):
        client = self.open("[node 10]\nafter = 20, 30\n[node 20]\n[node 30]\nafter = 20\n")
        self.await_available(client, 3)
        self.assertEqual(client.nodes()[10]["after"], [20, 30])
        self.reload("Ok")
        self.write("[node 10]\nafter = 30\n[node 20]\n[node 30]\n[node 40]\nafter = 50\n"
                   "[node 50]\nafter = 40\n")
        reason = "it is started after nodes that wait for it"
        self.reload(f"Ok: 2 changed\nError: {self.file}:5: node 40: {reason}\n"
                    f"Error: {self.file}:7: node 50: {reason}", status=1)
        self.assertEqual([client.nodes()[id].get("after") for id in (10, 20, 30)],
                         [[30], None, None])

    def test_what_was_killed_is_made_anew(self):
        client = self.open("[group w]\ninstances = 2\n")
        self.await_nodes(client, {1001: ("w-1",), 1002: ("w-2",)}, "name")
        client.call("kill", id=1001)
        self.reload("Ok: 1 created")
        client.call("kill", id=1002)
        self.tree.stop()
        client = self.again()
        self.await_nodes(client, {1001: ("w-1",), 1002: ("w-2",)}, "name")

    def test_a_group_grows_and_shrinks_at_its_end(self):
        client = self.open("[group w]\ninstances = 1\n")
        self.await_nodes(client, {1001: ("w-1",)}, "name")
        client.call("create", id=1002)
        self.write("[group w]\ninstances = 3\n")
        self.reload("Ok: 2 created")
        self.await_nodes(client, {1001: ("w-1", "yes"), 1002: (None, "no"), 1003: ("w-2", "yes"),
                                  1004: ("w-3", "yes")}, "name", "declared")
        self.write("[group w]\ninstances = 1\n")
        self.reload("Ok: 2 undeclared")
        self.assertEqual(self.nodes(client, "state"),
                         {1001: ("available",), 1002: ("available",), 1003: ("stopped",),
                          1004: ("stopped",)})

    def test_every_topology_gets_what_is_declared(self):
        text = "".join(f"[node {id}]\n" for id in (4, 2, 6, 1, 3))
        for topology in ("bst", "balanced", "list"):
            with self.subTest(topology):
                client = self.open(text, "--topology", topology, base=self.fresh("b"))
                self.await_available(client, 5)
                self.reload("Ok")
                self.write("[node 9]\nparent = 77\n" if topology != "list" else "[node 9]\n")
                self.reload("Ok: 1 created, 5 undeclared")
                self.tree.stop()

    def test_a_list_is_brought_into_its_order(self):
        client = self.open("[node 1]\nparent = -1\n[node 2]\nparent = 1\n[node 3]\nparent = 2\n",
                           "--topology", "list")
        self.await_nodes(client, {1: (-1,), 2: (1,), 3: (2,)}, "parent")
        self.write("[node 3]\nparent = -1\n[node 1]\nparent = 3\n[node 2]\nparent = 1\n")
        self.reload("Ok: 1 changed")
        self.await_nodes(client, {3: (-1,), 1: (3,), 2: (1,)}, "parent")
        self.reload("Ok")

    # How.

    def test_a_hangup_is_a_reload(self):
        client = self.open("[node 10]\n")
        self.await_nodes(client, {10: ("available",)}, "state")
        self.write("[node 20]\n")
        os.kill(self.tree.pid, signal.SIGHUP)
        self.await_nodes(client, {10: ("stopped", "undeclared"), 20: ("available", "yes")},
                         "state", "declared")
        self.write("[node x]\n")
        os.kill(self.tree.pid, signal.SIGHUP)
        wait_until(lambda: "nothing is changed" in self.tree.stderr(), "it is refused")
        self.assertIn(f"config: {self.file}:1: node 'x' is not an integer", self.tree.stderr())

    def test_reloads_at_once_are_all_answered(self):
        client = self.open("")
        self.write("[group w]\ninstances = 4\n")
        asked = [client.send("reload") for _ in range(50)]
        asked += [client.send("reload", dry_run=True), client.send("reload", prune=True)]
        replies = [client.wait(number) for number in asked]
        made = [len(reply["nodes"]) for reply in replies]
        self.assertEqual(set(made), {0, 4} if 0 in made else {4})
        self.assertEqual(sorted(client.nodes()), [1001, 1002, 1003, 1004])

    def test_a_reload_while_the_tree_ends_is_answered(self):
        client = self.open("")
        self.write("[group w]\ninstances = 8\n")
        number = client.send("reload")
        with self.client(self.tree) as other:
            other.call("shutdown")
        reply = client.reply(number)
        self.assertTrue("result" in reply or "ending" in reply["error"]["message"], reply)
        self.tree.wait()

    def test_a_dtreed_that_is_killed_in_a_reload_leaves_the_rest_to_the_next(self):
        client = self.open("[group a]\ninstances = 4\n")
        self.await_available(client, 4)
        self.write("[group b]\ninstances = 6\n")
        client.send("reload")
        wait_until(lambda: len(client.nodes()) > 4, "it is under way")
        self.tree.kill()
        client = self.again()
        wait_until(lambda: sorted(self.nodes(client, "name", "state", "declared").values()) ==
                   [(f"a-{i}", "stopped", "undeclared") for i in range(1, 5)] +
                   [(f"b-{i}", "available", "yes") for i in range(1, 7)], "all is done")
        self.reload("Ok")

    def test_what_cannot_be_read_again_holds_up_nobody(self):
        client = self.open("[node 10]\n")
        self.await_nodes(client, {10: ("available",)}, "state")
        os.unlink(self.file)
        os.mkfifo(self.file)
        self.reload(f"Error: the configuration has 1 mistake; nothing is changed\n"
                    f"{self.file}: is no regular file, and cannot be read again", status=1)
        self.assertEqual(client.exec(10, 1, 7), "7")


if __name__ == "__main__":
    main()
