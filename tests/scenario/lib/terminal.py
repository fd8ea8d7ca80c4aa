"""The interactive shell on a terminal, and its screen."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios

from lib.programs import dtreectl_path
from lib.waiting import TIMEOUT, wait_until

# A control sequence, or the beginning of one.
SEQUENCE = re.compile(r"\x1b(?:\[([?0-9;]*)([@-~])|[()].|[=>78])?")


class Screen:
    """The part of a terminal that line editing needs. It has no lower end: nothing scrolls away."""

    def __init__(self, columns):
        self.columns = columns
        self.rows = [[]]
        # Rows that the next one goes on, as the line was too long.
        self.broken = set()
        self.row = 0
        self.column = 0
        self.inserts = False
        self.rest = ""

    def feed(self, text):
        text = self.rest + text
        self.rest = ""
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                self.put(text[at])
                at += 1
                continue
            found = SEQUENCE.match(text, at)
            if found.end() == at + 1:
                self.rest = text[at:]
                break
            if found[2]:
                self.control(found[2], found[1])
            at = found.end()

    def put(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.down()
        elif char == "\b":
            self.column = max(0, min(self.column, self.columns - 1) - 1)
        elif char >= " ":
            if self.column == self.columns:
                self.column = 0
                self.broken.add(self.row)
                self.down()
            line = self.rows[self.row]
            line += " " * (self.column - len(line))
            line[self.column:self.column + (not self.inserts)] = char
            del line[self.columns:]
            self.column += 1

    def down(self):
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])

    def control(self, kind, arguments):
        first = arguments.split(";")[0]
        count = int(first) if first.isdigit() and first != "0" else 1
        line = self.rows[self.row]
        if kind == "A":
            self.row = max(0, self.row - count)
        elif kind == "B":
            for _ in range(count):
                self.down()
        elif kind == "C":
            self.column = min(self.columns - 1, self.column + count)
        elif kind == "D":
            self.column = max(0, self.column - count)
        elif kind == "G":
            self.column = count - 1
        elif kind == "P":
            del line[self.column:self.column + count]
        elif kind == "@":
            line[self.column:self.column] = " " * count
        elif kind == "K":
            del line[self.column:]
        elif kind == "J":
            del line[self.column:]
            del self.rows[self.row + 1:]
            self.broken = {row for row in self.broken if row < self.row}
        elif kind in "hl" and arguments == "4":
            self.inserts = kind == "h"

    def resize(self, columns, reflow):
        """Changes the width. Some terminals wrap long lines again, others cut rows that are too
        long."""
        self.columns, old = columns, self.rows
        if not reflow:
            for row in old:
                del row[columns:]
            self.column = min(self.column, columns - 1)
            return
        self.rows, broken = [], self.broken
        self.broken = set()
        line = []
        for number, row in enumerate(old):
            if number == self.row:
                # A line that is full has its cursor behind it.
                at = len(self.rows), len(line) + self.column
            line += row
            if number in broken and number + 1 < len(old):
                continue
            pieces = [line[i:i + columns] for i in range(0, len(line), columns)] or [[]]
            self.broken.update(range(len(self.rows), len(self.rows) + len(pieces) - 1))
            self.rows += pieces
            line = []
        self.row, self.column = at[0] + at[1] // columns, at[1] % columns
        self.rows += [[] for _ in range(self.row + 1 - len(self.rows))]

    def text(self):
        """The rows, without blanks at their ends."""
        return ["".join(row).rstrip() for row in self.rows]


class Terminal:
    """`dtreectl shell` with a terminal of its own."""

    def __init__(self, case, *args, columns=160, env=None, command=None):
        """command: another one than dtreectl with these arguments."""
        self.screen = Screen(columns)
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen(
            command or [dtreectl_path(), *map(str, args)], stdin=slave, stdout=slave, stderr=slave,
            env=case.env | {"TERM": "xterm"} | (env or {}), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def write(self, text):
        os.write(self.master, text.encode())

    def resize(self, columns, reflow):
        """The kernel signals the foreground processes."""
        self.look()
        self.screen.resize(columns, reflow)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def look(self):
        """The rows as they are now; the last is where the cursor is."""
        while select.select([self.master], [], [], 0.01)[0]:
            try:
                data = os.read(self.master, 1 << 16)
            except OSError:
                break
            if not data:
                break
            self.screen.feed(data.decode())
        return self.screen.text()

    def shows(self, *rows, timeout=None):
        """Waits until the last rows are these; "…" at the end of one stands for any rest, "> " is
        the prompt with nothing typed."""
        def matches(row, wanted):
            if wanted.endswith("…"):
                return row.startswith(wanted[:-1])
            return row == wanted.rstrip()

        def there():
            seen = self.look()[-len(rows):]
            return len(seen) == len(rows) and all(map(matches, seen, rows))
        wait_until(there, lambda: f"{rows} at the end of {self.look()}", timeout)

    def ask(self, command, *rows):
        """A command typed at the prompt, and the rows that come before the next prompt."""
        typed = [("" if number else "> ") + line for number, line in
                 enumerate(command.split("\n"))]
        self.write(command + "\n")
        if len(typed) == 1:
            self.shows(*typed, *rows, "> ")
        else:
            self.shows(*rows, "> ")

    def count(self, row):
        """How often a row is on the screen."""
        return self.look().count(row)

    def wait(self):
        """Its exit status."""
        def over():
            self.look()
            return self.process.poll() is not None
        wait_until(over, lambda: f"the shell ends; it shows {self.look()}")
        return self.process.returncode

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(TIMEOUT)
        shown = "\n".join(self.look())
        os.close(self.master)
        if "Sanitizer" in shown or "runtime error:" in shown:
            raise AssertionError(shown)
