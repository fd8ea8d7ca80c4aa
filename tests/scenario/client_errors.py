#!/usr/bin/python3 -B
"""Messages and exit status of dtreectl on failures: of its output, the socket, its arguments, a
node."""

import json
import os
import resource
import select
import signal
import socket
import subprocess

from lib import procs
from lib.harness import Case, main
from lib.daemon_death import DaemonDeath
from lib.programs import dtreectl_path, dtreed_path, run
from lib.terminal import Terminal
from lib.waiting import TIMEOUT, wait_until


class Output(Case):
    """A write that fails is an error with words."""

    def full(self, command, stdin=b"", stdout="/dev/full", **how):
        """Its status and messages with an output that takes nothing."""
        with open(stdout, "wb") as sink:
            done = subprocess.run(command, input=stdin, stdout=sink, stderr=subprocess.PIPE,
                                  env=self.env, timeout=TIMEOUT, check=False, **how)
        return done.returncode, done.stderr.decode()

    def commands(self, daemon):
        here = [dtreectl_path(), "--socket", daemon.socket]
        return [([*here, *words], b"") for words in (
            ("tree",), ("ping", "1"), ("ping", "7"), ("--json", "status"), ("exec", "1", "1", "5"),
            ("ping", "x"), ("help",), ("--help",), ("--version",), ("call", "hello"))] + [
                ([*here, "shell"], b"ping 1\n"), ([*here, "--json", "shell"], b"ping 1\n"),
                ([dtreectl_path(), "shell", "--private"], b"create 1\n"),
                ([dtreectl_path(), "--json", "--socket", self.path("none"), "tree"], b"")]

    def test_a_full_disk_is_said(self):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 1)
        for command, stdin in self.commands(daemon):
            status, said = self.full(command, stdin)
            self.assertEqual(said, "dtreectl: standard output: No space left on device\n", command)
            self.assertEqual(status, 3 if self.path("none") in command else 1, command)
        for option in ("--help", "--version", "--check-config"):
            self.assertEqual(self.full([dtreed_path(), option]),
                             (1, "dtreed: standard output: No space left on device\n"))

    def test_wrong_usage_is_said_on_a_full_disk_too(self):
        for words in (("--nothing",), ("nothing",), ("shell", "--nothing")):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([dtreectl_path(), "--json", *words], env=self.env, stdout=full,
                                      stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr),
                             (2, "dtreectl: standard output: No space left on device\n"), words)

    def test_events_end_on_a_full_disk(self):
        daemon = self.daemon()
        with open("/dev/full", "wb") as sink:
            process = subprocess.Popen([dtreectl_path(), "--socket", daemon.socket, "events"],
                                       stdout=sink, stderr=subprocess.PIPE, env=self.env)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        client = self.client(daemon)

        def over():
            client.call("create", id=1)
            client.call("kill", id=1)
            return process.poll() is not None
        wait_until(over, "it has an event to print")
        self.assertEqual((process.returncode, process.communicate()[1]),
                         (1, b"dtreectl: standard output: No space left on device\n"))

    def test_a_closed_output_is_said(self):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 1)
        for command, stdin in self.commands(daemon):
            status, said = self.full(["sh", "-c", 'exec "$0" "$@" >&-', *command], stdin)
            self.assertEqual(said, "dtreectl: standard output: Bad file descriptor\n", command)
            self.assertEqual(status, 3 if self.path("none") in command else 1, command)
        self.assertEqual(self.full(["sh", "-c", 'exec "$0" --version >&-', dtreed_path()]),
                         (1, "dtreed: standard output: Bad file descriptor\n"))

    def test_a_file_that_may_grow_no_further_is_said(self):
        daemon = self.daemon()
        for node in range(100):
            self.client(daemon).call("create", id=node)

        def bounded():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        status, said = self.full([dtreectl_path(), "--socket", daemon.socket, "tree"],
                                 stdout=self.path("out"), preexec_fn=bounded)
        self.assertEqual((status, said), (1, "dtreectl: standard output: File too large\n"))

    def test_a_reader_that_has_left_is_no_news_to_it(self):
        daemon = self.daemon()
        for command, stdin in self.commands(daemon):
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run(command, input=stdin, stdout=writer, stderr=subprocess.PIPE,
                                  env=self.env, timeout=TIMEOUT, check=False)
            os.close(writer)
            self.assertEqual(done.stderr, b"", command)
            self.assertEqual(done.returncode, 3 if self.path("none") in command else 1, command)

    def test_an_input_that_cannot_be_read_is_said(self):
        daemon = self.daemon()
        self.says(daemon, "P", "create", 1)
        for words, status, out, err in (
                (("exec", "1", "2", "-"), 1, "Error:1: standard input: {}\n", ""),
                (("shell",), 1, "", "dtreectl: standard input: {}\n")):
            for how, why in (("<&-", "Bad file descriptor"), ("</", "Is a directory")):
                done = run(self, ["sh", "-c", f'exec "$0" "$@" {how}', dtreectl_path(), "--socket",
                                  daemon.socket, *words])
                self.assertEqual((done.returncode, done.stdout, done.stderr),
                                 (status, out.format(why), err.format(why)), (words, how))


