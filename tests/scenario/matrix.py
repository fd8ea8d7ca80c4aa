#!/usr/bin/python3 -B
"""A session for every topology, every service and every way to check that a node is available."""

from lib.harness import Case, main
from lib.model import Model
from lib.waiting import SLOW

# What a node of each service is asked, after its create: `%d` is the node.
ASKED = {
    "sum": [("exec %d 3 1 2 3", "Ok:%d: 6"), ("exec %d 2 1", "Error:%d: …"),
            ("exec %d 1 x", "Error:%d: …"), ("exec %d 2 -5 3", "Ok:%d: -2")],
    "dict": [("exec %d MyVar", "Ok:%d: 'MyVar' not found"), ("exec %d MyVar 5", "Ok:%d"),
             ("exec %d MyVar", "Ok:%d: 5"), ("exec %d My-Var 5", "Error:%d: …"),
             ("exec %d MyVar x", "Error:%d: …"), ("exec %d MyVar", "Ok:%d: 5")],
    "timer": [("exec %d time", "Ok:%d: 0"), ("exec %d stop", "Ok:%d"), ("exec %d stop", "Ok:%d"),
              ("exec %d later", "Error:%d: …"), ("exec %d time", "Ok:%d: 0")],
    "search": [("exec %d\nabracadabra\nabra", "Ok:%d: 0;7"), ("exec %d\naaaa\naa", "Ok:%d: 0;1;2"),
               ("exec %d\nabc\nd", "Ok:%d: -1"), ("exec %d\nabc\n", "Error:%d: …")],
}
NODES = [(10, None), (5, 10), (15, -1), (20, 10)]


def asked(service, node):
    return [(command.replace("%d", str(node)), reply.replace("%d", str(node)))
            for command, reply in ASKED[service]]


def transcript(topology, service, victim):
    """A session of that kind that kills the victim, and the tree that it leaves."""
    model = Model(topology)
    model.create(10)
    steps = [("ping 10", "Error: Not found"), ("pingall", "Ok: -1"), ("create 10", "P"),
             ("create 10", "Error: Already exists"), ("create 10 99", "Error: Already exists")]
    for node, parent in NODES[1:]:
        steps.append((f"create {node} {parent}", "P"))
        model.create(node, parent)
    if model.create(3, 99):
        steps.append(("create 3 99", "Error: Parent not found"))
        steps.append(("ping 3", "Error: Not found"))
    else:
        steps.append(("create 3 99", "P"))
        steps.append(("ping 3", "Ok: 1"))
    for node in sorted(model.parent):
        steps += asked(service, node)
    two = "\nx\nx" if service == "search" else " x"
    steps += [(f"exec 77{two}", "Error:77: Not found"), ("pingall", "Ok: -1"),
              ("kill 77", "Error: Not found")]
    removed = model.kill(victim)
    steps.append((f"kill {victim}", "Ok"))
    steps += [(f"ping {node}", "Error: Not found") for node in removed]
    steps += [(f"ping {node}", "Ok: 1") for node in model.parent]
    return steps, model


class Matrix(Case):
    """Filled below: one test for each combination."""

    def nodes(self, shell, topology):
        """The nodes, created: their model, and their pids."""
        model = Model(topology)
        pids = {}
        for node, parent in NODES:
            model.create(node, parent)
            pids[node] = self.create(shell, node, *([] if parent is None else [parent]))
        return model, pids


def add(topology, service):
    options = ("--topology", topology, "--service", service)
    words = "\nx\nx" if service == "search" else " x"

    def in_one_write(self):
        # What stands below 20 in a list would be killed under its own requests; so would what a
        # pingall asks.
        steps = transcript(topology, service, 5 if topology == "list" else 20)[0]
        self.script(self.private(*options), [step for step in steps if step[0] != "pingall"])

    def by_ping(self):
        shell = self.private(*options)
        steps, model = transcript(topology, service, 20)
        self.dialogue(shell, steps)
        pid = self.create(shell, 7)
        model.create(7)
        self.ask(shell, "ping 7", "Ok: 1")
        self.kill9(pid)
        self.ask_until(shell, "ping 7", "Ok: 0")
        self.dialogue(shell, [
            (f"exec 7{words}", "Error:7: Node is unavailable"),
            ("create 7", "Error: Already exists"), ("kill 7", "Ok"),
            ("ping 7", "Error: Not found"), (f"exec 7{words}", "Error:7: Not found"),
            ("create 7", "P"), ("ping 7", "Ok: 1")])

    def by_pingall(self):
        shell = self.private(*options)
        model, pids = self.nodes(shell, topology)
        self.ask(shell, "pingall", "Ok: -1")
        # From the leaves up: only what is dead is unavailable.
        dead = []
        for node in sorted(model.parent, key=model.depth, reverse=True):
            self.kill9(pids[node])
            dead.append(node)
            self.ask_until(shell, "pingall", "Ok: " + ";".join(map(str, sorted(dead))))
        for root in model.children(-1):
            self.ask(shell, f"kill {root}", "Ok")
        self.dialogue(shell, [("pingall", "Ok: -1"), ("create 10", "P"), ("ping 10", "Ok: 1")])

    def by_heartbit(self):
        shell = self.private(*options)
        self.ask(shell, f"heartbit {int(100 * SLOW)}", "Ok")
        model, pids = self.nodes(shell, topology)
        for node in sorted(model.parent, key=model.depth, reverse=True):
            self.kill9(pids[node])
        self.assertEqual(sorted(shell.line() for _ in pids),
                         sorted(f"Heartbit: node {node} is unavailable now" for node in pids))
        self.assertEqual(shell.finish(), ([], 0))

    for test in (in_one_write, by_ping, by_pingall, by_heartbit):
        setattr(Matrix, f"test_{topology}_{service}_{test.__name__}", test)


for each_topology in ("list", "tree", "bst", "balanced"):
    for each_service in ("sum", "dict", "timer", "search"):
        add(each_topology, each_service)

if __name__ == "__main__":
    main()
