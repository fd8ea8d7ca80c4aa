#!/usr/bin/python3 -B
"""Traces: each step within the one that it is a part of, none before its cause, all of the time
accounted for; through relays under load, over moves and deaths, and as dtreectl prints them."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import unittest

from lib import procs
from lib.harness import Case, main
from lib.programs import dtreectl_path, run
from lib.waiting import wait_until

LINE = re.compile(r" *(\d+) [ *] ( *)(\w+)(?: (-?\d+))?\((\d+)\): (->|<-) (.*)")
KINDS = {"control", "queue", "link", "service", "program", "disk", "running", "cpu wait", "wake-up",
         "process"}
DEPTH = 4


class Trace(Case):
    def grown(self, *options, services=()):
        """A daemon, a client, and a line of nodes; the lowest has the id DEPTH."""
        daemon = self.daemon(*options)
        client = self.client(daemon)
        for node in range(1, DEPTH + 1):
            client.call("create", id=node, parent=node - 1 or -1)
        for node, service in services:
            client.call("create", id=node, parent=DEPTH, service=service)
        return daemon, client

    def traced(self, client, method, **params):
        """The reply, whole."""
        number = client.send_traced(method, **params)
        return client.reply(number)

    def sound(self, trace):
        """The spans, after all that must hold of each trace."""
        spans = trace["spans"]
        for at, span in enumerate(spans):
            self.assertIn(span["kind"], KINDS)
            self.assertLess(span["begin_ns"], span["end_ns"], span)
            if at:
                self.assertLessEqual(spans[at - 1]["begin_ns"], span["begin_ns"])
            if at == 0:
                self.assertNotIn("parent", span)
                continue
            parent = spans[span["parent"]]
            self.assertLess(span["parent"], at)
            self.assertLessEqual(parent["begin_ns"], span["begin_ns"])
            self.assertGreaterEqual(parent["end_ns"], span["end_ns"])
        self.assertEqual(sum(trace["shares"].values()), spans[0]["end_ns"] - spans[0]["begin_ns"])
        return spans

    def way(self, spans, depth=DEPTH):
        """That each node of the line was passed in its order, down and up."""
        stays = {span["node"]: span for span in spans if span["name"] in ("relay", "node")}
        self.assertEqual(sorted(stays), list(range(1, depth + 1)))
        for node in range(2, depth + 1):
            self.assertLess(stays[node - 1]["begin_ns"], stays[node]["begin_ns"])
            self.assertGreater(stays[node - 1]["end_ns"], stays[node]["end_ns"])
            self.assertEqual(stays[node]["depth"], node + 1)
        return stays

    def test_every_step_has_its_cause_and_all_time_is_accounted_for_under_load(self):
        """A thousand requests to the lowest node, while two others keep it busy."""
        daemon, client = self.grown()
        done = threading.Event()

        def load(other):
            while not done.is_set():
                numbers = [other.send("exec", id=DEPTH, args=["2", "1", "2"]) for _ in range(20)]
                for number in numbers:
                    other.reply(number)

        others = [threading.Thread(target=load, args=(self.client(daemon),)) for _ in range(2)]
        for other in others:
            other.start()
        try:
            for _ in range(50):
                numbers = [client.send_traced("exec", id=DEPTH, args=["3", "1", "2", "3"])
                           for _ in range(20)]
                for number in numbers:
                    reply = client.reply(number)
                    self.assertEqual(reply["result"], {"id": DEPTH, "result": "6"})
                    spans = self.sound(reply["trace"])
                    stays = self.way(spans)
                    self.assertEqual(sorted(span["node"] for span in spans
                                            if span["name"] == "link down"),
                                     list(range(1, DEPTH + 1)), spans)
                    sums = [span for span in spans if span["name"] == "sum"]
                    self.assertEqual([span["node"] for span in sums], [DEPTH])
                    self.assertGreaterEqual(sums[0]["begin_ns"], stays[DEPTH]["begin_ns"])
        finally:
            done.set()
            for other in others:
                other.join()

    def test_each_method_can_be_traced(self):
        daemon, client = self.grown()
        for method, params in (("ping", {"id": DEPTH}), ("pingall", {}), ("tree", {}),
                               ("status", {"id": 1}), ("exec_all", {"args": ["1", "5"]}),
                               ("create", {"id": 30, "parent": 1}), ("kill", {"id": 30}),
                               ("heartbeat", {"interval_ms": 1000})):
            reply = self.traced(client, method, **params)
            spans = self.sound(reply["trace"])
            self.assertEqual((spans[0]["name"], spans[0]["process"]), (method, "dtreed"))
            self.assertIn("result", reply)
        reply = self.traced(client, "exec", id=99, args=[])
        self.assertEqual(reply["error"]["data"]["name"], "NOT_FOUND")
        self.sound(reply["trace"])
        reply = self.traced(client, "ping", id="x")
        self.assertEqual(reply["error"]["data"]["name"], "INVALID_PARAMS")
        self.assertEqual([span["name"] for span in self.sound(reply["trace"])], ["ping"])
        number = client.send("ping", id=1)
        self.assertNotIn("trace", client.reply(number))

    def done(self, client, method, node, **params):
        """The steps in dtreed of a request that changes that node, in their order."""
        spans = self.sound(self.traced(client, method, id=node, **params)["trace"])
        for span in spans[1:]:
            self.assertEqual((span["process"], span["parent"]), ("dtreed", 0))
        return [span for span in spans if span["kind"] in ("process", "disk", "queue")]

    def test_what_changes_a_node_shows_its_processes_and_the_registry(self):
        daemon, client = self.grown()
        for method, names in (("create", ["process start", "registry write", "process joins",
                                          "registry write"]),
                              ("restart", ["registry write", "process ends", "process start",
                                           "registry write", "process joins"]),
                              ("stop", ["registry write", "process ends", "registry write"]),
                              ("start", ["process start", "registry write", "process joins"]),
                              ("kill", ["registry write", "process ends", "data removed"])):
            steps = self.done(client, method, 30)
            self.assertEqual([step["name"] for step in steps], names, method)
            for step, after in zip(steps, steps[1:]):
                self.assertLessEqual(step["end_ns"], after["begin_ns"])
            joined = [step["detail"] for step in steps if step["name"] == "process joins"]
            if joined:
                self.assertEqual(joined, [f"process {client.nodes()[30]['pid']}"])
        steps = self.done(client, "change", 1, restart="always")
        self.assertEqual([step["name"] for step in steps], ["registry write"])
        steps = self.done(client, "kill", 1)
        self.assertEqual([step["detail"] for step in steps if step["name"] == "process ends"],
                         [f"{DEPTH} processes"])
        text = self.ctl(daemon, "trace", "create", 30).stdout
        self.assertRegex(text, r"dtreed\(\d+\): -> process joins \(process \d+\)\n")
        self.assertRegex(text, r"total \d+ us: .*, processes \d+ %\n")

    def test_what_a_node_was_asked_before_is_answered_before_it_stops(self):
        path = self.text_file("slow", "while read line; do sleep 0.2; echo $line; done\n")
        daemon, client = self.grown("--define", f"slow=/bin/sh {path}", services=((10, "slow"),))
        other = self.client(daemon)
        asked = other.send("exec", id=10, args=["x"])
        wait_until(lambda: client.nodes()[10]["pending"], "it is at the node")
        steps = self.done(client, "stop", 10)
        self.assertEqual([step["name"] for step in steps],
                         ["registry write", "earlier requests", "process ends", "registry write"])
        self.assertGreater(steps[1]["end_ns"] - steps[1]["begin_ns"], 50e6)
        self.assertEqual(other.reply(asked)["result"]["result"], "x")

    def test_a_sweep_shows_its_slowest_path(self):
        _, client = self.grown()
        for method, params in (("pingall", {}), ("exec_all", {"args": ["1", "5"]})):
            self.way(self.sound(self.traced(client, method, **params)["trace"]))

    def test_what_took_the_time_is_named(self):
        """A queue behind others, a commit, a program."""
        path = self.text_file("slow", "while read line; do sleep 0.1; echo $line; done\n")
        daemon, client = self.grown("--define", f"slow=/bin/sh {path}", "--durability", "full",
                                    services=((10, "slow"), (11, "dict")))
        other = self.client(daemon)
        first = [other.send("exec", id=10, args=[str(i)]) for i in range(3)]
        wait_until(lambda: client.nodes()[10]["pending"] > 1, "they are at the node")
        reply = self.traced(client, "exec", id=10, args=["x"])
        spans = self.sound(reply["trace"])
        queue = [span for span in spans if span["name"] == "queue" and span["node"] == 10]
        self.assertRegex(queue[0]["detail"], r"^behind [1-3] requests?$")
        programs = [span for span in spans if span["process"] == "program"]
        self.assertEqual(programs[0]["pid"], client.call("status", id=10)["program"]["pid"])
        self.assertGreater(programs[0]["end_ns"] - programs[0]["begin_ns"], 90e6)
        for number in first:
            other.reply(number)
        spans = self.sound(self.traced(client, "exec", id=11, args=["k", "v"])["trace"])
        self.assertEqual([(span["kind"], span["node"]) for span in spans
                          if span["name"] == "commit"], [("disk", 11)])
        self.assertTrue(any(span["kind"] == "wake-up" for span in spans))

    def test_waits_of_dtreed_and_dtreectl_for_a_processor_are_named(self):
        daemon, client = self.grown()
        cpus = os.sched_getaffinity(0)
        self.addCleanup(os.sched_setaffinity, 0, cpus)
        os.sched_setaffinity(0, {min(cpus)})
        other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        for thread in procs.threads(daemon.pid):
            os.sched_setaffinity(thread, {min(cpus)})
        wait_until(lambda: self.traced(client, "ping", id=1)["trace"].get("waited_ns"),
                   "dtreed waited for a processor")

        def waits():
            steps = json.loads(self.ctl(daemon, "trace", "--repeat", 20, "--json", "ping",
                                        1).stdout.splitlines()[-1])["steps"]
            return {(steps[step["parent"]]["name"], step["process"]) for step in steps
                    if step["name"] == "cpu wait"}
        wait_until(lambda: {("to dtreed", "dtreed"), ("from dtreed", "dtreectl")} <= waits(),
                   "both are named")

    def test_a_command_comes_behind_a_ping_of_its_nodes_on_another_connection(self):
        """A stand-in answers the command only, so the ping is not waited for."""
        path = self.fresh("stand-in")
        asked = []
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            thread = threading.Thread(target=self.stand_in, args=(listener, asked))
            thread.start()
            for words in (["pingall"], ["exec", "--all", "1", "1"], ["exec", "7", "1", "1"]):
                run(self, [dtreectl_path(), "--socket", path, "trace", *words])
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
        os.remove(path)
        self.assertEqual([one[1:] for one in asked],
                         [("pingall", None), ("pingall", None), ("pingall", None),
                          ("exec_all", None), ("ping", 7), ("exec", 7)])
        for ping, command in zip(asked[::2], asked[1::2]):
            self.assertNotEqual(ping[0], command[0])

    @staticmethod
    def stand_in(listener, asked):
        """Of each two connections the first has the command."""
        while True:
            try:
                command = listener.accept()[0]
            except OSError:
                return
            other = listener.accept()[0]
            with command, other:
                for connection in (other, command):
                    request = json.loads(connection.makefile().readline())
                    asked.append((connection.fileno(), request["method"],
                                  request["params"].get("id") if "params" in request else None))
                    if not request["trace"]:
                        return
                reply = {"jsonrpc": "2.0", "id": request["id"],
                         "error": {"code": -32000, "message": "no"}}
                connection.sendall(json.dumps(reply).encode() + b"\n")

    def test_a_stream_is_traced_from_its_opening(self):
        _, client = self.grown()
        number = client.send_traced("exec_open", id=DEPTH)
        stream = client.reply(number)["result"]["stream"]
        client.call("exec_feed", stream=stream, data="2 4 5")
        reply = self.traced(client, "exec_close", stream=stream)
        self.assertEqual(reply["result"]["result"], "9")
        spans = self.sound(reply["trace"])
        self.assertEqual(spans[0]["name"], "exec_close")
        self.way(spans)

    def test_moves_and_deaths_leave_what_is_known(self):
        """A relay dies with the request under way, and the node below it comes to another."""
        path = self.text_file("slow", "while read line; do sleep 0.5; echo $line; done\n")
        daemon, client = self.grown("--define", f"slow=/bin/sh {path}", services=((10, "slow"),))
        number = client.send_traced("exec", id=10, args=["x"])
        wait_until(lambda: client.nodes()[10]["pending"], "it is at the node")
        self.kill9(client.nodes()[2]["pid"])
        reply = client.reply(number)
        self.assertEqual(reply["result"]["result"], "x")
        spans = self.sound(reply["trace"])
        self.assertIn(10, [span.get("node") for span in spans])
        self.sound(self.traced(client, "pingall")["trace"])
        reply = self.traced(client, "exec", id=2, args=["1", "5"])
        self.assertEqual(reply["error"]["data"]["name"], "NODE_UNAVAILABLE")
        self.sound(reply["trace"])
        number = client.send_traced("exec", id=10, args=["x"])
        wait_until(lambda: client.nodes()[10]["pending"], "it is at the node")
        self.kill9(client.nodes()[10]["pid"])
        spans = self.sound(client.reply(number)["trace"])
        step, = (span for span in spans if span["name"] == "node")
        self.assertEqual((step["process"], step["kind"]), ("dtreed", "running"))
        whole = spans[0]["end_ns"] - spans[0]["begin_ns"]
        self.assertGreater(2 * (step["end_ns"] - step["begin_ns"]), whole)

    def test_dtreectl_prints_it(self):
        daemon, _ = self.grown()
        text = self.ctl(daemon, "trace", "exec", DEPTH, 3, 1, 2, 3).stdout.split("\n")
        self.assertEqual(text[0], f"Ok:{DEPTH}: 6")
        self.assertEqual(text.pop(), "")
        lines = [LINE.fullmatch(line) for line in text[1:]]
        self.assertNotIn(None, lines, text)
        self.assertEqual(lines[0][7], f"exec {DEPTH} 3 1 2 3")
        self.assertRegex(lines[-1][7], rf"exec {DEPTH} 3 1 2 3 +total \d+ us: .*links \d+ %")
        self.assertEqual(sum(map(int, re.findall(r"(\d+) %", lines[-1][7]))), 100)
        times = [int(line[1]) for line in lines]
        self.assertEqual(times, sorted(times))
        stack = []
        for line in lines:
            if line[6] == "->":
                self.assertEqual(len(line[2]), 2 * len(stack))
                stack.append(line.group(3, 4, 5))
            else:
                self.assertEqual(stack.pop(), line.group(3, 4, 5))
        self.assertIn(("worker", str(DEPTH)), [line.group(3, 4) for line in lines])

    def test_dtreectl_writes_it_as_json_and_to_a_file(self):
        daemon, _ = self.grown()
        path = self.fresh("trace")
        done = self.ctl(daemon, "trace", "--json", "--output", path, "ping", DEPTH)
        self.assertEqual(done.stdout, "Ok: 1\n")
        with open(path, encoding="utf-8") as file:
            trace = json.load(file)
        spans = self.sound(trace)
        self.assertEqual(spans[0]["process"], "dtreectl")
        self.assertEqual(spans[0]["name"], f"ping {DEPTH}")
        self.way(spans)
        done = self.ctl(daemon, "trace", "--json", "exec", DEPTH, "ä" * 90)
        title = json.loads(done.stdout.splitlines()[1])["spans"][0]["name"]
        self.assertEqual(title, f"exec {DEPTH} {'ä' * 56}...")
        done = self.ctl(daemon, "--json", "trace", "pingall")
        result, trace = done.stdout.splitlines()
        self.assertEqual(json.loads(result), {"unavailable": []})
        self.way(self.sound(json.loads(trace)))

    def test_dtreectl_says_what_it_cannot_trace(self):
        daemon, _ = self.grown()
        for words, why in ((("trace",), "usage: trace"),
                           (("trace", "--output"), "--output needs a value"),
                           (("trace", "--none"), "trace takes"),
                           (("trace", "--json"), "trace needs a command"),
                           (("trace", "events"), "events cannot be traced"),
                           (("trace", "logs", 1, "-f"), "logs -f cannot be traced"),
                           (("trace", "--output", "/nonexistent/x", "pingall"),
                            "/nonexistent/x cannot be written")):
            done = self.ctl(daemon, *words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn(why, done.stderr)

    def test_a_script_turns_it_on_and_off(self):
        daemon, _ = self.grown()
        script = f"ping {DEPTH}\ntrace on\nexec {DEPTH} 1 5\ntrace off\nping {DEPTH}\n"
        done = self.ctl(daemon, "shell", stdin=script)
        lines = done.stdout.splitlines()
        replies = [line for line in lines if line.startswith("Ok")]
        self.assertEqual(sorted(replies), ["Ok: 1", "Ok: 1", f"Ok:{DEPTH}: 5"])
        traces = [LINE.fullmatch(line) for line in lines if not line.startswith("Ok")]
        self.assertTrue(traces and all(traces), lines)
        begins = [line[7] for line in traces if line[3] == "dtreectl" and line[6] == "->"
                  and not line[2]]
        self.assertEqual(begins, [f"exec {DEPTH} 1 5"])
        done = self.ctl(daemon, "shell", stdin="trace maybe\n")
        self.assertIn("usage: trace on|off", done.stdout)


if __name__ == "__main__":
    main()
