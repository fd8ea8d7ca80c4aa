#!/usr/bin/python3 -B
"""A user's own programs serve nodes: they are asked, they die, they hang, and nobody else notices."""

import os
import signal

from lib import procs
from lib.harness import Case, main
from lib.waiting import wait_until

SH = "#!/bin/sh\n"


class Programs(Case):
    def config(self, text):
        return self.text_file("services.conf", text)

    def declared(self, text, *options):
        """A private shell whose tree knows the declared services."""
        return self.private("--config", self.config(text), *options)

    def programs(self, word):
        """Living processes of this test that have the word among their arguments."""
        return [pid for pid in self.family() if word in procs.arguments(pid)]

    def program_of(self, worker):
        return wait_until(lambda: [pid for pid in procs.children(worker) if not procs.gone(pid)],
                          "the program runs")[0]

    ECHO = """\
        [service echo]
        protocol = lines
        command = cat
        """

    def test_a_program_on_the_command_line_answers(self):
        shell = self.private("--define", "swap=sed -u s/a/b/", "--service", "swap")
        self.create(shell, 1)
        self.dialogue(shell, [("exec 1 a c", "Ok:1: b c"), ("exec 1 x", "Ok:1: x")])

    def test_what_a_program_is_told(self):
        shell = self.declared("""\
            [service told]
            protocol = run
            command = sh -c 'echo "$DTREE_NODE $DTREE_SERVICE $MINE $(pwd)"; test -d "$DTREE_STATE_DIR"'
            environment = MINE=yes
            directory = /
            """)
        self.create(shell, 7, "--service", "told")
        self.ask(shell, "exec 7", "Ok:7: 7 told yes /")

    def test_a_killed_program_is_started_again_and_the_node_stays(self):
        shell = self.declared(self.ECHO)
        worker = self.create(shell, 1, "--service", "echo")
        self.ask(shell, "exec 1 a", "Ok:1: a")
        first = self.program_of(worker)
        self.kill9(first)
        wait_until(lambda: procs.gone(first), "it is gone")
        self.ask(shell, "ping 1", "Ok: 1")
        wait_until(lambda: shell.ask("exec 1 b") == "Ok:1: b", "it answers again")
        self.assertNotEqual(self.program_of(worker), first)

    def test_a_request_under_way_is_answered_when_its_program_dies(self):
        path = self.program_file("once", SH + "read line; kill -9 $$\n")
        daemon = self.daemon("--define", f"once={path}", "--service", "once")
        client = self.client(daemon)
        client.call("create", id=1)
        error = client.error("exec", id=1, args=["a"])
        self.assertEqual(error.name, "SERVICE_ERROR")
        self.assertEqual(error.data["outcome"], "unknown")
        self.assertEqual(error.message, "the program ended: signal 9")

    def test_what_is_known_beside_the_reason(self):
        path = self.program_file("fails", """\
            #!/usr/bin/python3
            import json, sys
            for line in sys.stdin:
                m = json.loads(line)
                size = int(m["params"]["args"][0])
                print(json.dumps({"id": m["id"], "error": {
                    "code": 7, "message": "no" * size, "data": {"key": "x" * size}}}), flush=True)
            """)
        daemon = self.daemon("--config", self.config(f"""\
            [service fails]
            protocol = json
            command = {path}
            [service exits]
            protocol = run
            command = sh -c 'echo bad >&2; exit 3'
            [service gone]
            protocol = lines
            command = sh -c 'exit 9'
            """))
        client = self.client(daemon)
        for node, service in enumerate(("fails", "exits", "gone")):
            client.call("create", id=node, service=service)
        error = client.error("exec", id=0, args=["1"])
        self.assertEqual((error.message, error.data), ("no", {
            "name": "SERVICE_ERROR", "code": 7, "data": {"key": "x"}}))
        error = client.error("exec", id=0, args=["65000"])
        self.assertEqual(error.data["data"], {"key": "x" * 65000})
        error = client.error("exec", id=0, args=["66000"])
        self.assertEqual(error.data["data_dropped"], True)
        error = client.error("exec", id=1, args=[])
        self.assertEqual((error.message, error.data), ("bad (exit status 3)", {
            "name": "SERVICE_ERROR", "status": 3}))
        # In a sweep only the reason is kept.
        found = client.call("exec_all", args=["65000"], reduce="count")
        self.assertEqual(found["count"], 0)
        self.assertEqual([(error["id"], error["message"][:3]) for error in found["errors"]][:2],
                         [(0, "non"), (1, "bad")])
        error = wait_until(lambda: (e := client.error("exec", id=2, args=["a"])).data.get("retry_ms")
                           and e, "it is not there")
        self.assertEqual(error.data["outcome"], "not_run")
        self.assertIn("retry_ms", error.data)
        done = self.ctl(daemon, "--json", "exec", 1)
        self.assertIn('"status":3', done.stdout)

    def test_a_program_that_goes_away_is_its_own_nodes_error(self):
        path = self.program_file("here", SH + "cat\n")
        shell = self.declared(f"""\
            [service here]
            protocol = run
            command = {path}
            [service other]
            protocol = lines
            command = cat
            """)
        self.create(shell, 1, "--service", "here")
        self.create(shell, 2, "--service", "other")
        self.ask(shell, "exec 1", "Ok:1")
        os.unlink(path)
        self.ask(shell, "exec 1", f"Error:1: cannot run {path}: No such file or directory "
                 "(exit status 127)")
        self.ask(shell, "exec 2 a", "Ok:2: a")

    def test_a_worker_that_is_killed_takes_its_program_along(self):
        path = self.program_file("family", SH + "sleep 1000 & cat\n")
        shell = self.private("--define", f"family={path}", "--service", "family")
        worker = self.create(shell, 1)
        self.ask(shell, "exec 1 a", "Ok:1: a")
        program = self.program_of(worker)
        self.kill9(worker)
        wait_until(lambda: procs.gone(program), "the program ends")
        wait_until(lambda: not self.programs("1000"), "and what it started")
        self.ask_until(shell, "ping 1", "Ok: 0")

    def test_a_kill_ends_the_program(self):
        shell = self.declared(self.ECHO)
        worker = self.create(shell, 1, "--service", "echo")
        program = self.program_of(worker)
        self.ask(shell, "kill 1", "Ok")
        wait_until(lambda: procs.gone(program), "the program ends")

    def test_a_frozen_program_holds_up_its_own_node_alone(self):
        daemon = self.daemon("--config", self.config(self.ECHO), "--request-timeout", 1500)
        shell = self.shell(daemon=daemon)
        worker = self.create(shell, 1, "--service", "echo")
        self.create(shell, 2, 1, "--service", "echo")
        self.ask(shell, "exec 1 a", "Ok:1: a")
        self.stopped(self.program_of(worker))
        self.ask(shell, "exec 1 b", "Error:1: Node is unavailable")
        self.dialogue(shell, [("ping 1", "Ok: 1"), ("exec 2 c", "Ok:2: c")])

    def test_a_program_outlives_dtreed_and_its_node_is_adopted(self):
        daemon = self.daemon("--config", self.config(self.ECHO))
        shell = self.shell(daemon=daemon)
        worker = self.create(shell, 1, "--service", "echo")
        self.ask(shell, "exec 1 a", "Ok:1: a")
        program = self.program_of(worker)
        daemon.kill()
        shell.stop()
        again = self.daemon("--config", self.config(self.ECHO), base=daemon.base)
        shell = self.shell(daemon=again)
        self.ask_until(shell, "ping 1", "Ok: 1")
        self.ask(shell, "exec 1 b", "Ok:1: b")
        self.assertEqual(self.program_of(worker), program)

    def test_json_in_both_directions(self):
        path = self.program_file("rpc", """\
            #!/usr/bin/python3
            import json, sys
            for line in sys.stdin:
                m = json.loads(line)
                args = m["params"]["args"]
                print(json.dumps({"jsonrpc": "2.0", "id": m["id"], "result":
                                  {"args": args, "node": m["params"]["node"]}}), flush=True)
            """)
        shell = self.declared(f"""\
            [service rpc]
            protocol = json
            command = {path}
            concurrency = 16
            """)
        self.create(shell, 3, "--service", "rpc")
        self.ask(shell, 'exec 3 x y', 'Ok:3: {"args":["x","y"],"node":3}')

    def test_every_node_at_once(self):
        shell = self.declared(self.ECHO)
        for node in range(1, 4):
            self.create(shell, node, "--service", "echo")
        daemon = shell.daemon_pid()
        self.assertTrue(daemon)
        self.ask(shell, "exec --all a", "Ok:1: a")
        self.assertEqual([shell.line(), shell.line()], ["Ok:2: a", "Ok:3: a"])

    def test_data_of_a_program_survives_its_worker(self):
        path = self.program_file("keeper", SH + 'while read line; do echo "$line" >>"$DTREE_STATE_DIR/all"\n'
                            'wc -l <"$DTREE_STATE_DIR/all"; done\n')
        daemon = self.daemon("--define", f"keeper={path}", "--service", "keeper",
                             "--restart", "always")
        shell = self.shell(daemon=daemon)
        worker = self.create(shell, 1)
        self.dialogue(shell, [("exec 1 a", "Ok:1: 1"), ("exec 1 b", "Ok:1: 2")])
        self.kill9(worker)
        wait_until(lambda: procs.gone(worker), "it is gone")
        self.ask_until(shell, "ping 1", "Ok: 1")
        self.ask(shell, "exec 1 c", "Ok:1: 3")

    def test_what_a_program_complains_of_is_in_the_log(self):
        path = self.program_file("loud", SH + 'while read line; do echo "about $line" >&2; echo fine; done\n')
        daemon = self.daemon("--define", f"loud={path}", "--service", "loud")
        shell = self.shell(daemon=daemon)
        self.create(shell, 1)
        self.ask(shell, "exec 1 a", "Ok:1: fine")
        wait_until(lambda: "about a" in daemon.stderr(), "the line is logged")
        line = next(line for line in daemon.stderr().splitlines() if "about a" in line)
        self.assertRegex(line, r"node 1.*loud\[\d+\]: about a$")

    def test_a_flood_of_complaints_is_thinned_and_holds_up_nobody(self):
        path = self.program_file("flood", SH + 'while read line; do yes complaint | head -c 20000000 >&2\n'
                            'echo fine; done\n')
        daemon = self.daemon("--define", f"flood={path}", "--service", "flood")
        shell = self.shell(daemon=daemon)
        self.create(shell, 1)
        self.ask(shell, "exec 1 a", "Ok:1: fine")
        wait_until(lambda: "lines were dropped" in daemon.stderr(), "it is said")

    def test_a_program_that_ends_at_once_does_not_spin(self):
        path = self.program_file("brief", SH + f'echo >>{self.path("starts")}\n')
        shell = self.private("--define", f"brief={path}", "--service", "brief")
        self.create(shell, 1)
        wait_until(lambda: os.path.exists(self.path("starts")), "it was started")
        self.ask(shell, "exec 1 a", "Error:1: the program …")
        with open(self.path("starts"), "rb") as file:
            self.assertLess(len(file.read()), 10)

    def test_a_program_that_ignores_sigterm_ends_all_the_same(self):
        path = self.program_file("deaf", SH + 'trap "" TERM; while :; do read line && echo "$line"; sleep 0.01; done\n')
        shell = self.private("--define", f"deaf={path}", "--service", "deaf")
        worker = self.create(shell, 1)
        self.ask(shell, "exec 1 a", "Ok:1: a")
        program = self.program_of(worker)
        self.assertEqual(shell.finish(), ([], 0))
        self.assertTrue(procs.gone(program))

    def test_a_shell_ends_with_its_programs(self):
        shell = self.declared(self.ECHO)
        for node in range(1, 4):
            self.create(shell, node, "--service", "echo")
        shell.process.send_signal(signal.SIGKILL)
        self.await_nothing(10)


if __name__ == "__main__":
    main()
