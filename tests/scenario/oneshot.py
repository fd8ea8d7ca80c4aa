#!/usr/bin/python3 -B
"""Each command as one run of dtreectl: its output and exit status."""

import json
import os
import select
import shutil
import subprocess

from lib.harness import Case, main
from lib.programs import dtreectl_path, dtreed_path, run
from lib.waiting import TIMEOUT


class OneShot(Case):
    def json(self, daemon, *args):
        """The JSON result of a command that must succeed."""
        done = self.ctl(daemon, "--json", *args)
        self.assertEqual((done.returncode, done.stderr), (0, ""), args)
        return json.loads(done.stdout)

    def misused(self, *args, program=None):
        """Wrong usage: status 2, something on standard error and nothing on standard output."""
        done = run(self, [program or dtreectl_path(), *args])
        self.assertEqual((done.returncode, done.stdout), (2, ""), args)
        self.assertNotEqual(done.stderr, "", args)
        return done.stderr

    def test_every_command_prints_its_reply(self):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 10)
        self.says(daemon, "P", "create", 20, 10)
        self.says(daemon, "P", "create", 30, "--service", "dict")
        self.says(daemon, "Ok:20: 6", "exec", 20, 3, 1, 2, 3)
        self.says(daemon, "Ok:30", "exec", 30, "x", 5)
        self.says(daemon, "Ok:30: 5", "exec", 30, "x")
        self.says(daemon, "Ok: 1", "ping", 10)
        self.says(daemon, "Ok: -1", "pingall")
        self.says(daemon, "Ok", "heartbit", 500)
        self.says(daemon, "Ok", "heartbeat", 700)
        self.says(daemon, "Ok", "kill", 10)

    def test_errors_go_to_standard_output_with_status_1(self):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 10)
        self.says(daemon, "Error: Already exists", "create", 10, status=1)
        self.says(daemon, "Error: Parent not found", "create", 11, 12, status=1)
        self.says(daemon, "Error:11: Not found", "exec", 11, 1, 1, status=1)
        self.says(daemon, "Error: Not found", "ping", 11, status=1)
        self.says(daemon, "Error: Not found", "kill", 11, status=1)
        self.says(daemon, "Error:10: …", "exec", 10, 2, 1, status=1)

    def test_negative_ids_are_no_options(self):
        daemon = self.daemon("--topology", "list")
        self.says(daemon, "P", "create", -5)
        self.says(daemon, "P", "create", -6, -1)
        self.says(daemon, "Ok:-5: -3", "exec", -5, 2, -1, -2)
        self.says(daemon, "Ok: 1", "ping", -6)
        self.says(daemon, "Ok", "kill", -6)
        self.says(daemon, "Error: Not found", "ping", -5, status=1)

    def test_search_takes_text_and_pattern_as_arguments(self):
        daemon = self.daemon("--service", "search")
        self.says(daemon, "P", "create", 10)
        self.says(daemon, "Ok:10: 0;7", "exec", 10, "abracadabra", "abra")
        self.says(daemon, "Ok:10: 1;3", "exec", 10, "a b c", " ")
        self.says(daemon, "Ok:10: -1", "exec", 10, "", "x")
        self.says(daemon, "Error:10: …", "exec", 10, "abc", "", status=1)

    def test_an_exec_that_cannot_be_sent_names_its_node(self):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 10)
        done = run(self, [dtreectl_path(), "--socket", daemon.socket, "exec", "10", b"\xff"])
        self.assert_reply(done.stdout.removesuffix("\n"), "Error:10: …")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        shell = self.shell(daemon=daemon)
        self.create(shell, 20, "--service", "search")
        shell.write("exec 20\nabra\n")
        lines, _ = shell.finish()
        self.assertEqual(len(lines), 1, lines)
        self.assert_reply(lines[0], "Error:20: …")

    def test_sum_reads_its_numbers_from_standard_input(self):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 10)
        self.says(daemon, "Ok:10: 6", "exec", 10, 3, "-", stdin="1 2 3\n")
        self.says(daemon, "Ok:10: 6", "exec", 10, 3, "-", stdin="1\n2\r\n\t3")
        self.says(daemon, "Error:10: …", "exec", 10, 3, "-", stdin="1 2", status=1)
        self.says(daemon, "Error:10: …", "exec", 10, 3, "-", stdin="", status=1)
        self.says(daemon, "Error:10: …", "exec", 10, 3, "-", stdin="1 2 3 4", status=1)
        self.says(daemon, "Error:11: Not found", "exec", 11, 3, "-", stdin="1 2 3", status=1)

    def test_json_prints_the_result(self):
        daemon = self.daemon()
        made = self.json(daemon, "create", 10)
        self.assertEqual((made["id"], made["parent"]), (10, -1))
        self.assertEqual(self.json(daemon, "exec", 10, 1, 7), {"id": 10, "result": "7"})
        self.assertEqual(self.json(daemon, "ping", 10), {"id": 10, "available": True})
        self.assertEqual(self.json(daemon, "pingall"), {"unavailable": []})
        self.assertEqual(self.json(daemon, "heartbit", 300), {"interval_ms": 300})
        tree = self.json(daemon, "tree")
        self.assertEqual([(n["id"], n["pid"]) for n in tree["nodes"]], [(10, made["pid"])])
        self.json(daemon, "status")
        self.assertEqual(self.json(daemon, "status", 10)["id"], 10)
        self.assertEqual(self.json(daemon, "kill", 10), {"removed": [10]})

    def test_json_prints_nothing_else_for_an_error(self):
        daemon = self.daemon()
        for args in (("ping", 10), ("exec", 10, 1, 1), ("kill", 10), ("create", 10, 9)):
            done = self.ctl(daemon, "--json", *args)
            self.assertEqual(done.returncode, 1, args)
            self.assertIsInstance(json.loads(done.stdout), dict)

    def test_call_asks_for_any_method(self):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 10)
        done = self.ctl(daemon, "call", "ping", '{"id":10}')
        self.assertEqual((done.returncode, json.loads(done.stdout)),
                         (0, {"id": 10, "available": True}))
        self.assertEqual(json.loads(self.ctl(daemon, "call", "pingall").stdout),
                         {"unavailable": []})
        for args in (("ping", '{"id":11}'), ("nothing", "{}")):
            self.assertEqual(self.ctl(daemon, "call", *args).returncode, 1, args)
        self.assertIn(self.ctl(daemon, "call", "ping", '{"id":').returncode, (1, 2))

    def test_tree_is_plain_text_when_piped(self):
        daemon = self.daemon()
        for node, parent in ((10, -1), (2345, 10), (-77, 10), (999, -1)):
            self.says(daemon, "P", "create", node, parent)
        done = self.ctl(daemon, "tree")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.isascii(), done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        for node in ("10", "2345", "-77", "999"):
            self.assertRegex(done.stdout, rf"(?<![\d-]){node}(?!\d)")

    def test_colour_comes_when_asked_for(self):
        daemon = self.daemon()
        for when, coloured in (("always", True), ("never", False), ("auto", False)):
            done = self.ctl(daemon, "--color", when, "pingall")
            self.assertEqual("\x1b" in done.stdout, coloured, when)
            # No escape sequence is within a reply.
            self.assertIn("Ok: -1", done.stdout)

    def test_status_tells_of_a_node_and_of_the_daemon(self):
        daemon = self.daemon("--topology", "list", "--service", "dict")
        self.says(daemon, "P", "create", 10)
        whole = self.ctl(daemon, "status")
        self.assertEqual(whole.returncode, 0)
        self.assertIn("list", whole.stdout)
        self.assertIn("dict", whole.stdout)
        self.assertIn("10", self.ctl(daemon, "status", 10).stdout)
        self.assertEqual(self.ctl(daemon, "status", 11).returncode, 1)

    def test_events_are_told_as_they_happen(self):
        daemon = self.daemon()
        with subprocess.Popen([dtreectl_path(), "--socket", daemon.socket, "--json", "events"],
                              env=self.env, stdout=subprocess.PIPE) as process:
            try:
                # Nobody tells when the program listens, and it may be between the two.
                client = self.client(daemon)
                said = b""
                node = 0
                while not {"node_created", "node_removed"} <= self.kinds(said):
                    client.call("create", id=node)
                    client.call("kill", id=node)
                    node += 1
                    while select.select([process.stdout], [], [], 0.05)[0]:
                        part = os.read(process.stdout.fileno(), 65536)
                        self.assertTrue(part, "events goes on")
                        said += part
            finally:
                process.terminate()

    def kinds(self, said):
        return {json.loads(line)["type"] for line in said.splitlines(keepends=True)
                if line.endswith(b"\n")}

    def events(self, daemon, count, *args):
        """The first lines of what is kept."""
        with subprocess.Popen([dtreectl_path(), "--socket", daemon.socket, "events", *args], env=self.env,
                              stdout=subprocess.PIPE, text=True) as process:
            lines = [process.stdout.readline() for _ in range(count)]
            process.terminate()
        return lines

    def test_events_that_are_kept_come_first_as_json_too(self):
        daemon = self.daemon()
        for node in (10, 11):
            self.says(daemon, "P", "create", node)
        came = [json.loads(line) for line in
                self.events(daemon, 2, "--since", "0", "--type", "node_created", "--json")]
        self.assertEqual([(event["type"], event["id"]) for event in came],
                         [("node_created", 10), ("node_created", 11)])
        (last,) = self.events(daemon, 1, f"--since={came[0]['seq']}", "node_created")
        self.assertIn(" id=11 ", last)
        (begin,) = self.events(daemon, 1, "--since", "-1h")
        self.assertIn(" controller_started ", begin)
        # By their time: what was before is not printed.
        (after,) = self.events(daemon, 1, "--since", came[1]["time"], "--type=node_created")
        self.assertIn(" id=11 ", after)
        self.says(daemon, "Error: 'soon' is no time…", "events", "--since", "soon", status=1)

    def test_no_event_is_missing_where_older_ones_are_kept(self):
        """Of many the first are not kept any more: only who asks for these is told."""
        daemon = self.daemon()
        with daemon.client() as client:
            client.call("create", id=10)
            for i in range(2200):
                client.send("change", id=10, name=f"n{i}")
            self.assertEqual(client.call("status", id=10)["name"], "n2199")
        self.assertIn(" events_dropped ", self.events(daemon, 1, "--since", "0")[0])
        self.assertIn(" events_dropped ", self.events(daemon, 1, "--since", "-1h")[0])
        (line,) = self.events(daemon, 1, "--since", str(self.last(daemon) - 9), "--json")
        event = json.loads(line)
        self.assertNotIn("events_dropped", self.events(daemon, 1, "--since", event["time"])[0])

    def last(self, daemon):
        with daemon.client() as client:
            return client.call("subscribe")["seq"]

    def test_a_tree_is_drawn_by_graphviz(self):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 10, "--name", "a")
        self.says(daemon, "P", "create", 20, 10)
        done = self.ctl(daemon, "tree", "--dot")
        self.assertIn('\t"10" -> "20";\n', done.stdout)
        nodes = json.loads(self.ctl(daemon, "tree", "--json").stdout)["nodes"]
        self.assertEqual([node["id"] for node in nodes], [10, 20])
        if shutil.which("dot"):
            drawn = run(self, ["dot", "-Tsvg"], stdin=done.stdout)
            self.assertEqual((drawn.returncode, drawn.stderr), (0, ""))
            for text in ("10 @a", "dtreed", "sum"):
                self.assertIn(f">{text}<", drawn.stdout)

    def test_shutdown_ends_the_tree(self):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 10)
        done = self.ctl(daemon, "shutdown")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(daemon.wait(), 0)
        self.await_nothing()
        self.assertEqual(self.sockets(), [])

    def test_no_daemon_is_status_3(self):
        missing = self.path("none")
        for args in (("ping", "1"), ("shell",), ("tree",), ("events",), ("shutdown",)):
            done = run(self, [dtreectl_path(), "--socket", missing, *args])
            self.assertEqual((done.returncode, done.stdout), (3, ""), args)
            self.assertIn(missing, done.stderr)

    def test_no_answer_in_time_is_status_4(self):
        daemon = self.daemon("--heartbeat", 60000, "--request-timeout", 60000)
        done = self.ctl(daemon, "--json", "create", 10)
        self.stopped(json.loads(done.stdout)["pid"])
        for args in (("exec", 10, 1, 1), ("ping", 10), ("pingall",)):
            done = self.ctl(daemon, "--timeout", 1, *args)
            self.assertEqual((done.returncode, done.stdout), (4, ""), args)

    def test_a_stopped_daemon_is_status_4(self):
        daemon = self.daemon()
        self.stopped(daemon.pid)
        done = self.ctl(daemon, "--timeout", 1, "pingall")
        self.assertEqual(done.returncode, 4, done)

    def test_the_environment_names_the_socket(self):
        daemon = self.daemon()
        here = {"DTREE_SOCKET": daemon.socket}
        done = run(self, [dtreectl_path(), "pingall"], env=here)
        self.assertEqual((done.stdout, done.returncode), ("Ok: -1\n", 0))
        done = run(self, [dtreectl_path(), "--socket", self.path("none"), "pingall"], env=here)
        self.assertEqual(done.returncode, 3)
        done = run(self, [dtreectl_path(), "shell"], env=here, stdin="pingall")
        self.assertEqual((done.stdout, done.returncode), ("Ok: -1\n", 0))

    def test_wrong_usage_is_status_2(self):
        self.env["DTREE_SOCKET"] = self.path("none")
        for args in ((), ("nothing",), ("--nothing",), ("ping",), ("ping", "1", "2"),
                     ("create",), ("create", "1", "2", "3"), ("create", "1", "--service"),
                     ("create", "1", "--nothing"), ("exec",), ("pingall", "1"), ("heartbit",),
                     ("--timeout", "x", "pingall"), ("--timeout", "-1", "pingall"), ("--timeout",),
                     ("--color", "red", "tree"), ("--socket",), ("status", "1", "2"),
                     ("shell", "--topology", "list"), ("shell", "--private", "--topology", "no"),
                     ("shell", "--private", "--service", "no"), ("shell", "--nothing"),
                     ("shell", "--private", "--heartbeat", "x")):
            with self.subTest(args=args):
                self.misused(*args)

    def test_a_shell_that_cannot_be_run_is_named(self):
        folder = self.fresh("bin")
        os.mkdir(folder)
        program = shutil.copy(dtreectl_path(), folder)
        shell = os.path.join(folder, "dtree-shell")
        with open(shell, "wb") as file:
            file.write(b"\0")
        os.chmod(shell, 0o755)
        for words in (["shell"], ["shell", "--private"]):
            done = run(self, [program, *words], stdin="create 1\n")
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (3, "", f"dtreectl: the program {shell} cannot be run: "
                                     "Exec format error\n"))

    def test_bad_values_are_refused_and_do_nothing(self):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 5)
        for args in (("ping", "5x"), ("ping", "4294967301"), ("ping", "-1"), ("ping", "05"),
                     ("kill", "5.0"), ("kill", "0x5"), ("kill", ""), ("create", "1.5"),
                     ("create", "6", "5x"), ("exec", "5 ", "1", "1"), ("heartbit", "x"),
                     ("heartbit", "0"), ("heartbit", "-1"), ("heartbit", "86400001"),
                     ("create", "7", "--service", "none"), ("status", "5x")):
            with self.subTest(args=args):
                done = self.says(daemon, "Error: …", *args, status=1)
                self.assertEqual(done.stderr, "", done)
                done = self.ctl(daemon, "--json", *args)
                self.assertEqual((done.returncode, done.stderr), (1, ""), done)
                self.assertEqual(json.loads(done.stdout)["code"], -32602, done)
        self.assertEqual(self.client(daemon).parents(), {5: -1})

    def test_wrong_options_of_the_daemon_are_status_2(self):
        for args in (("--nothing",), ("--topology", "ring"), ("--service", "none"), ("word",),
                     ("--heartbeat", "x"), ("--heartbeat", "-5"), ("--heartbeat", "86400001"),
                     ("--request-timeout", "0"), ("--log-level", "loud"), ("--topology",)):
            with self.subTest(args=args):
                self.misused(*args, program=dtreed_path())

    def test_help_and_version_are_answers(self):
        for program in (dtreectl_path(), dtreed_path()):
            for option in ("--help", "--version"):
                done = run(self, [program, option], timeout=TIMEOUT)
                self.assertEqual((done.returncode, done.stderr), (0, ""), (program, option))
                self.assertNotEqual(done.stdout, "")
        self.assertIn("0.2.0", run(self, [dtreed_path(), "--version"]).stdout)

    def test_a_configuration_is_read_and_checked(self):
        config = self.path("own.conf")
        command = [dtreed_path(), "--check-config", "--config", config]
        done = run(self, command)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(config, done.stderr)
        for text, good in (("", True), ("[dtree]\nnothing = 5\n", False), ("]][[\n=\n", False)):
            with open(config, "w", encoding="ascii") as file:
                file.write(text)
            done = run(self, command)
            self.assertEqual(done.returncode == 0, good, (text, done))


if __name__ == "__main__":
    main()
