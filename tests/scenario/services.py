#!/usr/bin/python3 -B
"""Services that the configuration declares: good and bad ones, files beside the file, what nodes of
them are when they are declared no longer. What their programs do is tested elsewhere."""

import os
import re
import stat

from lib import manual
from lib.harness import Case, main
from lib.programs import dtreectl_path, dtreed_path, run
from lib.waiting import wait_until

ECHO = "while read -r line; do echo \"$line\"; done"


class Declared(Case):
    def setUp(self):
        super().setUp()
        self.file = self.path("dtreed.conf")
        self.echo = self.script_file("echo", ECHO)

    def script_file(self, name, text, first="#!/bin/sh"):
        path = self.path(name)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{first}\n{text}\n")
        os.chmod(path, 0o755)
        return path

    def write(self, text, name=None):
        """The configuration file, or one beside it."""
        path = self.file
        if name:
            os.makedirs(self.file + ".d", exist_ok=True)
            path = os.path.join(self.file + ".d", name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def check(self, *options, **how):
        return run(self, [dtreed_path(), "--check-config", "--config", self.file, "--runtime-dir",
                          self.path("r"), "--state-dir", self.path("s"), *options], **how)

    def refused(self, *expected, options=()):
        """Just these mistakes, each (where, words), where behind the file's path."""
        done = self.check(*options)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done)
        said = done.stderr.splitlines()
        self.assertEqual(len(said), len(expected), done.stderr)
        for line, (where, words) in zip(said, expected):
            self.assertTrue(line.startswith(f"dtreed: config: {self.file}{where}: {words}"), line)

    def serve(self, text, *options, base=None):
        """A dtreed with these services."""
        base = base or self.fresh("d")
        os.makedirs(base, 0o700, exist_ok=True)
        with open(os.path.join(base, "conf"), "w", encoding="utf-8") as file:
            file.write(text)
        return self.daemon(*options, base=base)


