#!/usr/bin/python3 -B
"""Sweeps: pingall and exec at many nodes, over links in their places and over links that have
moved."""

import json
import random
import time
import unittest

from lib.harness import Case, main
from lib.model import Model
from lib.programs import sanitized
from lib.waiting import SLOW, wait_until


def everyone(result):
    """What each node gave, by id: its result, or the name of its error."""
    rows = {row["id"]: row["result"] for row in result["results"]}
    rows |= {row["id"]: row["name"] for row in result["errors"]}
    return rows


class Sweep(Case):
    def grown(self, topology="tree", count=15, *options):
        """A daemon, a client of it, and the tree's model."""
        daemon = self.daemon("--topology", topology, *options)
        client = self.client(daemon)
        model = Model(topology)
        for node in range(1, count + 1):
            parent = {"tree": node // 2 or -1, "list": node - 1 or -1}.get(topology, -1)
            client.call("create", id=node, parent=parent)
            model.create(node, parent)
        return daemon, client, model

    def pid(self, client, node):
        return client.nodes()[node]["pid"]

    def below(self, model, root):
        """The node and all below it."""
        def is_below(node):
            while node not in (root, -1):
                node = model.parent[node]
            return node == root
        return sorted(node for node in model.parent if is_below(node))

    def test_every_topology_gathers_all_results(self):
        for topology in ("list", "tree", "bst", "balanced"):
            with self.subTest(topology=topology):
                daemon, client, model = self.grown(topology)
                result = client.call("exec_all", args=["2", "3", "4"])
                self.assertEqual(result, {"errors": [], "results": [
                    {"id": node, "result": "7"} for node in range(1, 16)]})
                for root in model.parent:
                    result = client.call("exec_all", args=["1", "5"], subtree=root)
                    self.assertEqual([row["id"] for row in result["results"]],
                                     self.below(model, root))
                self.assertEqual(client.unavailable(), [])
                daemon.stop()

    def test_a_node_that_is_moving_keeps_nobody_waiting(self):
        """The children of 1 say hello to it when it lives again, and dtreed is stopped before it
        hears of that: what it asks when it goes on reaches them over links that they do not use
        yet."""
        daemon = self.daemon("--heartbeat", 1000, "--request-timeout", int(20000 * SLOW))
        client, other = self.client(daemon), self.client(daemon)
        below = range(10, 40)

        def at(link):
            nodes = client.nodes()
            return sum(nodes[node]["link"] == link for node in below)
        for node, parent in [(1, -1)] + [(node, 1) for node in below]:
            client.call("create", id=node, parent=parent)
        for turn in range(6):
            self.kill9(self.pid(client, 1))
            wait_until(lambda: at(-1) == len(below), "all are at the controller")
            client.call("start", id=1)
            self.stopped(daemon.pid)
            asked = [other.send("pingall"), other.send("exec_all", args=["1", "1"])]
            wait_until(lambda begin=time.monotonic(): time.monotonic() - begin > 0.02 * turn,
                       "they say hello")
            self.go_on(daemon.pid)
            for number in asked:
                other.wait(number, 10 * SLOW)
            wait_until(lambda: at(1) == len(below), "all are back")

    def test_reductions_are_merged(self):
        _, client, _ = self.grown()
        for reduce, value in (("sum", "75"), ("min", "5"), ("max", "5"), ("count", "15")):
            self.assertEqual(client.call("exec_all", args=["1", "5"], reduce=reduce),
                             {"reduced": value, "count": 15, "errors": []})
        self.assertEqual(client.call("exec_all", args=["1", "5"], reduce="sum", subtree=2),
                         {"reduced": "35", "count": 7, "errors": []})
        self.assertEqual(client.error("exec_all", args=["1", "5"], reduce="mean").name,
                         "INVALID_PARAMS")
        self.assertEqual(client.error("exec_all", args=["1", "5"], subtree=99).name, "NOT_FOUND")

    def test_a_sum_may_leave_64_bits_on_the_way_only(self):
        client = self.client(self.daemon("--service", "dict"))
        large = 2**63 - 1
        for node, value in ((1, large), (2, large), (3, -large)):
            client.call("create", id=node, parent=node - 1 or -1)
            client.exec(node, "x", value)
        self.assertEqual(client.call("exec_all", args=["x"], reduce="sum")["reduced"], str(large))
        client.exec(3, "x", 0)
        error = client.error("exec_all", args=["x"], reduce="sum")
        self.assertEqual(error.name, "SERVICE_ERROR")
        self.assertEqual(client.call("exec_all", args=["x"], reduce="max")["reduced"], str(large))

    def test_nodes_of_several_services_fail_each_for_itself(self):
        client = self.client(self.daemon())
        for node, service in ((1, "sum"), (2, "dict"), (3, "timer"), (4, "search")):
            client.call("create", id=node, parent=node // 2 or -1, service=service)
        self.assertEqual(everyone(client.call("exec_all", args=["time"])),
                         {1: "SERVICE_ERROR", 2: "'time' not found", 3: "0", 4: "SERVICE_ERROR"})
        result = client.call("exec_all", args=["time"], reduce="sum")
        self.assertEqual((result["reduced"], result["count"]), ("0", 1))
        self.assertEqual([row["id"] for row in result["errors"]], [1, 2, 4])
        self.assertIn("is no integer", result["errors"][1]["message"])
        self.assertEqual(everyone(client.call("exec_all", args=["start"], subtree=3)), {3: None})

    def test_an_empty_tree_gives_nothing(self):
        client = self.client(self.daemon())
        self.assertEqual(client.call("exec_all", args=["1", "5"]), {"results": [], "errors": []})
        self.assertEqual(client.call("exec_all", args=[], reduce="sum"),
                         {"reduced": None, "count": 0, "errors": []})
        self.assertEqual(client.call("exec_all", args=[], reduce="count")["reduced"], "0")

    def test_the_command_line_prints_a_line_for_each(self):
        daemon, client, _ = self.grown(count=3)
        self.says(daemon, "Ok:1: 7\nOk:2: 7\nOk:3: 7", "exec", "--all", 2, 3, 4)
        self.says(daemon, "Ok:2: 5", "exec", "--subtree", 2, 1, 5)
        self.says(daemon, "Ok: 15", "exec", "--all", "--reduce", "sum", 1, 5)
        self.says(daemon, "Error: Not found", "exec", "--subtree", 9, 1, 5, status=1)
        self.kill9(self.pid(client, 2))
        wait_until(lambda: client.nodes()[2]["state"] == "dead", "node 2 is dead")
        self.says(daemon, "Ok:1: 5\nError:2: Node is unavailable\nOk:3: 5",
                  "exec", "--all", 1, 5, status=1)
        self.says(daemon, "Ok: 10\nError:2: Node is unavailable",
                  "exec", "--all", "--reduce=sum", 1, 5, status=1)
        done = self.ctl(daemon, "--json", "exec", "--all", "--reduce", "count", 1, 5)
        self.assertEqual(done.returncode, 1)
        result = json.loads(done.stdout)
        self.assertEqual((result["reduced"], result["count"]), ("2", 2))
        self.assertEqual([row["id"] for row in result["errors"]], [2])
        self.assertEqual(self.ctl(daemon, "exec", "--all", "--subtree", 1).returncode, 2)

    def test_a_script_in_one_write_is_carried_out_in_order(self):
        shell = self.private("--service", "dict")
        shell.write("create 1\ncreate 2 1\ncreate 3 2\nexec --all x 5\nexec 3 x\nexec 3 x 7\n"
                    "exec --all --reduce sum x\nkill 3\nexec --subtree 1 --reduce sum x\n"
                    "create 3 1\nexec --all --reduce count x\nexec --all --reduce sum x\n")
        lines, status = shell.finish()
        self.assertEqual(status, 0, shell.stderr())
        self.assertEqual([line for line in lines if line.startswith(("Ok:", "Error"))
                          and not line.startswith("Ok: ")],
                         ["Ok:1", "Ok:2", "Ok:3", "Ok:3: 5", "Ok:3",
                          "Error:3: the result ''x' not found' is no integer of 64 bits"])
        numbers = [line for line in lines if line in ("Ok: 17", "Ok: 10", "Ok: 3")]
        self.assertEqual(numbers, ["Ok: 17", "Ok: 10", "Ok: 3", "Ok: 10"])

    def test_dead_nodes_are_told_beside_the_others(self):
        _, client, _ = self.grown("tree", 15, "--heartbeat", "100")
        self.kill9(self.pid(client, 2), self.pid(client, 7))
        wait_until(lambda: client.unavailable() == [2, 7], "two are dead, the others mended")
        for _ in range(5):
            result = client.call("exec_all", args=["1", "5"])
            self.assertEqual(everyone(result), {
                node: "NODE_UNAVAILABLE" if node in (2, 7) else "5" for node in range(1, 16)})
            self.assertEqual({row["outcome"] for row in result["errors"]}, {"not_run"})
            result = client.call("exec_all", args=["1", "5"], subtree=2, reduce="sum")
            self.assertEqual((result["reduced"], result["count"]), ("30", 6))
        client.call("kill", id=2)
        self.assertEqual(sorted(everyone(client.call("exec_all", args=["1", "5"]))),
                         [1, 3, 6, 7, 12, 13, 14, 15])

    def test_a_stopped_node_is_named_at_the_deadline_and_not_later(self):
        # Without heartbeats nobody knows of it before.
        shell_like = ("--request-timeout", "1500")
        daemon = self.daemon("--heartbeat", "86400000", *shell_like)
        client = self.client(daemon)
        for node in range(1, 16):
            client.call("create", id=node, parent=node // 2 or -1)
        self.stopped(self.pid(client, 4), self.pid(client, 15))
        began = time.monotonic()
        self.assertEqual(client.unavailable(), [4, 8, 9, 15])
        took = time.monotonic() - began
        self.assertGreater(took, 1.0)
        self.assertLess(took, 1.5 + 2 * SLOW)
        began = time.monotonic()
        result = client.call("exec_all", args=["1", "5"], reduce="sum")
        self.assertLess(time.monotonic() - began, 1.5 + 2 * SLOW)
        self.assertEqual((result["reduced"], result["count"]), ("55", 11))
        self.assertEqual([(row["id"], row["name"], row["outcome"]) for row in result["errors"]],
                         [(node, "NODE_UNAVAILABLE", "unknown") for node in (4, 8, 9, 15)])

    def test_a_silent_inner_node_leaves_those_below_it_available(self):
        _, client, _ = self.grown("list", 8, "--heartbeat", "100")
        self.stopped(self.pid(client, 3))
        wait_until(lambda: client.unavailable() == [3], "only the stopped one is unavailable")
        self.assertEqual(everyone(client.call("exec_all", args=["1", "5"])), {
            node: "NODE_UNAVAILABLE" if node == 3 else "5" for node in range(1, 9)})
        self.assertEqual(client.call("exec_all", args=["1", "5"], subtree=5,
                                     reduce="count")["reduced"], "4")

    def test_deaths_during_a_sweep_are_answered_for(self):
        _, client, model = self.grown("tree", 31, "--heartbeat", "100")
        chance = random.Random(4)
        dead = set()
        for victim in chance.sample(range(1, 32), 8):
            pings = client.send("pingall")
            sums = client.send("exec_all", args=["1", "5"], reduce="sum")
            lists = client.send("exec_all", args=["1", "5"])
            self.kill9(self.pid(client, victim))
            dead.add(victim)
            self.assertLessEqual(set(client.wait(pings)["unavailable"]), dead)
            result = client.wait(sums)
            self.assertEqual(int(result["reduced"]), 5 * result["count"])
            self.assertEqual(result["count"] + len(result["errors"]), 31)
            rows = everyone(client.wait(lists))
            self.assertEqual(sorted(rows), list(range(1, 32)))
            self.assertLessEqual(set(rows.values()), {"5", "NODE_UNAVAILABLE"})
        wait_until(lambda: client.unavailable() == sorted(dead), "the others are mended")
        self.assertEqual(everyone(client.call("exec_all", args=["1", "5"])), {
            node: "NODE_UNAVAILABLE" if node in dead else "5" for node in model.parent})

    def test_what_runs_runs_once_whatever_moves(self):
        daemon = self.daemon("--topology", "list", "--service", "timer", "--heartbeat", "100")
        client = self.client(daemon)
        other = self.client(daemon)
        for node in range(10, 20):
            client.call("create", id=node, parent=node - 1 if node > 10 else -1,
                        service="sum")
        for node in range(100, 130):
            asked = [client.send("exec_all", args=["1", "5"], reduce="count") for _ in range(3)]
            # Where one stood already, the others move behind it.
            other.call("create", id=node, parent=14, service="sum")
            for number in asked:
                result = client.wait(number)
                self.assertGreaterEqual(result["count"], 10, result)
                self.assertEqual(int(result["reduced"]), result["count"])
                self.assertEqual(result["errors"], [], str(result))

    def test_many_clients_sweep_at_once(self):
        daemon, client, _ = self.grown("balanced", 20)
        clients = [client] + [self.client(daemon) for _ in range(7)]
        asked = []
        for turn in range(30):
            for each in clients:
                asked.append((each, each.send("pingall"), None))
                asked.append((each, each.send("exec_all", args=["1", str(turn)],
                                              reduce="sum"), str(turn * 20)))
        for each, number, value in asked:
            result = each.wait(number)
            if value is None:
                self.assertEqual(result, {"unavailable": []})
            else:
                self.assertEqual(result, {"reduced": value, "count": 20, "errors": []})

    def test_pingalls_by_the_thousand_share_rounds(self):
        _, client, _ = self.grown("tree", 10)
        asked = [client.send("pingall") for _ in range(3000)]
        for number in asked:
            self.assertEqual(client.wait(number), {"unavailable": []})

    def test_limits_are_told(self):
        _, client, _ = self.grown(count=3)
        long = ["x" * 200000, "y" * 100000]
        self.assertEqual(client.error("exec_all", args=long).name, "LIMIT")
        self.assertEqual(client.error("exec_all", args=["1"] * 4097).name, "LIMIT")
        many = ["4095"] + ["1"] * 4095
        self.assertEqual(client.call("exec_all", args=many, reduce="sum")["reduced"],
                         str(3 * 4095))

    def test_a_result_beyond_its_share_is_told(self):
        client = self.client(self.daemon("--service", "search"))
        for node in range(3):
            client.call("create", id=node, parent=node - 1)
        text = "a" * 15000
        rows = everyone(client.call("exec_all", args=[text, "a"]))
        self.assertEqual(rows, {node: "LIMIT" for node in range(3)})
        rows = everyone(client.call("exec_all", args=[text[:9000], "a"]))
        self.assertEqual(rows[2], ";".join(map(str, range(9000))))
        self.assertEqual(client.call("exec_all", args=[text, "a"], reduce="count")["reduced"],
                         "3")

    def test_a_later_daemon_sweeps_over_what_it_adopted(self):
        daemon, client, model = self.grown("balanced", 15, "--heartbeat", "100")
        for _ in range(5):
            client.call("exec_all", args=["1", "5"])
        client.send("exec_all", args=["1", "5"])
        daemon.kill()
        later = self.daemon("--topology", "balanced", "--heartbeat", "100", base=daemon.base)
        client = self.client(later)
        wait_until(lambda: client.unavailable() == [], "all are adopted")
        wait_until(lambda: client.call("exec_all", args=["1", "5"], reduce="sum")
                   == {"reduced": "75", "count": 15, "errors": []}, "all answer")
        self.assertEqual(sorted(everyone(client.call("exec_all", args=["1", "5"], subtree=2))),
                         self.below(model, 2))

    def test_two_hundred_nodes_some_of_them_stopped(self):
        if sanitized():
            raise unittest.SkipTest("too much memory with a sanitizer")
        daemon = self.daemon("--topology", "balanced", "--heartbeat", "86400000",
                             "--request-timeout", "60000")
        client = self.client(daemon)
        for number in [client.send("create", id=node) for node in range(1, 221)]:
            client.wait(number, 120)
        self.assertEqual(client.unavailable(), [])
        self.assertEqual(client.call("exec_all", args=["1", "5"], reduce="sum"),
                         {"reduced": str(5 * 220), "count": 220, "errors": []})
        kids = {row["parent"] for row in client.nodes().values()}
        leaves = [node for node in client.nodes() if node not in kids]
        stopped = sorted(random.Random(7).sample(leaves, 12))
        self.stopped(*(client.nodes()[node]["pid"] for node in stopped))
        client.call("heartbeat", interval_ms=200)
        self.assertEqual(client.unavailable(), stopped)


if __name__ == "__main__":
    main()
