#!/usr/bin/python3 -B
"""Names stand for ids, and the nodes of a group are a pool."""

import os

from lib import manual
from lib.harness import Case, main
from lib.programs import dtreectl_path
from lib.rpc import RpcError
from lib.terminal import Terminal
from lib.waiting import wait_until

# A program that answers a line once the file is there, and dies of the word "die".
GATED = """\
    [service gated]
    protocol = lines
    command = sh -c 'while read -r x; do [ "$x" = die ] && exit 3; while ! [ -e {gate} ]; do sleep 0.02; done; echo "$x"; done'

    [service counter]
    protocol = run
    command = wc -c
    """


class Names(Case):
    def open(self, *options, gate=None):
        path = self.text_file("dtreed.conf", GATED.format(gate=gate or "/"))
        self.options = ("--config", path, *options)
        self.tree = self.daemon(*self.options)
        return self.client(self.tree)

    def again(self):
        """Another takes over."""
        self.tree = self.daemon(*self.options, base=self.tree.base)
        client = self.client(self.tree)
        wait_until(lambda: not client.unavailable(), "all are there")
        return client

    # Names.

    def test_a_name_stands_for_the_id_in_every_method(self):
        client = self.open()
        client.call("subscribe")
        created = client.call("create", id=10, name="store", service="dict", group="stores")
        self.assertEqual(client.exec("@store", "X", 5), None)
        self.assertEqual(client.call("exec", id="@store", args=["X"]), {"id": 10, "result": "5"})
        self.assertEqual(client.call("create", id=11, parent="@store")["parent"], 10)
        self.assertEqual(client.ping("@store"), True)
        status = client.call("status", id="@store")
        self.assertEqual([status[key] for key in ("id", "pid", "name", "group")],
                         [10, created["pid"], "store", "stores"])
        self.assertNotIn("name", client.nodes()[11])
        self.assertEqual(
            client.call("exec_all", args=["1", "7"], subtree="@store", reduce="count")["count"], 2)
        for method, state in (("stop", "stopped"), ("start", "available"), ("restart", "available")):
            self.assertEqual(client.call(method, id="@store")["id"], 10)
            self.assertEqual(client.nodes()[10]["state"], state)
        stream = client.call("exec_open", id="@store", args=["X"])["stream"]
        self.assertEqual(client.call("exec_close", stream=stream), {"id": 10, "result": "5"})
        self.kill9(client.nodes()[10]["pid"])
        for kind in ("node_created", "node_stopped", "node_restarted", "node_died"):
            self.assertEqual(client.event(kind, id=10)["name"], "store")
        self.assertEqual(client.call("kill", id="@store")["removed"], [10, 11])
        self.assertEqual(client.event("node_removed", id=10)["name"], "store")
        error = client.error("ping", id="@store")
        self.assertEqual((error.name, error.message), ("NOT_FOUND", "no node has the name 'store'"))
        client.call("create", id=12, name="store")
        self.assertEqual(client.call("ping", id="@store")["id"], 12)

    def test_a_script_may_say_a_name_at_once(self):
        client = self.open()
        asked = [client.send("create", id=i, name=f"n{i}", parent=f"@n{i - 1}" if i > 1 else -1)
                 for i in range(1, 31)]
        asked.append(client.send("exec", id="@n30", args=["2", "3", "4"]))
        replies = [client.wait(number) for number in asked]
        self.assertEqual(replies[-1], {"id": 30, "result": "7"})
        self.assertEqual([reply["parent"] for reply in replies[:-1]], [-1, *range(1, 30)])

    def test_names_and_groups_survive_the_daemon(self):
        client = self.open("--restart", "always")
        client.call("create", id=1, name="one", group="g")
        client.call("create", id=2, name="two", group="g")
        for how in ("adopted", "revived"):
            pids = [client.nodes()[i]["pid"] for i in (1, 2)]
            if how == "revived":
                self.tree.stop()
            else:
                self.tree.kill()
            client = self.again()
            nodes = client.nodes()
            self.assertEqual([(nodes[i]["name"], nodes[i]["group"]) for i in (1, 2)],
                             [("one", "g"), ("two", "g")])
            self.assertEqual([nodes[i]["pid"] for i in (1, 2)] == pids, how == "adopted")
            self.assertEqual(client.call("ping", id="@two")["id"], 2)
            self.assertEqual({self.any(client, "g")["id"] for _ in range(4)}, {1, 2})
            self.assertEqual(client.error("create", id=3, name="one").message,
                             "node 1 has the name 'one'")

    def test_bad_names_are_one_clear_error(self):
        client = self.open()
        client.call("create", id=1, name="one")
        for params, code, word in (
                ({"name": ""}, -32602, "name ''"), ({"name": "1a"}, -32602, "name '1a'"),
                ({"name": "@one"}, -32602, "name '@one'"), ({"name": "a b"}, -32602, "name 'a b'"),
                ({"name": "é"}, -32602, "name 'é'"), ({"name": "x" * 64}, -32602, "64 bytes"),
                ({"group": "a/b"}, -32602, "group 'a/b'"), ({"group": ""}, -32602, "group ''"),
                ({"name": "one"}, -32011, "node 1 has the name 'one'"),
                ({"parent": "@two"}, -32002, "no node has the name 'two'")):
            error = client.error("create", id=2, **params)
            self.assertEqual(error.code, code, params)
            self.assertIn(word, error.message)
        self.assertEqual(client.error("create", id="@one").code, -32602)
        self.assertEqual(set(client.nodes()), {1})
        self.says(self.tree, "Error: node 1 has the name 'one'", "create", 2, "--name", "one",
                  status=1)

    # Pools.

    def any(self, client, group, *args):
        return client.call("exec", group=group, args=list(args or ("1", "1")))

    def pool(self, client, count, **params):
        for i in range(1, count + 1):
            client.call("create", id=i, group="g", **params)

    def test_pools_share_evenly(self):
        gate = self.path("gate")
        client = self.open(gate=gate)
        self.pool(client, 8, service="gated")
        asked = [client.send("exec", group="g", args=[str(i)]) for i in range(64)]
        wait_until(lambda: sum(node["requests"] for node in client.nodes().values()) == 64,
                   "all are sent")
        self.assertEqual([client.nodes()[i]["requests"] for i in range(1, 9)], [8] * 8)
        with open(gate, "w", encoding="utf-8"):
            pass
        replies = [client.wait(number) for number in asked]
        self.assertEqual([reply["result"] for reply in replies], [str(i) for i in range(64)])

    def test_pools_pass_over_what_is_down(self):
        client = self.open()
        self.pool(client, 3, service="gated")
        client.call("stop", id=1)
        self.kill9(client.nodes()[2]["pid"])
        wait_until(lambda: client.unavailable() == [1, 2], "they are down")
        for i in range(6):
            self.assertEqual(self.any(client, "g", str(i)), {"id": 3, "result": str(i)})
        client.call("stop", id=3)
        error = client.error("exec", group="g", args=[])
        self.assertEqual((error.name, error.message, error.data["outcome"]),
                         ("NODE_UNAVAILABLE", "no node of the group 'g' is available", "not_run"))
        self.assertEqual(client.error("exec", group="h", args=[]).name, "NOT_FOUND")
        client.call("start", id=1)
        self.assertEqual(self.any(client, "g", "x")["id"], 1)

    def test_pools_lose_what_a_node_had_when_it_was_killed_and_nothing_else(self):
        gate = self.path("gate")
        client = self.open(gate=gate)
        self.pool(client, 4, service="gated")
        asked = [client.send("exec", group="g", args=[str(i)]) for i in range(40)]
        wait_until(lambda: sum(node["requests"] for node in client.nodes().values()) == 40,
                   "all are sent")
        self.kill9(client.nodes()[2]["pid"])
        wait_until(lambda: client.unavailable() == [2], "it is dead")
        with open(gate, "w", encoding="utf-8"):
            pass
        good, lost = [], []
        for number in asked:
            try:
                good.append(client.wait(number)["id"])
            except RpcError as error:
                self.assertEqual((error.name, error.data["outcome"]), ("NODE_UNAVAILABLE", "unknown"))
                lost.append(error.data["id"])
        self.assertEqual((len(good), lost), (30, [2] * 10))
        self.assertEqual({node: good.count(node) for node in (1, 3, 4)}, {1: 10, 3: 10, 4: 10})

    def test_pools_try_another_where_a_program_is_away(self):
        client = self.open()
        self.pool(client, 2, service="gated")
        error = client.error("exec", id=1, args=["die"])
        self.assertEqual((error.name, error.data["outcome"]), ("SERVICE_ERROR", "unknown"))
        for i in range(8):
            # It waits longer each time that it dies as soon as it is there.
            client.error("exec", id=1, args=["die"])
            self.assertEqual(self.any(client, "g", str(i))["result"], str(i))

    def test_pools_begin_behind_the_creates_of_a_script(self):
        client = self.open()
        asked = [client.send("create", id=i, group="g") for i in range(1, 21)]
        execs = [client.send("exec", group="g", args=["1", "7"]) for _ in range(20)]
        for number in asked:
            client.wait(number)
        self.assertEqual(sorted(client.wait(number)["id"] for number in execs), list(range(1, 21)))

    def test_pools_take_streams(self):
        client = self.open()
        self.pool(client, 2)
        ids = set()
        for _ in range(2):
            stream = client.call("exec_open", group="g", args=["3", "1"])["stream"]
            client.call("exec_feed", stream=stream, data="2 3 ")
            reply = client.call("exec_close", stream=stream)
            self.assertEqual(reply["result"], "6")
            ids.add(reply["id"])
        self.assertEqual(ids, {1, 2})


    # dtreectl and the shell.

    def test_commands_take_names(self):
        client = self.open()
        tree = self.tree
        self.says(tree, "P", "create", 10, "--name", "adder", "--group=adders")
        self.says(tree, "P", "create", 11, "@adder", "--service", "search", "--name=finder")
        self.assertEqual(client.nodes()[11]["parent"], 10)
        self.says(tree, "Ok:10: 6", "exec", "@adder", 3, 1, 2, 3)
        self.says(tree, "Ok:10: 6", "exec", "@adder", "--", 3, 1, 2, 3)
        self.says(tree, "Ok:11: 0;7", "exec", "@finder", "abracadabra", "abra")
        self.says(tree, "Ok:10: 6", "exec", "@adder", 3, "-", stdin="1 2 3")
        self.says(tree, "Ok:10: 6", "exec", "--any", "adders", 3, 1, 2, 3)
        self.says(tree, "Ok:10: 6", "exec", "--any=adders", "--", 3, 1, 2, 3)
        self.says(tree, "Ok:10: 200000", "exec", "--any", "adders", 200000, "-",
                  stdin="1\n" * 200000)
        client.call("create", id=12, name="counter", group="counters", service="counter")
        for node in ("@counter", "--any=counters"):
            self.says(tree, "Ok:12: 5", "exec", "--stdin", node, stdin="a\nb\0c")
        self.says(tree, "Ok: 1", "ping", "@adder")
        self.assertEqual(self.ctl(tree, "logs", "@counter").returncode, 0)
        self.says(tree, "P", "restart", "@adder")
        self.assertIn("name: adder\ngroup: adders", self.ctl(tree, "status", "@adder").stdout)
        self.says(tree, "Error:@none: Not found", "exec", "@none", 1, status=1)
        self.says(tree, "Error:@adder: number 'x' is not a 64-bit integer", "exec", "@adder", 1, "x", status=1)
        self.says(tree, "Error:10: number 'x' is not a 64-bit integer", "exec", "--any", "adders", 1, "x",
                  status=1)
        self.says(tree, "Error: no node is in a group 'g'", "exec", "--any", "g", 1, status=1)
        self.says(tree, "Error: Not found", "kill", "@none", status=1)
        self.says(tree, "Ok: 1", "exec", "--subtree", "@finder", "--reduce", "count", "a", "b")
        client.call("stop", id="@adder")
        self.says(tree, "Error: no node of the group 'adders' is available", "exec", "--any",
                  "adders", 1, 1, status=1)
        for words in (("--any",), ("10", "--any", "adders"), ("--any", "adders", "--all")):
            done = self.ctl(tree, "exec", *words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
        self.says(tree, "Ok", "kill", "@adder")

    def test_the_shell_takes_names(self):
        shell = self.private("--service", "search")
        self.script(shell, [("create 10 --name finder --group g", "P"),
                            ("exec @finder\nabracadabra\nabra", "Ok:10: 0;7"),
                            ("create 11 @finder --name adder --service sum", "P"),
                            ("exec @adder 1 5", "Ok:11: 5"),
                            ("exec --any g abracadabra abra", "Ok:10: 0;7")])

    def test_a_kill_waits_for_an_exec_of_a_group_that_was_asked_before(self):
        gate = self.path("gate")
        client = self.open(gate=gate)
        client.call("create", id=1, service="gated", group="g")
        sent = [client.send("exec", group="g", args=["x"]), client.send("kill", id=1)]
        self.assertEqual(client.call("hello")["protocol"], 1)
        with open(gate, "w", encoding="utf-8"):
            pass
        self.assertEqual(client.wait(sent[0]), {"id": 1, "result": "x"})
        self.assertEqual(client.wait(sent[1]), {"removed": [1]})

    def test_a_script_that_is_sent_at_once_keeps_its_order(self):
        self.open()
        done = self.ctl(self.tree, "shell",
                        stdin="create 1 --group g\nexec --any g 1 5\nkill 1\n")
        self.assertRegex(done.stdout, r"\AOk: \d+\nOk:1: 5\nOk\n\Z")

    # Completion.

    def on_terminal(self, **how):
        terminal = Terminal(self, **how)
        self.addCleanup(terminal.stop)
        return terminal

    def test_the_shell_completes_names_and_groups(self):
        client = self.open()
        for i in (1, 2):
            client.call("create", id=i, name=f"adder-{i}", group="adders")
        client.call("create", id=3, name="store", group="stores")
        terminal = self.on_terminal(command=[dtreectl_path(), "--socket", self.tree.socket, "shell"])
        terminal.shows("> ")
        terminal.write("ping @st\t\n")
        terminal.shows("> ping @store", "Ok: 1", "> ")
        terminal.write("ping @a\t")
        terminal.shows("> ping @adder-")
        terminal.write("\t")
        terminal.shows("@adder-1  @adder-2", "> ping @adder-")
        terminal.write("2\t\n")
        terminal.shows("> ping @adder-2", "Ok: 1", "> ")
        terminal.write("exec --any ad\t1 7\n")
        terminal.shows("> exec --any adders 1 7", "Ok:1: 7", "> ")

    def test_bash_completes_names_and_groups(self):
        client = self.open()
        client.call("create", id=10, name="adder", group="adders")
        client.call("create", id=11, name="finder", group="finders", service="search")
        rc = self.path("rc")
        with open(rc, "w", encoding="utf-8") as file:
            file.write(f"PS1='> '\nPATH={os.path.dirname(dtreectl_path())}:$PATH\n"
                       "bind 'set enable-bracketed-paste off'\nbind 'set bell-style none'\n"
                       f". {manual.TOP}/completions/dtreectl\n")
        bash = self.on_terminal(command=["bash", "--noprofile", "--rcfile", rc, "-i"],
                                env={"DTREE_SOCKET": self.tree.socket, "HISTFILE": ""})
        bash.shows("> ")
        for breaks in ("", "COMP_WORDBREAKS=${COMP_WORDBREAKS//@}"):
            bash.write(f"{breaks}\nclear\n" if breaks else "clear\n")
            bash.shows("> ")
            for typed, line, said in (
                    ("dtreectl ping @ad", "dtreectl ping @adder", "Ok: 1"),
                    ("dtreectl stop 99 @fi", "dtreectl stop 99 @finder", "Ok"),
                    ("dtreectl start @fi", "dtreectl start @finder", "Ok…"),
                    ("dtreectl exec @ad", "dtreectl exec @adder 1 5", "Ok:10: 5"),
                    ("dtreectl exec --any ad", "dtreectl exec --any adders 1 5", "Ok:10: 5"),
                    ("dtreectl exec --subtree @ad", "dtreectl exec --subtree @adder 1 5", "Ok:10: 5"),
                    ("dtreectl exec --subtree=@ad", "dtreectl exec --subtree=@adder 1 5",
                     "Ok:10: 5")):
                bash.write(typed + "\t")
                done = " ".join(line.split(" ")[:len(typed.split(" "))])
                bash.shows(f"> {done}")
                bash.write(line.removeprefix(done) + "\n")
                bash.shows(said, "> ")

    # Instances.

    def instances(self, count, *options, base=None):
        path = self.path("instances.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"[service echo]\nprotocol = lines\ncommand = cat\ninstances = {count}\n")
        self.tree = self.daemon("--config", path, *options, base=base)
        return self.client(self.tree)

    def labels(self, client):
        return {node["name"]: (id, node.get("group"), node["state"])
                for id, node in client.nodes().items() if "name" in node}

    def await_instances(self, client, ids):
        wanted = {f"echo-{i}": (id, "echo", "available") for i, id in enumerate(ids, 1)}
        wait_until(lambda: self.labels(client) == wanted, "the instances are there")

    def test_instances_are_made_once_in_every_topology(self):
        for topology in ("list", "tree", "bst", "balanced"):
            with self.subTest(topology):
                client = self.instances(3, "--topology", topology)
                self.await_instances(client, [1001, 1002, 1003])
                self.assertEqual({self.any(client, "echo", "x")["id"] for _ in range(3)},
                                 {1001, 1002, 1003})
                pids = client.pids()
                self.tree.kill()
                client = self.instances(3, "--topology", topology, base=self.tree.base)
                wait_until(lambda client=client: not client.unavailable(), "all are there")
                # What it asked for would be there before this.
                client.call("create", id=1)
                self.assertEqual({id: node["pid"] for id, node in client.nodes().items()
                                  if id > 1}, pids)
                self.tree.stop()

    def test_instances_grow_and_do_not_shrink(self):
        client = self.instances(0)
        client.call("create", id=1002, name="mine", service="echo")
        client.call("create", id=7, name="echo-2", group="other")
        self.tree.stop()
        client = self.instances(3, base=self.tree.base)
        wanted = {"mine": (1002, None, "available"), "echo-1": (1001, "echo", "available"),
                  "echo-2": (7, "other", "available"), "echo-3": (1003, "echo", "available")}
        wait_until(lambda: self.labels(client) == wanted, "two were made")
        client.call("kill", id="@echo-1")
        self.tree.stop()
        client = self.instances(1, base=self.tree.base)
        wait_until(lambda: len(client.nodes()) == 4 and not client.unavailable(), "1 is there")
        self.assertEqual(client.call("status", id="@echo-1")["id"], 1001)

    def test_instances_that_cannot_be_made_are_told_once(self):
        client = self.instances(5, "--max-nodes", 2)
        wait_until(lambda: "cannot be made" in self.tree.stderr(), "it is told")
        self.await_instances(client, [1001, 1002])
        self.assertEqual(self.tree.stderr().count("cannot be made"), 1)
        self.assertIn("service echo: 3 of 5 nodes cannot be made: there are 2 nodes, the most that "
                      "are allowed", self.tree.stderr())
        self.assertEqual(self.any(client, "echo", "x")["result"], "x")

    def test_instances_serve_a_private_shell(self):
        path = self.path("private.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("[service echo]\nprotocol = lines\ncommand = cat\ninstances = 2\n")
        shell = self.private("--config", path)
        self.dialogue(shell, [("exec @echo-2 a", "Ok:1002: a"), ("exec @echo-1 b", "Ok:1001: b"),
                              ("exec --any echo c d", "Ok:100…"),
                              ("exec --any other c", "Error: no node is in a group 'other'")])


if __name__ == "__main__":
    main()
