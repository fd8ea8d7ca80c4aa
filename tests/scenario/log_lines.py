#!/usr/bin/python3 -B
"""The log: dtreed never waits for its reader, lost lines are counted, no two processes share a
description, and lines of workers reach dtreed, also the next one."""

import fcntl
import os
import pty
import re
import select
import socket
import stat
import subprocess
import termios

from lib import procs
from lib.harness import Case, main
from lib.programs import dtreectl_path
from lib.waiting import wait_until

DROPPED = re.compile(r"log: (\d+) lines? (?:was|were) dropped: standard error")


def fill(fd):
    """Writes until it takes no more; gives how much it took."""
    os.set_blocking(fd, False)
    took = 0
    try:
        for size in (4096, 1):
            try:
                while True:
                    took += os.write(fd, b"." * size)
            except BlockingIOError:
                pass
    finally:
        os.set_blocking(fd, True)
    return took


def read_what_comes(fd, enough):
    """Reads until the text is enough."""
    text = b""

    def more():
        nonlocal text
        while select.select([fd], [], [], 0)[0]:
            text += os.read(fd, 1 << 16)
        return enough(text.decode(errors="replace"))
    wait_until(more, lambda: f"enough of {text[-2000:]!r}")
    return text.decode(errors="replace")


class LogLines(Case):
    def pair(self, kind):
        """A descriptor to read and one to write to, of that kind; both closed at the end."""
        if kind == "pipe":
            ends = os.pipe()
        elif kind == "terminal":
            ends = pty.openpty()
            modes = termios.tcgetattr(ends[1])
            modes[1] &= ~termios.OPOST
            modes[3] |= termios.TOSTOP
            termios.tcsetattr(ends[1], termios.TCSANOW, modes)
        else:
            ends = tuple(end.detach() for end in socket.socketpair())
        for end in ends:
            self.addCleanup(os.close, end)
        return ends

    def speaker(self, daemon):
        """A socket that says lines to the workers' log."""
        out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(out.close)
        out.connect(os.path.join(daemon.runtime, "links", "log"))
        return out

    def test_standard_error_that_nobody_reads_holds_nobody_up(self):
        for kind in ("pipe", "terminal", "socket"):
            with self.subTest(kind=kind):
                reader, writer = self.pair(kind)
                fill(writer)
                daemon = self.daemon("--restart", "no", stderr=writer)
                client = self.client(daemon)
                pid = client.call("create", id=1)["pid"]
                self.kill9(pid)
                wait_until(lambda: client.nodes()[1]["state"] == "dead", "it is told")
                client.call("create", id=2)
                self.assertTrue(client.ping(2))
                text = read_what_comes(reader, lambda text: "node 1" in text)
                self.assertIn("dtreed: start: process", text)
                fill(writer)
                daemon.process.terminate()
                self.assertEqual(daemon.wait(), 0)

    def test_what_is_dropped_is_counted(self):
        reader, writer = self.pair("pipe")
        fill(writer)
        daemon = self.daemon(stderr=writer)
        self.assertTrue(self.client(daemon).call("status"))
        speaker = self.speaker(daemon)
        for number in range(400):
            speaker.send(f"<4>line {number} {'x' * 500}".encode())
        # It has read them all when it has answered what came later.
        speaker.send(b"<4>the end")
        wait_until(lambda: os.path.exists(daemon.socket) and self.unread(speaker) == 0, "taken")
        self.client(daemon).call("status")
        text = read_what_comes(reader, DROPPED.search)
        seen = len(re.findall(r"line \d+ x{500}\n|the end\n", text))
        dropped = int(DROPPED.search(text)[1])
        started = text.count("dtreed: start:")
        self.assertEqual((seen + dropped, started), (401, 2))
        self.assertGreater(dropped, 200)
        speaker.send(b"<4>heard again")
        read_what_comes(reader, lambda text: "heard again" in text)

    @staticmethod
    def unread(speaker):
        """Bytes that were sent and not received yet."""
        return int.from_bytes(fcntl.ioctl(speaker, termios.TIOCOUTQ, bytes(4)), "little")

    def test_a_description_that_others_made_not_blocking_loses_no_line(self):
        for kind in ("pipe", "terminal", "socket"):
            with self.subTest(kind=kind):
                reader, writer = self.pair(kind)
                daemon = self.daemon(stderr=writer)
                fill(writer)
                os.set_blocking(writer, False)
                speaker = self.speaker(daemon)
                for number in range(100):
                    speaker.send(f"<4>line {number}.".encode())
                text = read_what_comes(reader, lambda text: "line 99." in text)
                self.assertEqual([f"line {n}." in text for n in range(100)], [True] * 100)
                self.assertFalse(os.get_blocking(writer))

    def test_no_two_processes_share_a_description(self):
        daemon = self.daemon()
        client = self.client(daemon)
        for node in range(1, 6):
            client.call("create", id=node)
        places = {}
        for pid in [daemon.pid, *procs.children(daemon.pid)]:
            places[pid] = os.stat(f"/proc/{pid}/fd/2")
        self.assertEqual(len(places), 7)
        self.assertEqual(len({(st.st_dev, st.st_ino) for st in places.values()}), 7)
        for pid, st in places.items():
            self.assertEqual(stat.S_ISSOCK(st.st_mode), pid != daemon.pid)

    def test_a_private_tree_does_not_share_its_shells(self):
        """What is made not blocking for one is not for the other."""
        for kind in ("pipe", "terminal"):
            with self.subTest(kind=kind):
                _, writer = self.pair(kind)
                shell = subprocess.Popen([dtreectl_path(), "shell", "--private"], env=self.env,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=writer)
                shell.stdin.write(b"create 1\n")
                shell.stdin.flush()
                self.assertRegex(shell.stdout.readline(), rb"^Ok: \d+$")
                daemon = next(pid for pid in procs.children(shell.pid)
                              if procs.program(pid) == "dtreed")
                os.set_blocking(writer, False)
                self.assertTrue(self.flags(shell.pid) & os.O_NONBLOCK)
                self.assertFalse(self.flags(daemon) & os.O_NONBLOCK)
                self.assertEqual(os.stat(f"/proc/{daemon}/fd/2"), os.stat(f"/proc/{shell.pid}/fd/2"))
                shell.stdin.close()
                self.assertEqual(shell.stdout.read(), b"")
                shell.stdout.close()
                self.assertEqual(shell.wait(), 0)

    @staticmethod
    def flags(pid):
        with open(f"/proc/{pid}/fdinfo/2", encoding="ascii") as file:
            return int(re.search(r"flags:\s*(\d+)", file.read())[1], 8)

    def test_what_a_library_prints_in_a_worker_is_logged_with_its_node(self):
        worker = self.path("worker")
        with open(worker, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\necho 'no such symbol \033[31m'\necho more >&2\nexit 3\n")
        os.chmod(worker, 0o700)
        daemon = self.daemon(worker=worker)
        self.says(daemon, "Error: …", "create", 5, status=1)
        wait_until(lambda: "dtreed: node 5: more" in daemon.stderr(), daemon.stderr)
        self.assertIn("dtreed: node 5: no such symbol ?[31m\n", daemon.stderr())

    def test_what_is_said_without_a_dtreed_is_told_to_the_next(self):
        first = self.daemon("--log-level", "debug")
        client = self.client(first)
        for node in range(1, 4):
            client.call("create", id=node)
        first.kill()
        os.unlink(os.path.join(first.runtime, "links", "log"))
        second = self.daemon("--log-level", "debug", base=first.base)
        for node in range(1, 4):
            line = f"dtreed: node {node}: supervisor: dtreed is gone"
            wait_until(lambda line=line: line in second.stderr(), line)

    def test_who_says_too_much_is_cut_short(self):
        daemon = self.daemon()
        speaker = self.speaker(daemon)
        for number in range(50):
            speaker.send("".join(f"<4>n{number}.{i}.\n" for i in range(40)).encode())
        wait_until(lambda: "it says too much" in daemon.stderr(), "the count")
        with open(daemon.errors, encoding="utf-8") as file:
            text = file.read()
        said = text.count(f"dtreed: process {os.getpid()}: n")
        dropped = sum(map(int, re.findall(r"too much: (\d+) lines were dropped", text)))
        self.assertEqual(said + dropped, 2000)
        self.assertLess(said, 1000)

    def test_junk_in_the_socket_changes_nothing(self):
        daemon = self.daemon()
        speaker = self.speaker(daemon)
        for junk in (b"", b"\0", b"<9>x", b"<4>", b"%s%n%s%n", b"\xff" * 100, b"y" * 100000,
                     b"\n" * 1000, b"<4>a\r\x1b[2Jb"):
            speaker.send(junk)
        speaker.send(b"<3>last")
        wait_until(lambda: ": last\n" in daemon.stderr(), daemon.stderr)
        with open(daemon.errors, "rb") as file:
            said = file.read()
        for text in (b"<9>x", b"%s%n%s%n", b"\xff" * 100, b"y" * 8189 + b"...", b"a??[2Jb"):
            self.assertIn(b": " + text + b"\n", said)
        self.assertTrue(self.client(daemon).call("status"))


if __name__ == "__main__":
    main()
