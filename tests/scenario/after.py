#!/usr/bin/python3 -B
"""Nodes that are started after others: what they wait for, what is said of that, and what is refused."""

from lib.harness import main
from lib.start_case import StartCase
from lib.waiting import wait_until


class After(StartCase):
    def waits(self, client, node, *others):
        wait_until(lambda: client.nodes()[node].get("waits_for") == list(others),
                   lambda: f"node {node} waits for {others}: {client.nodes()[node]}")
        row = client.nodes()[node]
        self.assertEqual((row["state"], row["pid"]), ("starting", None))

    def there(self, client, node):
        wait_until(lambda: client.nodes()[node]["state"] == "available",
                   lambda: f"node {node} is there: {client.nodes()[node]}")
        self.assertNotIn("waits_for", client.nodes()[node])

    def test_a_script_may_be_sent_at_once(self):
        client = self.open()
        asked = [client.send("create", id=20, after="10"),
                 client.send("create", id=10, name="db"), client.send("create", id=11, after="@db"),
                 client.send("create", id=12, after="10,11")]
        self.assertIn("error", client.reply(asked[0]))
        self.assertEqual([client.wait(number)["id"] for number in asked[1:]], [10, 11, 12])
        self.assertEqual([client.nodes()[n].get("after") for n in (10, 11, 12)],
                         [None, [10], [10, 11]])

    def test_a_create_waits_until_the_others_are_available(self):
        client = self.open("--request-timeout", 3000)
        self.chain(client, 1)
        client.call("stop", id=1)
        asked = client.send("create", id=20, after="1")
        other = self.client(self.tree)
        self.assertEqual(list(other.nodes()), [1])
        other.call("start", id=1)
        self.assertEqual(client.wait(asked)["id"], 20)
        other.call("stop", id=1)
        error = client.error("create", id=21, after="1")
        self.assertEqual((error.name, error.message), (
            "NODE_UNAVAILABLE", "node 1, after which node 21 is to start, is stopped"))
        self.assertEqual(sorted(other.nodes()), [1, 20])

    def test_what_cannot_be_is_refused(self):
        client = self.open()
        self.chain(client, 1)
        client.call("create", id=2, after="1")
        for params, name, text in (
                ({"id": 3, "after": "9"}, "NOT_FOUND", "no node 9, after which node 3 is to start"),
                ({"id": 3, "after": "3"}, "INVALID_PARAMS", "node 3 cannot be after itself"),
                ({"id": 3, "after": "x"}, "INVALID_PARAMS", "after 'x' is not an integer"),
                ({"id": 3, "after": ",".join(["1"] * 33)}, "INVALID_PARAMS",
                 "'after' has more than 32 nodes")):
            error = client.error("create", **params)
            self.assertEqual(error.name, name, params)
            self.assertIn(text, error.message)
        error = client.error("change", id=1, after="2")
        self.assertEqual((error.name, error.message), (
            "INVALID_PARAMS", "node 1 cannot be after node 2, which is after it"))
        # One that was killed is waited for no longer, and made again it may not close a circle.
        client.call("kill", id=1)
        self.assertEqual(client.error("create", id=1, after="2").name, "INVALID_PARAMS")
        self.assertEqual(list(client.nodes()), [2])

    def test_a_start_by_order_waits_and_one_after_a_death_does_not(self):
        client = self.open("--request-timeout", 4000)
        self.chain(client, 1)
        client.call("create", id=20, after="1", restart="always")
        client.exec(20, "x", 5)
        client.call("stop", id=1)
        old = client.nodes()[20]["pid"]
        self.kill9(old)
        wait_until(lambda: client.nodes()[20]["pid"] not in (old, None), "it lives again")
        self.there(client, 20)
        asked = client.send("restart", id=20)
        other = self.client(self.tree)
        self.waits(other, 20, 1)
        tree = self.ctl(self.tree, "--color", "always", "tree")
        self.assertIn("waits_for", self.ctl(self.tree, "status", "20").stdout)
        self.assertEqual(tree.returncode, 0)
        other.call("start", id=1)
        self.assertNotEqual(client.wait(asked)["pid"], old)
        self.there(client, 20)
        self.assertEqual(client.exec(20, "x"), "5")
        # At its deadline the order is answered, and the node waits on.
        client.call("stop", id=1)
        client.call("stop", id=20)
        error = client.error("start", id=20)
        self.assertIn("node 20 waits for node 1, which is stopped", error.message)
        self.waits(client, 20, 1)
        client.call("start", id=1)
        self.there(client, 20)

    def test_the_next_dtreed_starts_them_in_order_and_is_held_up_by_none(self):
        heard, name = None, self.path("notify")
        client = self.open()
        self.chain(client, 2)
        client.call("create", id=10)
        client.call("create", id=20, parent=2, after="10")
        client.call("create", id=30, parent=20, after="20,2")
        client.call("stop", id=10)
        self.tree.stop()
        heard = self.supervisor(name)
        client = self.next(env={"NOTIFY_SOCKET": name})
        self.heard(heard, "READY=1")
        self.waits(client, 20, 10)
        self.waits(client, 30, 20)
        self.assertEqual([client.exec(node, "x") for node in (1, 2)], ["1", "2"])
        client.call("start", id=10)
        self.there(client, 30)
        # A kill ends the wait, too.
        self.tree.stop()
        client = self.next()
        self.there(client, 30)
        client.call("stop", id=10)
        asked = client.send("restart", id=20)
        other = self.client(self.tree)
        self.waits(other, 20, 10)
        other.call("kill", id=10)
        self.assertEqual(client.wait(asked)["id"], 20)
        self.assertEqual(client.nodes()[20]["after"], [10])

    def test_an_order_to_all_starts_each_behind_those_it_waits_for(self):
        client = self.open()
        client.call("create", id=9)
        for node in range(1, 6):
            client.call("create", id=node, after="9")
        client.call("stop_all")
        done = client.call("start_all", at_once=2)
        self.assertEqual(([row["id"] for row in done["results"]], done["errors"]),
                         ([1, 2, 3, 4, 5, 9], []))

    def test_a_change_ends_a_wait(self):
        client = self.open()
        self.chain(client, 2)
        self.says(self.tree, "P", "create", 20, "--after", "1,2")
        client.call("stop", id=1)
        client.call("stop", id=20)
        asked = client.send("start", id=20)
        other = self.client(self.tree)
        self.waits(other, 20, 1)
        self.says(self.tree, "Ok", "change", 20, "--after", 2)
        self.assertEqual(client.wait(asked)["id"], 20)
        self.says(self.tree, "Ok", "change", 20, "--after=")
        self.assertNotIn("after", client.nodes()[20])


if __name__ == "__main__":
    main()
