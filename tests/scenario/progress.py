#!/usr/bin/python3 -B
"""How far a request has come: a program tells, and who asked for it hears, or sees it on a
terminal."""

import os
import signal
import time

from lib.harness import Case, main
from lib.programs import dtreectl_path
from lib.terminal import Terminal
from lib.waiting import wait_until

# With arguments it tells the second one until there is a file of the name of the first.
PROGRAM = """\
    #!/usr/bin/python3
    import json, os, sys, time
    def say(**m): print(json.dumps(m), flush=True)
    for line in sys.stdin:
        m = json.loads(line)
        if m["method"] == "exec":
            gate, text = m["params"]["args"] or (os.devnull, "here")
            while True:
                say(method="progress", params={"id": m["id"], "done": 3, "total": 4, "text": text})
                if os.path.exists(gate): break
                with open(gate + ".said", "a") as said: said.write("x")
                time.sleep(0.02)
            say(id=m["id"], result="done")
    """


BAR = "[===============     ]  75% here"


class Far(Case):
    def tree(self):
        path = self.program_file("program", PROGRAM)
        config = self.text_file("services.conf", f"[service far]\nprotocol = json\ncommand = {path}\n")
        self.far = daemon = self.daemon("--config", config, "--service", "far")
        client = self.client(daemon)
        client.call("create", id=1, group="pool")
        client.call("create", id=2, parent=1)
        return client


class Progress(Far):
    def test_who_asks_for_it_hears_how_far_it_is(self):
        client = self.tree()
        for node in (1, 2):
            number = client.send("exec", id=node, args=[], progress=True)
            self.assertEqual(client.wait(number)["result"], "done")
            self.assertEqual(client.progress, [{"id": number, "done": 3, "total": 4, "text": "here"}])
            client.progress.clear()
        stream = client.call("exec_open", id=1, progress=True)["stream"]
        number = client.send("exec_close", stream=stream)
        self.assertEqual(client.wait(number)["result"], "done")
        self.assertEqual([one["id"] for one in client.progress], [number])

    def test_nobody_else_does(self):
        client = self.tree()
        self.assertEqual(client.exec(1), "done")
        self.assertEqual(client.call("exec_all", args=[])["errors"], [])
        self.assertEqual(client.exec(2), "done")
        self.assertEqual(client.progress, [])


class Bar(Far):
    def setUp(self):
        super().setUp()
        self.tree()
        self.gate = self.path("gate")
        self.heard = ""

    def open_gate(self):
        with open(self.gate, "w", encoding="utf-8"):
            pass

    def said(self):
        """How often the program has told."""
        return os.path.getsize(self.gate + ".said")

    def terminal(self, *args, place="", columns=80, env=None):
        """dtreectl on a terminal, but what `place` gives another one; self.heard has all that was
        written to the screen."""
        terminal = Terminal(
            self, columns=columns, env=env,
            command=["sh", "-c", f'exec "$0" "$@" {place}', dtreectl_path(), "--socket",
                     self.far.socket, *map(str, args)])
        self.addCleanup(terminal.stop)
        feed = terminal.screen.feed

        def hear(text):
            self.heard += text
            feed(text)
        terminal.screen.feed = hear
        return terminal

    def exec_one(self, *options, text="here", target=(1,), **how):
        return self.terminal(*options, "exec", *target, self.gate, text, **how)

    def ends(self, terminal, *rows):
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(terminal.look(), [*rows, ""])

    def test_it_is_shown_until_the_answer_and_erased(self):
        for target in ((1,), ("--any", "pool")):
            terminal = self.exec_one(target=target)
            terminal.shows(BAR)
            self.open_gate()
            self.ends(terminal, "Ok:1: done")
            os.unlink(self.gate)

    def test_a_key_that_ends_the_command_erases_it(self):
        terminal = self.exec_one()
        terminal.shows(BAR)
        terminal.write("\x03")
        self.assertEqual(terminal.wait(), -signal.SIGINT)
        self.assertEqual(terminal.look(), [""])

    def test_it_is_on_standard_error(self):
        out = self.path("out")
        terminal = self.exec_one("--timeout", 60, place=f">{out}")
        terminal.shows(BAR)
        self.open_gate()
        self.ends(terminal)
        with open(out, encoding="utf-8") as file:
            self.assertEqual(file.read(), "Ok:1: done\n")

    def test_it_is_drawn_ten_times_a_second_at_most(self):
        begun = time.monotonic()
        terminal = self.exec_one()
        wait_until(lambda: terminal.look() and self.heard.count(BAR) >= 5, "it is drawn again")
        self.assertLessEqual(self.heard.count(BAR), (time.monotonic() - begun) * 10.2 + 1)
        self.open_gate()
        self.ends(terminal, "Ok:1: done")

    def test_it_is_not_where_nobody_looks(self):
        err = self.path("err")
        self.open_gate()
        self.ends(self.exec_one(), "Ok:1: done")
        self.assertIn(BAR, self.heard)
        self.heard = ""
        self.ends(self.exec_one(place=f"2>{err}"), "Ok:1: done")
        self.assertEqual(os.path.getsize(err), 0)
        self.ends(self.exec_one(env={"TERM": "dumb"}), "Ok:1: done")
        self.ends(self.exec_one("--json"), '{"id":1,"result":"done"}')
        self.assertNotIn("%", self.heard)

    def test_what_the_program_says_is_escaped_and_cut(self):
        terminal = self.exec_one(text="\x1b[2J\r\n" + "x" * 100, columns=40)
        terminal.shows((" 75% \\x1b[2J\\x0d\\x0a" + "x" * 100)[:36] + "...")
        self.assertEqual(len(terminal.look()), 1)
        self.open_gate()
        self.ends(terminal, "Ok:1: done")

    def test_a_prompt_is_not_disturbed(self):
        terminal = self.terminal("shell", columns=160)
        terminal.shows("> ")
        line = f"exec 1 {self.gate} here"
        terminal.write(line + "\n")
        terminal.shows("> " + line, "> ")
        terminal.ask("ping 2", "Ok: 1")
        terminal.write("pin")
        terminal.shows("> " + line, "> ping 2", "Ok: 1", "> pin")
        begun, said = len(self.heard), self.said()
        wait_until(lambda: self.said() > said + 20, "the program goes on telling")
        terminal.shows("> " + line, "> ping 2", "Ok: 1", "> pin")
        self.assertNotIn(BAR, self.heard[begun:])
        self.open_gate()
        terminal.shows("> " + line, "> ping 2", "Ok: 1", "Ok:1: done", "> pin")
        terminal.write("g 2\nexit\n")
        self.assertEqual(terminal.wait(), 0)

    def test_a_shell_without_a_prompt_shows_it_too(self):
        commands = self.path("commands")
        with open(commands, "w", encoding="utf-8") as file:
            file.write(f"exec 1 {self.gate} here\nping 2\n")
        terminal = self.terminal("shell", place=f"<{commands}")
        terminal.shows("Ok: 1", BAR)
        self.open_gate()
        self.ends(terminal, "Ok: 1", "Ok:1: done")


if __name__ == "__main__":
    main()