class Configuration(Declared):
    def test_what_is_declared_is_printed_with_its_places(self):
        self.write(f"[dtreed]\nservice = echo\n[service echo]\nprotocol = lines\n"
                   f"command = {self.echo} 'a ; b' ; c\n")
        beside = self.write("[service echo]\nhello = one ; two\n", "50-more.conf")
        done = self.check("--define", "tr=tr -u a b")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertIn(f"service = echo ; {self.file}:2\n", done.stdout)
        self.assertIn(f"\n[service tr] ; command line\n; command line\nprotocol = lines\n"
                      "; command line\ncommand = tr -u a b\n", done.stdout)
        self.assertIn(f"\n[service echo] ; {self.file}:3\n; {self.file}:4\nprotocol = lines\n"
                      f"; {self.file}:5\ncommand = {self.echo} 'a ; b' ; c\n"
                      f"; {beside}:2\nhello = one ; two\n", done.stdout)
        self.write(done.stdout)
        os.unlink(beside)
        again = self.check()
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(re.sub("(?m)(^| ); .*:.*\n?", "", again.stdout.partition("\n\n")[2]),
                         re.sub("(?m)(^| )(; .*:.*|; command line)\n?", "",
                                done.stdout.partition("\n\n")[2]))

    def test_long_lines_and_quotes_arrive_whole(self):
        long = "x" * 5000
        self.write(f"[service long]\nprotocol = run\ncommand = {self.echo} {long} ' ; #'\n")
        done = self.check()
        self.assertIn(f"\ncommand = {self.echo} {long} ' ; #'\n", done.stdout)
        self.write(f"[service long]\nprotocol = run\ncommand = {self.echo}\n"
                   f"summary = {'x' * 65536}\nusage = {'y' * 65535}\n")
        self.refused((":4", "summary has 65536 bytes; at most 65535 are possible"))

    def test_all_mistakes_are_told_at_once(self):
        self.write("[service Up]\ncommand = x\n[service dict]\n[service a]\nprotocol = line\n"
                   "command = 'a\nsentinel = b\nuser =\nenvironment = A\nnonsense\n[service b]\n"
                   "protocol = run\nhello = x\n[dtreed]\nservice = c\n")
        self.write("[service a]\nlimit-memory = 1X\n", "a.conf")
        self.write("never read", "a.conf~")
        self.refused(
            (":1", "'Up' is no name of a service"),
            (":3", "'dict' is the name of a built-in service"),
            (":5", "protocol 'line' is none of run, lines, json"),
            (":6", "command: 'a has a quote that is not closed"),
            (":7", "sentinel is two words"),
            (":8", "user is empty"),
            (":9", "environment 'A' is not NAME=value"),
            (":10", "'nonsense' is not name = value"),
            (".d/a.conf:2", "limit-memory '1X' is no size from 1M to 1024G"),
            (":11", "service b: command is missing"),
            (":13", "service b: hello is for protocol lines and json only, and this is run"),
            (":15", "service 'c' is none of sum, dict, timer, search, a, b"))
        done = run(self, [dtreed_path(), "--config", self.file])
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 12), done)

    def test_what_is_named_must_be_there_and_of_use(self):
        plain = self.path("plain")
        with open(plain, "w", encoding="ascii"):
            pass
        dos = self.script_file("dos", "exit", "#!/bin/sh\r")
        sections = (
            ("a", "command = no-such-program", "command: there is no program 'no-such-program' in "
                                               "PATH"),
            ("b", "command = ./missing", f"command: {self.path('missing')}: No such file"),
            ("c", f"command = {self.dir}", f"command: {self.dir} is no program"),
            ("d", "command = ./plain", f"command: {plain} cannot be executed: Permission denied"),
            ("e", "command = ./dos", f"command: {dos} is a script for '/bin/sh\\x0d': No such file"),
            ("f", "directory = no/such", f"directory {self.path('no/such')}: No such file"),
            ("g", "directory = plain", f"directory {plain}: Not a directory"),
            ("h", "environment-file = ./none", f"environment-file {self.path('none')}: No such file"),
            ("i", "user = no-such-user", "there is no user 'no-such-user'"),
            ("j", "group = no-such-group", "there is no group 'no-such-group'"))
        text = ""
        expected = []
        for name, line, words in sections:
            line = line if line.startswith("command") else f"command = {self.echo}\n{line}"
            text += f"[service {name}]\nprotocol = run\n{line}\n"
            expected.append((f":{text.count(chr(10))}", f"service {name}: {words}"))
        self.write(text)
        self.refused(*expected)

    def test_a_program_that_its_user_may_not_run(self):
        if os.geteuid():
            self.skipTest("needs root")
        mine = self.script_file("mine", "exit")
        os.chmod(mine, 0o700)
        os.chmod(self.dir, 0o711)
        self.write(f"[service a]\nprotocol = run\ncommand = {mine}\nuser = nobody\n"
                   f"[service b]\nprotocol = run\ncommand = {self.echo}\nuser = nobody\n"
                   f"directory = {self.path('home')}\n"
                   f"[service c]\nprotocol = run\ncommand = {self.echo}\nuser = nobody\n")
        self.refused((":3", f"service a: command: {mine} cannot be executed by nobody: "
                            "Permission denied"),
                     (":9", f"service b: directory {self.path('home')}: Permission denied"))

    def test_only_root_chooses_the_user(self):
        self.write(f"[service a]\nprotocol = run\ncommand = {self.echo}\nuser = root\n"
                   "group = root\n")
        if os.geteuid() == 0:
            self.assertEqual(self.check().returncode, 0, self.check())
            self.skipTest("is root")
        self.refused((":4", "service a: user: only root can start programs as others"),
                     (":5", "service a: group: only root can start programs as others"))

    def test_a_start_warns_of_what_is_not_there(self):
        daemon = self.serve("[service a]\nprotocol = run\ncommand = no-such-program\n")
        self.assertRegex(daemon.stderr(), "conf:3: service a: command: there is no program "
                                          "'no-such-program' in PATH")
        self.says(daemon, "P", "create", 10)

    def test_options_of_the_command_line(self):
        self.write("")
        for option, words in (("calc", "--define 'calc' is not NAME=COMMAND"),
                              ("sum=x", "--define 'sum' is the name of a built-in service"),
                              ("a='x", "--define a: command: 'x has a quote that is not closed")):
            done = self.check("--define", option)
            self.assertEqual((done.returncode, done.stderr), (2, f"dtreed: config: {words}\n"))
        done = self.check("--define", "echo=./echo 'a b'", cwd=self.dir)
        self.assertIn(f'\ncommand = "{self.echo}" "a b"\n', done.stdout)

    def test_the_examples_are_good(self):
        done = run(self, [dtreed_path(), "--check-config", "--config",
                          manual.TOP / "examples/services.conf", "--runtime-dir", self.path("r"),
                          "--state-dir", self.path("s")])
        for line in done.stderr.splitlines():
            self.assertRegex(line, "in PATH|is a script for '/usr/bin/", "an interpreter is missing")

    def test_the_manual_has_every_key_with_its_bounds_and_default(self):
        self.write("[service a]\nx = 1\n")
        keys = self.check().stderr.partition("there are ")[2].splitlines()[0].split(", ")
        page = manual.read("man/dtree-services.7").partition("\n.Sh KEYS")[2]
        items = dict(re.findall(r"(?ms)^\.It Cm ([a-z-]+) No = (.*?)(?=^\.It |^\.El)",
                                page.partition("\n.Sh ")[0]))
        self.assertEqual(list(items), keys)
        presets = dict(re.findall(r'\{"([a-z-]+)", KIND_\w+, TO\(\w+\), \w+, "(\w+)"',
                                  manual.read("src/program/spec.c")))
        self.assertGreater(len(presets), 5)
        for key in keys:
            if key in presets:
                self.assertRegex(items[key], rf"Default:(\n\.Cm)? {presets[key]}\b", key)
            self.write(f"[service a]\n{key} = '\\d\n")
            said = self.check().stderr
            if bounds := re.search(r"from (-?\w+) to (\w+)", said):
                self.assertIn(f"{bounds[1]} to {bounds[2]}".replace("-", "\\-"), items[key], key)
            if words := re.search(r"is none of (.*)", said):
                self.assertEqual(" | ".join(words[1].split(", ")),
                                 items[key].splitlines()[0].removeprefix("Cm "), key)


