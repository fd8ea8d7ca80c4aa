"""The tree of a run of truth.py, and who listens to its events.

Everything about a run is drawn from its seed, see Plan; what the command line names is taken from
there instead."""

import random
import threading
import time

from tree import CONTROLLER, PASSING, Tree
from lib.harness import Case
from lib.rpc import Closed, RpcError
from lib.waiting import SLOW, TIMEOUT, Late

PER_NODE_MS = 2 * SLOW  # of a heartbeat interval, at the least: more is load, and no fault
REQUEST_TIMEOUT = 4.0 * SLOW
LIST_SIZE = 30
SIZES = (10, 25, 60, 60, 120)
HEARTBEATS = (50, 100, 100, 200, 500, 1000)


class Plan:
    """What a seed stands for. given: a namespace whose members that are not None win."""

    def __init__(self, seed, given):
        chance = random.Random(f"{seed} plan")
        self.seed = seed
        self.topology = given.topology or chance.choice(("tree", "tree", "tree", "list"))
        self.nodes = given.nodes or chance.choice(SIZES)
        if self.topology == "list" and not given.nodes:
            self.nodes = min(self.nodes, LIST_SIZE)
        self.depth = given.depth or chance.choice((3, 6, 12, 30))
        heartbeat = given.heartbeat or chance.choice(HEARTBEATS)
        self.heartbeat = max(heartbeat * SLOW, PER_NODE_MS * self.nodes) / 1000
        self.restart = given.restart or chance.choice(("always", "always", "no", "mixed"))
        self.seconds = given.seconds or chance.uniform(4, 12)
        self.pause = given.pause or chance.choice((0.02, 0.05, 0.1, 0.3))
        self.leave = chance.random() < 0.4 if given.leave is None else given.leave
        # A dtreed that is new finds out anew: what one never learns shows in the other runs.
        self.one = chance.random() < 0.5
        self.faults = given.faults
        self.log_level = given.log_level

    def __str__(self):
        return (f"seed {self.seed}: {self.topology} of {self.nodes} nodes, depth {self.depth}, "
                f"heartbeat {self.heartbeat * 1000:.0f} ms, restart {self.restart}, "
                f"{self.seconds:.1f} s, a fault each {self.pause} s, "
                f"{'one dtreed, ' if self.one else ''}"
                f"{'some are left stopped' if self.leave else 'all go on'}")


class NoRecord:
    """Where the tree writes what nobody reads."""

    def write(self, *_, **__):
        pass


