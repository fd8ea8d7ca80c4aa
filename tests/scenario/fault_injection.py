#!/usr/bin/python3 -B
"""One call fails: an allocation, a write, a fork, an open, a sync, a call of ZeroMQ, in dtreed, in
its fork server or in a worker. Whichever it is of a short session, each request has the right answer
or an error that says why, nothing acknowledged is lost, no process is left, and nothing ends by
abort(). So it is where all fail from one on. Some calls of each kind are taken by chance, from a
seed; DTREE_EVERY_CALL=N takes each N-th, and 1 takes them all."""

import os
import random
import re
import signal
import time

from lib import fault_plan
from lib import rpc
from lib.harness import Case, main
from lib.waiting import TIMEOUT, Late, wait_until

SEED = int(os.environ.get("DTREE_SEED") or 9)
EVERY = int(os.environ.get("DTREE_EVERY_CALL") or 0)
SAMPLE = 4
OPTIONS = ("--service", "dict", "--heartbeat", 200, "--request-timeout", 3000, "--restart", "always",
           "--stop-grace", 1000)
ROLES = {"dtreed": fault_plan.DTREED, "worker": fault_plan.WORKER, "forkserver": fault_plan.FORKSERVER}
FOR_GOOD = (fault_plan.MEMORY, fault_plan.SYNC, fault_plan.READ, fault_plan.FORK)
# What a request may be answered where something fails.
ERRORS = {"INTERNAL_ERROR", "LIMIT", "NODE_UNAVAILABLE", "PARENT_UNAVAILABLE", "SERVICE_ERROR",
          "NOT_FOUND", "PARENT_NOT_FOUND", "ALREADY_EXISTS"}
ABORTED = re.compile(r"signal (4|6|7|8|11) |Aborted|FATAL|assertion", re.IGNORECASE)


class Session:
    """What was asked, and what was promised."""

    def __init__(self, client):
        self.client = client
        self.kept = {}       # node -> its values that were acknowledged last
        self.perhaps = {}    # node -> values that may be there
        self.exists = set()
        self.unsure = set()  # these may exist

    def ask(self, method, **params):
        """The result, or the error's name."""
        try:
            return self.client.call(method, **params), None
        except rpc.RpcError as error:
            if error.name not in ERRORS or not error.message:
                raise
            return None, error

    def create(self, node, parent):
        self.unsure.add(node)
        done, _ = self.ask("create", id=node, parent=parent)
        if done:
            self.exists.add(node)

    def write(self, node, value):
        self.perhaps.setdefault(node, set()).add(value)
        done, _ = self.ask("exec", id=node, args=["x", str(value)])
        if done:
            self.kept[node] = value
            self.perhaps[node] = {value}

    def kill(self, node):
        self.exists.discard(node)
        done, _ = self.ask("kill", id=node)
        if done:
            self.unsure.discard(node)

    def run(self):
        self.create(1, -1)
        self.create(2, 1)
        self.create(3, 1)
        self.write(2, 5)
        self.write(1, 6)
        self.ask("exec", id=2, args=["x"])
        self.ask("ping", id=3)
        self.ask("exec_all", args=["x"])
        self.ask("pingall")
        self.ask("heartbeat", interval_ms=250)
        self.write(2, 7)
        self.ask("tree")
        self.kill(3)
        self.ask("status", id=1)


