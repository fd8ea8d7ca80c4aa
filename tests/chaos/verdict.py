"""Does all that dtree says of its nodes agree with /proc, and is every link where it belongs?"""

from lib import procs
from tree import CONTROLLER
from lib.rpc import Closed, RpcError
from lib.waiting import SLOW, Late

ASKED = 12.0 * SLOW  # seconds for the answers to one look


class Look:
    """What everybody says of the nodes at one moment. `wrong` has the sentences of what does not
    agree."""

    def __init__(self, tree):
        self.tree = tree
        self.wrong = []
        try:
            with tree.daemon.client() as client:
                self.ask(client)
        except (Closed, OSError, Late) as error:
            self.wrong.append(f"dtreed does not answer: {error!r}")
            return
        self.compare()

    def ask(self, client):
        tree = self.tree
        number = client.send("tree")
        pings = {node: client.send("ping", id=node) for node in tree.parents}
        self.rows = {row["id"]: row for row in client.wait(number, ASKED)["nodes"]}
        self.pings = {}
        for node, number in pings.items():
            try:
                self.pings[node] = client.wait(number, ASKED)["available"]
            except RpcError as error:
                self.pings[node] = error.name
        self.unavailable = set(client.wait(client.send("pingall"), ASKED)["unavailable"])
        seq = client.call("subscribe", types=["events_dropped"])["seq"]
        with tree.watcher.lock:
            self.behind = tree.watcher.seen < seq
            self.events = {node: tree.watcher.says(node) for node in tree.parents}

    def process(self, node):
        """The state of its process, by the tree's pid: "R", "S", "D", "T"; "" it is gone."""
        row = self.rows.get(node)
        if row is None or not row["pid"]:
            return ""
        state = procs.state(row["pid"])
        return "" if state in ("Z", "X") else state

    def compare(self):
        tree = self.tree
        if self.rows.keys() != tree.parents.keys():
            self.wrong.append(f"the tree has other nodes: {self.rows.keys() ^ tree.parents.keys()}")
            return
        if self.behind:
            self.wrong.append("the events are behind")
        states = {node: self.process(node) for node in tree.parents}
        self.able = {node for node, state in states.items() if state in ("R", "S", "D")}
        for node in tree.parents:
            self.judge(node, states[node])
        known = {row["pid"] for row in self.rows.values()} | {tree.daemon.pid}
        if strangers := set(tree.case.company()) - known:
            self.wrong.append(f"processes of no node: {sorted(strangers)}")

    def judge(self, node, state):
        row = self.rows[node]
        able = node in self.able
        problems = []
        if row["parent"] != self.tree.parents[node]:
            problems.append(f"stands below {self.tree.parents[node]}")
        if (row["state"] == "available") != able:
            problems.append("tree")
        if self.pings[node] is not able:
            problems.append("ping")
        if (node in self.unavailable) == able:
            problems.append("pingall")
        if (self.events[node] == "available") != able:
            problems.append("events")
        if able and row["link"] != self.place(node):
            problems.append(f"link (it belongs to {self.place(node)})")
        if not state and self.tree.restarts[node] != "no":
            problems.append("not restarted")
        if problems:
            self.wrong.append(f"node {node}: {', '.join(problems)}: {self.all_of(node, state)}")

    def place(self, node):
        """The nearest node above it that is able, where its link belongs."""
        return next((other for other in self.tree.above(node) if other in self.able), CONTROLLER)

    def all_of(self, node, state):
        row = self.rows[node]
        return (f"tree says {row['state']}, parent {row['parent']}, link {row['link']}, "
                f"pid {row['pid']}, life {row['incarnation']}; ping {self.pings[node]}; "
                f"pingall {'unavailable' if node in self.unavailable else 'available'}; "
                f"events {self.events[node]} "
                f"({'; '.join(self.tree.watcher.history(node)) or 'none'}); /proc {state or '-'}")
