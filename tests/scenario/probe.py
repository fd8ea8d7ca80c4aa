#!/usr/bin/python3 -B
"""Programs are asked now and then whether they answer: what of that is told, what is done about one
that does not, and that nobody else notices."""

import os
import signal
import textwrap
import time

from lib import procs
from lib.harness import Case, main
from lib.programs import dtree_worker_path, dtreed_path, run
from lib.waiting import SLOW, wait_until

INTERVAL = int(100 * SLOW)
TIMEOUT = int(400 * SLOW)

# Answers each line. To "probe" it says what stands in the file; "die" ends it.
LINES = """\
#!/bin/sh
while read -r word rest; do
    answer=$word
    [ "$word" = probe ] && read -r answer < {says}
    [ "$answer" = die ] && exit 3
    [ "$word" = slow ] && sleep 0.05
    echo "$answer"
done
"""
# The same; many requests at a time, one after the other.
JSON = """\
import json, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    word = asked["params"]["args"][0]
    answer = dict(result=word)
    if word == "probe":
        with open("{says}", encoding="utf-8") as file:
            said = file.read().strip()
        if said.startswith("ERR"):
            answer = dict(error=dict(code=1, message=said))
    elif word == "slow":
        time.sleep(0.05)
    print(json.dumps(dict(jsonrpc="2.0", id=asked["id"], **answer)), flush=True)
"""
RUN = """\
#!/bin/sh
[ "$1" = probe ] || exec sleep "$1"
read -r answer < {says}
[ "$answer" = ok ] && exit 0
echo "$answer" >&2
exit 4
"""
EVENTS = ["probe_failed", "probe_recovered", "program_died", "program_started"]