class FaultInjection(Case):
    def attempt(self, role, kind, at, times=1):
        """One session in which that call fails; how many such calls there were."""
        plan = fault_plan.Plan(self)
        if at:
            plan.fail(role, kind, at, times)
        else:
            plan.count(role)
        try:
            tree = self.daemon(*OPTIONS, ready=False)
            session = self.session(tree)
            seen = plan.seen()[0][fault_plan.KINDS[kind]]
            self.end(tree)
            plan.nothing()
            self.judge(tree, session)
        except BaseException:
            self.kill9(*self.family())
            raise
        return seen

    def session(self, tree):
        """None: it did not start, and said why."""
        def ready():
            if tree.process.poll() is not None:
                return True
            try:
                return tree.client()
            except OSError:
                return None
        client = wait_until(ready, lambda: f"a connection: {tree.stderr()}")
        if client is True:
            self.assertEqual(tree.process.returncode, 1, tree.stderr())
            self.assertRegex(tree.stderr(), r"\w{4}", "it says why")
            return None
        session = Session(client)
        try:
            session.run()
        except (rpc.Closed, BrokenPipeError, ConnectionResetError):
            pass  # nothing more was promised
        finally:
            client.close()
        return session

    def end(self, tree):
        if tree.process.poll() is None:
            os.kill(tree.pid, signal.SIGTERM)
        self.assertGreaterEqual(tree.wait(), 0, tree.stderr())
        self.assertNotRegex(tree.stderr(), ABORTED)

    def judge(self, tree, session):
        """The next dtreed, whom nothing fails, has all that was promised."""
        again = self.daemon(*OPTIONS, base=tree.base)
        client = self.client(again)
        wait_until(lambda: client.unavailable() == [], lambda: f"all are there: {client.nodes()}")
        nodes = set(client.nodes())
        if session:
            self.assertLessEqual(session.exists, nodes)
            self.assertLessEqual(nodes, session.exists | session.unsure)
            for node in nodes & set(session.perhaps):
                value = client.exec(node, "x")
                allowed = {str(each) for each in session.perhaps[node]}
                if node not in session.kept:
                    allowed.add("'x' not found")
                self.assertIn(value, allowed, (node, session.kept))
        self.end(again)
        self.await_nothing()

    def walk(self, name, kind):
        role, count = ROLES[name], self.attempt(ROLES[name], kind, 0)
        calls = range(1, count + 1)
        chosen = calls[::EVERY] if EVERY else random.Random(f"{SEED} {name} {kind}").sample(
            calls, min(SAMPLE, count))
        for at in chosen:
            with self.subTest(call=at, of=count, seed=SEED):
                self.attempt(role, kind, at)
        # And one from which on all fail, where an answer can still be given.
        for at in chosen[:1] if kind in FOR_GOOD else ():
            with self.subTest(from_call=at, of=count, seed=SEED):
                self.attempt(role, kind, at, fault_plan.FOR_EVER)
        if EVERY:
            print(f"# {name} {fault_plan.KINDS[kind]}: {len(chosen)} of {count} calls", flush=True)

    def test_an_allocation_in_dtreed(self):
        self.walk("dtreed", fault_plan.MEMORY)

    def test_an_allocation_in_a_worker(self):
        self.walk("worker", fault_plan.MEMORY)

    def test_an_allocation_in_the_fork_server(self):
        self.walk("forkserver", fault_plan.MEMORY)

    def test_a_write_in_dtreed(self):
        self.walk("dtreed", fault_plan.WRITE)

    def test_a_write_in_a_worker(self):
        self.walk("worker", fault_plan.WRITE)

    def test_a_write_to_the_disk_in_dtreed(self):
        self.walk("dtreed", fault_plan.DISK)

    def test_a_write_to_the_disk_in_a_worker(self):
        self.walk("worker", fault_plan.DISK)

    def test_a_sync_in_dtreed(self):
        self.walk("dtreed", fault_plan.SYNC)

    def test_a_sync_in_a_worker(self):
        self.walk("worker", fault_plan.SYNC)

    def test_a_fork_in_dtreed(self):
        self.walk("dtreed", fault_plan.FORK)

    def test_a_fork_in_the_fork_server(self):
        self.walk("forkserver", fault_plan.FORK)

    def test_a_thread_in_a_worker(self):
        self.walk("worker", fault_plan.FORK)

    def test_an_open_in_dtreed(self):
        self.walk("dtreed", fault_plan.OPEN)

    def test_an_open_in_a_worker(self):
        self.walk("worker", fault_plan.OPEN)

    def test_a_read_in_dtreed(self):
        self.walk("dtreed", fault_plan.READ)

    def test_a_read_in_a_worker(self):
        self.walk("worker", fault_plan.READ)

    def test_a_call_of_zeromq_in_dtreed(self):
        self.walk("dtreed", fault_plan.ZMQ)

    def test_a_call_of_zeromq_in_a_worker(self):
        self.walk("worker", fault_plan.ZMQ)


if __name__ == "__main__":
    main()
