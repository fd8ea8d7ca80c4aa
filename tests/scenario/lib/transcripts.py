"""Examples of sessions: typed lines, and printed ones."""

import os
import re
import subprocess

from lib.daemon_death import DaemonDeath
from lib.programs import dtreectl_path, dtreed_path, run
from lib.terminal import Terminal
from lib.waiting import TIMEOUT, wait_until

# Texts that differ in each run: their form in the document, and the allowed values.
VARIABLE = re.compile(
    r"(?P<pid>(?<=^Ok: )\d{4,}$|(?<=\"pid\":)\d+|(?<=\bpid=)\d+|(?<= process )\d+$|(?<=\d{6}Z )\d+"
    r"|(?:(?<= sum )|(?<= dict )|(?<=    ))\d{4,}$)"
    r"|(?P<number>(?<=\bseq=)\d+|(?<=\"stream\":)\d+|(?<=\"credit\":)\d+|(?<=answered in )\d+)"
    r"|(?P<version>(?<=^dtree )\d+\.\d+\.\d+(?=: topology))"
    r"|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"
    r"|(?P<socket>(?<=connection to )/run/c(?= is lost))"
    r"|(?P<stopwatch>(?<=^Ok:11: )10000$)")
PATTERNS = {"pid": r"[1-9]\d*", "number": r"\d+", "version": r"\d+\.\d+\.\d+", "socket": r"/\S+", "stopwatch": r"\d+",
            "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"}
# Lines that a shell prints without a command.
NEWS = re.compile(r"node -?\d+ (?:died|lives again)")
PROMPTS = ("$ ", "# ")
# Programs of the system that the documents name, replaced by shell scripts.
SUDO = 'exec "$@"'
SYSTEMCTL = """case "$*" in
daemon-reload) ;;
"enable --now dtreed") dtreed 2>>"$PLACE/started.err" &
    until dtreectl status >"$PLACE/started" 2>&1; do sleep 0.05; done ;;
"enable --now dtree-exporter") ;;
*) exit 9 ;;
esac"""


def fits(expected):
    """The regular expression of a line of a document."""
    found = ""
    at = 0
    for variable in VARIABLE.finditer(expected):
        found += re.escape(expected[at:variable.start()]) + PATTERNS[variable.lastgroup]
        at = variable.end()
    return found + re.escape(expected[at:])


def unbroken(lines):
    """Joins lines that the document has broken: continuations begin with a blank, and in JSON with
    several."""
    whole = []
    for line in lines:
        json = whole and whole[-1].lstrip("-<> ").startswith("{")
        if json and line.startswith(" "):
            whole[-1] += line.strip()
        elif whole and re.match(" [^ ]", line):
            whole[-1] += line
        else:
            whole.append(line)
    return whole


def steps(lines):
    """What is typed, and the lines that come of it."""
    found = []
    goes_on = False
    for line in lines:
        if goes_on:
            found[-1][0] += "\n" + line
        elif line.startswith((*PROMPTS, "> ")):
            found.append([line, []])
        else:
            found[-1][1].append(line)
            continue
        goes_on = line.endswith(("\\", "|"))
    return [(command, unbroken(output)) for command, output in found]


def ordered(rows):
    """Moves news behind all other lines."""
    return sorted(rows, key=lambda row: bool(NEWS.match(row.replace("\\", ""))))


