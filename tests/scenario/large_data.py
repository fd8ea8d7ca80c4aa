#!/usr/bin/python3 -B
"""Requests and results far larger than any buffer, and the memory that they take."""

import itertools
import os
import subprocess
import unittest

from lib import procs
from lib.harness import Case, main
from lib.programs import dtreectl_path, sanitized
from lib.waiting import SLOW, TIMEOUT

MANY = 10**6
# As many as sum takes, in blocks of ONES.
ALL = 10**8
ONES = 50000
# KiB. The numbers of the sums here are twenty times as large as what may be grown by.
BOUND = 64 * 1024
GROWTH = 8 * 1024
TEXT = 64 << 20
CHUNK = 1000


def numbers():
    """Blocks of CHUNK numbers of 19 digits, with a sum of 0 each."""
    block = "9223372036854775807 -9223372036854775807 " * (CHUNK // 2)
    while True:
        yield block.encode()


class Sum(Case):
    """A chain of three, so that two relays stand before the node that sums."""

    def setUp(self):
        super().setUp()
        self.tree = self.daemon("--request-timeout", 600000)
        self.asker = self.client(self.tree)
        for node, parent in ((1, -1), (2, 1), (3, 2)):
            self.asker.call("create", id=node, parent=parent)
            self.assertEqual(self.asker.exec(node, 1, 5), "5")
        self.peaks = {}

    def watched(self, *more):
        return {"dtreed": self.tree.pid} | self.asker.pids() | dict(more)

    def begin(self):
        self.peaks = {name: procs.memory_peak(pid) for name, pid in self.watched().items()}

    def bounded(self, **more):
        """No process took more than it may."""
        if sanitized():
            return
        for name, pid in self.watched(*more.items()).items():
            peak = procs.memory_peak(pid)
            self.assertGreater(peak, 0, name)
            self.assertLess(peak, BOUND, name)
            if name in self.peaks:
                self.assertLess(peak - self.peaks[name], GROWTH, name)

    def pipe(self, count, blocks, wanted):
        """dtreectl exec 3 COUNT -, watched before its last number."""
        with open(self.path("ctl.err"), "wb") as errors, \
                subprocess.Popen([dtreectl_path(), "--socket", self.tree.socket, "--timeout",
                                  "600", "exec", "3", str(count), "-"], env=self.env,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=errors) as process:
            try:
                for block in blocks:
                    process.stdin.write(block)
                process.stdin.write(b"7")
                process.stdin.flush()
                self.bounded(dtreectl=process.pid)
                process.stdin.close()
                self.assertEqual(process.stdout.read().decode(), f"Ok:3: {wanted}\n")
                self.assertEqual(process.wait(TIMEOUT), 0)
            finally:
                process.kill()

    def blocks(self, count):
        source = numbers()
        return (next(source) for _ in range(count // CHUNK))

    def test_a_million_numbers_from_a_pipe_take_no_memory(self):
        self.begin()
        self.pipe(MANY + 1, self.blocks(MANY), 7)

    def test_a_million_numbers_on_a_shell_line_take_no_memory(self):
        self.begin()
        shell = self.shell(daemon=self.tree)
        shell.write(f"exec 3 {MANY + 1} ")
        for block in self.blocks(MANY):
            shell.write(block)
        self.bounded(shell=shell.pid)
        self.ask(shell, "7", "Ok:3: 7")
        self.bounded(shell=shell.pid)
        self.ask(shell, "exec 3 1 4", "Ok:3: 4")

    def test_a_million_numbers_over_the_control_socket_take_no_memory(self):
        self.begin()
        opened = self.asker.call("exec_open", id=3, args=[str(MANY + 1)])
        stream, credit = opened["stream"], opened["credit"]
        for block in self.blocks(MANY):
            self.assertGreaterEqual(credit, len(block))
            credit = self.asker.call("exec_feed", stream=stream, data=block.decode())["credit"]
        self.asker.call("exec_feed", stream=stream, data="7")
        self.bounded()
        self.assertEqual(self.asker.call("exec_close", stream=stream)["result"], "7")
        self.bounded()

    def test_a_sum_that_the_node_cannot_take_is_not_buffered_elsewhere(self):
        self.begin()
        self.stopped(self.asker.nodes()[3]["pid"])
        process = subprocess.Popen([dtreectl_path(), "--socket", self.tree.socket, "exec", "3",
                                    str(MANY), "-"], env=self.env, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            os.set_blocking(process.stdin.fileno(), False)
            source = numbers()
            block = next(source)
            taken = 0
            # It must stop taking input: all of it would be twenty megabytes.
            for _ in range(2000):
                try:
                    taken += os.write(process.stdin.fileno(), block)
                except BlockingIOError:
                    self.assertTrue(self.asker.ping(1))
                    self.assertTrue(self.asker.ping(2))
            self.assertLess(taken, 8 << 20)
            self.bounded(dtreectl=process.pid)
        finally:
            process.kill()
            process.wait()
            process.stdin.close()

    def all_of_them(self):
        """Blocks of ones: a hundred million numbers."""
        if SLOW > 1 and not os.environ.get("DTREE_TEST_LONG"):
            raise unittest.SkipTest("takes minutes in a slow build: set DTREE_TEST_LONG")
        self.begin()
        return itertools.repeat("1 " * ONES, ALL // ONES)

    def test_a_hundred_million_numbers_from_a_pipe_take_no_memory(self):
        blocks = (block.encode() for block in self.all_of_them())
        # The last one is not written as a one: it is the number that is held back.
        next(blocks)
        first = b"1 " * (ONES - 1)
        self.pipe(ALL, itertools.chain([first], blocks), ALL + 6)

    def test_a_hundred_million_numbers_on_a_shell_line_take_no_memory(self):
        blocks = self.all_of_them()
        shell = self.shell(daemon=self.tree)
        shell.write(f"exec 3 {ALL} ")
        for block in blocks:
            shell.write(block)
        self.bounded(shell=shell.pid)
        shell.write("\n")
        self.assertEqual(shell.line(), f"Ok:3: {ALL}")

    def test_a_hundred_million_numbers_over_the_control_socket_take_no_memory(self):
        blocks = self.all_of_them()
        stream = self.asker.call("exec_open", id=3, args=[str(ALL)])["stream"]
        for block in blocks:
            credit = self.asker.call("exec_feed", stream=stream, data=block)["credit"]
            self.assertGreaterEqual(credit, len(block))
        self.bounded()
        self.assertEqual(self.asker.call("exec_close", stream=stream)["result"], str(ALL))


class Exact(Case):
    def test_the_sum_is_exact_or_an_error(self):
        shell = self.private()
        self.create(shell, 1)
        top, bottom = 2**63 - 1, -2**63
        for values in ([top], [bottom], [top, 1], [bottom, -1], [top, 1, -1], [bottom, -1, 1],
                       [top] * 5 + [-top] * 5, [top, top, bottom, bottom, 2], [bottom] * 3,
                       [top, 1, 0, -1, top], [-5, +5], [top, bottom]):
            total = sum(values)
            line = shell.ask(" ".join(map(str, ("exec", 1, len(values), *values))))
            if bottom <= total <= top:
                self.assertEqual(line, f"Ok:1: {total}")
            else:
                self.assert_reply(line, "Error:1: …")
        self.dialogue(shell, [("exec 1 2 +5 -05", "Ok:1: 0"), ("exec 1 +1 4", "Ok:1: 4"),
                              ("exec 1 01 4", "Ok:1: 4")])


class Search(Case):
    def search(self, text, pattern):
        """The reply to a search, in a private tree two deep."""
        shell = self.private("--service", "search")
        self.create(shell, 1)
        self.create(shell, 2, 1)
        shell.write("exec 2\n")
        shell.write(text)
        shell.write(b"\n" + pattern + b"\n")
        reply = shell.line(TIMEOUT * 3)
        self.dialogue(shell, [("ping 1", "Ok: 1"), ("exec 2\nabc\nb", "Ok:2: 1")])
        return reply

    def test_a_text_of_64_mebibytes_is_searched(self):
        text = bytearray(b"abcdefgh" * (TEXT // 8))
        places = [0, 12345, TEXT // 2, TEXT - 4]
        for place in places:
            text[place:place + 4] = b"tree"
        self.assertEqual(self.search(text, b"tree"), "Ok:2: " + ";".join(map(str, places)))

    def test_a_result_of_tens_of_mebibytes_comes_whole(self):
        count = 5 << 20
        reply = self.search(b"a" * count, b"a")
        self.assertGreater(len(reply), 32 << 20)
        self.assertEqual(reply, "Ok:2: " + ";".join(map(str, range(count))))

    def test_a_result_beyond_the_limit_is_an_error(self):
        self.assert_reply(self.search(b"a" * (16 << 20), b"a"), "Error:2: …")

    def test_search_is_linear_on_hard_text(self):
        # Quadratic, this would be 10^13 steps.
        half = 2 << 20
        self.assertEqual(self.search(b"a" * (2 * half), b"a" * half + b"b"), "Ok:2: -1")

    def test_an_empty_text_holds_nothing(self):
        self.assertEqual(self.search(b"", b"a"), "Ok:2: -1")


class Names(Case):
    def test_a_name_of_64_kibibytes_is_kept_and_a_longer_one_refused(self):
        shell = self.private("--service", "dict")
        self.create(shell, 1)
        name = "n" * (64 << 10)
        self.dialogue(shell, [(f"exec 1 {name} 5", "Ok:1"), (f"exec 1 {name}", "Ok:1: 5"),
                              (f"exec 1 {name}n 6", "Error:1: …"),
                              (f"exec 1 {name}n", "Error:1: …"),
                              ("exec 1 n", "Ok:1: 'n' not found")])

    def test_many_names_are_kept_apart(self):
        shell = self.private("--service", "dict")
        self.create(shell, 1)
        self.script(shell, [(f"exec 1 n{i} {i}", "Ok:1") for i in range(2000)] +
                    [(f"exec 1 n{i}", f"Ok:1: {i}") for i in range(2000)])

    def test_a_small_write_does_not_overtake_large_ones_that_wait_for_room(self):
        tree = self.daemon("--service", "dict")
        asker = self.client(tree)
        pid = asker.call("create", id=1)["pid"]
        self.stopped(pid)
        # 1 MiB may be on its way to a node.
        sent = [asker.send("exec", id=1, args=["n", "0" * 60000 + str(i)]) for i in range(30)]
        sent.append(asker.send("exec", id=1, args=["n", "777"]))
        asker.call("tree")
        self.go_on(pid)
        for number in sent:
            asker.wait(number)
        self.assertEqual(asker.exec(1, "n"), "777")


if __name__ == "__main__":
    main()
