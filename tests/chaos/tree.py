"""The tree under test: a dtreed that may be replaced, its nodes, and signals to their processes."""

import os
import random
import signal
import sys
import threading
import time

from lib import procs
from lib.fault_plan import SYNC, Plan
from lib.freezer import freezer
from lib.programs import sanitized
from lib.rpc import Closed, RpcError
from lib.waiting import SLOW, TIMEOUT, Late, wait_until

HEARTBEAT = 0.2 * SLOW
REQUEST_TIMEOUT = 3 * SLOW
CONTROLLER = -1
# What an order may meet: a dtreed that is ending; for a create a parent that is away, or that its
# own process was killed.
PASSING = ("NODE_UNAVAILABLE", "PARENT_UNAVAILABLE", "INTERNAL_ERROR")


PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "counting.py")
# Each so many nodes one is served by that.
PROGRAM_EACH = 5
# Each so many nodes one is killed and started again when it hangs, which some stops are long enough
# for.
HANGS_EACH = 3
HANG_TIMEOUT = 8 * HEARTBEAT


def is_program(pid):
    return PROGRAM in procs.arguments(pid)


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Tree:
    """`size` nodes, 1 and up, each below an earlier one or the controller."""

    programs = ()  # nodes that have one

    def __init__(self, case, record, seed, size, log_level):
        self.case, self.record = case, record
        chance = random.Random(f"{seed} places")
        # More often below one of the latest: the tree is deep.
        self.parents = {node: chance.choice([CONTROLLER, *range(1, node)][-8:])
                        for node in range(1, size + 1)}
        self.programs = [node for node in self.parents if node % PROGRAM_EACH == 0]
        self.options = ("--config", self.config(), "--service", "dict", "--restart", "always", "--restart-limit", 1000000,
                        "--restart-delay-max", 200, "--heartbeat", int(HEARTBEAT * 1000),
                        "--request-timeout", int(REQUEST_TIMEOUT * 1000),
                        "--log-level", log_level)
        self.hangs = None if sanitized() else Plan(case)  # of calls that hang
        self.freezer = freezer(case, "tree")
        self.freezer_used = False
        self.daemon = case.daemon(*self.options)
        self.lock = threading.Lock()
        self.rows = {}       # the nodes as they were seen last
        self.frozen = None   # since when dtreed is stopped
        self.met = 0         # processes that got a signal
        self.over = threading.Event()

    def config(self, declared=0):
        """The file, with a group of so many nodes beside those that are made by hand."""
        path = self.case.path("programs.conf")
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(f"[group declared]\ninstances = {declared}\n")
            file.write(f"[service counting]\nprotocol = json\nconcurrency = 8\n"
                       f"command = '{sys.executable}' -B '{PROGRAM}'\n")
        os.rename(path + ".new", path)
        return path

    def params(self, node):
        """Of its create."""
        service = {"service": "counting"} if node in self.programs else {}
        hangs = {"on_hang": "restart", "hang_timeout_ms": int(HANG_TIMEOUT * 1000)}
        return {"id": node, "parent": self.parents[node], **service,
                **(hangs if node % HANGS_EACH == 0 else {})}

    def create(self):
        with self.daemon.client() as client:
            for node in self.parents:
                client.call("create", **self.params(node))

    # What is where.

    def below(self, node):
        """A node with all below it, parents first."""
        found = [node]
        for above in found:
            found += [other for other, parent in self.parents.items() if parent == above]
        return found

    def above(self, node):
        found = []
        while (node := self.parents[node]) != CONTROLLER:
            found.append(node)
        return found

    def look(self):
        """Learns the processes, unless dtreed cannot tell now."""
        if self.frozen is not None:
            return
        with self.daemon.client() as client:
            self.rows = client.nodes()

    def pid(self, node):
        """Of a living process of that node, or None."""
        row = self.rows.get(node)
        if row is None or row["pid"] is None or procs.gone(row["pid"]):
            return None
        words = procs.arguments(row["pid"])
        if "--node" not in words:
            return None  # not begun yet, or somebody else's by now
        at = words.index("--node")
        mine = ["--node", str(node), "--incarnation", str(row["incarnation"])]
        return row["pid"] if words[at:at + 4] == mine else None

    def signal(self, nodes, number):
        """Gives the pids of those that got it."""
        pids = [pid for pid in map(self.pid, nodes) if pid]
        for pid in pids:
            send(pid, number)
        self.met += len(pids)
        return pids

    def signal_program(self, node, number):
        """Gives the pid if it got it."""
        worker = self.pid(node)
        pids = [pid for pid in procs.children(worker) if is_program(pid)] if worker else []
        for pid in pids:
            send(pid, number)
        self.met += len(pids)
        return pids

    def go_on(self, pids):
        """What was stopped; some of it may be gone by now, and its pid somebody else's."""
        for pid in pids:
            words = procs.arguments(pid)
            if procs.state(pid) == "T" and ("--incarnation" in words or "--fork-server" in words or
                                            PROGRAM in words):
                send(pid, signal.SIGCONT)

    def freeze_group(self, nodes):
        """Their processes. Gives the function that lets them go on; None where there is nothing to
        freeze, or no group, or where the group is in use."""
        pids = [pid for pid in map(self.pid, nodes) if pid]
        if not pids or not self.freezer or self.freezer_used:
            return None
        self.freezer_used = True

        def thaw():
            self.freezer.thaw()
            self.freezer_used = False
        self.freezer.freeze(*pids)
        self.met += len(pids)
        return thaw

    def fork_servers(self):
        return [pid for pid in self.case.family() if procs.makes_workers(pid)]

    # The controller.

    def freeze(self):
        self.frozen = time.monotonic()
        os.kill(self.daemon.pid, signal.SIGSTOP)
        return self.frozen

    def thaw(self, since):
        """The end of the stop that began then, if it has not ended yet."""
        if self.frozen != since:
            return
        os.kill(self.daemon.pid, signal.SIGCONT)
        self.thawed()

    def thawed(self):
        if self.frozen is not None:
            self.record.write("frozen", begin=self.frozen)
        self.frozen = None

    def replace(self, end, meanwhile=lambda: None):
        """Ends dtreed by a call of end(daemon); another takes its directories over."""
        begin = time.monotonic()
        end(self.daemon)
        self.thawed()
        self.disk_goes_on()
        meanwhile()
        self.daemon = self.case.daemon(*self.options, base=self.daemon.base)
        self.record.write("outage", begin=begin)

    # The disk.

    def disk_hangs(self, role):
        self.hangs.hang(role, SYNC)

    def disk_goes_on(self):
        if self.hangs:
            self.hangs.nothing()

    # Orders that must be carried out, whatever happens to dtreed meanwhile.

    def order(self, method, done, **params):
        """Asks until it is so. done: an error that says that it is so already, which is believed
        where it is not known what became of an earlier try."""
        lost = False
        end = time.monotonic() + 3 * TIMEOUT
        while time.monotonic() < end:
            try:
                with self.daemon.client() as client:
                    return client.call(method, **params)
            except (Closed, OSError):
                lost = True
            except RpcError as error:
                if error.name == done and lost:
                    return None
                if error.name not in PASSING:
                    raise
                lost = lost or error.data.get("outcome") != "not_run"
            self.over.wait(0.05)
        raise Late(f"{method} {params}")

    def remake(self, nodes):
        """Kills the first, which has the others below it, and creates them again."""
        begin = time.monotonic()
        self.order("kill", "NOT_FOUND", id=nodes[0])
        for node in nodes:
            self.order("create", "ALREADY_EXISTS", **self.params(node))
        self.record.write("remade", begin=begin, nodes=nodes)

    def move(self, node, parent):
        """With all below it."""
        self.order("change", None, id=node, parent=parent)
        self.parents[node] = parent
        self.record.write("moved", node=node, parent=parent)

    def reload(self, declared):
        """Nodes are declared, and are not any more: in the end they are gone."""
        self.config(declared)
        self.order("reload", None)
        self.config()
        wait_until(self.prune, "what is declared no longer is removed", 3 * TIMEOUT)

    def prune(self):
        self.order("reload", None, prune=True)
        with self.daemon.client() as client:
            return not any(row.get("group") == "declared" for row in client.nodes().values())

    def restart(self, node):
        self.order("restart", None, id=node)

    def stop_and_start(self, node, delay):
        self.order("stop", None, id=node)
        self.over.wait(delay)
        # It may have come by itself, if an earlier try has failed.
        self.order("start", "ALREADY_RUNNING", id=node)

    def restart_all(self):
        """A node that fails to start, as another fault meets it, ends it early; its policy starts it."""
        self.order("restart_all", None)

    def stop_and_start_all(self, delay):
        self.order("stop_all", None)
        self.over.wait(delay)
        wait_until(lambda: not self.order("start_all", None)["errors"], "all are started",
                   3 * TIMEOUT)

    def whole(self):
        """Every node is available, and linked where it belongs."""
        with self.daemon.client() as client:
            wait_until(lambda: not self.broken(client),
                       lambda: f"the tree is whole: {self.broken(client)}", 60)

    def broken(self, client):
        """The nodes of which that is not so, with the state of their processes."""
        unavailable = client.unavailable()
        return [row | {"process": procs.state(row["pid"] or 0)}
                for row in client.nodes().values() if row["id"] in unavailable or
                row["state"] != "available" or row["link"] != row["parent"]]