class Place(DaemonDeath):
    """Where examples run: `dtreed`, `dtreectl` and the scripts are found as their readers find
    them, and /tmp/tree, /etc/dtree and the default directories are the test's own."""

    def setUp(self):
        super().setUp()
        self.work = self.fresh("w")
        for name in ("bin", "scripts", "etc/dtree"):
            os.makedirs(os.path.join(self.work, name))
        self.socket = os.path.join(self.work, "r", "control.sock")
        self.program("bin/dtreectl", f'exec {dtreectl_path()} "$@"')
        self.program("scripts/quickstart", f'exec {dtreectl_path()} shell --private "$@"')
        self.program("bin/sudo", SUDO)
        self.program("bin/systemctl", SYSTEMCTL)
        self.program("bin/dtreed", 'case "$*" in *--runtime-dir*) ;; *) set -- --config '
                     '"$PLACE/etc/dtree/dtreed.conf" --state-dir "$PLACE/s" --runtime-dir '
                     f'"$PLACE/r" "$@" ;; esac; exec {dtreed_path()} "$@"')
        with open(os.path.join(self.work, "etc/dtree/dtreed.conf"), "w", encoding="ascii"):
            pass
        self.env |= {"PATH": f"{self.work}/bin:{self.env['PATH']}", "PLACE": self.work,
                     "DTREE_SOCKET": self.socket}
        self.addCleanup(self.end_daemons)

    def end_daemons(self):
        """Those that an example started."""
        for place in ("r", "tree"):
            if os.path.exists(socket := os.path.join(self.work, place, "control.sock")):
                run(self, [dtreectl_path(), "--socket", socket, "shutdown"])

    def program(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(path, 0o755)
        return path

    def own(self, text):
        """Paths of the system are those of the test."""
        return text.replace("/tmp/tree", f"{self.work}/tree").replace("/etc/", f"{self.work}/etc/")

    def tree(self, *options, granted=()):
        """A running dtreed that DTREE_SOCKET names, with what is taken for granted."""
        daemon = self.daemon(*options)
        self.env["DTREE_SOCKET"] = daemon.socket
        for command in granted:
            self.assertEqual(self.ctl(daemon, *command.split()).returncode, 0, command)
        return daemon

    def same(self, came, expected):
        """Lines are those of a document, but for what is another in each run."""
        expected = [self.own(line) for line in expected]
        self.assertEqual(len(came), len(expected), f"{came}\nis not\n{expected}")
        for line, wanted in zip(came, expected):
            self.assertRegex(line, f"\\A{fits(wanted)}\\Z")


class Line:
    """A command line that keeps its variables and background jobs between commands."""

    def __init__(self, case):
        self.case = case
        self.errors = case.fresh("line") + ".err"
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(["bash"], stdin=subprocess.PIPE, cwd=case.work,
                                            stdout=subprocess.PIPE, stderr=errors, env=case.env)
        case.addCleanup(self.end)

    def run(self, command):
        """The lines that a command prints. It must succeed, and nobody but a dtreed say anything on
        standard error."""
        before = os.path.getsize(self.errors)
        self.process.stdin.write(f"{command}\necho; echo over $?\n".encode())
        self.process.stdin.flush()
        lines = []
        while not (line := self.process.stdout.readline().decode()).startswith("over "):
            self.case.assertTrue(line, f"{command}: the command line ended")
            lines.append(line.removesuffix("\n"))
        with open(self.errors, encoding="utf-8") as file:
            file.seek(before)
            said = [row for row in file if not row.startswith("dtreed: ")]
        self.case.assertEqual((line, said), ("over 0\n", []), f"{command}: {lines}")
        # The empty line is the mark's own.
        return lines[:-1] if lines[-1] == "" else lines

    def end(self):
        self.process.stdin.close()
        self.process.wait(TIMEOUT)
        self.process.stdout.close()


class Session(Place):
    """Runs an example that is a session: command lines, and what is typed in a shell."""

    def command_lines(self, block):
        """Lines without prompts: they succeed. A shell gets the end of its input."""
        line = Line(self)
        for command in block.lines:
            line.run(command if "|" in command else f"{command} </dev/null")

    def session(self, block):
        todo = steps(block.lines)
        line = Line(self)
        terminal = shown = None
        for number, (command, output) in enumerate(todo):
            follower = todo[number + 1][0] if number + 1 < len(todo) else ""
            if command.startswith("> "):
                if not terminal:
                    terminal, shown = self.terminal("dtreectl shell"), []
                terminal.write(command[2:] + "\n")
                shown += [command, *output]
                self.await_rows(terminal, shown)
            elif follower.startswith("> "):
                terminal, shown = self.terminal(self.own(command[2:])), output
            else:
                self.same(line.run(self.own(command[2:])), output)
                self.await_background(command)
        if terminal:
            if shown[-1] != "> exit":
                terminal.write("exit\n")
            self.assertEqual(terminal.wait(), 0)

    def terminal(self, command):
        terminal = Terminal(self, command=["sh", "-c", f"cd {self.work}; exec {command}"])
        self.addCleanup(terminal.stop)
        terminal.shows("> ")
        return terminal

    def await_rows(self, terminal, expected):
        """Waits until the screen, from the first of these rows on, is the session so far, and the
        prompt behind it, unless it has ended: what is typed before the prompt is there would be
        echoed by the kernel. News come when they come."""
        patterns = ordered(fits(row.rstrip()) for row in expected)
        end = "" if "> exit" in expected else ">"

        def rows():
            seen = terminal.look()
            return seen[next((at for at, row in enumerate(seen)
                              if row.startswith(expected[0][:6])), 0):]

        def there():
            seen = rows()
            last = seen.pop()
            return (last == end and len(seen) == len(patterns) and
                    all(map(re.fullmatch, patterns, ordered(seen))))
        wait_until(there, lambda: f"{expected} on the screen: {rows()}")

    def await_background(self, command):
        """The next command is typed when dtreed is ready."""
        if command.endswith(" &"):
            place = re.search(r"--runtime-dir (\S+)", self.own(command))[1]
            wait_until(lambda: os.path.exists(f"{place}/control.sock"), "the control socket")
