"""The base of the scenarios: a test owns a temporary directory, starts the real programs in it, and
leaves nothing behind, which is checked after each.

Where the programs are: DTREED, DTREECTL and DTREE_WORKER name them; else DTREE_PREFIX is searched
as an installation; else DTREE_BUILDDIR (or the current directory) as a build tree. DTREE_TEST_SLOW
multiplies the deadlines; DTREE_TEST_LONG runs what takes minutes in a slow build; DTREE_TEST_LINK=tcp
runs all of it with links over TCP.
"""

import os
import re
import secrets
import shutil
import signal
import stat
import sys
import tempfile
import textwrap
import time
import traceback
import unittest

from lib import procs
from lib.programs import Daemon, Shell, dtreectl_path, dtreed_path, run
from lib.waiting import wait_until

PID = re.compile(r"Ok: ([1-9][0-9]*)")
# What a sanitizer, an assertion or a broken invariant leaves on standard error.
CRASH = re.compile(rb"ERROR: \w+Sanitizer|runtime error:|Assertion .* failed"
                   rb"|stack smashing|double free|malloc\(\)|free\(\)|no step leads")
KEPT = ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
        "TSAN_OPTIONS", "DTREED", "DTREE_WORKER")


class Case(unittest.TestCase):
    """A test. self.dir belongs to it; every process that it starts ends with it."""

    current = None

    def setUp(self):
        Case.current = self
        self.token = secrets.token_hex(8)
        # Short: the path of a Unix socket has 107 bytes.
        self.dir = tempfile.mkdtemp(prefix="dtt", dir="/tmp")
        self.addCleanup(self._clean)
        self.env = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.env |= {"LC_ALL": "C.UTF-8", "TERM": "dumb", procs.TOKEN_NAME: self.token,
                     "HOME": self.path("home"), "TMPDIR": self.path("t"),
                     "XDG_RUNTIME_DIR": self.path("x"), "XDG_STATE_HOME": self.path("y")}
        for name in ("home", "t", "x", "y"):
            os.mkdir(self.path(name), 0o700)
        self.count = 0
        self.seen = {}

    def path(self, name):
        return os.path.join(self.dir, name)

    def fresh(self, stem):
        """A path of that stem that nobody used."""
        self.count += 1
        return self.path(f"{stem}{self.count}")

    def text_file(self, name, text, mode=0o644):
        """A file of that name in self.dir with that text, less its common indent; its path."""
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        os.chmod(path, mode)
        return path

    def program_file(self, name, text):
        return self.text_file(name, text, 0o755)

    # Starting things.

    def daemon(self, *options, **how):
        """A running dtreed; see programs.Daemon."""
        daemon = Daemon(self, *options, **how)
        self.addCleanup(daemon.stop)
        return daemon

    def client(self, daemon):
        client = daemon.client()
        self.addCleanup(client.close)
        return client

    def shell(self, *options, daemon=None, env=None):
        """`dtreectl shell` on a daemon's socket."""
        place = ["--socket", daemon.socket] if daemon else []
        shell = Shell(self, *place, "shell", *options, env=env)
        self.addCleanup(shell.stop)
        return shell

    def private(self, *options, env=None):
        """`dtreectl shell --private`."""
        return self.shell("--private", *options, env=env)

    def ctl(self, daemon, *args, **how):
        """A one-shot command: its CompletedProcess, with text in stdout and stderr."""
        return run(self, [dtreectl_path(), "--socket", daemon.socket, *map(str, args)], **how)

    def says(self, daemon, reply, *args, status=0, **how):
        """A one-shot command prints just this reply. "P" stands for `Ok: <pid>`."""
        done = self.ctl(daemon, *args, **how)
        self.assert_reply(done.stdout.removesuffix("\n"), reply, args)
        self.assertEqual(done.returncode, status, f"{args}: {done}")
        return done

    # Replies.

    def assert_reply(self, line, expected, asked=""):
        """A line is the expected reply: "P" any `Ok: <pid>`; a line that ends in "…" any that
        begins so."""
        asked = str(asked)[:1000]
        if expected == "P":
            self.assertRegex(line, f"^{PID.pattern}$", asked)
        elif expected.endswith("…"):
            self.assertEqual(line[:len(expected) - 1], expected[:-1], asked)
            self.assertEqual(line, line.rstrip(), asked)
        else:
            self.assertEqual(line, expected, asked)

    def ask(self, shell, command, expected):
        """One command of a shell, and its reply line."""
        line = shell.ask(command)
        self.assert_reply(line, expected, command)
        return line

    def kill9(self, *pids):
        self.family()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def signal_all(self, number):
        """A signal to every process of the test, as from a terminal."""
        for pid in self.family():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def stopped(self, *pids):
        """Stops processes; returns when they have stopped. They are continued at the end."""
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
            self.addCleanup(self.go_on, pid)
        for pid in pids:
            wait_until(lambda pid=pid: procs.state(pid) == "T", f"{pid} stops")

    def go_on(self, *pids):
        for pid in pids:
            # The number may have been reused.
            if pid in self.family():
                os.kill(pid, signal.SIGCONT)

    def create(self, shell, *args):
        """create in a shell; gives the pid."""
        return int(self.ask(shell, " ".join(map(str, ("create", *args))), "P")[4:])

    def dialogue(self, shell, steps):
        """(command, reply) after (command, reply), each waited for."""
        for command, expected in steps:
            self.ask(shell, command, expected)

    def ask_until(self, shell, command, expected):
        """Repeats a command until its reply is that line; earlier replies must have the same
        form."""
        form = re.sub(r"[\d;-]+", "X", expected)

        def asked():
            line = shell.ask(command)
            self.assertEqual(re.sub(r"[\d;-]+", "X", line), form, command)
            return line == expected
        wait_until(asked, f"{command}: {expected}")

    def script(self, shell, steps):
        """The same steps in one write. Between nodes there is no order, so the lines are compared
        as a bag, and in their order where they name the same node."""
        shell.write("".join(command + "\n" for command, _ in steps))
        lines, status = shell.finish()
        self.assertEqual(status, 0, shell.stderr())
        self.same_lines(lines, [expected for _, expected in steps if expected is not None])

    def same_lines(self, lines, expected):
        """Those that name a node are compared one by one in that node's order, the rest as a
        bag."""
        self.assertEqual(sorted(plain(line) for line in lines if not node_of(line)),
                         sorted(plain(line) for line in expected if not node_of(line)))
        came, wanted = by_node(lines), by_node(expected)
        self.assertEqual({node: len(rows) for node, rows in came.items()},
                         {node: len(rows) for node, rows in wanted.items()})
        for node, rows in wanted.items():
            for line, reply in zip(came[node], rows):
                self.assert_reply(line, reply, came[node])

    # Afterwards.

    def family(self):
        """Every process of this test: those that are found now, and those found before that have
        not ended, as they may no longer be recognizable."""
        self.seen = {pid: began for pid, began in self.seen.items()
                     if procs.started(pid) == began and not procs.gone(pid)}
        for pid in procs.family(self.token, self.dir):
            self.seen.setdefault(pid, procs.started(pid))
        return sorted(self.seen)

    def company(self):
        """The family without the fork servers: programs that were started, and nodes."""
        return [pid for pid in self.family() if not procs.makes_workers(pid)]

    def await_nothing(self, timeout=None):
        """No process of this test is alive."""
        wait_until(lambda: not self.family(),
                   lambda: f"still there: {[(p, procs.arguments(p)) for p in self.family()]}",
                   timeout)

    def sockets(self):
        """Every socket file below the test's directory."""
        found = []
        for folder, _, names in os.walk(self.dir):
            for name in names:
                path = os.path.join(folder, name)
                try:
                    if stat.S_ISSOCK(os.lstat(path).st_mode):
                        found.append(path)
                except FileNotFoundError:
                    pass
        return found

    def temporary(self):
        """The content of the directories that private trees may use."""
        return [os.path.join(name, entry) for name in ("t", "x") for entry in
                os.listdir(self.path(name))]

    def _clean(self):
        problems = []
        try:
            self.await_nothing(10)
        except AssertionError as late:
            problems.append(str(late))
            for pid in self.family():
                os.kill(pid, signal.SIGKILL)
        for what, left in (("sockets", self.sockets()), ("directories", self.temporary())):
            if left:
                problems.append(f"{what} left behind: {left}")
        for folder, _, names in os.walk(self.dir):
            for name in names:
                if name.endswith(".err"):
                    with open(os.path.join(folder, name), "rb") as file:
                        text = file.read()
                    if at := CRASH.search(text):
                        problems.append(text[max(0, at.start() - 500):at.end() + 4000]
                                        .decode(errors="replace"))
        shutil.rmtree(self.dir, ignore_errors=True)
        Case.current = None
        if problems:
            raise AssertionError("; ".join(problems))


