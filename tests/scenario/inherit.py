#!/usr/bin/python3 -B
"""What a process inherits: the table of docs/internals.md, row by row and program by program."""

import ctypes
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import time

from lib import procs
from lib.harness import Case, main
from lib.programs import dtreectl_path, dtreed_path
from lib.waiting import wait_until

INTERNALS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs",
                         "internals.md")
SERVICES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "man",
                        "dtree-services.7")
PROGRAMS = ("dtreed", "fork server", "worker", "dtreectl", "shell", "private")

PR_SET_PDEATHSIG = 1
PR_SET_TIMERSLACK = 29
SLACK = 3_000_000
# The number of the system call.
RT_SIGACTION = {"x86_64": 13, "aarch64": 134}
BLOCKED = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGUSR1, signal.SIGALRM}
IGNORED = (signal.SIGCHLD, signal.SIGUSR2, signal.SIGTERM, signal.SIGPIPE, signal.SIGALRM,
           signal.SIGHUP, signal.SIGINT)
SERVICE = {"NOTIFY_SOCKET": "@dtree-nobody", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1",
           "LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "x", "JOURNAL_STREAM": "1:2"}
SOFT_DESCRIPTORS = 300
SOFT_FILE = 1 << 40
UMASK = 0o026
NICE = 3
OOM = 321


def make_odd():
    """In the child, before exec: everything is not as it usually is."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_TIMERSLACK, SLACK, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, BLOCKED)
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    # One of the C library's own, as its posix_spawn() leaves it.
    if os.uname().machine in RT_SIGACTION:
        libc.syscall(RT_SIGACTION[os.uname().machine], 32, struct.pack("P24x", 1), None, 8)
    os.umask(UMASK)
    os.nice(NICE)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write(str(OOM))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT_DESCRIPTORS, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (SOFT_FILE, resource.RLIM_INFINITY))
    # It has gone off when exec comes, and waits behind the mask; the other would go off later.
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    time.sleep(0.01)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.02)
    signal.setitimer(signal.ITIMER_REAL, 0.3)


def status(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return re.search(rf"^{name}:\s*(\S+)$", file.read(), re.M)[1]


def in_mask(pid, name, number):
    return bool(int(status(pid, name), 16) >> (number - 1) & 1)


def kept(is_kept, other="reset"):
    return "kept" if is_kept else other


def table():
    """The rows of docs/internals.md: the attribute, and a word for each program."""
    with open(INTERNALS, encoding="utf-8") as file:
        text = file.read().partition("## What a process inherits")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()
            if line.startswith("| ")]
    return {row[0]: dict(zip(PROGRAMS, row[1:])) for row in rows[1:]}


def program_table():
    """The rows of dtree-services(7): the attribute, and what becomes of it."""
    with open(SERVICES, encoding="utf-8") as file:
        text = file.read().partition(".Ss What a program inherits")[2].partition(".El")[0]
    return [tuple(line.removeprefix(".It ").split(" Ta ")) for line in text.splitlines()
            if line.startswith(".It ")][1:]


class Inherit(Case):
    def setUp(self):
        super().setUp()
        self.token_pipe = os.pipe()
        for fd in self.token_pipe:
            self.addCleanup(os.close, fd)
        self.odd = SERVICE | {"DTREE_TEST_ODD": "yes"}

    def popen(self, *args):
        process = subprocess.Popen([dtreectl_path(), *args], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   env=self.env | self.odd, preexec_fn=make_odd,
                                   pass_fds=(self.token_pipe[1],))
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.stdin.close()
        if process.args[-1] == "events":
            process.kill()
        process.stdout.read()
        process.stdout.close()
        process.wait()

    def start_all(self):
        """A process of each kind, whose starter is odd."""
        daemon = self.daemon(env=self.odd, prepare=make_odd, pass_fds=(self.token_pipe[1],))
        worker = self.client(daemon).call("create", id=1)["pid"]
        events = self.popen("--socket", daemon.socket, "events")
        shell = self.popen("--socket", daemon.socket, "shell")
        private = self.popen("shell", "--private")
        private.stdin.write(b"create 1\n")
        private.stdin.flush()
        self.assertRegex(private.stdout.readline(), rb"^Ok: \d+$")
        shell.stdin.write(b"ping 1\n")
        shell.stdin.flush()
        self.assertEqual(shell.stdout.readline(), b"Ok: 1\n")
        servers = [pid for pid in procs.children(daemon.pid) if procs.makes_workers(pid)]
        inner = [pid for pid in procs.children(private.pid) if procs.program(pid) == "dtreed"]
        wait_until(lambda: self.connected(events.pid), "events is served")
        return dict(zip(PROGRAMS, (daemon.pid, servers[0], worker, events.pid, shell.pid,
                                   inner[0])))

    @staticmethod
    def connected(pid):
        try:
            return any(os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:")
                       for fd in os.listdir(f"/proc/{pid}/fd"))
        except FileNotFoundError:
            return False  # one was closed meanwhile

    # A probe for each row: the word of this process.

    def blocked(self, pid, _):
        return kept(in_mask(pid, "SigBlk", signal.SIGUSR1) or in_mask(pid, "SigBlk",
                                                                      signal.SIGALRM))

    def ignored(self, pid, program):
        others = {signal.SIGUSR2, signal.SIGALRM}
        if program not in ("worker", "fork server"):
            others.add(signal.SIGTERM)
        return kept(any(in_mask(pid, "SigIgn", number) for number in others))

    def ignored_one(self, number):
        def probe(pid, program):
            if not in_mask(pid, "SigIgn", number):
                return "own" if in_mask(pid, "SigCgt", number) and program == "worker" else "reset"
            if number == signal.SIGCHLD:
                return "ignored" if program in ("dtreectl", "shell") else "kept"
            return "ignored" if program in ("fork server", "worker") else "kept"
        return probe

    def file_size(self, pid, _):
        return "ignored" if in_mask(pid, "SigIgn", signal.SIGXFSZ) else "reset"

    def alarm(self, pid, _):
        # One that went on would have ended the process: it has had its time.
        fields = open(f"/proc/{pid}/stat", encoding="ascii").read().rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
        wait_until(lambda: age + time.monotonic() - self.began > 0.5, "the time of the timer")
        return kept(procs.gone(pid))

    def slack(self, pid, _):
        with open(f"/proc/{pid}/timerslack_ns", encoding="ascii") as file:
            return kept(int(file.read()) == SLACK)

    def umask(self, pid, program):
        mask = int(status(pid, "Umask"), 8)
        if program == "program":
            self.assertIn(mask, (UMASK, 0o077))
        return kept(mask == UMASK)

    def descriptors(self, pid, _):
        wanted = os.readlink(f"/proc/self/fd/{self.token_pipe[1]}")
        return kept(wanted in [os.readlink(f"/proc/{pid}/fd/{fd}")
                               for fd in os.listdir(f"/proc/{pid}/fd")])

    @staticmethod
    def environ(pid):
        with open(f"/proc/{pid}/environ", "rb") as file:
            return {name.decode() for name in
                    (line.partition(b"=")[0] for line in file.read().split(b"\0")) if name}

    def service(self, pid, program):
        there = self.environ(pid) & set(SERVICE)
        self.assertIn(len(there), (0, len(SERVICE)), there)
        return kept(there) if program != "dtreed" or not there else "used"

    def environment(self, pid, _):
        return kept("DTREE_TEST_ODD" in self.environ(pid))

    def soft_descriptors(self, pid, _):
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        return "raised" if soft == hard else kept(soft == SOFT_DESCRIPTORS)

    def limits(self, pid, _):
        return kept(resource.prlimit(pid, resource.RLIMIT_FSIZE)[0] == SOFT_FILE)

    def nice(self, pid, _):
        return kept(os.getpriority(os.PRIO_PROCESS, pid) ==
                    os.getpriority(os.PRIO_PROCESS, 0) + NICE)

    def cpus(self, pid, _):
        return kept(len(os.sched_getaffinity(pid)) == 1)

    def oom(self, pid, _):
        with open(f"/proc/{pid}/oom_score_adj", encoding="ascii") as file:
            return kept(int(file.read()) == OOM)

    def directory(self, pid, _):
        return kept(os.readlink(f"/proc/{pid}/cwd") == os.getcwd())

    def session(self, pid, _):
        return kept(os.getsid(pid) == os.getsid(0))

    def group(self, pid, _):
        return kept(os.getpgid(pid) == os.getpgid(0), "own")

    def parent_death(self, pid, program):
        return self.deaths[program]

    def probes(self):
        return {
            "blocked signals": self.blocked,
            "ignored signals but those below": self.ignored,
            "ignored SIGHUP (`nohup`)": self.ignored_one(signal.SIGHUP),
            "ignored SIGINT (`&` in a script)": self.ignored_one(signal.SIGINT),
            "ignored SIGCHLD": self.ignored_one(signal.SIGCHLD),
            "SIGXFSZ, of a file too large": self.file_size,
            "interval timers, `alarm`": self.alarm,
            "timer slack": self.slack,
            "umask": self.umask,
            "descriptors from 3 on": self.descriptors,
            "what a service manager says in the environment": self.service,
            "the rest of the environment": self.environment,
            "soft limit of descriptors": self.soft_descriptors,
            "other limits": self.limits,
            "nice value": self.nice,
            "CPUs": self.cpus,
            "`oom_score_adj`": self.oom,
            "working directory": self.directory,
            "session": self.session,
            "process group": self.group,
        }

    def test_every_row_of_the_table_holds_for_every_program(self):
        rows = table()
        rows.pop("signal at the parent's death")
        probes = self.probes()
        self.assertEqual(list(rows), list(probes))
        if os.geteuid() != 0:
            self.skipTest("timerslack_ns is for root")
        self.began = time.monotonic()
        processes = self.start_all()
        for attribute, words in rows.items():
            seen = {program: probes[attribute](pid, program)
                    for program, pid in processes.items()}
            self.assertEqual(seen, words, attribute)

    # A program of the user's own: the table of dtree-services(7).

    def number_of_files(self, pid, _):
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        self.assertEqual(hard, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        return "1024 at the most" if soft == min(1024, hard) else soft

    def hard_descriptors(self, pid, _):
        return kept(resource.prlimit(pid, resource.RLIMIT_NOFILE)[1] ==
                    resource.getrlimit(resource.RLIMIT_NOFILE)[1])

    def no_mask(self, pid, _):
        return kept(int(status(pid, "SigBlk"), 16))

    def none_ignored(self, pid, _):
        mask = status(pid, "SigIgn")
        with open(f"/proc/{pid}/cmdline", encoding="ascii") as file:
            return f"kept: {mask} of {file.read()!r}" if int(mask, 16) else "reset"

    def own_session(self, pid, _):
        return "own" if os.getsid(pid) == pid else "other"

    def own_group(self, pid, _):
        return "own" if os.getpgid(pid) == pid else "other"

    def terminal(self, pid, _):
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return "none" if file.read().rpartition(")")[2].split()[4] == "0" else "some"

    def no_descriptors(self, pid, _):
        return "reset" if sorted(os.listdir(f"/proc/{pid}/fd")) == ["0", "1", "2"] else "kept"

    def dies_with_worker(self, pid, _):
        worker = procs.parent(pid)
        self.kill9(worker)
        wait_until(lambda: procs.gone(pid), "it goes with its worker")
        return "SIGKILL"

    def test_every_row_of_the_manuals_table_holds_for_a_program(self):
        if os.geteuid() != 0:
            self.skipTest("timerslack_ns is for root")
        self.began = time.monotonic()
        daemon = self.daemon("--define", "stays=cat", env=self.odd, prepare=make_odd,
                             pass_fds=(self.token_pipe[1],))
        client = self.client(daemon)
        worker = client.call("create", id=1, service="stays")["pid"]
        self.assertEqual(client.exec(1, "a"), "a")
        program = procs.children(worker)[0]
        probes = self.probes() | {
            "blocked signals": self.no_mask, "ignored signals": self.none_ignored,
            "interval timers": self.alarm, "OOM score adjustment": self.oom,
            "descriptors from 3 on": self.no_descriptors,
            "soft limit of descriptors": self.number_of_files,
            "hard limit of descriptors": self.hard_descriptors, "session": self.own_session,
            "process group": self.own_group, "controlling terminal": self.terminal,
            "signal at the parent's death": self.dies_with_worker}
        rows = program_table()
        self.assertEqual(len(rows), 19)
        for attribute, word in rows:
            self.assertEqual(probes[attribute](program, "program"), word, attribute)

    # Where /proc shows nothing, the effect does.

    def orphaned(self, *command):
        """A program whose parent asked for SIGKILL at its own death, and dies; its pid."""
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is missing")
        start = (f"import subprocess, sys\np = subprocess.Popen(sys.argv[1:])\n"
                 "print(p.pid, flush=True)\np.wait()")
        parent = subprocess.Popen([sys.executable, "-c", start, "setpriv", "--pdeathsig", "KILL",
                                   *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, env=self.env)
        self.addCleanup(parent.stdin.close)
        self.addCleanup(parent.stdout.close)
        return parent, int(parent.stdout.readline())

    def dies_with_parent(self, parent, pid, ready):
        wait_until(ready, "it runs")
        parent.kill()
        parent.wait()
        wait_until(lambda: procs.gone(pid), "it is gone with its parent")

    def test_the_signal_at_the_parents_death_is_kept(self):
        row = table()["signal at the parent's death"]
        self.assertEqual([row[p] for p in PROGRAMS], ["kept", "own", "own", "kept", "kept", "reset"])
        daemon = self.daemon()
        base = self.fresh("b")
        os.mkdir(base, 0o700)
        socket = os.path.join(base, "c")
        parent, pid = self.orphaned(dtreed_path(), "--runtime-dir", os.path.join(base, "r"),
                                    "--state-dir", os.path.join(base, "s"), "--socket", socket,
                                    "--orphan-timeout", "0")
        self.dies_with_parent(parent, pid, lambda: os.path.exists(socket))
        os.unlink(socket)
        shutil.rmtree(os.path.join(base, "r"))
        for words in (("events",), ("shell",)):
            parent, pid = self.orphaned(dtreectl_path(), "--socket", daemon.socket, *words)
            self.dies_with_parent(parent, pid, lambda pid=pid: self.connected(pid))

    def test_signals_that_were_blocked_end_dtreed(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number=number):
                daemon = self.daemon(prepare=make_odd)
                self.client(daemon).call("create", id=1)
                daemon.process.send_signal(number)
                self.assertEqual(daemon.wait(), 0)

    def test_a_file_that_may_not_grow_is_an_error_and_no_death(self):
        def small():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100 << 10, resource.RLIM_INFINITY))
        daemon = self.daemon("--service", "dict", prepare=small)
        client = self.client(daemon)
        client.call("create", id=1)
        replies = (client.reply(client.send("exec", id=1, args=["N" * 1000 + str(n), "1"]))
                   for n in range(1000))
        refused = next(reply for reply in replies if "error" in reply)
        self.assertEqual(refused["error"]["data"]["name"], "SERVICE_ERROR")
        self.assertTrue(client.ping(1))
        self.assertEqual(client.nodes()[1]["state"], "available")

    def test_the_limit_of_cpu_time_is_an_orderly_end(self):
        daemon = self.daemon()
        self.client(daemon).call("create", id=1)
        daemon.process.send_signal(signal.SIGXCPU)
        self.assertEqual(daemon.wait(), 0)
        self.assertIn("SIGXCPU", daemon.stderr())


if __name__ == "__main__":
    main()
