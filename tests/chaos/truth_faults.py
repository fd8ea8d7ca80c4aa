"""The faults of a run of truth.py. A kind is a row."""

import itertools
import random
import signal
import threading
import time

from random_faults import RandomFaults
from tree import send
from lib.rpc import Closed, RpcError
from lib.waiting import Late

ENOUGH = 10   # faults, of which some met a process
LARGEST = 8   # a subtree that is killed by order and created again


class TruthFaults(RandomFaults):
    """Causes faults for a time, then lets all go on that is stopped."""

    def __init__(self, tree, plan):
        self.tree, self.plan = tree, plan
        wanted = plan.faults or [name for name, *_ in KINDS if not plan.one or name not in ENDS]
        super().__init__(random.Random(f"{plan.seed} faults"), KINDS, wanted)
        self.new = itertools.count(100001)
        self.threads = []    # (thread, nodes)
        self.failed = []
        self.done = []       # (time, kind, nodes)
        self.over = threading.Event()

    def run(self):
        """Gives when all was let go on, and when the last disturbance was: orders that were still
        under way then are some while they last."""
        self.run_for(self.plan.seconds, self.plan.pause, self.over, lambda: self.failed)
        if len(self.done) >= ENOUGH and not self.tree.met:
            self.failed.append("no process got a signal")
        self.tree.go_on_all()
        free = time.monotonic()
        for thread, _ in self.threads:
            thread.join()
        return free, max([free, *(end for *_, end, _ in self.tree.orders)])

    def begin(self):
        name, function = self.draw()
        self.tree.look()
        begin = time.monotonic()
        nodes = function(self)
        if nodes is not None:
            self.done.append((begin, name, nodes))

    def node(self):
        return self.chance.choice(list(self.tree.parents))

    def span(self):
        """Seconds of a stop: not noticed, just about noticed, long, until the end."""
        beat = self.plan.heartbeat
        return self.chance.choice((beat * self.chance.uniform(0.2, 4),
                                   beat * self.chance.uniform(3.5, 6),
                                   beat * self.chance.uniform(6, 15), self.plan.seconds))

    # The kinds. Each gives the nodes that it met, or None where it found nothing to do.

    def kill(self, nodes):
        self.tree.signal(nodes, signal.SIGKILL)
        return nodes

    def stop(self, nodes):
        pids = self.tree.signal(nodes, signal.SIGSTOP)
        self.in_time(self.span(), self.tree.go_on, pids)
        return nodes

    def path(self):
        node = self.node()
        return [node, *self.tree.above(node)]

    def some(self):
        nodes = list(self.tree.parents)
        return self.chance.sample(nodes, min(len(nodes), self.chance.randint(2, 8)))

    def kill_worker(self):
        return self.kill([self.node()])

    def kill_several(self):
        return self.kill(self.some())

    def kill_path(self):
        return self.kill(self.path()[:self.chance.randint(1, 4)])

    def kill_subtree(self):
        return self.kill(self.tree.below(self.node()))

    def stop_worker(self):
        return self.stop([self.node()])

    def stop_several(self):
        return self.stop(self.some())

    def stop_path(self):
        return self.stop(self.path())

    def stop_subtree(self):
        return self.stop(self.tree.below(self.node()))

    def stop_then_kill_above(self):
        """Its parent goes while it cannot be told so."""
        path = self.path()
        self.stop(path[:1])
        self.in_time(self.plan.heartbeat * self.chance.uniform(0, 6), self.kill, path[1:2])
        return path[:2]

    def go_on(self):
        """Some of the stopped, out of their turn."""
        nodes = self.some()
        self.tree.go_on([pid for pid in map(self.tree.pid, nodes) if pid])
        return nodes

    def stop_controller(self):
        if self.tree.frozen is not None:
            return None
        since = self.tree.freeze()
        self.in_time(min(self.span(), 2), self.tree.thaw, since)
        return []

    def kill_controller(self):
        """And, now and then, workers are killed or stopped while there is none."""
        nodes = self.some() if self.chance.random() < 0.6 else []
        how = self.chance.choice((self.kill, self.stop))
        delay = self.chance.choice((0, 0, self.plan.heartbeat * self.chance.uniform(0.5, 5)))

        def meanwhile():
            how(nodes)
            self.over.wait(delay)
        self.tree.replace(lambda daemon: daemon.kill(), meanwhile)
        return nodes

    def kill_everything(self):
        """As when power is lost."""
        nodes = list(self.tree.parents)
        self.tree.replace(lambda daemon: (daemon.kill(), self.kill(nodes)))
        return []

    def kill_fork_server(self):
        for pid in self.tree.fork_servers():
            send(pid, signal.SIGKILL)
        return []

    def ask_all(self):
        """A pingall, which goes through every link there is."""
        self.start(self.asked, [])
        return []

    def asked(self):
        try:
            self.tree.call("pingall")
        except (Closed, OSError):
            pass

    def remake(self):
        """`kill ID`, and create of all that it removed."""
        nodes = self.tree.below(self.node())
        busy = self.busy()
        if len(nodes) > LARGEST or busy.intersection(nodes + self.tree.above(nodes[0])):
            return None
        if self.plan.topology == "list" and busy:
            return None
        self.start(self.tree.remake, nodes, nodes)
        return nodes

    def insert(self):
        """All behind the new one in the list move."""
        if self.plan.topology != "list" or self.busy():
            return None
        node = next(self.new)
        self.start(self.tree.insert, [node], node, self.node())
        return [node]

    def busy(self):
        return {node for thread, nodes in self.threads if thread.is_alive() for node in nodes}

    def start(self, function, nodes, *arguments):
        def carry_out():
            try:
                function(*arguments)
            except (Late, RpcError) as error:
                self.failed.append(f"{function.__name__} {nodes}: {error!r}")
        thread = threading.Thread(target=carry_out)
        self.threads.append((thread, nodes))
        thread.start()

    def leave_stopped(self):
        """Some that stay so, of those that have joined: of one that is stopped before, nothing is
        known until its start takes too long, and requests wait for it until their own deadline.
        Gives them with the number of the stopped above each."""
        self.tree.look()
        nodes = [node for node in self.some()
                 if self.tree.rows.get(node, {}).get("state") in ("available", "unavailable")]
        self.tree.signal(nodes, signal.SIGSTOP)
        return {node: sum(other in nodes for other in self.tree.above(node)) for node in nodes}


# name, how often, function
KINDS = (
    ("kill-worker", 6, TruthFaults.kill_worker),
    ("kill-several", 3, TruthFaults.kill_several),
    ("kill-path", 3, TruthFaults.kill_path),
    ("kill-subtree", 2, TruthFaults.kill_subtree),
    ("stop-worker", 8, TruthFaults.stop_worker),
    ("stop-several", 6, TruthFaults.stop_several),
    ("stop-path", 3, TruthFaults.stop_path),
    ("stop-subtree", 3, TruthFaults.stop_subtree),
    ("stop-then-kill-above", 4, TruthFaults.stop_then_kill_above),
    ("go-on", 6, TruthFaults.go_on),
    ("stop-controller", 2, TruthFaults.stop_controller),
    ("kill-controller", 2, TruthFaults.kill_controller),
    ("kill-everything", 1, TruthFaults.kill_everything),
    ("kill-fork-server", 1, TruthFaults.kill_fork_server),
    ("ask-all", 4, TruthFaults.ask_all),
    ("remake", 4, TruthFaults.remake),
    ("insert", 3, TruthFaults.insert),
)
# Of dtreed.
ENDS = ("kill-controller", "kill-everything")
