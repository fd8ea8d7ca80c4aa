#!/usr/bin/python3 -B
"""Commands whose dtreed dies: one line, exit status 3, and whether they may have run."""

import json
import select
import subprocess

from lib import procs
from lib.harness import main
from lib.daemon_death import DID_NOT, MAY, DaemonDeath
from lib.programs import Shell, dtreectl_path, run
from lib.waiting import TIMEOUT, wait_until


class OneShot(DaemonDeath):
    """dtreed is stopped while the command is sent, so that it cannot answer."""

    def begin(self, daemon, *args, stdin=subprocess.DEVNULL):
        process = subprocess.Popen([dtreectl_path(), "--socket", daemon.socket, *map(str, args)],
                                   env=self.env, stdin=stdin, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end(self, process):
        out, err = process.communicate(timeout=TIMEOUT)
        return process.returncode, out, err

    def sent(self, process):
        """Waits until it has written all it can and sleeps."""
        wait_until(lambda: procs.state(process.pid) == "S", "the client waits")

    def all_lost(self, options, commands):
        """Every command at once on one dtreed, which dies."""
        daemon = self.daemon()
        self.says(daemon, "P", "create", 10)
        self.stopped(daemon.pid)
        begun = [(args, self.begin(daemon, *options, *args)) for args in commands]
        for _, process in begun:
            self.sent(process)
        self.die(daemon)
        return daemon, [(args, *self.end(process)) for args, process in begun]

    COMMANDS = (("ping", 10), ("pingall",), ("create", 11), ("kill", 10), ("tree",),
                ("status",), ("status", 10), ("events",), ("heartbit", 100), ("call", "hello"),
                ("exec", 10, 1, 1), ("shutdown",))

    def test_a_command_under_way_fails_with_one_line_and_status_3(self):
        daemon, ended = self.all_lost((), self.COMMANDS)
        for args, status, out, err in ended:
            self.assertEqual((status, out, err),
                             (3, "", f"dtreectl: {self.lost(daemon)}{MAY}\n"), args)

    def test_as_json_a_command_under_way_prints_the_error_object(self):
        daemon, ended = self.all_lost(("--json",), self.COMMANDS)
        for args, status, out, err in ended:
            self.assertEqual((status, err), (3, ""), args)
            node = {"id": args[1]} if args[0] in ("ping", "create", "kill", "exec", "status") and args[1:] else {}
            self.assertEqual(json.loads(out), {
                "code": -2, "message": self.lost(daemon),
                "data": {"name": "LOST", "outcome": "unknown"}, **node}, args)

    def half_fed(self, *options):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 10)
        self.stopped(daemon.pid)
        process = self.begin(daemon, *options, "exec", 10, 500000, "-", stdin=subprocess.PIPE)
        process.stdin.write("1 " * 75000)
        process.stdin.flush()
        self.sent(process)
        self.die(daemon)
        # It ends although its input does not.
        wait_until(lambda: process.poll() is not None, "dtreectl ends")
        return daemon, *self.end(process)

    def test_an_exec_whose_input_goes_on_did_not_run(self):
        daemon, status, out, err = self.half_fed()
        self.assertEqual((status, out, err),
                         (3, "", f"dtreectl: {self.lost(daemon)}{DID_NOT}\n"))
        daemon, status, out, err = self.half_fed("--json")
        self.assertEqual((status, err), (3, ""))
        self.assertEqual(json.loads(out)["data"], {"name": "LOST", "outcome": "not_run"})

    def await_told(self, process, client):
        """It prints events: nobody tells when it listens."""
        def told():
            client.call("create", id=10)
            client.call("kill", id=10)
            return select.select([process.stdout], [], [], 0.05)[0]
        wait_until(told, "an event")

    def test_events_end_with_a_line_when_their_daemon_dies(self):
        for options in ((), ("--json",)):
            daemon = self.daemon()
            process = self.begin(daemon, *options, "events")
            self.await_told(process, self.client(daemon))
            self.die(daemon)
            status, _, err = self.end(process)
            self.assertEqual((status, err), (3, f"dtreectl: {self.lost(daemon)}\n"), options)

    def test_as_json_no_daemon_is_an_error_object(self):
        done = run(self, [dtreectl_path(), "--socket", self.path("none"), "--json", "ping", "1"])
        self.assertEqual((done.returncode, done.stderr), (3, ""))
        error = json.loads(done.stdout)
        self.assertEqual(error["data"], {"name": "NO_DAEMON", "outcome": "not_run"})
        self.assertIn(self.path("none"), error["message"])

    def test_as_json_no_answer_in_time_is_an_error_object(self):
        daemon = self.daemon()
        self.stopped(daemon.pid)
        done = self.ctl(daemon, "--json", "--timeout", 1, "pingall")
        self.assertEqual((done.returncode, done.stderr), (4, ""))
        self.assertEqual(json.loads(done.stdout)["data"],
                         {"name": "TIMEOUT", "outcome": "unknown"})


class Pipe(DaemonDeath):
    def test_a_shell_on_a_pipe_answers_what_is_due_and_ends_with_status_3(self):
        daemon = self.daemon("--heartbeat", 60000)
        shell = self.shell(daemon=daemon)
        self.stopped(self.create(shell, 10))
        self.create(shell, 20)
        shell.write("exec 10 1 1\nping 10\nexec 10 1 2\nping 20\n")
        self.assertEqual(shell.line(), "Ok: 1")
        self.die(daemon)
        reason = self.lost(daemon) + MAY
        lines, status = shell.finish()
        self.assertEqual(sorted(lines), sorted([f"Error:10: {reason}", f"Error: {reason}",
                                                f"Error:10: {reason}"]))
        self.assertEqual((status, shell.stderr()), (3, f"dtreectl: {self.lost(daemon)}\n"))

    def test_a_shell_on_a_pipe_says_what_did_not_run(self):
        daemon = self.daemon("--service", "search")
        shell = self.shell(daemon=daemon)
        self.create(shell, 10)
        # In one write: what is behind the ping has been read when it is answered.
        shell.write("ping 10\nexec 10\na text whose pattern is still to come\n")
        self.assertEqual(shell.line(), "Ok: 1")
        self.die(daemon)
        self.assertEqual(shell.finish(), ([f"Error:10: {self.lost(daemon)}{DID_NOT}"], 3))

    def test_a_shell_with_json_prints_error_objects(self):
        daemon = self.daemon("--heartbeat", 60000)
        client = self.client(daemon)
        self.stopped(client.call("create", id=10)["pid"])
        shell = Shell(self, "--socket", daemon.socket, "--json", "shell")
        self.addCleanup(shell.stop)
        shell.write("exec 10 1 1\npingall\n")
        wait_until(lambda: client.call("status")["pending"] >= 2, "both are under way")
        self.die(daemon)
        lines, status = shell.finish()
        self.assertEqual(status, 3)
        self.assertEqual([json.loads(line)["data"] for line in lines],
                         [{"name": "LOST", "outcome": "unknown"}] * 2)


if __name__ == "__main__":
    main()