class Probe(Case):
    def setUp(self):
        super().setUp()
        self.to_say("ok")

    def to_say(self, text):
        self.text_file("says.new", text + "\n")
        os.rename(self.path("says.new"), self.path("says"))

    def declare(self, interval=INTERVAL, timeout=TIMEOUT, more=""):
        """Three services that do the same."""
        says = self.path("says")
        lines = self.program_file("lines.sh", LINES.format(says=says))
        runs = self.program_file("run.sh", RUN.format(says=says))
        serves = self.text_file("serves.py", JSON.format(says=says))
        probe = f"stop-grace = 200\nprobe = probe\nprobe-interval = {interval}\nprobe-timeout = {timeout}\n"
        self.text_file("dtreed.conf", (
            f"[service lines]\nprotocol = lines\ncommand = {lines}\nerror-prefix = ERR\n{probe}"
            f"[service json]\nprotocol = json\ncommand = python3 -S {serves}\nconcurrency = 64\n{probe}"
            f"[service run]\nprotocol = run\ncommand = {runs}\n{probe}{more}"))

    def open(self, *options, **declared):
        self.declare(**declared)
        self.options = ("--config", self.path("dtreed.conf"), "--service", "lines", *options)
        self.tree = self.daemon(*self.options)
        return self.client(self.tree)

    def watch(self, types=EVENTS):
        client = self.client(self.tree)
        client.call("subscribe", types=types)
        return client

    def until(self, client, node, **wanted):
        """The probe of the node, once it has these members."""
        def there():
            probe = client.call("status", id=node).get("probe", {})
            return probe if wanted.items() <= probe.items() else None
        return wait_until(there, lambda: f"{wanted} in {client.call('status', id=node)}")

    def fails_often(self, client, node, often):
        return wait_until(lambda: (probe := self.until(client, node, state="failed"))["failures"] >=
                          often and probe, "it fails again")

    def pass_again(self, client, *nodes):
        """So that what is asked has been asked since."""
        began = time.monotonic()
        for node in nodes:
            wait_until(lambda n=node: self.until(client, n, state="passed")["passed_ms"] <
                       (time.monotonic() - began) * 1000 - 2, f"{node} passes anew")

    def pid(self, client, node):
        return client.call("status", id=node)["program"]["pid"]

    def test_those_that_answer_pass_and_nothing_else_is_seen_of_it(self):
        client = self.open()
        watch = self.watch(["*"])
        services = ("lines", "json", "run")
        for node, service in enumerate(services, 1):
            client.call("create", id=node, service=service)
        client.call("create", id=9, service="dict")
        self.pass_again(client, 1, 2, 3)
        for node in (1, 2, 3):
            status = client.call("status", id=node)
            self.assertEqual((status["requests"], status["pending"]), (0, 0))
            self.assertNotIn("message", status["probe"])
        self.assertEqual(client.call("status", id=3)["program"]["running"], 0)
        self.assertNotIn("probe", client.call("status", id=9))
        self.assertIn("probe.state: passed", self.ctl(self.tree, "status", 1).stdout.split("\n"))
        self.assertEqual([client.exec(node, "x") for node in (1, 2)], ["x", "x"])
        watch.ping(9)
        self.assertEqual([event["type"] for event in watch.events if "probe" in event["type"]], [])

    def test_by_default_one_that_is_stopped_is_reported_and_goes_on(self):
        client = self.open()
        client.call("create", id=1, name="calc")
        self.until(client, 1, state="passed")
        pid = self.pid(client, 1)
        watch = self.watch()
        since = time.monotonic()
        self.stopped(pid)
        told = watch.event("probe_failed")
        self.assertGreater(time.monotonic() - since, TIMEOUT / 1000 - 0.02)
        self.assertEqual({key: told.get(key) for key in ("id", "name", "pid", "service", "cause")},
                         {"id": 1, "name": "calc", "pid": pid, "service": "lines",
                          "cause": f"it did not answer within {TIMEOUT} ms"})
        probe = self.fails_often(client, 1, 3)
        self.assertEqual(probe["message"], told["cause"])
        self.assertGreater(probe["passed_ms"], TIMEOUT)
        self.assertEqual(client.nodes()[1]["state"], "available")
        self.go_on(pid)
        self.assertEqual(watch.event("probe_recovered")["id"], 1)
        self.assertEqual(client.exec(1, "x"), "x")
        self.assertEqual((self.pid(client, 1), watch.events), (pid, []))
        lines = [line for line in self.tree.stderr().split("\n") if "probe" in line]
        self.assertEqual([line.split(": ", 3)[3] for line in lines],
                         [f"node 1: lines fails its probe: {told['cause']}",
                          "node 1: lines passes its probe again"])

    def test_where_hung_nodes_are_restarted_so_is_the_program(self):
        client = self.open("--on-hang", "restart")
        client.call("create", id=1)
        client.call("create", id=2, parent=1, service="json")
        for node in (1, 2):
            with self.subTest(node=node):
                self.until(client, node, state="passed")
                pid, worker = self.pid(client, node), client.nodes()[node]["pid"]
                watch = self.watch()
                self.stopped(pid)
                # It has the one, or waits with it behind the probe.
                if node == 2:
                    asked = client.send("exec", id=node, args=["first"])
                watch.event("probe_failed", id=node)
                if node == 1:
                    asked = client.send("exec", id=node, args=["first"])
                self.assertEqual(watch.event("program_died", id=node)["cause"],
                                 f"it failed its probe: it did not answer within {TIMEOUT} ms")
                watch.event("program_started", id=node)
                watch.event("probe_recovered", id=node)
                reply = client.reply(asked)
                if node == 1:
                    self.assertEqual(reply["result"]["result"], "first")
                else:
                    self.assertEqual(reply["error"]["data"]["outcome"], "unknown")
                    self.assertIn("failed its probe", reply["error"]["message"])
                self.assertEqual(client.exec(node, "x"), "x")
                self.assertTrue(procs.gone(pid))
                # The node has lost nothing.
                self.assertEqual(client.nodes()[node]["pid"], worker)
                self.assertEqual(client.call("status", id=node)["program"]["restarts"], 1)

    def test_a_policy_of_one_node_counts_also_when_it_is_changed(self):
        client = self.open()
        for node, policy in ((1, "restart"), (2, "report")):
            client.call("create", id=node, on_hang=policy)
            self.until(client, node, state="passed")
        pids = {node: self.pid(client, node) for node in (1, 2)}
        watch = self.watch()
        self.stopped(*pids.values())
        self.assertEqual(watch.event("program_died")["id"], 1)
        watch.event("probe_recovered", id=1)
        self.until(client, 2, state="failed")
        self.assertEqual(self.pid(client, 2), pids[2])
        client.call("change", id=2, on_hang="restart")
        watch.event("probe_recovered", id=2)
        self.assertNotEqual(self.pid(client, 2), pids[2])

    def test_errors_fail_and_a_pool_prefers_others(self):
        client = self.open()
        for node, service in ((1, "lines"), (2, "json")):
            client.call("create", id=node, service=service, group="pool")
            self.until(client, node, state="passed")
        watch = self.watch()
        self.to_say("ERR no disk")
        wait_until(lambda: all(client.call("status", id=node)["probe"]["state"] == "failed"
                               for node in (1, 2)), "both fail")
        watch.ping(1)
        why = {event["id"]: event["cause"] for event in watch.events}
        self.assertEqual(why, {1: "it answered with an error: no disk",
                               2: "it answered with an error: ERR no disk"})
        # All are as bad.
        self.assertEqual(self.ctl(self.tree, "exec", "--any", "pool", "x").returncode, 0)
        client.call("create", id=3, service="dict", group="pool")
        chosen = {client.call("exec", group="pool", args=["x", "1"])["id"] for _ in range(6)}
        self.assertEqual(chosen, {3})
        self.assertEqual([client.exec(node, "x") for node in (1, 2)], ["x", "x"])
        self.to_say("ok")
        for node in (1, 2):
            watch.event("probe_recovered", id=node)
        chosen = {client.call("exec", group="pool", args=["x", "1"])["id"] for _ in range(6)}
        self.assertEqual(chosen, {1, 2, 3})

    def test_one_that_has_much_to_do_does_not_fail(self):
        client = self.open()
        for node, service in ((1, "lines"), (2, "json")):
            client.call("create", id=node, service=service)
            self.until(client, node, state="passed")
        watch = self.watch()
        began = time.monotonic()
        count = int(12 * SLOW)
        asked = [client.send("exec", id=node, args=["slow"]) for _ in range(count) for node in (1, 2)]
        for number in asked:
            self.assertEqual(client.reply(number)["result"]["result"], "slow")
        # More than a probe may take.
        self.assertGreater(time.monotonic() - began, 0.05 * count)
        self.pass_again(client, 1, 2)
        self.assertEqual(watch.events, [])

    def test_one_that_ends_during_a_probe_has_failed_it(self):
        client = self.open("--on-hang", "restart")
        client.call("create", id=1)
        self.until(client, 1, state="passed")
        watch = self.watch()
        self.to_say("die")
        self.assertEqual(watch.event("probe_failed")["cause"], "the program ended: exit status 3")
        self.assertEqual(watch.event("program_died")["cause"], "exit status 3")
        self.to_say("ok")
        watch.event("probe_recovered")
        self.assertEqual(client.exec(1, "x"), "x")

    def test_a_process_for_each_is_judged_by_its_status_and_takes_no_place(self):
        client = self.open("--on-hang", "restart")
        client.call("create", id=1, service="run")
        self.until(client, 1, state="passed")
        watch = self.watch()
        self.client(self.tree).send("exec", id=1, args=["100"])
        self.pass_again(client, 1)
        self.to_say("disk full")
        told = watch.event("probe_failed")
        self.assertEqual((told["cause"], told.get("pid")), ("disk full (exit status 4)", None))
        self.fails_often(client, 1, 2)
        self.to_say("ok")
        watch.event("probe_recovered")
        self.assertEqual(client.call("status", id=1)["pending"], 1)

    def test_another_declaration_counts_at_nodes_that_are_there(self):
        client = self.open(interval=86400000)
        for node, service in ((1, "lines"), (2, "json"), (3, "run")):
            client.call("create", id=node, service=service)
            self.until(client, node, state="passed")
        pids = [self.pid(client, node) for node in (1, 2)]
        self.declare()
        self.says(self.tree, "Ok: 3 services", "reload")
        self.pass_again(client, 1, 2, 3)
        self.to_say("ERR")
        for node in (1, 2, 3):
            self.until(client, node, state="failed")
        text = self.path("dtreed.conf")
        with open(text, encoding="utf-8") as file:
            without = [line for line in file if not line.startswith("probe")]
        self.text_file("dtreed.conf", "".join(without))
        self.says(self.tree, "Ok: 3 services", "reload")
        for node in (1, 2, 3):
            wait_until(lambda n=node: "probe" not in client.call("status", id=n), "none is asked")
        # The programs have seen nothing of it.
        self.assertEqual([self.pid(client, node) for node in (1, 2)], pids)

    def test_nobody_fails_because_its_worker_or_dtreed_was_late(self):
        client = self.open()
        client.call("create", id=1)
        self.until(client, 1, state="passed")
        watch = self.watch()
        worker = client.nodes()[1]["pid"]
        # In the middle of a probe, as often as not.
        for process in (worker, self.tree.pid):
            os.kill(process, signal.SIGSTOP)
        end = time.monotonic() + TIMEOUT / 1000 + 0.3
        wait_until(lambda: time.monotonic() > end, "time passes")
        for process in (worker, self.tree.pid):
            os.kill(process, signal.SIGCONT)
        self.pass_again(client, 1)
        self.assertEqual(watch.events, [])

    def test_another_dtreed_knows_what_failed_and_tells_when_it_passes(self):
        client = self.open()
        client.call("create", id=1)
        self.until(client, 1, state="passed")
        pid = self.pid(client, 1)
        self.stopped(pid)
        self.until(client, 1, state="failed")
        self.tree.kill()
        self.tree = self.daemon(*self.options, base=self.tree.base)
        client = self.client(self.tree)
        watch = self.watch()
        self.until(client, 1, state="failed")
        self.go_on(pid)
        self.assertEqual(watch.event("probe_recovered")["id"], 1)
        self.assertEqual(watch.events, [])

    def test_mistakes_are_told_with_file_and_line(self):
        path = self.text_file("dtreed.conf", textwrap.dedent(f"""\
            [dtreed]
            runtime-dir = {self.path("r")}
            state-dir = {self.path("s")}
            worker = {dtree_worker_path()}
            [service plug]
            library = /bin/true
            probe = x
            [service times]
            protocol = lines
            command = cat
            probe-interval = 99
            probe-timeout = 5
            [service two]
            protocol = lines
            command = cat
            probe = 'a\\nb'
            [service sum]
            probe = 1
            """))
        done = run(self, [dtreed_path(), "--check-config", "--config", path])
        self.assertEqual(done.returncode, 2)
        for wanted in (
                "7: service plug: probe is for a program, and this is a library",
                "11: probe-interval '99' is not an integer from 100 to 86400000",
                "12: service times: probe-timeout needs probe: nothing is asked",
                "16: service two: probe: an argument holds a line end, and each request is one line",
                "17: 'sum' is the name of a built-in service"):
            self.assertIn(f"{path}:{wanted}", done.stderr)


if __name__ == "__main__":
    main()