class Reaching(Case):
    """The message that there is no daemon comes only if there is none."""

    def asked(self, path, *options, **how):
        """Status and words of a command, and of a shell, which are the same."""
        said = set()
        for words in (("pingall",), ("shell",)):
            done = run(self, [dtreectl_path(), "--socket", path, *options, *words], **how)
            self.assertEqual(done.stdout, "")
            said.add((done.returncode, done.stderr))
        self.assertEqual(len(said), 1, said)
        return said.pop()

    def test_no_daemon_is_said_where_there_is_none(self):
        stale, plain = self.path("stale"), self.path("plain")
        with socket.socket(socket.AF_UNIX) as gone:
            gone.bind(stale)
        with open(plain, "wb"):
            pass
        for path, why in ((self.path("none"), "No such file or directory"),
                          (os.path.join(plain, "c"), "Not a directory"), (plain, "not a socket"),
                          (self.dir, "not a socket"),
                          (stale, "its socket is there, but nobody listens")):
            self.assertEqual(self.asked(path), (3, f"dtreectl: no daemon at {path}: {why}\n"))
        os.unlink(stale)

    def test_what_cannot_be_reached_is_not_said_to_be_absent(self):
        loop, other = self.path("loop"), self.path("other")
        os.symlink(loop, loop)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as kind:
            kind.bind(other)
            for path, why in ((loop, "Too many levels of symbolic links"),
                              (other, "a socket of another kind")):
                self.assertEqual(self.asked(path),
                                 (3, f"dtreectl: {path} cannot be reached: {why}\n"))
        os.unlink(other)
        long = "/" + "x" * 200
        self.assertEqual(self.asked(long), (3, f"dtreectl: socket path '{long}' has 201 bytes, it "
                                               "may have 1 to 107\n"))

    def test_a_socket_that_may_not_be_used_is_not_said_to_be_absent(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to be somebody else")
        daemon = self.daemon()
        os.chmod(self.dir, 0o711)
        done = subprocess.run([dtreectl_path(), "--socket", daemon.socket, "pingall"],
                              capture_output=True, text=True, user=65534, group=65534, check=False,
                              extra_groups=[], timeout=TIMEOUT, env=self.env)
        os.chmod(self.dir, 0o700)
        if "cannot execute" in done.stderr or done.returncode in (126, 127):
            self.skipTest("the programs are in a directory of root's")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (3, "", f"dtreectl: {daemon.socket} cannot be reached: Permission "
                                 "denied\n"))

    def test_a_full_queue_of_connections_is_waited_for(self):
        daemon = self.daemon()
        self.stopped(daemon.pid)
        waiting = []
        while True:
            one = socket.socket(socket.AF_UNIX)
            self.addCleanup(one.close)
            one.setblocking(False)
            try:
                one.connect(daemon.socket)
            except BlockingIOError:
                break
            waiting.append(one)
            if len(waiting) > 5000:
                self.skipTest("the queue of connections has no end here")
        why = f"dtreectl: dtreed at {daemon.socket} takes no connection: too many wait before\n"
        self.assertEqual(self.asked(daemon.socket, "--timeout", "0.3"), (4, why))
        process = subprocess.Popen([dtreectl_path(), "--socket", daemon.socket, "pingall"],
                                   env=self.env, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        wait_until(lambda: procs.state(process.pid) == "S", "it waits")
        self.go_on(daemon.pid)
        for one in waiting:
            one.close()
        self.assertEqual(process.communicate(timeout=TIMEOUT)[0], "Ok: -1\n")
        self.assertEqual(process.returncode, 0)


class Status(DaemonDeath):
    def test_somebody_unavailable_is_status_1(self):
        daemon = self.daemon("--heartbeat", 100)
        self.says(daemon, "P", "create", 10)
        done = self.ctl(daemon, "--json", "create", 20)
        pid = json.loads(done.stdout)["pid"]
        self.says(daemon, "Ok: 1", "ping", 20)
        self.says(daemon, "Ok: -1", "pingall")
        self.kill9(pid)
        wait_until(lambda: self.client(daemon).unavailable() == [20], "20 dies")
        self.says(daemon, "Ok: 0", "ping", 20, status=1)
        self.says(daemon, "Ok: 20", "pingall", status=1)
        for words, result in ((("ping", 20), {"id": 20, "available": False}),
                              (("pingall",), {"unavailable": [20]})):
            done = self.ctl(daemon, "--json", *words)
            self.assertEqual((done.returncode, json.loads(done.stdout)), (1, result))
        self.says(daemon, "Ok: 1", "ping", 10)
        shell = self.shell(daemon=daemon)
        self.dialogue(shell, [("pingall", "Ok: 20"), ("ping 20", "Ok: 0")])
        self.assertEqual(shell.finish(), ([], 0))

    def follow(self, daemon, *words):
        """Events being printed."""
        process = subprocess.Popen([dtreectl_path(), "--socket", daemon.socket, *words],
                                   env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_events_end_with_0_at_an_orderly_end(self):
        for end in ("shutdown", "SIGTERM"):
            for words, wanted in ((("events",), ["controller_stopping"]),
                                  (("events", "node_died"), []),
                                  (("--json", "events", "node_died"), []),
                                  (("events", "controller_stopping"), ["controller_stopping"])):
                daemon = self.daemon()
                client = self.client(daemon)
                process = self.follow(daemon, *words)
                wait_until(lambda daemon=daemon: self.ctl(daemon, "--json", "status").stdout.
                           count('"clients":3'), "it is connected")
                client.call("create", id=1)
                if end == "shutdown":
                    client.call("shutdown")
                else:
                    os.kill(daemon.pid, signal.SIGTERM)
                out, err = process.communicate(timeout=TIMEOUT)
                self.assertEqual((process.returncode, err), (0, ""), (end, words))
                ends = [line.split()[1] for line in out.splitlines() if "stopping" in line]
                self.assertEqual(ends, wanted, (end, words))
                self.assertEqual(daemon.wait(), 0)

    def test_as_json_every_status_has_its_object(self):
        daemon = self.daemon()
        for words, status, name in (
                (("ping", "1"), 1, "NOT_FOUND"), (("ping", "x"), 1, "INVALID_PARAMS"),
                (("nothing",), 2, "INVALID_PARAMS"), (("ping",), 2, "INVALID_PARAMS"),
                (("help", "nothing"), 2, "INVALID_PARAMS"), ((), 2, "INVALID_PARAMS"),
                (("--nothing", "tree"), 2, "INVALID_PARAMS"), (("-x",), 2, "INVALID_PARAMS"),
                (("--timeout",), 2, "INVALID_PARAMS"), (("--timeout", "x"), 2, "INVALID_PARAMS"),
                (("--color", "red", "tree"), 2, "INVALID_PARAMS"),
                (("shell", "--nothing"), 2, "INVALID_PARAMS"),
                (("shell", "--topology", "list"), 2, "INVALID_PARAMS"),
                (("--socket", self.path("none"), "tree"), 3, "NO_DAEMON"),
                (("--socket", self.path("none"), "shell"), 3, "NO_DAEMON"),
                (("--socket", "/" + "x" * 200, "tree"), 3, "UNREACHABLE")):
            done = self.ctl(daemon, "--json", *words)
            self.assertEqual((done.returncode, done.stderr), (status, ""), words)
            self.assertEqual(json.loads(done.stdout)["data"]["name"], name, words)
        # Wherever it stands among the options.
        done = self.ctl(daemon, "--nothing", "--json", "tree")
        self.assertEqual(json.loads(done.stdout)["code"], -32602)
        done = run(self, [dtreectl_path(), "--json", "shell", "--private", "--topology", "no"])
        self.assertEqual((done.returncode, json.loads(done.stdout)["data"]["name"]),
                         (2, "INVALID_PARAMS"))
        done = run(self, [dtreectl_path(), "--json", "shell", "--private"],
                   env={"DTREE_WORKER": self.path("none")})
        self.assertEqual((done.returncode, json.loads(done.stdout)["data"]["name"]),
                         (3, "NO_DAEMON"))
        self.stopped(daemon.pid)
        for words in (("pingall",), ("shell",)):
            done = self.ctl(daemon, "--json", "--timeout", "0.3", *words)
            self.assertEqual((done.returncode, done.stderr), (4, ""), words)
            self.assertEqual(json.loads(done.stdout)["data"]["name"], "TIMEOUT", words)

    def test_events_that_are_lost_say_so_as_json_too(self):
        daemon = self.daemon()
        process = self.follow(daemon, "--json", "events")
        client = self.client(daemon)

        def told():
            client.call("create", id=1)
            client.call("kill", id=1)
            return select.select([process.stdout], [], [], 0.05)[0]
        wait_until(told, "an event")
        self.die(daemon)
        out, _ = process.communicate(timeout=TIMEOUT)
        self.assertEqual(json.loads(out.splitlines()[-1])["data"]["name"], "LOST")
        self.assertEqual(process.returncode, 3)


class Words(Case):
    """A word that is no command gets an answer that helps."""

    def test_a_wrong_command_is_told_the_right_one(self):
        for words, said in ((("creat", "5"), "did you mean create?"), (("KILL", "5"), "kill?"),
                            (("pign", "5"), "did you mean ping?"), (("rm", "5"), "mean kill?"),
                            (("ls",), "did you mean tree?"), (("?",), "did you mean help?"),
                            (("frobnicate",), "help lists them"), (("quit",), "help lists them"),
                            (("--jsn", "tree"), "did you mean --json"),
                            (("-x", "tree"), "dtreectl --help lists them"),
                            (("shell", "--privat", "--topolgy", "list"), "mean --topology"),
                            (("--json=5", "tree"), "option '--json' takes no value"),
                            (("--socket",), "option '--socket' needs a value"),
                            (("help", "creat"), "did you mean create?")):
            done = run(self, [dtreectl_path(), *words])
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertRegex(done.stderr, "^dtreectl: [^\n]*\n$", words)
            self.assertIn(said, done.stderr, words)

    def test_a_person_is_told_the_node_that_was_meant(self):
        """And a program that reads both outputs is not."""
        daemon = self.daemon()
        for node, name in ((1234, "adder"), (7, "finder")):
            self.ctl(daemon, "create", node, "--name", name)
        for words, said in ((("ping", "@addre"), ["Error: Not found", "dtreectl: did you mean @adder?"]),
                            (("exec", 1243, 1, 1), ["Error:1243: Not found", "dtreectl: did you mean 1234?"]),
                            (("kill", "@other"), ["Error: Not found"]), (("ping", 8), ["Error: Not found"])):
            terminal = Terminal(self, "--socket", daemon.socket, *words)
            self.addCleanup(terminal.stop)
            self.assertEqual(terminal.wait(), 1)
            self.assertEqual([row for row in terminal.look() if row], said)
            self.assertEqual(self.ctl(daemon, *words).stderr, "")

    def test_help_is_an_answer(self):
        whole = run(self, [dtreectl_path(), "--help"]).stdout
        for words in (("help",), ("-h",), ("-h", "tree")):
            done = run(self, [dtreectl_path(), *words])
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, whole, ""), words)
        for words in (("help", "kill"), ("kill", "-h"), ("kill", "--help"), ("remove", "-?"),
                      ("help", "remove")):
            done = run(self, [dtreectl_path(), *words])
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            self.assertRegex(done.stdout, r"^  kill\|remove ID +remove a node", words)
        done = run(self, [dtreectl_path(), "exec", "--help"])
        self.assertIn("ID|--any GROUP [ARG...]", done.stdout)
        self.assertIn("--reduce", done.stdout)
        for line in whole.splitlines():
            self.assertLessEqual(len(line), 100, line)

    def test_a_shell_on_a_pipe_gives_one_error_line(self):
        shell = self.private()
        self.dialogue(shell, [
            ("creat 5", "Error: unknown command 'creat'; did you mean create?"),
            ("quit", "Error: unknown command 'quit'; did you mean exit?"),
            ("?", "Error: unknown command '?'; did you mean help?"),
            ("help create", "Error: usage: create ID …"),
            ("kill -h", "Error: usage: kill ID"),
            ("help", "Error: help is for a terminal; dtreectl --help prints it"),
            ("help quit", "Error: unknown command 'quit'; did you mean exit?"),
            ("events", "Error: events works outside the shell only"),
            ("create 5 --service foo", "Error: no service 'foo'; there are sum, dict, timer, …")])
        self.assertEqual(shell.finish(), ([], 0))

    def test_the_daemon_names_what_there_is(self):
        for option, words in (("--topology", "list, tree, bst, balanced"),
                              ("--service", "sum, dict, timer, search"),
                              ("--log-level", "error, warn, info, debug"),
                              ("--durability", "none, process, full"),
                              ("--restart", "no, on-failure, always")):
            done = run(self, [dtreed_path(), option, "foo"])
            self.assertEqual(done.returncode, 2)
            self.assertIn("foo", done.stderr)
            self.assertIn(words, done.stderr)


if __name__ == "__main__":
    main()