class Catalog(Declared):
    def text(self, *names):
        return "".join(f"[service {name}]\nprotocol = lines\ncommand = {self.echo}\n"
                       f"summary = says {name}\n" for name in names)

    def test_services_lists_what_is_built_in_and_declared(self):
        daemon = self.serve(self.text("echo"), "--define", "cat=cat")
        conf = os.path.join(daemon.base, "conf")
        rows = [line.split("\t") for line in self.ctl(daemon, "services").stdout.splitlines()]
        self.assertEqual([row[:2] for row in rows[:4]], [[name, "builtin"] for name in
                                                         ("sum", "dict", "timer", "search")])
        self.assertEqual(rows[4:], [["cat", "lines", "ARG...", "-", "command line"],
                                    ["echo", "lines", "ARG...", "says echo", f"{conf}:1"]])
        listed = self.client(daemon).call("services")["services"]
        self.assertEqual(listed[0]["origin"], None)
        self.assertEqual(listed[5], {"name": "echo", "kind": "lines", "summary": "says echo",
                                     "usage": "ARG...", "origin": f"{conf}:1"})

    def test_a_service_that_is_not_there_is_answered_with_those_that_are(self):
        daemon = self.serve(self.text("echo"), "--service", "echo")
        self.says(daemon, "Error: no service 'ecko'; there are sum, dict, timer, search, echo; "
                  "did you mean echo?",
                  "create", 10, "--service", "ecko", status=1)
        self.says(daemon, "P", "create", 10)
        self.says(daemon, "P", "create", 11, "--service", "sum")
        self.assertEqual({node: row["service"] for node, row in
                          self.client(daemon).nodes().items()}, {10: "echo", 11: "sum"})

    def test_workers_are_told_by_files_of_their_own(self):
        daemon = self.serve(self.text("echo", "other"))
        folder = os.path.join(daemon.runtime, "services")
        self.assertEqual(sorted(os.listdir(folder)), ["echo", "other"])
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        path = os.path.join(folder, "echo")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, encoding="utf-8") as file:
            self.assertIn(f"\ncommand = {self.echo}\n", file.read())
        os.unlink(path)
        wait_until(lambda: os.path.exists(path), "the file is made anew")
        self.says(daemon, "P", "create", 10, "--service", "echo")
        daemon.stop()
        self.assertFalse(os.path.exists(folder))

    def test_a_node_whose_service_is_declared_no_longer(self):
        daemon = self.serve(self.text("echo", "other"))
        for node, name in ((10, "echo"), (11, "other"), (12, "sum")):
            self.says(daemon, "P", "create", node, *((10,) if node == 11 else ()), "--service", name)
        daemon.stop()
        daemon = self.serve(self.text("other"), base=daemon.base)
        client = self.client(daemon)
        wait_until(lambda: client.unavailable() == [10], "the others live again")
        why = "service echo is not declared"
        row = client.call("status", id=10)
        self.assertEqual((row["state"], row["service"], row["cause"], row.get("retry_ms")),
                         ("dead", "echo", why, None))
        for command in ("start", "restart"):
            self.says(daemon, f"Error: {why}", command, 10, status=1)
        self.says(daemon, "Error:10: Node is unavailable", "exec", 10, "x", status=1)
        self.says(daemon, "Error: no service 'echo'; there are sum, dict, timer, search, other",
                  "create", 20, "--service", "echo", status=1)
        daemon.stop()
        daemon = self.serve(self.text("echo", "other"), base=daemon.base)
        client = self.client(daemon)
        wait_until(lambda: client.unavailable() == [], "all live again")
        self.says(daemon, "Ok:10: x", "exec", 10, "x")

    def test_one_that_is_orphaned_runs_on_and_is_not_started_again(self):
        daemon = self.serve(self.text("echo"), "--restart", "always")
        self.says(daemon, "P", "create", 10, "--service", "echo")
        self.says(daemon, "P", "create", 11, "--service", "echo")
        daemon.kill()
        daemon = self.serve("", "--restart", "always", base=daemon.base)
        client = self.client(daemon)
        wait_until(lambda: client.unavailable() == [], "both are taken over")
        self.says(daemon, "Ok:10: x", "exec", 10, "x")
        self.says(daemon, "Error: service echo is not declared", "restart", 10, status=1)
        self.says(daemon, "Ok:10: x", "exec", 10, "x")
        folder = os.path.join(daemon.runtime, "services")
        self.assertEqual(os.listdir(folder), ["echo"])
        self.kill9(client.nodes()[10]["pid"])
        wait_until(lambda: client.call("status", id=10)["state"] == "dead", "it is dead")
        self.assertEqual(client.call("status", id=10)["cause"], "service echo is not declared")
        self.says(daemon, "Ok", "kill", 10)
        self.says(daemon, "Ok", "kill", 11)
        daemon.stop()
        daemon = self.serve(self.text("echo"), base=daemon.base)
        self.assertEqual(self.client(daemon).nodes(), {})

    def test_one_that_died_while_undeclared_is_started_once_it_is_declared(self):
        daemon = self.serve(self.text("echo"), "--restart", "always")
        self.says(daemon, "P", "create", 10, "--service", "echo")
        daemon.kill()
        daemon = self.serve("", "--restart", "always", base=daemon.base)
        client = self.client(daemon)
        wait_until(lambda: client.unavailable() == [], "it is taken over")
        self.kill9(client.nodes()[10]["pid"])
        wait_until(lambda: client.call("status", id=10).get("cause") ==
                   "service echo is not declared", "it is not started again")
        # A death counts as a node's own once dtreed has outlived it by a second.
        now = client.call("status")["uptime_ms"]
        wait_until(lambda: client.call("status")["uptime_ms"] > now + 1500, "it is outlived")
        daemon.stop()
        daemon = self.serve(self.text("echo"), base=daemon.base)
        client = self.client(daemon)
        wait_until(lambda: client.unavailable() == [], "it lives again")

    def test_files_of_services_that_nobody_needs_go(self):
        daemon = self.serve(self.text("echo", "other"))
        self.says(daemon, "P", "create", 10, "--service", "echo")
        daemon.kill()
        folder = os.path.join(daemon.runtime, "services")
        daemon = self.serve(self.text("new"), base=daemon.base)
        self.assertEqual(sorted(os.listdir(folder)), ["echo", "new"])
        self.says(daemon, "Ok", "kill", 10)
        daemon.kill()
        daemon = self.serve("", base=daemon.base)
        wait_until(lambda: not os.path.exists(folder), "nothing is left")


