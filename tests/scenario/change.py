#!/usr/bin/python3 -B
"""Changes of a node that is there: parent, policy, name, group."""

from lib.harness import main
from lib.rpc import RpcError
from lib.start_case import StartCase
from lib.waiting import wait_until


class Change(StartCase):
    def test_a_change_of_policy_is_for_the_next_death(self):
        client = self.open("--restart", "no")
        self.chain(client, 1)
        self.says(self.tree, "Ok", "change", 1, "--restart", "always")
        self.assertEqual(client.nodes()[1]["restart"], "always")
        self.kill9(client.nodes()[1]["pid"])
        wait_until(lambda: client.nodes()[1]["restarts"] == 1 and
                   client.nodes()[1]["state"] == "available", "it lives again")
        self.says(self.tree, "Ok", "change", 1, "--restart=")
        self.kill9(client.nodes()[1]["pid"])
        wait_until(lambda: client.nodes()[1]["state"] == "dead", "it stays dead")

    def test_names_and_groups_are_given_anew_while_requests_run(self):
        client = self.open()
        self.chain(client, 2)
        client.call("subscribe", types=["node_changed"])
        under_way = [client.send("exec", id=1, args=["x", str(value)]) for value in range(100)]
        changed = client.send("change", id=1, name="store", group="stores")
        # A name can be said at once.
        asked = client.send("exec", id="@store", args=["x"])
        self.assertEqual({str(client.wait(number)) for number in under_way},
                         {"{'id': 1, 'result': None}"})
        self.assertEqual(client.wait(changed),
                         {"id": 1, "parent": -1, "changed": ["name", "group"]})
        self.assertEqual(client.wait(asked), {"id": 1, "result": "99"})
        event = client.event("node_changed")
        self.assertEqual((event["id"], event["name"], event["changed"]),
                         (1, "store", ["name", "group"]))
        self.assertEqual(client.call("exec", id="@store", args=["x"])["result"], "99")
        self.says(self.tree, "Ok:1: 99", "exec", "--any", "stores", "x")
        self.says(self.tree, "Ok", "change", "@store", "--name=", "--group=")
        error = client.error("ping", id="@store")
        self.assertEqual((error.name, error.message), ("NOT_FOUND", "no node has the name 'store'"))
        self.assertNotIn("group", client.nodes()[1])

    def test_what_was_answered_is_so_under_the_next_daemon(self):
        client = self.open()
        self.chain(client, 2)
        for how in ("kill", "stop"):
            client.call("change", id=2, restart="on-failure", name=f"n-{how}", group="g")
            getattr(self.tree, how)()
            client = self.next()
            row = client.nodes()[2]
            self.assertEqual([row[key] for key in ("restart", "name", "group", "declared")],
                             ["on-failure", f"n-{how}", "g", "no"])
            wait_until(lambda: not client.unavailable(), "they are there")
            self.has_all(client, 2)

    # Moves.

    def links(self, client):
        return {node: row["link"] for node, row in client.nodes().items()}

    def await_links(self, client, links):
        wait_until(lambda: self.links(client) == links, f"the links are {links}")

    def test_a_node_moves_with_all_below_it_and_no_request_fails(self):
        client = self.open()
        pids = self.chain(client, 4)
        for node, parent in ((5, -1), (6, 5), (7, 6)):
            client.call("create", id=node, parent=parent)
        watch = self.client(self.tree)
        watch.call("subscribe", types=["node_changed", "node_rehomed", "node_died"])
        asked = [client.send("exec", id=2 + i % 3, args=["n", str(i)]) for i in range(900)]
        self.says(self.tree, "Ok", "change", 2, "--parent", 7)
        asked += [client.send("exec", id=2 + i % 3, args=["n", str(i)]) for i in range(900, 1200)]
        for number in asked:
            self.assertIsNone(client.wait(number)["result"])
        event = watch.event("node_changed")
        self.assertEqual((event["id"], event["parent"], event["changed"]), (2, 7, ["parent"]))
        event = watch.event("node_rehomed")
        self.assertEqual((event["id"], event["parent"]), (2, 7))
        self.await_links(client, {1: -1, 5: -1, 6: 5, 7: 6, 2: 7, 3: 2, 4: 3})
        for node, number in ((2, 1197), (3, 1198), (4, 1199)):
            self.assertEqual(client.exec(node, "n"), str(number))
        rows = client.nodes()
        self.assertEqual([rows[node]["pid"] for node in (2, 3, 4)], [pids[n] for n in (2, 3, 4)])
        self.assertEqual([event for event in watch.events if event["type"] == "node_died"], [])

    def test_a_move_is_kept_and_links_follow_under_the_next_daemon(self):
        client = self.open()
        self.chain(client, 3)
        for node in (4, 5):
            client.call("create", id=node)
        # Stopped, 2 follows no order, and its link stays below 1.
        pid = client.nodes()[2]["pid"]
        self.stopped(pid)
        self.assertEqual(client.call("change", id=2, parent=4)["parent"], 4)
        self.tree.kill()
        self.go_on(pid)
        client = self.next()
        self.assertEqual([(row["id"], row["parent"]) for row in client.call("tree")["nodes"]],
                         [(1, -1), (4, -1), (2, 4), (3, 2), (5, -1)])
        self.await_links(client, {1: -1, 4: -1, 2: 4, 3: 2, 5: -1})
        self.has_all(client, 3)

    def test_what_moved_out_outlives_the_kill_of_its_former_parent(self):
        client = self.open()
        self.chain(client, 4)
        asked = [client.send("exec", id=4, args=["x"]) for _ in range(200)]
        other = self.client(self.tree)
        moved = other.send("change", id=2, parent=-1)
        killed = other.send("kill", id=1)
        self.assertEqual(other.wait(moved)["changed"], ["parent"])
        self.assertEqual(other.wait(killed), {"removed": [1]})
        self.assertEqual({client.wait(number)["result"] for number in asked}, {"4"})
        self.await_links(client, {2: -1, 3: 2, 4: 3})

    def test_parents_change_places(self):
        """The lower of two becomes the upper: what is below it by links moves first."""
        client = self.open()
        self.chain(client, 4)
        self.says(self.tree, "Ok", "change", 3, "--parent", -1)
        self.says(self.tree, "Ok", "change", 1, "--parent", 4)
        self.await_links(client, {3: -1, 4: 3, 1: 4, 2: 1})
        self.has_all(client, 4)

    def test_in_a_list_one_node_moves(self):
        client = self.open("--topology", "list")
        self.chain(client, 4)
        self.says(self.tree, "Ok", "change", 1, "--parent", 3)
        self.assertEqual([row["id"] for row in client.call("tree")["nodes"]], [2, 3, 1, 4])
        self.await_links(client, {2: -1, 3: 2, 1: 3, 4: 1})
        self.tree.kill()
        client = self.next()
        self.assertEqual([row["id"] for row in client.call("tree")["nodes"]], [2, 3, 1, 4])
        wait_until(lambda: not client.unavailable(), "they are there")
        self.has_all(client, 4)

    def test_a_subtree_is_asked_as_it_is_now(self):
        """What has moved away is asked no more with those below its former parent, also while its
        link has not followed."""
        client = self.open("--heartbeat", 60000)
        self.chain(client, 2)
        client.call("create", id=3)
        client.call("change", id=1, parent=3)
        self.await_links(client, {3: -1, 1: 3, 2: 1})
        pid = client.call("create", id=4)["pid"]
        self.stopped(pid)
        client.call("change", id=1, parent=4)
        self.assertEqual(client.nodes()[1]["link"], 3)
        answer = client.call("exec_all", subtree=3, args=["x", "7"])
        self.assertEqual([row["id"] for row in answer["results"]], [3])
        self.assertEqual([client.exec(node, "x") for node in (1, 2, 3)], ["1", "2", "7"])
        self.go_on(pid)
        self.await_links(client, {3: -1, 4: -1, 1: 4, 2: 1})
        client.call("exec_all", subtree=4, args=["x", "8"])
        self.assertEqual([client.exec(node, "x") for node in (1, 2, 3)], ["8", "8", "7"])

    def test_a_place_that_cannot_be_is_refused_by_name(self):
        client = self.open()
        self.chain(client, 3)
        for node, parent, reply in ((1, 3, "node 1 cannot go under node 3, which is below it"),
                                    (1, 1, "node 1 cannot be its own parent"),
                                    (1, 9, "Parent not found"), (9, 1, "Not found")):
            self.says(self.tree, f"Error: {reply}", "change", node, "--parent", parent, status=1)
        self.assertEqual([row["parent"] for row in client.call("tree")["nodes"]], [-1, 1, 2])
        for topology in ("bst", "balanced"):
            client = self.open("--topology", topology)
            client.call("create", id=1)
            client.call("create", id=2)
            error = client.error("change", id=2, parent=-1)
            self.assertEqual((error.name, error.message), (
                "INVALID_PARAMS", f"topology {topology} finds the place of node 2 itself: "
                "it cannot be moved"))
            self.tree.stop()

    def test_a_change_that_is_refused_changes_nothing(self):
        client = self.open()
        self.chain(client, 2)
        client.call("change", id=1, name="store")
        before = client.nodes()[2]
        for params, name, message in (
                ({"id": 9, "name": "x"}, "NOT_FOUND", "no node 9"),
                ({"id": 2, "name": "store", "group": "g", "restart": "no"}, "NAME_TAKEN",
                 "node 1 has the name 'store'"),
                ({"id": 2, "restart": "maybe", "group": "g"}, "INVALID_PARAMS",
                 "no restart policy 'maybe'; there are no, on-failure, always"),
                ({"id": 2, "name": "5", "group": "g"}, "INVALID_PARAMS",
                 "name '5' is not a letter with letters, digits, '-', '_' or '.' behind it"),
                ({"id": 2, "service": "sum"}, "INVALID_PARAMS", None)):
            with self.assertRaises(RpcError) as refused:
                client.call("change", **params)
            self.assertEqual(refused.exception.name, name)
            if message:
                self.assertEqual(refused.exception.message, message)
        after = client.nodes()[2]
        for key in ("restart", "declared", "pid", "parent"):
            self.assertEqual(after[key], before[key])
        self.assertNotIn("name", after)
        self.assertNotIn("group", after)


if __name__ == "__main__":
    main()
