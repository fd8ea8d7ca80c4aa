"""Requests and their answers: the meaning of each answer for its request, and whether it came in
time and in order."""

import math
import re

from registers import MAYBE, NEVER, OK

# Seconds by which clocks that count milliseconds may differ from ours.
CLOCK = 0.1

# Of a node, and of a program that its node has and that ended.
FAILURES = ("NODE_UNAVAILABLE", "SERVICE_ERROR")


def judge(history):
    """Gives every operation its outcome and its end."""
    for text in history.junk:
        history.wrong("no reply", text)
    for rank, (op, row) in enumerate(history.answers):
        if op is None:
            history.wrong("an answer to nothing", str(row))
        elif op.answered is not None:
            history.wrong("answered twice", f"{op}, and again: {row}")
        else:
            op.answered = op.end = row["t"]
            op.rank = rank
            take(history, op, row)
    for op in history.ops:
        history.count("operations")
        if op.answered is None:
            lose(history, op)
    in_order(history)
    in_time(history)
    no_hanging_up(history)


def take(history, op, row):
    error, outcome = row.get("error"), row.get("outcome")
    if error is None:
        take_result(history, op, row["result"])
    elif error in FAILURES and outcome == "unknown":
        history.count("unknown")
        op.fate = MAYBE
        # Nothing is begun past its deadline, and that was at most so far away.
        op.end = row["t"] + history.options["timeout"] + CLOCK
    elif error in FAILURES and outcome == "not_run":
        history.count("not run")
        op.fate = NEVER
    elif error == "NOT_FOUND" and overlaps(op, history.windows.get(op.node, ())):
        history.count("not found")
        op.fate = NEVER
    else:
        op.fate = NEVER
        history.wrong("refused", f"{op}: {row}")


def take_result(history, op, result):
    op.fate = OK
    if op.write:
        good = result is None
    elif result == f"'{op.name}' not found":
        good = True
    else:
        good = isinstance(result, str) and re.fullmatch(r"-?[0-9]+", result)
        op.value = int(result) if good else None
    if good:
        history.count("acknowledged writes" if op.write else "reads")
    else:
        op.fate = NEVER
        history.wrong("a strange result", f"{op}: {result!r}")


def lose(history, op):
    """No answer: it may have run, if the connection was lost; else it is a fault."""
    op.fate = MAYBE
    op.lost, by = history.closed.get(op.conn, (math.inf, "end"))
    op.hung_up = by == "client"
    history.count("lost")
    if by == "daemon":
        op.end = op.lost + history.options["timeout"] + CLOCK
    elif by == "end":
        history.wrong("never answered", str(op))


def overlaps(op, windows):
    return any(op.begin < end and begin < op.answered for begin, end in windows)


def in_order(history):
    """One connection's requests to one node are answered in their order."""
    latest = {}
    for op in history.ops:
        if op.answered is None:
            continue
        before = latest.get((op.conn, op.node))
        if before and before.rank > op.rank:
            history.wrong("out of order", f"{op} was answered before {before}")
        latest[op.conn, op.node] = op


def in_time(history):
    """Within the request timeout, not counting when dtreed could not answer."""
    allowed = history.options["timeout"] + history.options["patience"]
    for op in history.ops:
        if op.answered is None or op.answered - op.begin <= allowed:
            continue
        away = sum(min(end, op.answered) - max(begin, op.begin) for begin, end in history.away
                   if begin < op.answered and op.begin < end)
        if op.answered - op.begin - away > allowed:
            history.wrong("late", f"{op} took {op.answered - op.begin:.1f} s")


def no_hanging_up(history):
    """Only an end of dtreed ends connections; their clients may be late to notice it."""
    for conn, (when, by) in history.closed.items():
        if by == "daemon" and not any(begin <= when <= end + history.options["patience"]
                                      for begin, end in history.outages):
            history.wrong("hung up on", f"connection {conn} was closed at {when:.6f}")
