#!/usr/bin/python3 -B
"""What dtreed counts: requests, errors, times, nodes by state, events, bytes."""

import os
import signal

from lib.harness import Case, main
from lib.waiting import wait_until


class Metrics(Case):
    def tree(self, *options, **nodes):
        self.client_of = self.client(self.daemon(*options))
        for node, service in nodes.items():
            self.client_of.call("create", id=int(node[1:]), service=service)
        return self.client_of

    def counted(self):
        return self.client_of.call("metrics")

    def named(self, name, key, value):
        """The row of a table."""
        return next(row for row in self.counted()[name] if row[key] == value)

    def test_a_request_counts_once_where_it_ended(self):
        client = self.tree(n10="sum", n11="dict")
        for _ in range(3):
            client.exec(10, "1", "6")
        client.exec(11, "x", "5")
        client.error("exec", id=10, args=["2", "6"])
        client.error("exec", id=99, args=["1"])
        row = self.named("requests", "kind", "exec")
        self.assertEqual(sum(row["took"]["buckets"]), 6)
        self.assertEqual({error["name"]: error["count"] for error in row["errors"]},
                         {"SERVICE_ERROR": 1, "NOT_FOUND": 1})
        self.assertEqual(row["result_bytes"], 3)
        self.assertGreater(row["took"]["sum_ns"], 0)
        took = self.named("services", "name", "sum")
        self.assertEqual(sum(took["took"]["buckets"]), 4)
        steps = {step["name"]: sum(step["took"]["buckets"]) for step in took["steps"]}
        self.assertEqual((steps["service"], steps["process joins"]), (4, 1))
        self.assertEqual(sum(self.named("services", "name", "dict")["took"]["buckets"]), 1)
        self.assertEqual(self.named("requests", "kind", "create")["errors"], [])

    def test_bytes_of_a_stream_count_with_its_request(self):
        client = self.tree(n10="sum")
        stream = client.call("exec_open", id=10, args=["3"])["stream"]
        client.call("exec_feed", stream=stream, data="1 2 3 ")
        self.assertEqual(client.call("exec_close", stream=stream)["result"], "6")
        self.assertEqual(self.named("requests", "kind", "exec_open")["args_bytes"], len("3 1 2 3 "))
        self.assertNotIn("known", [row["kind"] for row in self.counted()["requests"]])

    def test_states_and_events_follow_the_nodes(self):
        client = self.tree(n10="sum", n11="sum")
        before = self.counted()
        self.assertEqual({row["state"]: row["nodes"] for row in before["states"] if row["nodes"]},
                         {"available": 2})
        os.kill(client.nodes()[10]["pid"], signal.SIGKILL)
        wait_until(lambda: self.named("states", "state", "dead")["nodes"] == 1, "node 10 is dead")
        self.assertEqual(self.named("events", "type", "node_died")["count"], 1)
        client.call("start", id=10)
        wait_until(lambda: self.named("events", "type", "node_restarted")["count"] == 1, "a restart")
        client.call("kill", id=11)
        self.assertEqual(self.named("states", "state", "available")["nodes"], 1)
        after = self.counted()
        for name in ("cpu_us", "uptime_ms", "read_bytes", "written_bytes"):
            self.assertGreaterEqual(after[name], before[name], name)
        with open(f"/proc/{client.call('status')['pid']}/statm", encoding="ascii") as file:
            resident = int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
        self.assertLess(abs(after["memory_bytes"] - resident), resident / 2)

    def test_nodes_come_some_at_a_time_and_each_once(self):
        client = self.tree(**{f"n{node}": "sum" for node in range(10, 17)})
        client.exec(12, "1", "1")
        found, after = [], 0
        while after is not None:
            reply = client.call("node_metrics", after=after, count=2)
            found += reply["nodes"]
            after = reply["next"]
            if len(found) == 2:
                # One that was told, and one that was not.
                client.call("kill", id=11)
                client.call("kill", id=15)
                client.call("create", id=20)
        self.assertEqual([node["id"] for node in found], [10, 11, 12, 13, 14, 16, 20])
        self.assertEqual([sum(node["took"]["buckets"]) for node in found], [0, 0, 1, 0, 0, 0, 0])
        one = client.call("node_metrics", id=12)["nodes"][0]
        self.assertEqual((one["requests"], one["pending"], one["state"]), (1, 0, "available"))
        self.assertEqual(client.error("node_metrics", id=11).name, "NOT_FOUND")


if __name__ == "__main__":
    main()
