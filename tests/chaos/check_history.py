#!/usr/bin/python3 -B
"""Reads the log of a run (record.py says what is in it) and says whether dtree did what it
promises. Exit status: 0 it did, 1 it did not, 2 the log cannot be read.

    check_history.py LOG
    check_history.py --self-test

Of requests: each has one answer, or its connection was lost; in time; in the order of its
connection and node. Of registers, which are the names of a node from its create to its kill: what
was read there is what one register can have held, see registers.py. Of the tree: it is as it was,
all of it available, no process more or fewer, descriptors, files and memory as before.
"""

import argparse
import json
import sys

import answers
import endings
import histories
import lives
from registers import Op

SHOWN = 10  # of each kind of fault


class Broken(Exception):
    """The log is not one."""


class History:
    """What the log says, and what is found wrong with it."""

    def __init__(self, lines):
        self.options = None
        self.ops = []
        self.by_id = {}     # (connection, request): Op
        self.written = {}   # value: Op
        self.answers = []   # (Op or None, row)
        self.junk = []
        self.closed = {}    # connection: (when, by whom)
        self.faults = {}    # kind: how many
        self.windows = {}   # node: [(begin, end)], when it was killed by order and created again
        self.moved = {}     # node, as in the trees: its last new parent
        self.away = []      # [(begin, end)], dtreed was frozen or out
        self.outages = []
        self.trees = {}     # "begin", "end": row
        self.ended = False
        self.problems = {}  # kind: sentences
        self.totals = {}
        self.read(lines)

    def wrong(self, kind, text):
        self.problems.setdefault(kind, []).append(text)

    def count(self, what, number=1):
        self.totals[what] = self.totals.get(what, 0) + number

    def read(self, lines):
        takers = {"run": self.on_run, "open": self.on_open, "call": self.on_call,
                  "answer": self.on_answer, "junk": self.on_junk, "closed": self.on_closed,
                  "fault": self.on_fault, "remade": self.on_remade, "moved": self.on_moved,
                  "frozen": self.on_frozen, "outage": self.on_outage, "tree": self.on_tree,
                  "end": self.on_end}
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                takers[row["is"]](row)
            except (ValueError, KeyError, TypeError) as error:
                raise Broken(f"line {number}: {error!r}: {line[:200]!r}") from None
        if self.options is None:
            raise Broken("it does not say how the run was made")
        if not self.ended:
            self.wrong("no end", "the run did not come to its end")

    def on_run(self, row):
        self.options = row

    def on_open(self, row):
        self.count("connections")

    def on_call(self, row):
        op = Op(row["conn"], row["id"], row["node"], row["name"], row.get("value"), row["t"])
        if (op.conn, op.id) in self.by_id or op.value in self.written:
            raise ValueError("an id or a value for the second time")
        self.by_id[op.conn, op.id] = op
        self.ops.append(op)
        if op.write:
            self.written[op.value] = op

    def on_answer(self, row):
        self.answers.append((self.by_id.get((row["conn"], row["id"])), row))

    def on_junk(self, row):
        self.junk.append(row["text"])

    def on_closed(self, row):
        self.closed[row["conn"]] = (row["t"], row["by"])

    def on_fault(self, row):
        self.faults[row["kind"]] = self.faults.get(row["kind"], 0) + 1

    def on_remade(self, row):
        for node in row["nodes"]:
            self.windows.setdefault(node, []).append((row["begin"], row["t"]))

    def on_moved(self, row):
        self.moved[str(row["node"])] = row["parent"]

    def on_frozen(self, row):
        self.away.append((row["begin"], row["t"]))

    def on_outage(self, row):
        self.away.append((row["begin"], row["t"]))
        self.outages.append((row["begin"], row["t"]))

    def on_tree(self, row):
        self.trees[row["when"]] = row

    def on_end(self, _):
        self.ended = True


def judge(lines):
    """A history with all that is wrong with it."""
    history = History(lines)
    answers.judge(history)
    lives.judge(history)
    endings.judge(history)
    return history


def report(history):
    """The totals and the problems, a line each."""
    for what, number in history.totals.items():
        yield f"{what}: {number}"
    for kind, number in sorted(history.faults.items()):
        yield f"fault {kind}: {number}"
    for kind, texts in history.problems.items():
        for text in texts[:SHOWN]:
            yield f"WRONG {kind}: {text}"
        if len(texts) > SHOWN:
            yield f"WRONG {kind}: and {len(texts) - SHOWN} more"


def main():
    parser = argparse.ArgumentParser(description="Judges the log of a run of chaos.py.")
    parser.add_argument("log", nargs="?")
    parser.add_argument("--self-test", action="store_true",
                        help="judge histories made by hand, good ones and bad ones")
    options = parser.parse_args()
    if options.self_test == (options.log is not None):
        parser.error("a log, or --self-test")
    if options.self_test:
        sys.exit(histories.self_test(judge))
    try:
        with open(options.log, encoding="utf-8") as file:
            history = judge(file)
    except (OSError, Broken) as error:
        print(f"{options.log}: {error}", file=sys.stderr)
        sys.exit(2)
    print("\n".join(report(history)))
    sys.exit(1 if history.problems else 0)


if __name__ == "__main__":
    main()
