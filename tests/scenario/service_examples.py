#!/usr/bin/python3 -B
"""The services in examples/ run as their users run them, and so do programs of the system that can
be services as they are."""

import os
import shutil

from lib import manual, procs
from lib.harness import Case, main
from lib.waiting import wait_until

EXAMPLES = manual.TOP / "examples"

# Programs of the system as line services: what the section says, and what is asked and answered,
# one after the other, then once with an error where the program tells of them on standard output.
PROGRAMS = {
    "bc": ("command = bc -q", [("2^10", "1024"), ("7*6", "42"), ("1+1", "2")]),
    "gawk": ("command = gawk '{ print NF; fflush() }'", [("a b", "2"), ("c", "1"), ("d e f", "3")]),
    "gawk terminal": ("command = gawk '{ print NF }'\nterminal = output",
                      [("a b", "2"), ("c", "1"), ("d e f", "3")]),
    "mawk": ("command = mawk -W interactive '{ print NF }'",
             [("a b", "2"), ("c", "1"), ("d e f", "3")]),
    "perl": ("command = perl -ne '$| = 1; print uc'", [("a", "A"), ("b", "B"), ("c", "C")]),
    "python3": ("command = python3 -u -c 'import sys\\nfor l in sys.stdin: print(int(l) + 1)'",
                [("1", "2"), ("2", "3"), ("40", "41")]),
    "node": ("command = node -e 'require(\"readline\").createInterface(process.stdin)"
             ".on(\"line\", (l) => console.log(l.length))'",
             [("abc", "3"), ("a", "1"), ("ab", "2")]),
    "jq": ("command = jq -c --unbuffered .a", [('{"a":1}', "1"), ('{"a":[2]}', "[2]"), ("{}", "null")]),
    "sqlite3": ("command = sqlite3 :memory:\nsentinel = 'SELECT \"--end\";' --end",
                [("SELECT 1+1;", "2"), ("CREATE TABLE t (a);", None),
                 ("INSERT INTO t VALUES (5),(6); SELECT a FROM t;", "5\n6")]),
    "sed": ("command = sed -u s/a/b/", [("a", "b"), ("ca", "cb"), ("d", "d")]),
    "dash": ("command = dash\nsentinel = 'echo --end' --end",
             [("echo a; echo b", "a\nb"), ("x=5", None), ("echo $x", "5")]),
}


class Examples(Case):
    def shell_of(self, service):
        shell = self.private("--config", EXAMPLES / "services.conf", "--service", service)
        self.worker = self.create(shell, 1)
        return shell

    def example(self, service, program):
        """A shell on one of the declared examples, where what interprets it is installed."""
        with open(EXAMPLES / program, encoding="utf-8") as file:
            words = file.readline().removeprefix("#!").split()
        name = words[1] if words[0].endswith("/env") else words[0]
        if not shutil.which(name):
            self.skipTest(f"{name} is not installed")
        return self.shell_of(service)

    def test_a_shell_script(self):
        self.ask(self.example("upper", "upper.sh"), "exec 1 hello", "Ok:1: HELLO")

    def test_awk(self):
        self.ask(self.example("columns", "columns.awk"), "exec 1 a 1 2", "Ok:1: 3 3")

    def test_perl(self):
        self.dialogue(self.example("reverse", "reverse.pl"),
                      [("exec 1 hello", "Ok:1: olleh"), ("exec 1", "Error:1: nothing to turn round"),
                       ("exec 1 ab", "Ok:1: ba")])

    def test_python(self):
        self.dialogue(self.example("temperature", "temperature.py"),
                      [("exec 1 212", "Ok:1: 100.0"), ("exec 1 x", "Error:1: not a number: x"),
                       ("exec 1 32", "Ok:1: 0.0")])

    def test_a_state_survives_the_program(self):
        shell = self.example("counter", "counter.py")
        self.dialogue(shell, [("exec 1 add a 5", "Ok:1: 5"), ("exec 1 add a 6", "Ok:1: 11"),
                              ("exec 1 sub a 1", "Error:1: there is no command sub")])
        self.kill9(*procs.children(self.worker))
        wait_until(lambda: shell.ask("exec 1 get a") == "Ok:1: 11", "what it counted is there")

    def test_many_requests_at_once(self):
        shell = self.example("sleeper", "sleeper.js")
        self.ask(shell, "exec 1 0", "Ok:1: slept 0 ms")
        self.ask(shell, "exec 1 x", "Error:1: how many milliseconds?")
        shell.write("exec 1 300\n" * 40)
        self.assertEqual([shell.line() for _ in range(40)], ["Ok:1: slept 300 ms"] * 40)

    def test_a_program_for_each_request(self):
        shell = self.shell_of("digest")
        path = self.path("empty")
        with open(path, "wb"):
            pass
        self.ask(shell, f"exec 1 {path}", "Ok:1: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca4"
                 f"95991b7852b855  {path}")

    def answers(self, name, declared, exchanges):
        if not shutil.which(name.split()[0]):
            self.skipTest(f"{name} is not installed")
        path = self.path("services.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"[service tried]\nprotocol = lines\n{declared}\n")
        daemon = self.daemon("--config", path, "--service", "tried")
        client = self.client(daemon)
        client.call("create", id=1)
        for asked, answer in exchanges:
            self.assertEqual(client.call("exec", id=1, args=[asked])["result"], answer, asked)


def add_tests():
    for name, row in PROGRAMS.items():
        def test(self, name=name, row=row):
            self.answers(name, *row)
        setattr(Examples, f"test_{name.replace(' ', '_')}_answers_as_it_is", test)


add_tests()
if __name__ == "__main__":
    assert os.path.isdir(EXAMPLES)
    main()
