#!/usr/bin/python3 -B
"""What a program of a node does is known: in its status, and by events of its life and its own."""

import json
import os
import signal
import textwrap

from lib import procs
from lib.harness import Case, main
from lib.terminal import Terminal
from lib.waiting import wait_until

# Answers each request; "say" sends events, "raw" writes its text as a line, "die" ends it.
SPEAKER = r"""
import json, os, sys
def put(**message):
    print(json.dumps(dict(jsonrpc="2.0", **message)), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    args = request["params"]["args"]
    if args[0] == "say":
        for count in range(int(args[2])):
            put(method="event", params=dict(type=args[1], data=dict(count=count)))
    elif args[0] == "raw":
        print(args[1], flush=True)
    elif args[0] == "die":
        sys.exit(3)
    put(id=request["id"], result="ok")
"""

PROGRAM = ["program_started", "program_died"]


class ProgramState(Case):
    def tree(self, *options, service="speaker"):
        """A dtreed whose nodes run the speaker, and a client."""
        path = self.path("speaker.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(SPEAKER)
        with open(self.path("dtreed.conf"), "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(f"""\
                [service speaker]
                protocol = json
                command = python3 {path}
                hello = {{"jsonrpc":"2.0","id":"up","method":"exec","params":{{"args":["up"]}}}}
                [service later]
                protocol = lines
                command = cat
                start = demand
                idle-timeout = 100
                [service each]
                protocol = run
                command = sleep
                concurrency = 3
                stop-grace = 100
                [service broken]
                protocol = lines
                command = sh -c 'exit 7'
                """))
        self.options = ("--config", self.path("dtreed.conf"), "--service", service, *options)
        self.dtreed = self.daemon(*self.options)
        return self.client(self.dtreed)

    def program(self, client, node):
        return client.call("status", id=node).get("program", {})

    def until(self, client, node, **wanted):
        """The program of the node, once it has these members."""
        def there():
            program = self.program(client, node)
            return program if wanted.items() <= program.items() else None
        return wait_until(there, lambda: f"{wanted} in {self.program(client, node)}")

    def test_a_program_is_shown_with_its_process(self):
        client = self.tree()
        client.call("create", id=1)
        program = self.until(client, 1, state="ready")
        worker = client.call("status", id=1)["pid"]
        self.assertEqual(procs.children(worker), [program["pid"]])
        self.assertEqual((program["restarts"], program["running"]), (0, 1))
        self.assertNotIn("cause", program)
        shown = self.ctl(self.dtreed, "status", 1).stdout.split("\n")
        self.assertIn("program.state: ready", shown)
        self.assertIn(f"program.pid: {program['pid']}", shown)
        parsed = json.loads(self.ctl(self.dtreed, "--json", "status", 1).stdout)
        self.assertEqual(parsed["program"]["pid"], program["pid"])
        client.call("create", id=2, service="dict")
        self.assertEqual(self.program(client, 2), {})
        client.call("stop", id=1)
        self.assertEqual(self.program(client, 1), {})

    def test_a_program_that_is_killed_is_told_of_and_started_again(self):
        client = self.tree()
        client.call("subscribe", types=["node_created", *PROGRAM])
        client.call("create", id=1)
        client.event("node_created", id=1)
        first = client.event("program_started", id=1)
        self.assertEqual((first["service"], first["restarts"]), ("speaker", 0))
        self.until(client, 1, state="ready", pid=first["pid"])
        self.kill9(first["pid"])
        died = client.event("program_died", id=1)
        self.assertEqual((died["pid"], died["cause"]), (first["pid"], "signal 9"))
        self.assertLessEqual(died["restart_in_ms"], 100)
        self.assertGreater(died["rusage"]["user_ms"] + died["rusage"]["system_ms"], 0)
        self.assertGreater(died["rusage"]["max_rss_kb"], 1000)
        again = client.event("program_started", id=1)
        self.assertNotEqual(again["pid"], first["pid"])
        self.assertEqual(again["restarts"], 1)
        program = self.until(client, 1, state="ready", pid=again["pid"], restarts=1)
        self.assertEqual(program["cause"], "signal 9")
        self.assertEqual(client.exec(1, "x"), "ok")

    def test_one_that_ends_at_once_backs_off(self):
        client = self.tree(service="broken")
        client.call("subscribe", types=PROGRAM)
        client.call("create", id=1)
        program = self.until(client, 1, state="backing_off", cause="exit status 7")
        self.assertNotIn("pid", program)
        waits = []
        while len(waits) < 4:
            died = client.event("program_died", id=1, cause="exit status 7")
            waits.append(died["restart_in_ms"])
        self.assertEqual(waits, sorted(waits))
        self.assertGreater(self.until(client, 1, state="backing_off")["retry_ms"], 100)

    def test_one_that_requests_start_waits_for_them(self):
        client = self.tree()
        client.call("create", id=1, service="later")
        self.until(client, 1, state="waiting", running=0)
        self.assertEqual(client.exec(1, "a"), "a")
        self.until(client, 1, state="waiting", restarts=0)

    def test_processes_for_each_request_are_counted(self):
        client = self.tree()
        client.call("create", id=1, service="each")
        client.call("subscribe", types=PROGRAM)
        asking = self.client(self.dtreed)
        for _ in range(4):
            asking.send("exec", id=1, args=["1000"])
        self.until(client, 1, state="ready", running=3)
        self.assertEqual(client.events, [])
        client.call("kill", id=1)

    def test_another_dtreed_finds_the_program_as_it_is(self):
        client = self.tree()
        for node, parent in ((1, -1), (2, 1), (3, 2)):
            client.call("create", id=node, parent=parent)
        pid = self.until(client, 3, state="ready")["pid"]
        self.kill9(pid)
        before = self.until(client, 3, state="ready", restarts=1)
        self.dtreed.kill()
        self.dtreed = self.daemon(*self.options, base=self.dtreed.base)
        client = self.client(self.dtreed)
        client.call("subscribe", types=PROGRAM, since=0)
        after = self.until(client, 3, state="ready", pid=before["pid"], restarts=1)
        self.assertEqual(after["cause"], "signal 9")
        # What was before is no news; what comes is.
        self.kill9(after["pid"])
        self.assertEqual(client.event("program_died")["pid"], after["pid"])

    def test_what_happens_while_a_relay_is_dead_arrives(self):
        client = self.tree()
        for node, parent in ((1, -1), (2, 1), (3, 2)):
            client.call("create", id=node, parent=parent)
        relays = [row["pid"] for row in client.nodes().values() if row["id"] < 3]
        pid = self.until(client, 3, state="ready")["pid"]
        client.call("subscribe", types=PROGRAM)
        for relay in relays:
            os.kill(relay, signal.SIGSTOP)
        self.kill9(pid)
        wait_until(lambda: procs.gone(pid), "the program ends")
        for relay in relays:
            self.kill9(relay)
        self.assertEqual(client.event("program_died", id=3)["pid"], pid)
        self.until(client, 3, state="ready", restarts=1)

    def test_what_a_program_says_reaches_all_who_asked(self):
        client = self.tree()
        other = self.client(self.dtreed)
        silent = self.client(self.dtreed)
        client.call("create", id=1)
        client.call("subscribe", types=["service_event"])
        other.call("subscribe")
        silent.call("subscribe", types=["node_died"])
        client.exec(1, "say", "half-full", 2)
        for one in (client, other):
            for count in range(2):
                event = one.event("service_event", id=1)
                self.assertEqual((event["event"], event["service"], event["data"]),
                                 ("half-full", "speaker", {"count": count}))
                self.assertNotIn("dropped", event)
        silent.ping(1)
        self.assertEqual(silent.events, [])

    def test_a_flood_is_thinned_counted_and_delays_nobody(self):
        client = self.tree()
        client.call("create", id=1)
        client.call("create", id=2)
        client.call("subscribe", types=["service_event"])
        self.assertEqual(client.exec(1, "say", "flood", 20000), "ok")
        self.assertEqual(client.exec(2, "x"), "ok")
        said = 20000

        def comes():
            nonlocal said
            said += 1
            client.exec(1, "say", "last", 1)
            client.ping(1)
            return any(event["event"] == "last" for event in client.events)
        wait_until(comes, "there is room again")
        told = [event["event"] for event in client.events]
        self.assertEqual(len(told) + sum(event.get("dropped", 0) for event in client.events), said)
        self.assertGreaterEqual(told.count("flood"), 100)
        self.assertLess(told.count("flood"), 5000)

    def test_what_is_no_event_is_dropped_and_logged_once(self):
        client = self.tree()
        client.call("create", id=1)
        client.call("subscribe", types=["service_event"])
        for params in ({"data": 1}, {"type": 5}, {"type": "a b", "data": 1}, [], {"type": ""},
                       {"type": "x", "data": "y" * 70000}):
            client.exec(1, "raw", json.dumps({"jsonrpc": "2.0", "method": "event",
                                              "params": params}))
        client.exec(1, "say", "good", 1)
        self.assertEqual(client.event("service_event")["event"], "good")
        wait_until(lambda: "it is dropped" in self.dtreed.stderr(), "it is logged")
        self.assertEqual(self.dtreed.stderr().count("it is dropped"), 1)
        self.assertEqual(self.program(client, 1)["restarts"], 0)

    def test_what_a_program_logs_has_the_level_that_it_names(self):
        client = self.tree("--log-level", "warn")
        client.call("create", id=1)
        for params in ({"text": "one"}, {"text": "two", "level": "info"},
                       {"text": "three", "level": "error"}, {"text": "four", "level": 5},
                       {"text": "five", "level": "loud"}, {"level": "error"},
                       {"text": "six", "level": "warn"}):
            client.exec(1, "raw", json.dumps({"jsonrpc": "2.0", "method": "log",
                                              "params": params}))
        pid = self.program(client, 1)["pid"]
        wait_until(lambda: f"speaker[{pid}]: six" in self.dtreed.stderr(), "it is logged")
        logged = [line.rsplit(": ", 1)[1] for line in self.dtreed.stderr().split("\n")
                  if f"speaker[{pid}]" in line]
        self.assertEqual(logged, ["three", "six"])

    def test_a_shell_on_a_terminal_is_told(self):
        client = self.tree()
        client.call("create", id=1)
        pid = self.until(client, 1, state="ready")["pid"]
        terminal = Terminal(self, "--socket", self.dtreed.socket, "shell")
        self.addCleanup(terminal.stop)
        terminal.shows("> ")
        terminal.ask("ping 1", "Ok: 1")
        self.kill9(pid)
        terminal.shows("the program of node 1 died: signal 9; it is started again in …", "> ")


if __name__ == "__main__":
    main()
