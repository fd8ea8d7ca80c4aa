#!/usr/bin/python3 -B
"""Large trees: all nodes answer, and the shape is right."""

import collections
import json
import random
import resource
import unittest

from lib.harness import Case, main
from lib.model import Model
from lib.programs import sanitized
from lib.rpc import RpcError, encode
from lib.waiting import wait_until


class Scale(Case):
    def alike(self, client, model):
        """The tree has the model's shape, with parents listed before their children."""
        rows = client.call("tree")["nodes"]
        seen = {-1: 0}
        for row in rows:
            self.assertEqual(row["depth"], seen[row["parent"]] + 1, row)
            self.assertEqual(row["state"], "available", row)
            seen[row["id"]] = row["depth"]
        self.assertEqual({row["id"]: row["parent"] for row in rows}, model.parent)

    def everyone_answers(self, client, nodes):
        numbers = {node: client.send("exec", id=node, args=["2", str(node), "1"])
                   for node in nodes}
        for node, number in numbers.items():
            self.assertEqual(client.wait(number)["result"], str(node + 1))
        self.assertEqual(client.unavailable(), [])

    def test_a_list_of_thirty_answers_to_its_end(self):
        daemon = self.daemon("--topology", "list")
        client = self.client(daemon)
        model = Model("list")
        for node in range(1, 31):
            client.call("create", id=node, parent=node - 1 if node > 1 else -1)
            model.create(node, node - 1 if node > 1 else -1)
        self.alike(client, model)
        self.assertEqual(model.depth(30), 30)
        self.everyone_answers(client, model.parent)

    def test_a_list_grown_at_its_head_answers_to_its_end(self):
        daemon = self.daemon("--topology", "list")
        client = self.client(daemon)
        model = Model("list")
        for node in range(30):
            client.call("create", id=node)
            model.create(node)
        self.alike(client, model)
        self.everyone_answers(client, model.parent)

    def test_a_hundred_nodes_are_perfectly_balanced(self):
        daemon = self.daemon("--topology", "balanced")
        client = self.client(daemon)
        model = Model("balanced")
        chance = random.Random(100)
        for node in chance.sample(range(-1000000, 1000000), 100):
            client.call("create", id=node)
            model.create(node)
        self.alike(client, model)
        self.assertEqual(max(map(model.depth, model.parent)), 7)
        self.everyone_answers(client, model.parent)

    def test_hundreds_of_children_go_and_come_back_at_once(self):
        """More than libzmq lets wait to be taken as connections unless it is told otherwise."""
        children = 100 if sanitized() else 400
        daemon = self.daemon("--heartbeat", 86400000, "--request-timeout", 60000)
        client = self.client(daemon)
        pid = client.call("create", id=1, restart="on-failure")["pid"]
        for number in [client.send("create", id=node, parent=1)
                       for node in range(2, children + 2)]:
            client.wait(number)
        self.kill9(pid)

        def links():
            nodes = client.nodes()
            return nodes[1]["restarts"], collections.Counter(
                fields["link"] for fields in nodes.values())
        wait_until(lambda: links() == (1, {-1: 1, 1: children}), lambda: f"{links()}: all are back")
        self.assertEqual(client.unavailable(), [])

    def test_one_to_seven_stand_where_the_manual_says(self):
        client = self.client(self.daemon("--topology", "balanced"))
        for node in range(1, 8):
            client.call("create", id=node)
        self.assertEqual(client.parents(), {1: -1, 2: 1, 3: 1, 4: 2, 6: 2, 5: 3, 7: 3})

    def test_five_hundred_nodes_are_created_in_one_batch(self):
        if sanitized():
            raise unittest.SkipTest("too much memory with a sanitizer")
        daemon = self.daemon("--request-timeout", 120000)
        client = self.client(daemon)
        model = Model("tree")
        chance = random.Random(500)
        batch = []
        for node in range(1, 501):
            parent = chance.choice([-1, *range(max(1, node - 60), node)])
            model.create(node, parent)
            batch.append(json.loads(encode(node, "create", {"id": node, "parent": parent})))
        client.raw(json.dumps(batch).encode() + b"\n")
        replies = client.message(240)
        self.assertEqual(sorted(reply["id"] for reply in replies), list(range(1, 501)))
        for reply in replies:
            self.assertEqual(reply["result"]["parent"], model.parent[reply["id"]], reply)
        self.assertEqual(len({reply["result"]["pid"] for reply in replies}), 500)
        self.alike(client, model)
        self.everyone_answers(client, model.parent)
        self.assertEqual(len(daemon.workers()), 500)

    def test_a_wide_tree_answers_within_few_descriptors_or_says_so(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        client = self.client(self.daemon(prepare=few))
        made = []
        for node in range(100):
            try:
                client.call("create", id=node)
                made.append(node)
            except RpcError as error:
                self.assertIn(error.name, ("LIMIT", None), error)
        self.assertGreater(len(made), 3)
        self.assertEqual(sorted(client.parents()), made)
        self.everyone_answers(client, made)
        client.call("kill", id=made[-1])
        client.call("create", id=1000)
        self.assertEqual(client.exec(1000, 1, 5), "5")


def add_random(topology, seed):
    def test(self):
        client = self.client(self.daemon("--topology", topology))
        model = Model(topology)
        chance = random.Random(f"{topology}{seed}")
        for _ in range(120):
            node = chance.randrange(-30, 40)
            if node == -1:
                continue
            if chance.random() < 0.2:
                removed = model.kill(node)
                if removed is None:
                    self.assertEqual(client.error("kill", id=node).name, "NOT_FOUND")
                else:
                    self.assertEqual(sorted(client.call("kill", id=node)["removed"]),
                                     sorted(removed))
                continue
            parent = chance.choice([None, -1, *model.parent, 77])
            params = {"id": node} | ({} if parent is None else {"parent": parent})
            word = model.create(node, parent)
            if word:
                self.assertEqual(client.error("create", **params).name,
                                 word.upper().replace(" ", "_"))
            else:
                self.assertEqual(client.call("create", **params)["parent"], model.parent[node])
            if chance.random() < 0.1:
                self.alike(client, model)
        self.alike(client, model)
        self.everyone_answers(client, model.parent)
    setattr(Scale, f"test_random_{topology}_is_as_the_model_{seed}", test)


for each_topology in ("list", "tree", "bst", "balanced"):
    for each_seed in (1, 2):
        add_random(each_topology, each_seed)

if __name__ == "__main__":
    main()
