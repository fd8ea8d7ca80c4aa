#!/usr/bin/python3 -B
"""Process ids that come again. dtreed and workers are killed, and strangers get their numbers, by
force, as processes and as threads; then dtreed goes on, or another one starts, adopts who lives, and
is told to kill and to create. A stranger blocks every signal and looks at its end what has come.
Nothing may have.

It is process 1 of a namespace of process ids, where it may choose the next number:

    DTREE_BUILDDIR=build unshare --pid --mount-proc --fork --kill-child \\
        python3 -B tests/chaos/reuse.py --reuses 10000
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scenario"))

from lib.programs import dtreed_path
from lib.rpc import Client, Closed, RpcError
from lib.waiting import wait_until

NODES = 24
LAST = "/proc/sys/kernel/ns_last_pid"
ALL = set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}


def next_number(number):
    """The next process or thread gets it, unless another one is made before."""
    with open(LAST, "w", encoding="ascii") as file:
        file.write(str(number - 1))


def began(number):
    """When the process of that number was started; None: there is none."""
    try:
        with open(f"/proc/{number}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19]
    except OSError:
        return None


class Stranger:
    """A process, or a thread of one, that has a certain number."""

    def __init__(self, number, as_thread):
        self.number = number
        told, tell = os.pipe()
        wait, self.end = os.pipe()
        if not as_thread:
            next_number(number)
        self.pid = os.fork()
        if self.pid == 0:
            os.close(told)
            os.close(self.end)
            self._live(tell, wait, as_thread)
        os.close(tell)
        os.close(wait)
        self.good = os.read(told, 16) == b"%d" % number
        os.close(told)

    def _live(self, tell, wait, as_thread):
        status = 1
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, ALL)
            found = [os.getpid()]
            if as_thread:
                there = threading.Event()

                def stay():
                    found[0] = threading.get_native_id()
                    there.set()
                    threading.Event().wait()
                next_number(self.number)
                threading.Thread(target=stay, daemon=True).start()
                there.wait()
            os.write(tell, b"%d" % found[0])
            os.read(wait, 1)
            seen = signal.sigpending()
            status = 0 if not seen else 2
        finally:
            os._exit(status)

    def finish(self):
        """What is wrong with it: "", or what came."""
        os.write(self.end, b"e")
        os.close(self.end)
        _, status = os.waitpid(self.pid, 0)
        if os.WIFSIGNALED(status):
            return f"stranger {self.number} got signal {os.WTERMSIG(status)}"
        return "" if os.WEXITSTATUS(status) == 0 else f"stranger {self.number} got a signal"


class Run:
    def __init__(self, base, chance):
        self.base = base
        self.chance = chance
        self.strangers = []
        self.reuses = 0
        self.missed = 0
        self.daemon = None
        with open(os.path.join(base, "conf"), "w", encoding="ascii"):
            pass
        self.errors = open(os.path.join(base, "err"), "wb")

    # dtreed.

    def start(self):
        self.daemon = subprocess.Popen(
            [dtreed_path(), "--config", os.path.join(self.base, "conf"), "--runtime-dir",
             os.path.join(self.base, "r"), "--state-dir", os.path.join(self.base, "s"),
             "--socket", os.path.join(self.base, "c"), "--heartbeat", "100", "--restart", "always",
             "--restart-limit", "1000000", "--restart-delay-max", "100", "--log-level", "info"],
            stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)

    def client(self):
        def connect():
            if self.daemon.poll() is not None:
                raise AssertionError(f"dtreed ended with {self.daemon.returncode}")
            try:
                client = Client(os.path.join(self.base, "c"))
                client.call("hello")
                return client
            except (OSError, Closed):
                return None
        return wait_until(connect, "dtreed serves")

    def kill_daemon(self):
        """Its number is free then."""
        self.daemon.kill()
        self.daemon.wait()
        return self.daemon.pid

    # Numbers.

    def reap(self):
        """As process 1: whoever has nobody else."""
        kept = {stranger.pid for stranger in self.strangers} | {self.daemon.pid}
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) not in kept:
                try:
                    os.waitpid(int(name), os.WNOHANG)
                except ChildProcessError:
                    pass

    def kill(self, pids):
        """Waits until they do not have their numbers any more; dtreed may give them to others."""
        before = {pid: began(pid) for pid in pids}
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

        def gone():
            self.reap()
            return not any(before[pid] and began(pid) == before[pid] for pid in pids)
        wait_until(gone, f"the numbers {pids} are free")

    def settle(self, pids):
        """Strangers get these numbers."""
        for pid in pids:
            stranger = Stranger(pid, self.chance.random() < 0.2)
            self.strangers.append(stranger)
            if stranger.good:
                self.reuses += 1
            else:
                self.missed += 1

    def judge(self):
        told = [stranger.finish() for stranger in self.strangers]
        self.strangers = []
        wrong = [what for what in told if what]
        if wrong:
            raise AssertionError("; ".join(wrong))

    # A round.

    def grow(self, client):
        there = client.nodes()
        for node in range(1, NODES + 1):
            if node in there:
                continue
            parent = node // 2 if node // 2 in there else -1
            try:
                client.call("create", id=node, parent=parent)
            except RpcError:
                client.call("create", id=node, parent=-1)  # the other is dead at the moment
            there[node] = None

    def exercise(self, client):
        """Whatever makes dtreed send signals."""
        client.call("pingall")
        for node in self.chance.sample(range(1, NODES + 1), 4):
            try:
                client.call("kill", id=node)
            except RpcError:
                pass
        self.grow(client)
        wait_until(lambda: (self.reap(), client.unavailable())[1] == [], "all are there")

    def with_a_crash(self, client):
        pids = [row["pid"] for row in client.nodes().values() if row["pid"]]
        dead = self.chance.sample(pids, 2 * len(pids) // 3)
        client.close()
        freed = [self.kill_daemon(), *dead]
        self.kill(dead)
        self.settle(freed)
        # The crash may be followed by one while the living are adopted.
        for _ in range(self.chance.randrange(3)):
            self.start()
            end = time.monotonic() + self.chance.random() * 0.05
            wait_until(lambda end=end: time.monotonic() > end, "its moment")
            self.kill_daemon()
        self.start()

    def without_a_crash(self, client):
        """Their numbers come again while dtreed knows of their deaths or is about to."""
        pids = [row["pid"] for row in client.nodes().values() if row["pid"]]
        dead = self.chance.sample(pids, len(pids) // 3)
        self.kill(dead)
        self.settle(dead)
        client.close()

    def round(self):
        client = self.client()
        self.grow(client)
        wait_until(lambda: client.unavailable() == [], "all are there")
        if self.chance.random() < 0.8:
            self.with_a_crash(client)
        else:
            self.without_a_crash(client)
        client = self.client()
        self.exercise(client)
        client.close()
        self.judge()

    def end(self):
        client = self.client()
        client.call("shutdown")
        client.close()
        self.daemon.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reuses", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir")
    options = parser.parse_args()
    if os.getpid() != 1:
        sys.exit("it is not process 1 of a namespace of its own")
    if options.dir:
        os.mkdir(options.dir, 0o700)
    base = options.dir or tempfile.mkdtemp(prefix="dtr", dir="/tmp")
    run = Run(base, random.Random(options.seed))
    began = time.monotonic()
    rounds = 0
    try:
        run.start()
        while run.reuses < options.reuses:
            run.round()
            rounds += 1
        run.end()
    except BaseException:
        with open(os.path.join(base, "err"), encoding="utf-8", errors="replace") as file:
            sys.stderr.write(file.read()[-4000:])
        raise
    finally:
        shutil.rmtree(base, ignore_errors=True)
    print(f"{run.reuses} reuses ({run.missed} more that missed their number) in {rounds} rounds, "
          f"{time.monotonic() - began:.0f} s: no signal reached a stranger")


if __name__ == "__main__":
    main()
