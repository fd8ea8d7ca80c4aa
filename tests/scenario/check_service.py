#!/usr/bin/python3 -B
"""`dtreectl check-service` runs a program aside, asks it, and says what is wrong with it and what helps."""

import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import unittest

from lib.harness import Case, main
from lib.programs import dtreectl_path, run
from lib.waiting import wait_until

GOOD = "Ok: each answer came at once, one for one"


class CheckService(Case):
    def declared(self, text):
        path = self.fresh("services") + ".conf"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def program(self, text):
        path = self.fresh("program")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return path

    def check(self, *words, status=0):
        """What it prints, as an object."""
        done = run(self, [dtreectl_path(), "--json", "check-service", *words])
        self.assertEqual(done.returncode, status, done)
        report = json.loads(done.stdout)
        self.assertEqual(report["good"], status == 0)
        return report

    def lines(self, command, *words, keys="", status=0):
        """Checks a line service, whose first answer has half a second."""
        config = self.declared("[service tried]\nprotocol = lines\nstart-timeout = 500\n"
                               f"command = {command}\n{keys}")
        return self.check("tried", "--config", config, *words, status=status)

    def fault(self, report, fault, remedy):
        self.assertIn(fault, report["fault"])
        self.assertEqual(report["remedy"], remedy)

    def need(self, name):
        if not shutil.which(name):
            self.skipTest(f"{name} is not installed")

    def test_a_good_one_on_the_command_line(self):
        done = run(self, [dtreectl_path(), "check-service", "swap", "--define", "swap=sed -u s/a/b/",
                          "--check", "a a", "--error", "x"])
        self.assertEqual(done.returncode, 0, done)
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], r"^1: asked 'a a', answered in \d+ ms: b a$")
        self.assertEqual([line.split(":")[0] for line in lines],
                         ["1", "2", "3", "error", "after it", "Note", "Ok"])
        self.assertEqual(lines[-1], GOOD)

    def test_bc_needs_a_sentinel_for_its_errors(self):
        self.need("bc")
        report = self.lines("bc -lq", status=1)
        self.assertEqual([step["end"] for step in report["steps"]],
                         ["answered"] * 3 + ["silent"])
        self.assertIn("ivide by zero", report["steps"][3]["said"])
        self.fault(report, "an error has no line on standard output, only on standard error",
                   "sentinel = 'print \"done\\\\n\"' done")
        report = self.lines("bc -lq", keys=report["remedy"] + "\n")
        self.assertEqual([step["end"] for step in report["steps"]], ["answered"] * 5)
        self.assertEqual(report["steps"][4]["answer"], "1")

    def test_output_that_is_kept_back_is_named_with_its_remedy(self):
        rows = [("sed s/a/b/", "terminal = output, or sed -u"),
                ("python3 -c 'import sys\\nfor line in sys.stdin: print(line.strip())'",
                 "terminal = output, or python3 -u, or print(..., flush=True)"),
                ("gawk '{print}'", "terminal = output, or fflush() behind each print"),
                ("mawk '{print}'", "mawk -W interactive"),
                ("tr a b", "terminal = output")]
        rows = [row for row in rows if shutil.which(row[0].split()[0])]

        def try_row(row):
            helped = row[1].startswith("terminal") and self.lines(row[0], keys="terminal = output\n")
            return self.lines(row[0], status=1), helped
        with concurrent.futures.ThreadPoolExecutor(len(rows)) as pool:
            for (command, remedy), (report, _) in zip(rows, pool.map(try_row, rows)):
                with self.subTest(command=command):
                    self.fault(report, "at the end of its input only: it keeps its output back", remedy)

    def test_a_start_that_is_late_names_the_same_remedy(self):
        daemon = self.daemon("--config", self.declared(
            "[service tried]\nprotocol = lines\nstart-timeout = 300\ncommand = sed s/a/b/\n"),
            "--service", "tried")
        client = self.client(daemon)
        client.call("create", id=1)
        self.assertIn("try terminal = output, or sed -u", client.error("exec", id=1, args=["a"]).message)

    def test_a_prompt_a_second_line_and_no_line_end(self):
        prompt = self.program('while printf "> "; read x; do echo "$x"; done\n')
        self.fault(self.lines(prompt, status=1), "it writes a prompt, '> '",
                   "an option of the program's that leaves it out")
        two = self.program('while read x; do echo "$x"; echo more; done\n')
        self.fault(self.lines(two, status=1), "more than one line; the second is 'more'",
                   "a sentinel: a line that the program answers in a known way")
        half = self.program('while read x; do printf "%s" "$x"; done\n')
        self.fault(self.lines(half, status=1), "its answer has no line end", None)

    def test_answers_elsewhere_late_or_never(self):
        error = self.program('while read x; do echo "$x" >&2; done\n')
        self.fault(self.lines(error, status=1), "it answers on standard error",
                   "a sentinel: a line that the program answers in a known way")
        late = self.program('read x; while read y; do echo "$x"; x=$y; done\n')
        self.fault(self.lines(late, status=1), "with the next request only", "another program")
        mute = self.program("while read x; do :; done\n")
        self.fault(self.lines(mute, status=1), "it does not answer", None)
        closed = self.program("exec >&-; while read x; do :; done\n")
        self.fault(self.lines(closed, status=1), "it has closed its standard output", None)

    def test_one_that_is_missing_or_ends(self):
        self.fault(self.lines("/no/such", status=1),
                   "it ended: exit status 127 (cannot run /no/such: No such file or directory)", None)
        ends = self.program('read x; echo "$x"; read x; exit 3\n')
        self.fault(self.lines(ends, status=1), "it ended: exit status 3", None)

    def test_errors_that_are_marked_and_errors_that_end_it(self):
        marked = self.program('while read x; do [ "$x" = bad ] && echo "E: no" || echo "$x"; done\n')
        report = self.lines(marked, keys="error-prefix = E:\ncheck = fine\ncheck-error = bad\n")
        self.assertEqual([(step["asked"], step["end"]) for step in report["steps"]],
                         [("fine", "answered")] * 3 + [("bad", "refused"), ("fine", "answered")])
        self.assertIsNone(report["note"])
        ends = self.program('while read x; do [ "$x" = bad ] && exit 7; echo "$x"; done\n')
        report = self.lines(ends, "--error", "bad")
        self.assertIn("an error ends it (exit status 7)", report["note"])

    def test_a_greeting_is_dropped_and_said_to_be(self):
        greets = self.program('echo hello; while read x; do echo "$x"; done\n')
        self.assertEqual(self.lines(greets, "--error", "x")["note"],
                         "what it writes before the first request is dropped")

    def test_run_and_json(self):
        config = self.declared("[service one]\nprotocol = run\ncommand = test\ncheck = -d /\n"
                               "check-error = -d /no/such\n")
        report = self.check("one", "--config", config)
        self.assertEqual([step["end"] for step in report["steps"]],
                         ["answered"] * 3 + ["refused", "answered"])
        config = self.declared("[service one]\nprotocol = run\ncommand = false\n")
        self.fault(self.check("one", "--config", config, status=1), "it answers with an error: exit status 1",
                   "check = ARGS, to ask it something else")
        server = ("import sys, json\\nfor line in sys.stdin:\\n m = json.loads(line)\\n"
                  " print(json.dumps({'jsonrpc': '2.0', 'id': m['id'], 'result': m['params']['args']}){flush})")
        for flush, status in (("", 1), (", flush=True", 0)):
            config = self.declared("[service one]\nprotocol = json\nstart-timeout = 700\n"
                                   f'command = python3 -c "{server.replace("{flush}", flush)}"\n')
            report = self.check("one", "--config", config, status=status)
            if status:
                self.fault(report, "did not answer",
                           "terminal = output, or python3 -u, or print(..., flush=True)")

    def test_what_a_dtreed_declares(self):
        path = self.declared("[service swap]\nprotocol = lines\ncommand = sed -u s/a/b/\ncheck = a\n")
        daemon = self.daemon("--config", path)
        done = self.ctl(daemon, "check-service", "swap")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("asked 'a', answered", done.stdout)
        done = self.ctl(daemon, "check-service", "sum")
        self.assertEqual((done.returncode, done.stderr), (1, "dtreectl: no service sum is declared\n"))
        done = self.ctl(daemon, "check-service", "../swap")
        self.assertEqual(done.returncode, 1)

    def test_wrong_use(self):
        done = run(self, [dtreectl_path(), "--socket", self.path("none"), "check-service", "x"])
        self.assertEqual(done.returncode, 3)
        self.assertIn("--config or --define say what is declared without it", done.stderr)
        for words in (["check-service"], ["check-service", "a", "b"], ["check-service", "a", "--other", "b"],
                      ["check-service", "a", "--define", "b=cat"], ["check-service", "a", "--define", "a=cat",
                                                                    "--check", "'"],
                      ["check-service", "a", "--config", "/no/such"]):
            done = run(self, [dtreectl_path(), *words])
            self.assertEqual((done.returncode, done.stdout), (2, ""), done)
            self.assertTrue(done.stderr.startswith("dtreectl: "), done)

    def test_a_signal_leaves_nothing(self):
        process = subprocess.Popen([dtreectl_path(), "check-service", "mute", "--define", "mute=sleep 1000"],
                                   env=self.env)
        wait_until(lambda: len(self.family()) >= 2 and self.temporary(), "it runs")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(), 128 + signal.SIGTERM)
        self.await_nothing()
        self.assertEqual(self.temporary(), [])

    @unittest.skipUnless(os.geteuid() == 0, "only root may change the user")
    def test_it_runs_as_the_user_of_the_service(self):
        whoami = self.program('while read x; do id -u; test -w "$DTREE_STATE_DIR" || echo no; done\n')
        os.chmod(self.dir, 0o755)
        os.chmod(self.path("t"), 0o755)
        report = self.lines(whoami, "--error", "x", keys="user = nobody\n")
        self.assertEqual({step["answer"] for step in report["steps"]}, {"65534"})


if __name__ == "__main__":
    main()
