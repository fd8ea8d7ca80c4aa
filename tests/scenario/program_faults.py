#!/usr/bin/python3 -B
"""What a user's program can do wrong, each alone: its own node says so, and the nodes below and beside
it answer meanwhile."""

import os
import resource
import signal

from lib import fault_plan, procs
from lib.harness import Case, main
from lib.programs import sanitized
from lib.rpc import RpcError
from lib.waiting import SLOW, wait_until

SH = "#!/bin/sh\n"
PYTHON = "#!/usr/bin/python3\nimport json, os, signal, sys, time\n"
# A program that stays and is asked by lines: this for each of them.
EACH_LINE = "while read -r line; do %s; done\n"
# The same by JSON: m is the request.
EACH_MESSAGE = """\
def answer(number, result):
    print(json.dumps({"jsonrpc": "2.0", "id": number, "result": result}), flush=True)
for line in sys.stdin:
    m = json.loads(line)
    args = m.get("params", {}).get("args")
"""
# The node whose program is at fault; one below its worker, and one beside it.
BAD, BELOW, BESIDE = 1, 2, 3


class Faults(Case):
    def program(self, text, name="bad"):
        """An executable file of the test's own, put in its place at once; its path."""
        path = self.path(name)
        new = path + ".new"
        with open(new, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(new, 0o755)
        os.rename(new, path)
        return path

    def tree(self, protocol, text, *options, keys=(), create=True, **how):
        """A dtreed with a node of that program and its neighbours; text None: there is none."""
        path = self.path("bad") if text is None else self.program(text)
        conf = self.path("services.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(f"[service bad]\nprotocol = {protocol}\ncommand = {path} with-words\n"
                       + "".join(f"{key}\n" for key in keys)
                       + "[service good]\nprotocol = lines\ncommand = cat\n")
        # --config once more: the last one counts.
        self.server = self.daemon("--config", conf, *options, **how)
        self.asker = self.client(self.server)
        self.neighbour = self.client(self.server)
        if create:
            self.worker = self.asker.call("create", id=BAD, service="bad")["pid"]
            self.neighbour.call("create", id=BELOW, parent=BAD, service="good")
            self.neighbour.call("create", id=BESIDE, service="good")
        return self.asker

    def others_answer(self):
        """The neighbours notice nothing."""
        for node in (BELOW, BESIDE):
            self.assertEqual(self.neighbour.exec(node, "fine"), "fine")

    def ask(self, *args, node=BAD):
        """A request that is under way while the neighbours answer: its reply."""
        number = self.asker.send("exec", id=node, args=[str(arg) for arg in args])
        self.others_answer()
        return self.asker.reply(number)

    def fails(self, words, *args, outcome=None):
        """The request fails, with these words in its reason."""
        error = RpcError(self.ask(*args)["error"])
        self.assertIn(words, error.message)
        self.assertEqual(error.name, "SERVICE_ERROR")
        if outcome:
            self.assertEqual(error.data["outcome"], outcome)
        return error

    def gives(self, result, *args):
        reply = self.ask(*args)
        self.assertEqual(reply.get("result", reply).get("result"), result, reply)

    def gives_at_last(self, result, *args):
        """It fails for a while, as the program is started anew, and then answers."""
        def answered():
            reply = self.ask(*args)
            return reply.get("result", {}).get("result") == result
        wait_until(answered, "it answers")

    def programs(self, worker=None):
        return [pid for pid in procs.children(worker or self.worker) if not procs.gone(pid)]

    def program_pid(self):
        return wait_until(self.programs, "the program runs")[0]


class NotThere(Faults):
    def test_one_that_is_missing(self):
        self.tree("lines", None)
        self.fails("exit status 127 (cannot run ", "a")
        self.program(SH + EACH_LINE % 'echo "now $line"')
        self.gives_at_last("now a", "a")

    def test_one_that_may_not_be_executed(self):
        for protocol in ("lines", "run"):
            with self.subTest(protocol=protocol):
                self.tree(protocol, SH + "exit 1\n")
                os.chmod(self.path("bad"), 0o644)
                words = "bad: Permission denied (exit status 127)"
                if protocol == "lines":
                    words = "exit status 127 (cannot run "
                wait_until(lambda words=words: words in self.ask("a")["error"]["message"],
                           "it is said")
                self.server.stop()

    def test_one_that_ends_at_once(self):
        starts = self.path("starts")
        self.tree("lines", SH + f"echo >>{starts}\n")
        for _ in range(20):
            self.fails("exit status 0", "a")
        # Delays of 100, 200, 400 ms and so on: no storm.
        with open(starts, "rb") as file:
            self.assertLess(len(file.read()), 10 + 2 * SLOW)

    def test_one_whose_user_does_not_exist(self):
        self.tree("lines", SH + "cat\n", keys=["user = no-such-user"])
        self.fails("there is no user 'no-such-user'", "a", outcome="not_run")
        self.assertIn("services.conf:4: service bad: there is no user 'no-such-user'",
                      self.server.stderr())

    def test_one_whose_working_directory_goes_away(self):
        there = self.path("there")
        os.mkdir(there)
        self.tree("run", SH + "pwd\n", keys=[f"directory = {there}"])
        self.gives(there)
        os.rmdir(there)
        self.fails(f"cannot change to {there}: No such file or directory")
        os.mkdir(there)
        self.gives(there)

    def test_one_that_is_replaced_while_it_runs(self):
        self.tree("lines", SH + EACH_LINE % 'echo "old $line"')
        self.gives("old a", "a")
        self.program(SH + EACH_LINE % 'echo "new $line"')
        self.gives("old b", "b")
        self.asker.call("restart", id=BAD)
        self.gives("new c", "c")

    def test_one_for_which_there_are_no_descriptors(self):
        self.tree("run", SH + "echo fine\n")
        self.gives("fine")
        before = resource.prlimit(self.worker, resource.RLIMIT_NOFILE)
        used = procs.descriptors(self.worker)
        resource.prlimit(self.worker, resource.RLIMIT_NOFILE, (used + 1, before[1]))
        self.fails("cannot make the streams of ", outcome="not_run")
        resource.prlimit(self.worker, resource.RLIMIT_NOFILE, before)
        self.gives("fine")

    def test_one_for_which_there_is_no_process(self):
        plan = fault_plan.Plan(self)
        self.tree("run", SH + "echo fine\n")
        self.gives("fine")
        plan.fail(fault_plan.WORKER, fault_plan.FORK, times=fault_plan.FOR_EVER)
        self.fails(": Resource temporarily unavailable", outcome="not_run")
        plan.nothing()
        self.gives("fine")


class Answers(Faults):
    def test_one_that_never_answers(self):
        for protocol in ("lines", "json"):
            with self.subTest(protocol=protocol):
                client = self.tree(protocol, SH + "while read -r line; do :; done\n",
                                   keys=["start-timeout = 300"])
                self.fails("the program did not answer within 300 ms", "a", outcome="unknown")
                self.assertTrue(client.ping(BAD))
                self.server.stop()

    def test_one_that_answers_twice(self):
        self.tree("json", PYTHON + EACH_MESSAGE
                  + '    answer(m["id"], args[0])\n    answer(m["id"], "again")\n')
        for word in ("a", "b", "c"):
            self.gives(word, word)
        self.assertIn("answered what it was not asked, or no more", self.server.stderr())
        # Lines have no names: the second would be the next one's answer.
        self.server.stop()
        self.tree("lines", SH + EACH_LINE % 'echo "$line"; echo again')
        self.ask("a")
        wait_until(lambda: "wrote a line that nobody asked for" in self.server.stderr(),
                   "it is said")

    def test_one_that_answers_what_nobody_asked(self):
        self.tree("json", PYTHON + EACH_MESSAGE + """\
    for number in (0, -1, 10**15, 1.5, "1", None, True, [1], {"id": 1}, 4711):
        answer(number, "stray")
    answer(m["id"], args[0])
""")
        for word in ("a", "b"):
            self.gives(word, word)

    def test_one_that_answers_out_of_order(self):
        self.tree("json", PYTHON + """\
waiting = []
for line in sys.stdin:
    waiting.append(json.loads(line))
    if len(waiting) == 8:
        for m in reversed(waiting):
            print(json.dumps({"jsonrpc": "2.0", "id": m["id"],
                              "result": m["params"]["args"][0]}), flush=True)
        waiting = []
""", keys=["concurrency = 8"])
        numbers = [self.asker.send("exec", id=BAD, args=[str(n)]) for n in range(8)]
        self.others_answer()
        self.assertEqual([self.asker.wait(number)["result"] for number in numbers],
                         [str(n) for n in range(8)])

    def test_one_that_writes_half_a_line_and_stops(self):
        self.tree("lines", SH + EACH_LINE
                  % 'case $line in half) printf "no end"; sleep 1000;; *) echo "$line";; esac',
                  "--request-timeout", int(700 * SLOW), keys=["stop-grace = 100"])
        self.gives("a", "a")
        reply = self.ask("half")
        self.assertIn("error", reply)
        # The half line is nobody's answer.
        self.gives_at_last("b", "b")

    def test_one_that_writes_without_a_line_end(self):
        for protocol in ("lines", "json", "run"):
            with self.subTest(protocol=protocol):
                self.tree(protocol, SH + "[ $# -lt 2 ] && read -r line\n"
                          "while :; do printf %0100000d 7; done\n",
                          keys=["reply-max = 1M", "stop-grace = 100"])
                procs.memory_reset(self.worker)
                before = procs.memory_peak(self.worker)
                error = RpcError(self.ask("a")["error"])
                self.assertRegex(error.message, "more than (reply-max|1048576) bytes|too large")
                if not sanitized():
                    self.assertLess(procs.memory_peak(self.worker) - before, 16 << 10)
                self.server.stop()

    def test_one_that_answers_with_binary(self):
        noise = "bytes(range(256)).replace(b'\\n', b'') * 64"
        self.tree("lines", PYTHON + "for line in sys.stdin.buffer:\n"
                  f"    sys.stdout.buffer.write({noise} + b'\\n')\n    sys.stdout.buffer.flush()\n")
        first = self.program_pid()
        for word in ("a", "b"):
            reply = self.ask(word)
            self.assertTrue("result" in reply or "text" in reply["error"]["message"], reply)
        self.assertEqual(self.program_pid(), first)
        self.server.stop()
        self.tree("json", PYTHON + "for line in sys.stdin.buffer:\n"
                  f"    sys.stdout.buffer.write({noise} + b'\\n')\n    sys.stdout.buffer.flush()\n")
        self.fails("said what is no JSON-RPC message", "a", outcome="unknown")

    def test_one_that_dies_in_the_middle_of_an_answer(self):
        self.tree("json", PYTHON + EACH_MESSAGE + """\
    if args == ["die"]:
        print('{"jsonrpc":"2.0","id":%d,"resu' % m["id"], end="", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    answer(m["id"], args[0])
""")
        self.gives("a", "a")
        self.fails("the program ended: signal 9", "die", outcome="unknown")
        self.gives_at_last("b", "b")


class Streams(Faults):
    def test_one_that_closes_its_output_and_goes_on(self):
        self.tree("lines", SH + EACH_LINE
                  % 'case $line in close) exec >&-; sleep 1000;; *) echo "$line";; esac',
                  keys=["stop-grace = 100"])
        self.gives("a", "a")
        first = self.program_pid()
        self.fails("closed its standard output", "close", outcome="unknown")
        wait_until(lambda: procs.gone(first), "it is ended")
        self.gives_at_last("b", "b")

    def test_one_that_never_reads(self):
        # Far more than a pipe holds.
        large = "x" * 900_000
        self.tree("lines", SH + "exec sleep 1000\n", "--request-timeout", int(700 * SLOW),
                  keys=["stop-grace = 100", "concurrency = 8"])
        first = self.program_pid()
        numbers = [self.asker.send("exec", id=BAD, args=[large]) for _ in range(8)]
        self.others_answer()
        for number in numbers:
            self.assertIn("error", self.asker.reply(number))
        wait_until(lambda: procs.gone(first), "it is ended")
        self.assertTrue(self.asker.ping(BAD))
        self.others_answer()

    def test_one_that_floods_its_standard_error(self):
        self.tree("lines", SH + EACH_LINE % 'yes "not so" | head -c 30000000 >&2; echo "$line"')
        procs.memory_reset(self.worker)
        before = procs.memory_peak(self.worker)
        self.gives("a", "a")
        if not sanitized():
            self.assertLess(procs.memory_peak(self.worker) - before, 8 << 10)
        self.assertTrue(self.asker.ping(BAD))

    def test_one_that_asks_without_end_and_does_not_read(self):
        self.tree("json", PYTHON + "sys.stdin.readline()\nwhile True:\n"
                  '    print(\'{"jsonrpc":"2.0","id":1,"method":"ping"}\', flush=True)\n',
                  keys=["stop-grace = 100"])
        self.fails("does not read what it is sent", "a", outcome="unknown")


class Processes(Faults):
    # What it starts in a session of its own, and without the environment.
    DAEMON = "env -i setsid sleep 4711 </dev/null >/dev/null 2>&1 &\n"

    def sleepers(self):
        """Living processes of that command below this test's daemon, whoever their parent is."""
        return [pid for pid in procs.pids()
                if procs.arguments(pid) == ["sleep", "4711"] and not procs.gone(pid)
                and self.mark(pid) == self.server.pid]

    @staticmethod
    def mark(pid):
        """Which dtreed's it is (base/descendants.c)."""
        try:
            return resource.prlimit(pid, 10)[0] - (0x64747265 << 24)
        except (ProcessLookupError, PermissionError):
            return 0

    def test_one_that_leaves_a_daemon_behind(self):
        self.tree("lines", SH + self.DAEMON + EACH_LINE % 'echo "$line"')
        self.gives("a", "a")
        self.assertEqual(len(wait_until(self.sleepers, "it has one")), 1)
        # With its own end that is ended, before it is started again.
        first = self.sleepers()
        self.kill9(self.program_pid())
        wait_until(lambda: all(procs.gone(pid) for pid in first), "what it left is ended")
        self.gives_at_last("b", "b")
        self.asker.call("kill", id=BELOW)
        self.asker.call("stop", id=BAD)
        wait_until(lambda: not self.sleepers(), "nothing is left")

    def test_one_that_ignores_sigterm(self):
        self.tree("lines", SH + 'trap "" TERM\n' + EACH_LINE % 'echo "$line"'
                  + "while :; do sleep 0.01; done\n", keys=["stop-grace = 100"])
        self.gives("a", "a")
        first = self.program_pid()
        number = self.asker.send("restart", id=BAD)
        self.neighbour.exec(BESIDE, "fine")
        self.asker.wait(number)
        self.assertTrue(procs.gone(first))
        self.gives("b", "b")

    def test_one_that_is_stopped(self):
        self.tree("lines", SH + EACH_LINE % 'echo "$line"', "--request-timeout", int(700 * SLOW),
                  keys=["stop-grace = 100"])
        self.gives("a", "a")
        first = self.program_pid()
        os.kill(first, signal.SIGSTOP)
        self.assertIn("error", self.ask("b"))
        self.assertTrue(self.asker.ping(BAD))
        wait_until(lambda: procs.gone(first), "it is ended")
        self.gives_at_last("c", "c")

    def test_one_whose_worker_is_killed_leaves_nothing(self):
        for protocol in ("lines", "run"):
            with self.subTest(protocol=protocol):
                self.tree(protocol, SH + "sleep 4711 & (setsid sleep 4711 &)\n" + self.DAEMON
                          + "read -r line && sleep 4711\nexec sleep 4711\n",
                          keys=["concurrency = 3"])
                numbers = [self.asker.send("exec", id=BAD, args=["a"]) for _ in range(3)]
                want = 4 if protocol == "lines" else 12
                wait_until(lambda want=want: len(self.sleepers()) == want, "they are in flight")
                self.kill9(self.worker)
                for number in numbers:
                    self.assertIn("error", self.asker.reply(number))
                wait_until(lambda: not self.sleepers(),
                           lambda: f"left: {[procs.arguments(p) for p in self.sleepers()]}")
                wait_until(lambda: not procs.zombies(self.server.pid), "all are reaped")
                self.assertEqual(self.neighbour.exec(BESIDE, "fine"), "fine")
                self.server.stop()

    def test_what_is_no_program_of_the_tree_lives_on(self):
        """Children of a former program, which became dtreed."""
        self.tree("lines", SH + self.DAEMON + EACH_LINE % 'echo "$line"',
                  wrap=["sh", "-c", "(setsid sleep 4712 &) ; sleep 4712 & exec \"$@\"", "sh"])
        strangers = [pid for pid in procs.children(self.server.pid)
                     if procs.arguments(pid) == ["sleep", "4712"]]
        self.assertEqual(len(strangers), 1)
        self.addCleanup(lambda: [os.kill(pid, signal.SIGKILL) for pid in self.family()
                                 if procs.arguments(pid) == ["sleep", "4712"]])
        self.gives("a", "a")
        self.kill9(self.worker)
        wait_until(lambda: not self.sleepers(), "what is its own has ended")
        self.assertFalse(procs.gone(strangers[0]))

    def test_a_storm_of_orphans_is_ended_and_reaped(self):
        self.tree("lines", SH + "i=0; while [ $i -lt 200 ]; do setsid sleep 4711 & i=$((i + 1));"
                  " done\n" + EACH_LINE % 'echo "$line"')
        self.gives("a", "a")
        wait_until(lambda: len(self.sleepers()) == 200, "all are there")
        self.kill9(self.worker)
        self.assertEqual(self.neighbour.exec(BESIDE, "fine"), "fine")
        wait_until(lambda: not self.sleepers(), "all are ended")
        wait_until(lambda: not procs.zombies(self.server.pid), "all are reaped")


class Adopted(Faults):
    def test_programs_go_on_and_requests_of_a_killed_dtreed_are_dropped(self):
        count = self.path("count")
        self.tree("json", PYTHON + EACH_MESSAGE + f"""\
    with open({count!r}, "a") as file:
        file.write(args[0] + "\\n")
    if args[0] == "slow":
        while not os.path.exists({self.path("go")!r}):
            time.sleep(0.01)
    answer(m["id"], args[0] + " by " + str(os.getpid()))
""", keys=["concurrency = 1"])
        first = self.program_pid()
        self.gives(f"a by {first}", "a")
        self.asker.send("exec", id=BAD, args=["slow"])
        self.asker.send("exec", id=BAD, args=["waiting"])
        wait_until(lambda: open(count, encoding="ascii").read() == "a\nslow\n", "it is under way")
        self.others_answer()
        self.server.kill()
        again = self.daemon("--config", self.path("services.conf"), base=self.server.base)
        self.server, self.asker, self.neighbour = again, self.client(again), self.client(again)
        for node in (BAD, BELOW, BESIDE):
            wait_until(lambda node=node: self.asker.ping(node), f"{node} is taken over")
        self.others_answer()
        with open(self.path("go"), "w", encoding="ascii"):
            pass
        # What was complete is still run, and its answer is nobody's.
        self.gives(f"b by {first}", "b")
        with open(count, encoding="ascii") as file:
            self.assertEqual(file.read(), "a\nslow\nwaiting\nb\n")


if __name__ == "__main__":
    main()
