#!/usr/bin/python3 -B
"""Invalid lines: each gives one error line, and nothing else happens."""

import json
import random

from lib.harness import Case, main

BAD_IDS = ("5x", "0x5", "5.0", "1.5", "4294967301", "2147483648", "-2147483649", "-1", "+5", "05",
           "007", "-05", "--5", "5-", "1e1", "99999999999999999999", "'5'", "5,", "\u0665", "x")


class BadInput(Case):
    def setUp(self):
        super().setUp()
        self.tree = self.daemon("--service", "sum")
        self.sh = self.shell(daemon=self.tree)
        self.create(self.sh, 5)
        self.watch = self.client(self.tree)
        self.before = self.watch.nodes()[5]["pid"]

    def unharmed(self, shell=None):
        """The next reply is the one to the next command, and the tree is what it was."""
        self.ask(shell or self.sh, "exec 5 2 3 4", "Ok:5: 7")
        nodes = self.watch.nodes()
        self.assertEqual([(5, self.before)], [(n, row["pid"]) for n, row in nodes.items()])

    def one_error(self, line, shell=None):
        """A line gives one printable error line."""
        shell = shell or self.sh
        data = line if isinstance(line, bytes) else line.encode()
        shell.write(data + b"\n")
        reply = shell.line()
        self.assertTrue(reply.startswith("Error"), (data[:100], reply[:200]))
        self.assertNotRegex(reply, r"[\x00-\x1f\x7f-\x9f]", data[:100])
        self.assertLess(len(reply), 4096)
        self.unharmed(shell)

    def test_words_that_are_no_command(self):
        for line in ("nothing", "CREATE 6", "create6", "create", "create 6 5 4", "exec", "ping",
                     "ping 5 5", "kill", "kill 5 5", "pingall 5", "create 6 --service",
                     "create 6 --service none", "create 6 --nothing", "heartbit", "-", "--help",
                     "exec five", "\\", '"', "'", "ping \"5\"", "create 6;kill 5", "$(kill 5)",
                     "{}", '{"jsonrpc":"2.0","id":1,"method":"kill","params":{"id":5}}'):
            self.one_error(line)

    def test_malformed_ids_never_reach_a_node(self):
        for word in BAD_IDS:
            for line in (f"ping {word}", f"kill {word}", f"create {word}", f"exec {word} 1 1",
                         f"create 6 {word}"):
                # -1 is the controller: a parent, and no node.
                if line != "create 6 -1":
                    self.one_error(line)

    def test_exec_arguments_that_are_no_numbers(self):
        for words in ("1 x", "1 1.5", "1 0x1", "2 1", "1 1 2", "0", "-1 1", "x", "1 1e5", "1 --1",
                      "1 9223372036854775808", "1 -9223372036854775809", "100000001 1", "1",
                      "99999999999999999999 1", "1 \u0661", "1 %n", "2 9223372036854775807 1"):
            self.one_error(f"exec 5 {words}")

    def test_a_mebibyte_of_one_letter(self):
        self.one_error("A" * (1 << 20))
        self.one_error("create " + "6" * (1 << 20))
        self.one_error("ping 5" + "5" * (1 << 20))

    def test_formats_are_not_interpreted(self):
        for line in ("%s%n", "%s%s%s%s%s%n%n", "ping %s%n", "exec %n 1 1", "create %99999999d",
                     "exec 5 1 %s%n"):
            self.one_error(line)

    def test_control_bytes_are_not_echoed(self):
        for number in [*range(1, 9), 11, 12, *range(14, 32), 127]:
            self.one_error(b"ping" + bytes([number]) + b"5")
            self.one_error(bytes([number]) * 50)
        self.one_error(b"\x1b[2J\x1b]0;title\x07")

    def test_nul_bytes_end_no_line_and_no_word(self):
        for line in (b"\0", b"ping 5\0", b"ping\0 5", b"ping 5\0 6", b"\0ping 5",
                     b"exec 5 1 1\0 2", b"\0" * 70000):
            self.one_error(line)

    def test_foreign_letters_and_broken_utf8(self):
        for line in ("привет", "создать 6", "ping 5\u00a0", "\ufeffping 5", "🌳", b"\xff\xfe",
                     b"\xc0\xaf", b"ping \xed\xa0\x80", b"\x80" * 1000, b"exec 5 1 \xff"):
            self.one_error(line)

    def test_random_bytes(self):
        chance = random.Random(20240607)
        for _ in range(200):
            line = bytes(chance.choice([*range(1, 10), *range(11, 256)])
                         for _ in range(chance.randrange(1, 300)))
            if line.strip(b" \t\r"):
                self.one_error(line)

    def test_blank_lines_say_nothing(self):
        self.sh.write("\n\r\n   \n\t\n \t \r\n\n")
        self.unharmed()

    def test_blanks_tabs_and_a_trailing_cr_are_no_part_of_a_word(self):
        for line in ("ping 5\r", "  ping   5  ", "\tping\t5\t", " \t ping \t 5 \t\r"):
            self.ask(self.sh, line, "Ok: 1")
        self.ask(self.sh, "exec\t5   2 \t 1 2\r", "Ok:5: 3")
        self.one_error("ping\r5")
        self.one_error("pi ng 5")

    def test_the_last_line_needs_no_newline(self):
        shell = self.shell(daemon=self.tree)
        shell.write("ping 5\nexec 5 1 8")
        lines, status = shell.finish()
        self.assertEqual(status, 0)
        self.assertEqual(sorted(lines), ["Ok: 1", "Ok:5: 8"])

    def test_no_input_is_no_error(self):
        self.assertEqual(self.shell(daemon=self.tree).finish(), ([], 0))
        self.assertEqual(self.private().finish(), ([], 0))

    def test_a_long_line_is_never_read_as_two(self):
        for gap in (4000, 4090, 4096, 8190, 65530, 65536, 131070, 1 << 20):
            for blank in (" ", "\t", "A"):
                self.one_error("nothing" + blank * gap + " create 77")
        self.one_error("ping 5 " * 100000)
        self.one_error("exec 5 1" + " 1" * 400000)
        self.ask(self.sh, " " * 300000 + "ping" + " " * 300000 + "5" + " " * 300000, "Ok: 1")
        self.ask(self.sh, "exec 5 300000" + " 1" * 300000, "Ok:5: 300000")
        numbers = ["4095"] + [str(2**40)] * 4095
        self.ask(self.sh, "call exec " + json.dumps({"id": 5, "args": numbers}),
                 json.dumps({"id": 5, "result": str(4095 * 2**40)}, separators=(",", ":")))

    def test_many_bad_lines_at_once_give_as_many_errors(self):
        shell = self.shell(daemon=self.tree)
        shell.write("nothing\n" * 5000 + "ping 5\n")
        lines, _ = shell.finish()
        self.assertEqual(len(lines), 5001)
        self.assertEqual(sum(line.startswith("Error") for line in lines), 5000)

    def test_search_lines_may_hold_any_text(self):
        self.sh.stop()
        shell = self.private("--service", "search")
        self.create(shell, 5)
        for text, pattern, result in (("%s%n%s%n", "%n", "2;6"), ("a\\u0000b", "\\u", "1"),
                                      ('"{}"', '"', "0;3"), ("--help", "-", "0;1"),
                                      ("a\x01b\x1b", "\x1b", "3"), ("-", "-", "0")):
            self.ask(shell, f"exec 5\n{text}\n{pattern}", f"Ok:5: {result}")

    def test_broken_text_for_search_is_one_error(self):
        shell = self.private("--service", "search")
        self.create(shell, 5)
        for text in (b"a\xffb", b"a\0b", b"\xff"):
            shell.write(b"exec 5\n" + text + b"\nb\n")
            self.assertTrue(shell.line().startswith("Error"))
            self.ask(shell, "exec 5\nabc\nb", "Ok:5: 1")


if __name__ == "__main__":
    main()
