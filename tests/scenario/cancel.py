#!/usr/bin/python3 -B
"""The method cancel: a request under way ends, a waiting one has not run."""

import os
import signal
import subprocess

from lib import procs
from lib.harness import Case, main
from lib.programs import dtreectl_path
from lib.terminal import Terminal
from lib.waiting import wait_until

# Keeps what is to be "held" until it is cancelled, which it notes; never answers it.
PROGRAM = """\
    #!/usr/bin/python3
    import json, os, sys
    words = {}
    for line in sys.stdin:
        m = json.loads(line)
        with open(os.environ["NOTES"], "a") as notes:
            if m["method"] == "exec":
                word = (m["params"]["args"] + [""])[0]
                words[m["id"]] = word
                print("begun", word, file=notes)
            else:
                word = ""
                print(m["method"], words.get(m["params"]["id"]), file=notes)
        if m["method"] == "exec" and word != "held":
            print(json.dumps({"id": m["id"], "result": word}), flush=True)
    """


class Cancel(Case):
    def open(self, *options, **how):
        """A daemon and a client of it."""
        self.tree = self.daemon(*options, **how)
        return self.client(self.tree)

    def cancelled(self, client, number, outcome):
        """The request is cancelled, and its error comes before the answer to that."""
        self.assertEqual(client.call("cancel", request=number), {"cancelled": True})
        error = client.replies.pop(number)["error"]
        self.assertEqual((error["code"], error["data"]),
                         (-32009, {"name": "CANCELLED", "outcome": outcome}))

    def programs(self, concurrency=1, *options):
        """A daemon with node 1 of the program, node 2 of one process a request, and a client."""
        path = self.program_file("program", PROGRAM)
        self.notes = self.path("notes")
        config = self.text_file("services.conf", f"""\
            [service held]
            protocol = json
            command = {path}
            concurrency = {concurrency}
            environment = NOTES={self.notes}
            stop-grace = 300
            [service each]
            protocol = run
            command = sh -c 'trap "echo ended >>{self.notes}; exit 1" TERM; echo up >>{self.notes}; while :; do sleep 0.05; done'
            """)
        client = self.open("--config", config, "--service", "held", "--request-timeout", 600000,
                           *options)
        client.call("create", id=1)
        client.call("create", id=2, service="each")
        return client

    def times(self, line):
        """How often the programs have noted that line."""
        try:
            with open(self.notes, encoding="utf-8") as file:
                return file.read().splitlines().count(line)
        except FileNotFoundError:
            return 0

    def noted(self, line):
        """The programs have noted that line."""
        wait_until(lambda: self.times(line), f"{line} is noted")

    def test_a_program_hears_of_it(self):
        client = self.programs()
        held = client.send("exec", id=1, args=["held"])
        self.noted("begun held")
        waiting = client.send("exec", id=1, args=["b"])
        # The program has one request at a time, and has not begun this one.
        self.assertEqual(client.call("cancel", request=waiting), {"cancelled": True})
        self.assertEqual(client.call("cancel", request=held), {"cancelled": True})
        self.noted("cancel held")
        for number, outcome in ((held, "unknown"), (waiting, "not_run")):
            error = client.reply(number)["error"]
            self.assertEqual((error["code"], error["data"]),
                             (-32009, {"name": "CANCELLED", "outcome": outcome}))
        # It never answers what was cancelled, and keeps its place only for stop-grace.
        self.assertEqual(client.exec(1, "c"), "c")
        each = client.send("exec", id=2, args=[])
        self.noted("up")
        self.cancelled(client, each, "unknown")
        self.noted("ended")

    def test_what_the_service_has_not_begun_is_taken_back(self):
        client = self.open("--service", "search", "--request-timeout", 600000)
        client.call("create", id=1)
        other = self.client(self.tree)
        # Large enough to keep the service busy.
        stream = other.call("exec_open", id=1)["stream"]
        for _ in range(30):
            other.call("exec_feed", stream=stream, data="a" * 100000, end_arg=False)
        other.call("exec_feed", stream=stream, data="", end_arg=True)
        other.call("exec_feed", stream=stream, data="a", end_arg=True)
        close = other.send("exec_close", stream=stream)
        number = client.send("exec", id=1, args=["abc", "c"])
        self.assertEqual(client.call("cancel", request=number), {"cancelled": True})
        error = client.reply(number)["error"]
        self.assertEqual(error["code"], -32009)
        self.assertIn("0;1;2;3", other.wait(close)["result"])

    def test_who_goes_away_cancels_what_he_asked(self):
        client = self.programs(8)
        other = self.client(self.tree)
        other.send("exec", id=1, args=["held"])
        self.noted("begun held")
        other.close()
        self.noted("cancel held")
        each = self.client(self.tree)
        each.send("exec", id=2, args=[])
        self.noted("up")
        # It is closed by half first, and waits for its answers.
        each.socket.shutdown(1)
        self.assertEqual(client.exec(1, "a"), "a")
        self.assertEqual(client.call("status", id=2)["pending"], 1)
        each.close()
        self.noted("ended")
        wait_until(lambda: client.call("status")["pending"] == 0, "nothing is under way")

    def test_a_notification_runs_on(self):
        client = self.programs(8)
        other = self.client(self.tree)
        other.raw(b'{"jsonrpc":"2.0","method":"exec","params":{"id":1,"args":["held"]}}\n')
        self.noted("begun held")
        other.send("exec", id=1, args=["held"])
        wait_until(lambda: client.call("status")["pending"] == 2, "both are under way")
        other.close()
        self.noted("cancel held")
        wait_until(lambda: client.call("status")["pending"] == 1, "the other is cancelled")

    def test_what_changes_nodes_runs_on(self):
        client = self.programs()
        other = self.client(self.tree)
        stream = other.call("exec_open", id=1, args=["a"])["stream"]
        self.assertTrue(stream)
        other.send("kill", id=1)
        wait_until(lambda: client.call("status")["pending"] == 2, "both are under way")
        other.close()
        wait_until(lambda: 1 not in client.nodes(), "the node is killed")

    def test_an_exec_of_many_is_cancelled_in_its_nodes(self):
        client = self.programs()
        number = client.send("exec_all", args=["held"])
        self.noted("begun held")
        self.noted("up")
        self.cancelled(client, number, "unknown")
        self.noted("cancel held")
        self.noted("ended")

    def test_a_cancel_that_is_lost_with_the_link_is_sent_again(self):
        client = self.programs()
        parent = client.call("create", id=3)["pid"]
        client.call("create", id=4, parent=3)
        number = client.send("exec", id=4, args=["held"])
        self.noted("begun held")
        self.stopped(parent)
        self.cancelled(client, number, "unknown")
        self.kill9(parent)
        self.noted("cancel held")
        wait_until(lambda: client.call("status", id=4)["pending"] == 0, "the node has answered")

    def test_a_signal_ends_dtreectl_and_its_request(self):
        self.programs(8)
        for number in (signal.SIGINT, signal.SIGTERM):
            if os.path.exists(self.notes):
                os.unlink(self.notes)
            ctl = subprocess.Popen([dtreectl_path(), "--socket", self.tree.socket, "exec", "1",
                                    "held"], env=self.env)
            self.addCleanup(ctl.kill)
            self.noted("begun held")
            ctl.send_signal(number)
            self.assertEqual(ctl.wait(), -number)
            self.noted("cancel held")

    def test_a_shell_that_is_interrupted_cancels_in_the_node(self):
        self.programs(8)
        shell = self.shell(daemon=self.tree)
        shell.write("exec 1 held\n")
        self.noted("begun held")
        self.assertFalse(procs.gone(shell.process.pid))
        shell.process.send_signal(signal.SIGTERM)
        self.noted("cancel held")

    def test_a_key_in_the_shell_cancels_in_the_program_and_the_shell_goes_on(self):
        client = self.programs()
        terminal = Terminal(self, "--socket", self.tree.socket, "shell")
        self.addCleanup(terminal.stop)
        terminal.shows("> ")
        terminal.write("exec 1 held\n")
        terminal.shows("> exec 1 held", "> ")
        self.noted("begun held")
        terminal.write("exec 1 b\n")
        terminal.shows("> exec 1 b", "> ")
        terminal.write("exec 2\n")
        terminal.shows("> exec 2", "> ")
        self.noted("up")
        terminal.write("\x03")
        # Each says what its program had of it.
        terminal.shows("> ^C", *["Error:…"] * 3, "> ")
        self.assertEqual(sorted(terminal.look()[-4:-1]),
                         ["Error:1: Cancelled; the command did not run",
                          "Error:1: Cancelled; the command may have run",
                          "Error:2: Cancelled; the command may have run"])
        self.noted("cancel held")
        self.noted("ended")
        wait_until(lambda: client.call("status")["pending"] == 0, "nothing is under way")
        terminal.ask("exec 1 c", "Ok:1: c")
        # Also while the shell still waits for an answer before its prompt.
        terminal.write("exec 1 held\n")
        wait_until(lambda: self.times("begun held") == 2, "it has begun again")
        terminal.write("\x03")
        wait_until(lambda: self.times("cancel held") == 2, "it is cancelled again")
        terminal.shows("Error:1: Cancelled; the command may have run", "> ")
        self.assertIn(terminal.look()[-3], ("^C", "> ^C"))
        terminal.ask("exec 1 d", "Ok:1: d")
        terminal.write("logs -f 1\n")
        terminal.shows("> logs -f 1", "> ")
        terminal.write("\x03")
        terminal.shows("> ^C", "Error: Cancelled; the command did not run", "> ")
        terminal.write("exit\n")
        self.assertEqual(terminal.wait(), 0)

    def test_a_request_is_cancelled_in_its_node(self):
        client = self.open("--service", "dict", "--heartbeat", 60000, "--request-timeout", 600000)
        pid = client.call("create", id=1)["pid"]
        client.call("create", id=2)
        self.stopped(pid)
        for send in (lambda: client.send("exec", id=1, args=["x", "1"]),
                     lambda: client.send("ping", id=1),
                     lambda: client.send("exec_all", args=["x", "1"])):
            number = send()
            self.assertEqual(client.exec(2, "y"), "'y' not found")
            self.cancelled(client, number, "unknown")
        stream = client.call("exec_open", id=1, args=["x"])["stream"]
        client.send("exec_feed", stream=stream, data="5")
        self.cancelled(client, client.send("exec_close", stream=stream), "unknown")
        self.go_on(pid)
        # Its late answer is dropped, and it goes on serving.
        self.assertTrue(client.ping(1))
        client.exec(1, "x", 7)
        self.assertEqual(client.exec(1, "x"), "7")
        wait_until(lambda: client.call("status")["pending"] == 0, "nothing is under way")

    def test_what_waits_is_cancelled_and_has_not_run(self):
        client = self.open("--service", "dict")
        client.call("create", id=1)
        stream = client.call("exec_open", id=1, args=["x"])["stream"]
        behind = [client.send("exec", id=1, args=["x", "9"]), client.send("kill", id=1),
                  client.send("ping", id=1), client.send("exec_all", args=["x", "8"]),
                  client.send("create", id=2, parent=1)]
        for number in behind:
            self.assertEqual(client.call("cancel", request=number), {"cancelled": True})
        # An answer keeps its place: they come behind the stream's.
        self.assertEqual(client.replies.keys() - behind, set())
        client.call("exec_feed", stream=stream, data="5")
        self.assertIsNone(client.call("exec_close", stream=stream)["result"])
        for number in behind:
            error = client.reply(number)["error"]
            self.assertEqual((error["code"], error["data"]["outcome"]), (-32009, "not_run"))
        self.assertEqual(client.exec(1, "x"), "5")
        self.assertEqual(client.parents(), {1: -1})

    def test_what_is_not_under_way_is_not_cancelled(self):
        client = self.open()
        client.call("create", id=1)
        done = client.send("ping", id=1)
        client.wait(done)
        for number in (done, 77, "a", 1.0):
            self.assertEqual(client.call("cancel", request=number), {"cancelled": False})
        other = self.client(self.tree)
        stream = other.call("exec_open", id=1, args=["1", "5"])["stream"]
        other.raw(b'{"jsonrpc":"2.0","id":"a","method":"ping","params":[1]}\n')
        wait_until(lambda: client.call("status")["pending"] == 2, "both are under way")
        self.assertEqual(client.call("cancel", request="a"), {"cancelled": False})
        self.assertEqual(other.call("cancel", request="a"), {"cancelled": True})
        self.assertEqual(other.call("exec_close", stream=stream)["result"], "5")
        self.assertEqual(other.reply("a")["error"]["code"], -32009)
        for bad in (None, 1.5, [], {}, True):
            self.assertEqual(client.error("cancel", request=bad).code, -32602)


if __name__ == "__main__":
    main()
