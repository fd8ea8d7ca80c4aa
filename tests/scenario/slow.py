#!/usr/bin/python3 -B
"""Slow requests: dtreectl slow, the event and the log say which step took the time, and why."""

import json
import os
import signal
import time

from lib.harness import main
from lib.programs import dtreed_path, run
from lib.rpc import RpcError
from lib.slow_case import MS, SlowCase
from lib.waiting import wait_until

# Requests that one session may have at a node.
LANE = 128

# The span of a client.
PARENT = "b7ad6b7169203331"


class Slow(SlowCase):
    def test_a_program_that_is_slow_is_named(self):
        self.plant(n1="nap", n2="sum")
        self.user.call("subscribe", types=["slow_request"])
        self.user.exec(1, "0")
        self.user.exec(1, str(2 * MS / 1000))
        event = self.user.event("slow_request", id=1)
        self.assertGreaterEqual(event["total_ms"], 2 * MS)
        self.assertRegex(event["why"], r"^program \d+ ms: the program of the service nap of node 1(; .*)?$")
        slow = self.newest(1)
        self.assertEqual((slow["step"], self.reason(slow)),
                         ("program", "the program of the service nap of node 1"))
        self.assertNotIn("error", slow)
        text = self.ctl(self.tree, "slow").stdout
        self.assertRegex(text, r"exec 1, request \d+ of session \d+: .* ms; program: the program")
        self.assertRegex(text, r"\n +\d+\.\d{3} ms  link down\n")
        whole = json.loads(self.ctl(self.tree, "slow", "--json").stdout)
        self.assertIn(slow, (whole.get("result") or whole)["slowest"])
        wait_until(lambda: f"slow: exec of node 1, request {slow['request']} of session" in
                   self.tree.stderr(), "the log says so")

    def test_what_waits_for_others_says_for_how_many(self):
        self.plant(n1="nap")
        other = self.client(self.tree)
        self.user.exec(1, "0")
        first = other.send("exec", id=1, args=[str(2 * MS / 1000)])
        wait_until(lambda: self.user.call("status", id=1)["pending"], "it is under way")
        self.user.exec(1, "0")
        slow = self.newest(1)
        self.assertEqual((slow["step"], self.reason(slow)),
                         ("queue", "node 1 was busy, behind 1 requests of 1 sessions"))
        other.wait(first)

    def test_a_node_that_is_stopped_is_named(self):
        self.plant(n1="sum", n2="sum")
        pid = self.user.nodes()[1]["pid"]
        self.stopped(pid)
        error = self.user.error("exec", id=1, args=["0"], timeout_ms=2 * MS)
        self.assertEqual(error.name, "NODE_UNAVAILABLE")
        slow = self.newest(1)
        self.assertEqual((slow["step"], slow["error"], self.reason(slow)),
                         ("node", "NODE_UNAVAILABLE", f"process {pid} of node 1 is stopped"))
        # More at once than are looked into.
        asked = [self.user.send("exec", id=1, args=["0"], timeout_ms=2 * MS) for _ in range(40)]
        for number in asked:
            with self.assertRaises(RpcError):
                self.user.wait(number)
        said = [self.reason(row) for row in self.user.call("slow")["newest"] if row["id"] == 1]
        self.assertEqual(said, [f"process {pid} of node 1 is stopped"] * 41)
        late = self.user.send("ping", id=1)
        wait_until(lambda: self.user.call("status", id=2), "the ping is read")
        wait_until(self.aged(MS), "it is slow")
        os.kill(pid, signal.SIGCONT)
        self.assertTrue(self.user.wait(late)["available"])
        slow = self.newest(1, "ping")
        self.assertEqual((slow["step"], self.reason(slow)),
                         ("link down", "node 1, or one on the way, read it late"))

    def test_a_node_that_was_moved_meanwhile_says_so(self):
        """Its parent stands still with the request; the node goes to dtreed, which sends it again."""
        self.plant("--link", "ipc", n1="sum")
        self.user.call("create", id=2, parent=1)
        self.user.call("heartbeat", interval_ms=MS)
        pid = self.user.nodes()[1]["pid"]
        self.stopped(pid)
        self.assertEqual(self.user.exec(2, "1", "5"), "5")
        slow = self.newest(2)
        self.assertEqual(slow["step"], "link down")
        self.assertRegex(slow["why"], r"\Athe link of node 2, or one above, was lost or moved, "
                         r"[1-9]\d* times; it was sent again")

    def test_what_waits_for_a_node_that_starts_says_so(self):
        self.user = self.open("--slow-request", MS, worker=self.slow_worker())
        self.open_gate()
        self.user.call("create", id=1)
        os.remove(self.gate)
        order = self.user.send("restart", id=1)
        other = self.client(self.tree)
        wait_until(lambda: other.nodes()[1]["state"] in ("starting", "restarting"), "it starts")
        asked = other.send("ping", id=1)
        wait_until(self.aged(MS), "it is slow")
        self.open_gate()
        self.user.wait(order)
        self.assertTrue(other.wait(asked)["available"])
        slow = self.newest(1, "ping")
        self.assertEqual(slow["step"], "node starts")
        self.assertRegex(slow["why"], "^node 1 was (re)?starting$")
        slow = self.newest(1, "restart")
        self.assertEqual((slow["step"], self.reason(slow)),
                         ("process joins", "the process of node 1 had to start and to join"))

    def test_what_finds_its_window_full_says_what_of(self):
        self.plant(n1="nap")
        self.user.exec(1, "0")
        self.user.send("exec", id=1, args=[str(4 * MS / 1000)])
        for _ in range(LANE):
            last = self.user.send("exec", id=1, args=["0"])
        self.user.wait(last)
        slow = self.newest(1)
        self.assertEqual((slow["step"], self.reason(slow)),
                         ("window", f"behind {LANE} requests of its own session at node 1"))

    # Files.

    def spans(self, path):
        """The spans of a file, by id, with the attributes of their processes."""
        with open(path, encoding="utf-8") as file:
            whole = json.loads(file.read())
        found = {}
        for resource in whole["resourceSpans"]:
            process = self.attributes(resource["resource"])
            for scope in resource["scopeSpans"]:
                self.assertEqual(scope["scope"]["name"], "dtreed")
                for span in scope["spans"]:
                    span["attributes"] = self.attributes(span) | process
                    found[span["spanId"]] = span
        return found

    @staticmethod
    def attributes(row):
        return {one["key"]: one["value"].get("stringValue", one["value"].get("intValue"))
                for one in row["attributes"]}

    def kept(self, folder):
        """The files that are whole: one that is being written has another name."""
        return [name for name in os.listdir(folder) if not name.startswith(".")]

    def asked(self, folder, trace_id, **members):
        """Of a slow request of that trace the name of its file, and its spans. On a busy machine
        others are slow too."""
        self.user.reply(self.user.send_beside({"traceparent": f"00-{trace_id}-{PARENT}-01"} | members,
                                              "exec", id=1, args=[str(2 * MS / 1000)]))

        def its_file():
            for name in self.kept(folder):
                spans = self.spans(os.path.join(folder, name))
                if {span["traceId"] for span in spans.values()} == {trace_id}:
                    return name, spans
            return None
        return wait_until(its_file, "the file is there")

    def test_each_has_a_file_for_opentelemetry(self):
        folder = os.path.join(self.dir, "traces")
        self.plant("--slow-traces", folder, n1="nap")
        self.user.exec(1, "0")
        began = time.time_ns()
        name, spans = self.asked(folder, "0af7651916cd43dd8448eb211c80319c")
        self.assertEqual(len(self.kept(folder)), len(self.user.call("slow")["newest"]))
        self.assertRegex(name, r"\Aslow-\d{4}-\d\d-\d\dT\d{6}\.\d{6}Z-\d+\.json\Z")
        root, = (span for span in spans.values() if span["parentSpanId"] not in spans)
        self.assertEqual((root["parentSpanId"], root["name"]), (PARENT, "exec"))
        slow = self.newest(1)
        self.assertEqual(root["attributes"]["dtree.detail"], f"{slow['step']}: {slow['why']}")
        self.assertEqual(root["attributes"]["dtree.request"], str(slow["request"]))
        self.assertLessEqual(began, int(root["startTimeUnixNano"]) + 10 ** 6)
        self.assertLessEqual(int(root["endTimeUnixNano"]), time.time_ns() + 10 ** 6)
        names = {span["name"]: span for span in spans.values()}
        self.assertLessEqual({"control read", "link down", "node", "program", "link up"}, set(names))
        self.assertEqual(names["node"]["attributes"]["service.name"], "worker")
        program = names["program"]
        self.assertGreaterEqual(int(program["endTimeUnixNano"]) - int(program["startTimeUnixNano"]),
                                MS * 10 ** 6)
        # One that is traced has all that its trace has.
        _, spans = self.asked(folder, "1af7651916cd43dd8448eb211c80319c", trace=True)
        self.assertIn("program", {span["attributes"]["service.name"] for span in spans.values()})

    def test_files_without_slow_requests_and_no_directory_are_refused(self):
        daemon = self.refused("--slow-traces", self.dir)
        self.assertIn("slow-request is 0, and has to be set too", daemon)
        daemon = self.refused("--slow-request", MS, "--slow-traces", os.path.join(self.dir, "no", "no"))
        self.assertRegex(daemon, "directory of slow traces .*/no/no")

    def refused(self, *options):
        """What a dtreed says that does not start with these; --check-config says the same."""
        directories = ("--runtime-dir", self.fresh("run"), "--state-dir", self.fresh("state"))
        checked = run(self, [dtreed_path(), "--check-config", *directories, *map(str, options)])
        done = run(self, [dtreed_path(), *directories, *map(str, options)])
        self.assertEqual(checked.returncode, 2, checked.stderr)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("slow-traces: ", checked.stderr)
        return checked.stderr.splitlines()[0] + done.stderr

    def test_nothing_is_kept_where_it_is_off(self):
        self.plant(slow=0, n1="nap")
        self.user.exec(1, str(2 * MS / 1000))
        self.assertEqual(self.user.call("slow"),
                         {"slow_request_ms": 0, "count": 0, "slowest": [], "newest": []})
        self.assertIn("slow-request is 0", self.ctl(self.tree, "slow").stdout)


if __name__ == "__main__":
    main()