def plain(line):
    """A line with every pid written P, for comparing bags of lines."""
    found = PID.fullmatch(line)
    return "P" if found and found[1] != "1" else line


def node_of(line):
    """The node that a reply line names, or "" (also for a Heartbit line)."""
    found = re.match(r"(?:Ok|Error):(-?\d+)", line)
    return found[1] if found else ""


def by_node(lines):
    """The reply lines that name a node, in their order, by that node."""
    table = {}
    for line in lines:
        if node := node_of(line):
            table.setdefault(node, []).append(line)
    return table


class Report(unittest.TestResult):
    """The Test Anything Protocol: a line for each test, and the traces of those that failed."""

    said = 0

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def _say(self, word, test, rest="", trace=""):
        self.said += 1
        print(f"{word} - {test._testMethodName} ({time.monotonic() - self.began:.1f} s){rest}")
        print(textwrap.indent(trace, "  "), end="", flush=True)

    def addSuccess(self, test):
        self._say("ok", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._say("ok", test, f" # SKIP {reason}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._say("not ok", test, trace="".join(traceback.format_exception(*err)))

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._say("not ok", test, f" {dict(subtest.params)}",
                      "".join(traceback.format_exception(*err)))


def interrupted(number, _):
    """Ends the processes of the current test, and the run."""
    if case := Case.current:
        for pid in case.family():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        shutil.rmtree(case.dir, ignore_errors=True)
    os._exit(128 + number)


def main():
    """Runs the tests of the calling file; arguments choose those whose name contains one."""
    for path in (dtreed_path(), dtreectl_path()):
        if not os.access(path, os.X_OK):
            sys.exit(f"{path}: no such program")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    chosen = sys.argv[1:]
    result = Report()

    def walk(suite):
        for test in suite:
            if isinstance(test, unittest.TestSuite):
                walk(test)
            elif not chosen or any(word in test._testMethodName for word in chosen):
                test.run(result)

    walk(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    print(f"# {result.testsRun} run, {len(result.failures)} failed, {len(result.skipped)} skipped")
    print(f"1..{result.said}")
    sys.exit(0 if result.testsRun and not result.failures else 1)
