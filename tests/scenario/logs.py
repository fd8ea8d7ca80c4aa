#!/usr/bin/python3 -B
"""What nodes' programs say is kept: it outlives the program, its worker and dtreed, and can be followed."""

import json
import os
import re
import signal
import subprocess
import time

from lib import procs
from lib.daemon_death import DaemonDeath
from lib.harness import Case, main
from lib.programs import dtreectl_path
from lib.waiting import wait_until

# Says what it is sent behind "say", and answers each line.
TALKER = r"""
import os, sys
err = sys.stderr.buffer
err.write(b"began\n"); err.flush()
for line in sys.stdin:
    word, _, rest = line.strip().partition(" ")
    if word == "say":
        err.write(rest.encode().decode("unicode_escape").encode("latin-1") + b"\n")
    elif word == "many":
        for i in range(int(rest)):
            err.write(b"line %d\n" % i)
    elif word == "half":
        err.write(rest.encode())
    err.flush()
    print("ok", flush=True)
"""

LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\d+) (.*)")


class Logs(DaemonDeath, Case):
    def talking(self, *options):
        """A dtreed with node 1, whose program talks; and a client."""
        path = self.text_file("talker.py", TALKER)
        self.options = ("--define", f"talk=python3 {path}", "--service", "talk", *options)
        daemon = self.daemon(*self.options)
        client = self.client(daemon)
        client.call("create", id=1)
        return daemon, client

    def said(self, client, **params):
        return [line["text"] for line in client.call("logs", id=1, **params)["lines"]]

    def wait_for(self, client, text):
        wait_until(lambda: text in self.said(client), f"'{text}' is kept")

    def program(self, client):
        worker = client.call("status", id=1)["pid"]
        return wait_until(lambda: [pid for pid in procs.children(worker) if not procs.gone(pid)],
                          "the program runs")[0]

    def follow(self, daemon, *words):
        """`dtreectl logs -f`, which is ended with the test."""
        process = subprocess.Popen([dtreectl_path(), "--socket", daemon.socket, "logs", "-f", *words],
                                   env=self.env, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end_follow, process)
        return process

    @staticmethod
    def end_follow(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def until_line(self, process, text):
        """Reads lines up to the one that ends in that text."""
        for line in process.stdout:
            found = LINE.fullmatch(line.rstrip("\n"))
            self.assertTrue(found or line.startswith("--"), line)
            if found and found[3] == text:
                return found
        self.fail(f"the end came before '{text}'")

    def test_a_line_has_its_time_its_process_and_its_text(self):
        daemon, client = self.talking()
        before = time.time()
        client.call("exec", id=1, args=["say", "hello there"])
        self.wait_for(client, "hello there")
        done = self.ctl(daemon, "logs", "1")
        self.assertEqual(done.returncode, 0)
        first, second = [LINE.fullmatch(line) for line in done.stdout.splitlines()]
        self.assertEqual(first[3], "began")
        self.assertEqual(second[3], "hello there")
        self.assertEqual(int(second[2]), self.program(client))
        self.assertLess(before - 60, time.time())
        result = json.loads(self.ctl(daemon, "--json", "logs", "1").stdout)
        self.assertEqual([line["text"] for line in result["lines"]], ["began", "hello there"])
        self.assertEqual([line["number"] for line in result["lines"]], [1, 2])
        self.assertEqual((result["id"], result["last"], result["missed"]), (1, 2, 0))

    def test_only_the_newest_and_only_since(self):
        daemon, client = self.talking()
        client.call("exec", id=1, args=["many", "20"])
        self.wait_for(client, "line 19")
        done = self.ctl(daemon, "logs", "1", "-n", "2")
        self.assertEqual([LINE.fullmatch(line)[3] for line in done.stdout.splitlines()],
                         ["line 18", "line 19"])
        self.assertEqual(self.ctl(daemon, "logs", "1", "-n", "0").stdout, "")
        self.assertEqual(len(self.ctl(daemon, "logs", "1", "--since", "-1h").stdout.splitlines()), 21)
        self.assertEqual(self.ctl(daemon, "logs", "1", "--since", "@9000000000").stdout, "")
        now = int(time.time() * 1000) + 1
        wait_until(lambda: time.time() * 1000 > now + 1, "it is later")
        client.call("exec", id=1, args=["say", "later"])
        self.wait_for(client, "later")
        self.assertEqual(self.said(client, since_ms=now), ["later"])
        self.assertEqual(self.said(client, since_ms=0, lines=1), ["later"])
        self.assertEqual(self.said(client, after=19), ["line 18", "line 19", "later"])
        self.assertEqual(self.ctl(daemon, "logs", "1", "--since", "soon").returncode, 1)

    def test_a_node_that_is_not_there_and_one_that_says_nothing(self):
        daemon, client = self.talking()
        self.assertEqual(client.error("logs", id=2).code, -32002)
        client.call("create", id=3, service="sum")
        self.assertEqual(client.call("logs", id=3), {"id": 3, "lines": [], "last": 0, "missed": 0})
        done = self.ctl(daemon, "logs", "2")
        self.assertEqual((done.returncode, done.stdout), (1, "Error: Not found\n"))
        done = self.ctl(daemon, "logs", "3")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_it_outlives_the_program_the_worker_and_dtreed(self):
        daemon, client = self.talking("--restart", "no")
        client.call("exec", id=1, args=["half", "no end"])
        self.kill9(self.program(client))
        self.wait_for(client, "no end")
        worker = client.call("status", id=1)["pid"]
        self.kill9(worker)
        wait_until(lambda: client.call("status", id=1)["state"] == "dead", "it is dead")
        self.assertIn("no end", self.said(client))
        client.call("stop", id=1)
        said = self.said(client).count("began")
        self.die(daemon)
        daemon = self.again(daemon, *self.options)
        client = self.client(daemon)
        self.assertIn("no end", self.said(client))
        client.call("start", id=1)
        wait_until(lambda: self.said(client).count("began") > said, "its next life has said something")
        numbers = [line["number"] for line in client.call("logs", id=1)["lines"]]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        client.call("stop", id=1)
        self.assertIn("no end", self.said(client))

    def test_what_is_asked_before_a_kill_is_answered(self):
        _, client = self.talking()
        self.wait_for(client, "began")
        # In one line, so that all are asked in one turn of dtreed's loop, which reads fewer.
        asked = [*["logs"] * 40, "kill"]
        client.raw(json.dumps([{"jsonrpc": "2.0", "id": number, "method": method, "params": [1]}
                               for number, method in enumerate(asked)]).encode() + b"\n")
        answers = client.message()
        self.assertEqual([one["id"] for one in answers], list(range(41)))
        for one in answers[:-1]:
            self.assertIn("result", one)
            self.assertEqual([line["text"] for line in one["result"]["lines"]], ["began"])
        self.assertEqual(answers[-1]["result"], {"removed": [1]})

    def test_kill_removes_it(self):
        daemon, client = self.talking()
        self.wait_for(client, "began")
        logs = os.path.join(daemon.runtime, "logs")
        self.assertEqual(len(os.listdir(logs)), 1)
        client.call("kill", id=1)
        self.assertEqual(os.listdir(logs), [])
        client.call("create", id=1)
        self.wait_for(client, "began")
        self.assertEqual(self.said(client), ["began"])

    def test_binary_and_long_lines(self):
        daemon, client = self.talking()
        client.call("exec", id=1, args=["say", r"\xff\x1b[31m\ttab\x00nul"])
        client.call("exec", id=1, args=["say", "y" * 5000])
        client.call("exec", id=1, args=["say", "end"])
        self.wait_for(client, "end")
        binary, long = client.call("logs", id=1)["lines"][1:3]
        self.assertEqual(binary["text"], r"\xff\x1b[31m\x09tab\x00nul")
        self.assertEqual((long["text"], long["cut"]), ("y" * 1024, True))
        self.assertIn("y" * 1024 + "...\n", self.ctl(daemon, "logs", "1").stdout)

    def test_a_flood_costs_the_oldest_lines(self):
        _, client = self.talking()
        client.call("exec", id=1, args=["many", "30000"])
        self.wait_for(client, "line 29999")
        result = client.call("logs", id=1, after=0)
        numbers = [line["number"] for line in result["lines"]]
        self.assertEqual(numbers, list(range(30002 - len(numbers), 30002)))
        self.assertEqual(result["missed"], 30001 - len(numbers))
        self.assertGreater(len(numbers), 4000)

    def test_following_goes_on_over_the_lives_of_program_and_worker(self):
        daemon, client = self.talking("--restart", "always")
        process = self.follow(daemon, "1")
        first = self.until_line(process, "began")
        self.kill9(int(first[2]))
        second = self.until_line(process, "began")
        self.assertNotEqual(first[2], second[2])
        self.kill9(client.call("status", id=1)["pid"])
        third = self.until_line(process, "began")
        self.assertNotEqual(second[2], third[2])
        client.call("exec", id=1, args=["many", "100"])
        for i in range(100):
            self.until_line(process, f"line {i}")
        client.call("kill", id=1)
        rest = process.communicate()[0]
        self.assertEqual((process.returncode, rest), (1, "Error: Not found\n"))

    def test_following_ends_with_dtreed(self):
        daemon, _ = self.talking()
        process = self.follow(daemon, "1")
        self.until_line(process, "began")
        self.die(daemon)
        self.assertIn("dtreectl: ", process.communicate()[1])
        self.assertEqual(process.returncode, 3)

    def test_who_reads_too_slowly_is_told_what_was_missed(self):
        daemon, client = self.talking()
        process = self.follow(daemon, "1")
        self.until_line(process, "began")
        self.stopped(process.pid)
        client.call("exec", id=1, args=["many", "30000"])
        self.wait_for(client, "line 29999")
        process.send_signal(signal.SIGCONT)
        missed = 0
        shown = 0
        for line in process.stdout:
            if found := re.fullmatch(r"-- (\d+) lines were missed --\n", line):
                missed += int(found[1])
                continue
            shown += 1
            if line.endswith(" line 29999\n"):
                break
        self.assertGreater(missed, 1000)
        self.assertEqual(missed + shown, 30000)

    def test_a_question_waits_for_a_line(self):
        daemon, client = self.talking()
        self.wait_for(client, "began")
        waiting = self.client(daemon)
        question = waiting.send("logs", id=1, after=1, wait_ms=60000)
        client.call("exec", id=1, args=["say", "now"])
        self.assertEqual([line["text"] for line in waiting.wait(question)["lines"]], ["now"])
        self.assertEqual(client.call("logs", id=1, after=2, wait_ms=10)["lines"], [])
        # A client that goes away while it waits takes nothing with it.
        waiting.send("logs", id=1, after=2, wait_ms=60000)
        waiting.close()
        self.assertEqual(self.said(client, after=1), ["now"])

    def test_a_question_that_waits_is_cancelled(self):
        daemon, client = self.talking("--request-timeout", "600000")
        self.wait_for(client, "began")

        def cancel(number):
            self.assertEqual(client.call("cancel", request=number), {"cancelled": True})

        def cancelled(number):
            error = client.reply(number)["error"]
            self.assertEqual((error["code"], error["data"]),
                             (-32009, {"name": "CANCELLED", "outcome": "not_run"}))
        # For a line, as of `dtreectl logs -f`.
        waiting = client.send("logs", id=1, after=1, wait_ms=60000)
        self.assertEqual(self.said(client), ["began"])
        cancel(waiting)
        cancelled(waiting)
        self.assertEqual(client.call("cancel", request=waiting), {"cancelled": False})
        # For its turn, behind a stream and behind an exec; the answer keeps its place.
        stream = client.call("exec_open", id=1)["stream"]
        behind = client.send("logs", id=1)
        cancel(behind)
        close = client.send("exec_close", stream=stream)
        cancelled(behind)
        self.assertEqual(client.wait(close)["result"], "ok")
        pid = client.call("status", id=1)["pid"]
        self.stopped(pid)
        before = client.send("exec", id=1, args=["say", "x"])
        behind = client.send("logs", id=1)
        cancel(behind)
        self.go_on(pid)
        cancelled(behind)
        self.assertEqual(client.wait(before)["result"], "ok")

    def test_many_questions_at_once_are_all_answered(self):
        daemon, client = self.talking()
        client.call("exec", id=1, args=["many", "200"])
        self.wait_for(client, "line 199")
        many = self.client(daemon)
        questions = [many.send("logs", id=1) for _ in range(300)]
        self.assertTrue(client.ping(1))
        for question in questions:
            self.assertEqual(len(many.wait(question)["lines"]), 201)

    def test_a_damaged_file_is_told_and_begun_anew(self):
        daemon, client = self.talking("--restart", "no")
        self.wait_for(client, "began")
        path = os.path.join(daemon.runtime, "logs", os.listdir(os.path.join(daemon.runtime, "logs"))[0])
        with open(path, "r+b") as file:
            file.write(b"\xff" * 4096)
        error = client.error("logs", id=1)
        self.assertIn("damaged", error.message)
        client.call("stop", id=1)
        client.call("start", id=1)
        wait_until(lambda: self.ctl(daemon, "logs", "1").stdout.endswith(" began\n"), "it is a log again")

    def test_what_a_json_program_logs_is_kept(self):
        path = self.path("json.sh")
        with open(path, "w", encoding="utf-8") as file:
            file.write('''printf '%s\\n' '{"jsonrpc":"2.0","method":"log","params":{"text":"by the way\\nand more"}}'\ncat\n''')
        config = self.path("j.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"[service j]\nprotocol = json\ncommand = sh {path}\n")
        daemon = self.daemon("--config", config, "--service", "j")
        client = self.client(daemon)
        client.call("create", id=1)
        self.wait_for(client, "and more")
        self.assertEqual(self.said(client), ["by the way", "and more"])

    def test_in_the_shell_it_is_a_command_like_others(self):
        path = self.path("talker.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(TALKER)
        shell = self.private("--define", f"talk=python3 {path}", "--service", "talk")
        self.create(shell, 1)
        self.ask(shell, "exec 1 say x", "Ok:1: ok")
        self.ask(shell, "logs 7", "Error: Not found")
        shell.write("logs -f 1\n")
        self.assertTrue(shell.line().endswith(" began"))
        self.assertTrue(shell.line().endswith(" x"))
        self.ask(shell, "ping 1", "Ok: 1")
        shell.write("exec 1 say y\n")
        self.same_lines([re.sub(r".* y$", "y", shell.line()) for _ in range(2)], ["Ok:1: ok", "y"])
        shell.write("kill 1\n")
        self.same_lines([shell.line(), shell.line()], ["Ok", "Error: Not found"])


if __name__ == "__main__":
    main()