class Private(Declared):
    def test_a_service_is_defined_for_a_try(self):
        shell = self.private("--define", f"echo={self.echo}", "--service", "echo")
        self.dialogue(shell, (("create 10", "P"), ("exec 10 hello  world", "Ok:10: hello world")))

    def test_a_file_declares_them(self):
        self.write(f"[service echo]\nprotocol = lines\ncommand = ./echo\n")
        shell = self.private("--config", self.file)
        self.dialogue(shell, (("create 10 --service echo", "P"), ("exec 10 hello", "Ok:10: hello")))

    def test_what_is_wrong_is_said_and_ends_the_shell(self):
        self.write("[service echo]\nprotocol = lines\n")
        for options, words in ((("--config", self.file),
                                f"{self.file}:1: service echo: command is missing"),
                               (("--define", "x"), "--define 'x' is not NAME=COMMAND"),
                               (("--service", "x"), "--service 'x' is none of sum, dict, timer, "
                                                    "search")):
            done = run(self, [dtreectl_path(), "shell", "--private", *options])
            self.assertEqual((done.returncode, done.stdout), (2, ""), done)
            self.assertIn(words, done.stderr)
        for option in ("--config", "--define"):
            done = run(self, [dtreectl_path(), "shell", option, "x=y"])
            self.assertEqual(done.returncode, 2)
            self.assertIn("are for --private", done.stderr)


if __name__ == "__main__":
    main()