class WatchedTree(Tree):
    """A tree by a plan, with a watcher of its events."""

    def __init__(self, case: Case, plan):  # pylint: disable=super-init-not-called
        self.case, self.record, self.plan, self.hangs = case, NoRecord(), plan, None
        self.chance = random.Random(f"{plan.seed} places")
        self.parents = self.places()
        self.restarts = {node: self.policy() for node in self.parents}
        self.options = ("--topology", plan.topology, "--restart-limit", 1000000,
                        "--restart-delay-max", 50, "--heartbeat", int(plan.heartbeat * 1000),
                        "--request-timeout", int(REQUEST_TIMEOUT * 1000),
                        "--log-level", plan.log_level)
        self.daemon = case.daemon(*self.options)
        self.lock = threading.Lock()
        self.rows = {}
        self.frozen = None
        self.met = 0         # processes that got a signal
        self.over = threading.Event()
        self.orders = []     # (method, node, begin, end, outcome) of each request
        self.watcher = Watcher()
        self.watcher.follow(self.daemon)

    def places(self):
        if self.plan.topology == "list":
            return {node: node - 1 if node > 1 else CONTROLLER
                    for node in range(1, self.plan.nodes + 1)}
        depths = {CONTROLLER: 0}
        parents = {}
        for node in range(1, self.plan.nodes + 1):
            # More often below one of the latest: the tree is as deep as it may be.
            fit = [other for other, depth in depths.items() if depth < self.plan.depth]
            parents[node] = self.chance.choice(fit[-6:] if self.chance.random() < 0.8 else fit)
            depths[node] = depths[parents[node]] + 1
        return parents

    def policy(self):
        return self.plan.restart if self.plan.restart != "mixed" else \
            self.chance.choice(("always", "no", "on-failure"))

    def below(self, node):
        """A node with all below it, parents first, whatever moved."""
        found = [node]
        for above in found:
            found += [other for other, parent in self.parents.items() if parent == above]
        return found

    def create(self):
        with self.daemon.client() as client:
            asked = [client.send("create", **self.params(node)) for node in self.parents]
            for number in asked:
                client.wait(number)

    def params(self, node):
        return {"id": node, "parent": self.parents[node], "restart": self.restarts[node]}

    def replace(self, end, meanwhile=lambda: None):
        super().replace(end, meanwhile)
        self.watcher.follow(self.daemon)

    def go_on_all(self):
        """Whatever is stopped goes on: workers, dtreed, fork servers."""
        if self.frozen is not None:
            self.thaw(self.frozen)
        self.go_on(self.case.family())

    def call(self, method, **params):
        """One request on a connection of its own, timed."""
        begin, outcome = time.monotonic(), "done"
        try:
            with self.daemon.client() as client:
                client.call(method, **params)
        except (Closed, OSError, RpcError) as error:
            outcome = repr(error)
            raise
        finally:
            self.orders.append((method, params.get("id", ""), begin, time.monotonic(), outcome))

    def order(self, method, done, **params):
        """As in any tree, and each try is timed."""
        end = time.monotonic() + 3 * TIMEOUT
        while time.monotonic() < end:
            try:
                self.call(method, **params)
                return
            except (Closed, OSError):
                pass
            except RpcError as error:
                if error.name == done:
                    return
                if error.name not in PASSING:
                    raise
                if error.name == "PARENT_UNAVAILABLE" and self.dead_for_good(params["parent"]):
                    raise
            self.over.wait(0.05)
        raise Late(f"{method} {params}")

    def remake(self, nodes):
        self.order("kill", "NOT_FOUND", id=nodes[0])
        try:
            for node in nodes:
                self.order("create", "ALREADY_EXISTS", **self.params(node))
        except RpcError as error:
            if error.name != "PARENT_UNAVAILABLE":
                raise
            # Its parent is dead for good: it is no more, nor is what was below it.
            self.order("kill", "NOT_FOUND", id=nodes[0])
            self.parents = {node: parent for node, parent in self.parents.items()
                            if node not in nodes}

    def dead_for_good(self, node):
        """Or one above it, where its children would hang."""
        with self.daemon.client() as client:
            rows = client.nodes()
        return node in rows and rows[node]["state"] == "dead" and self.restarts[node] != "always"

    def insert(self, node, after):
        """A new node in a list. Who stood there stands behind it then."""
        self.restarts[node] = self.policy()
        before = self.parents
        self.parents = {other: node if parent == after else parent
                        for other, parent in before.items()} | {node: after}
        try:
            self.order("create", "ALREADY_EXISTS", **self.params(node))
        except RpcError as error:
            if error.name != "PARENT_UNAVAILABLE":
                raise
            self.parents = before


class Watcher:
    """Follows the events of one dtreed after the other, as a program would that wants to know who
    is available."""

    def __init__(self):
        self.lock = threading.Lock()
        self.dead, self.lost = set(), set()
        self.seen = 0        # seq of the last one
        self.lines = []      # (node, type, time), for whoever looks for a cause
        self.thread = None

    def follow(self, daemon):
        """Events are those of one life of dtreed: what was before, the tree says."""
        if self.thread:
            self.thread.join(TIMEOUT)
        client = daemon.client()
        self.seen = client.call("subscribe")["seq"]
        rows = client.nodes()
        self.dead = {node for node, row in rows.items()
                     if row["state"] not in ("available", "unavailable")}
        self.lost = {node for node, row in rows.items() if row["state"] == "unavailable"}
        self.lines.append((None, "controller", ""))
        self.thread = threading.Thread(target=self.listen, args=(client,), daemon=True)
        self.thread.start()

    def listen(self, client):
        with client:
            while True:
                try:
                    client._turn(3600)  # pylint: disable=protected-access
                except (Closed, OSError, Late):
                    return
                with self.lock:
                    while client.events:
                        self.take(client.events.pop(0))

    def take(self, event):
        kind, node = event["type"], event.get("id")
        self.seen = event["seq"]
        self.lines.append((node, kind, event["time"]))
        if kind in ("node_created", "node_removed"):
            self.dead.discard(node)
            self.lost.discard(node)
        elif kind == "node_died":
            self.dead.add(node)
        elif kind == "node_restarted":
            self.dead.discard(node)
        elif kind == "heartbeat_lost":
            self.lost.add(node)
        elif kind == "heartbeat_restored":
            self.lost.discard(node)

    def says(self, node):
        return " ".join([*["dead"] * (node in self.dead), *["lost"] * (node in self.lost)]) or \
            "available"

    def history(self, node, last=6):
        return [f"{kind} {at[11:23]}" for other, kind, at in self.lines if other == node][-last:]
