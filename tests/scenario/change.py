#!/usr/bin/python3 -B
"""Changes of a node that is there: policy, name, group."""

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
        self.assertEqual(client.wait(changed), {"id": 1, "changed": ["name", "group"]})
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
