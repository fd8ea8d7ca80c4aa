"""Histories made by hand for check_history.py, good ones and bad ones: each kind of fault must be
found, and nothing else. And random ones, of which trying every order says whether they can be."""

import itertools
import json
import math
import random

from registers import MAYBE, OK, Op, impossible

SEED = 5
RANDOM = 4000
TIMEOUT = 10  # of the requests of all stories

RUN = {"is": "run", "t": 0, "timeout": TIMEOUT, "patience": 5, "sanitized": False}
TREE = {"t": 0, "is": "tree", "daemon": 100, "unavailable": [], "family": [100, 101],
        "nodes": {"1": {"pid": 101, "parent": -1, "link": -1, "state": "available"}},
        "descriptors": {"-1": 20, "1": 10}, "memory": {"-1": 9000, "1": 8000},
        "programs": 1, "sockets": 3, "directories": 1}
BEGIN = TREE | {"when": "begin"}
END = TREE | {"when": "end", "t": 99}
DONE = {"is": "end", "t": 99}

ids = itertools.count(1)


def call(t, value=None, conn=1, node=1, name="x"):
    """A request alone: its row."""
    return {"is": "call", "t": t, "conn": conn, "id": next(ids), "node": node, "name": name} | \
        ({} if value is None else {"value": value})


def answer(t, to, **how):
    """The answer to a request, good for a write unless it says otherwise."""
    return {"is": "answer", "t": t, "conn": to["conn"], "id": to["id"]} | (how or {"result": None})


def write(begin, end, value, **where):
    """An acknowledged one."""
    asked = call(begin, value, **where)
    return [asked, answer(end, asked)]


def failed(begin, end, value, outcome, error="NODE_UNAVAILABLE", **where):
    asked = call(begin, value, **where)
    return [asked, answer(end, asked, error=error, outcome=outcome)]


def read(begin, end, value, **where):
    asked = call(begin, **where)
    result = f"'{asked['name']}' not found" if value is None else str(value)
    return [asked, answer(end, asked, result=result)]


def closed(t, conn, by):
    return [{"is": "closed", "t": t, "conn": conn, "by": by}]


def remade(begin, t):
    return [{"is": "remade", "begin": begin, "t": t, "nodes": [1]}]


def moved(t, parent):
    return [{"is": "moved", "t": t, "node": 1, "parent": parent}]


def away(what, begin, t):
    return [{"is": what, "begin": begin, "t": t}]


def twice(rows):
    return rows + [rows[-1]]


def ending(**fields):
    """The tree at the end differs in these."""
    return [{"instead": END | fields}]


def story(*parts):
    """The log of a run."""
    rows = sorted(itertools.chain(*parts), key=lambda row: row.get("t", 0))
    end = [row["instead"] for row in rows if "instead" in row] or [END]
    rows = [row for row in rows if "instead" not in row]
    return [json.dumps(row) for row in (RUN, BEGIN, *rows, *end, DONE)]


#  what is wrong (None: nothing), and the story
def stories():
    nodes = END["nodes"]
    lost = call(1, 7, conn=2)
    yield None, story()
    yield None, story(read(1, 2, None), write(3, 4, 7), read(5, 6, 7))
    # At the same time: either order, but one.
    yield None, story(write(1, 4, 7), write(2, 3, 8, conn=2), read(5, 6, 7))
    yield None, story(write(1, 4, 7), write(2, 3, 8, conn=2), read(5, 6, 8))
    yield "impossible", story(write(1, 4, 7), write(2, 3, 8, conn=2), read(5, 6, 7, conn=3),
                              read(7, 8, 8, conn=4), read(9, 10, 8))
    # Acknowledged writes are there.
    yield "impossible", story(write(1, 2, 7), read(3, 4, None, conn=2))
    yield "impossible", story(write(1, 2, 7), write(3, 4, 8, conn=2), read(5, 6, 7, conn=3))
    yield "impossible", story(write(1, 2, 7), write(3, 4, 8, conn=2), read(5, 6, 8, conn=3),
                              read(7, 8, 7, conn=4))
    # Reads do not go back, also while a write is under way.
    yield None, story(write(1, 9, 7), read(2, 3, None, conn=2), read(4, 5, 7, conn=3),
                      read(10, 11, 7))
    yield "impossible", story(write(1, 9, 7), read(2, 3, 7, conn=2), read(4, 5, None, conn=3),
                              read(10, 11, 7))
    # What failed may have run, once, and not past its deadline.
    yield None, story(failed(1, 2, 7, "unknown"), read(3, 4, None))
    yield None, story(failed(1, 2, 7, "unknown"), read(3, 4, None), read(5, 6, 7))
    yield "impossible", story(write(1, 2, 6, conn=3), failed(3, 4, 7, "unknown"),
                              read(5, 6, 7, conn=2), write(7, 8, 8, conn=3), read(9, 10, 7, conn=4))
    yield None, story(failed(1, 2, 7, "unknown"), write(3, 4, 8, conn=2), read(5, 6, 8, conn=3),
                      read(7, 8, 7, conn=4))
    yield "impossible", story(failed(1, 2, 7, "unknown"), write(30, 31, 8, conn=2),
                              read(32, 33, 8, conn=3), read(34, 35, 7, conn=4))
    yield "written by none that ran", story(failed(1, 2, 7, "not_run"), read(3, 4, 7))
    # A program that ended with its node still there.
    yield None, story(failed(1, 2, 7, "unknown", "SERVICE_ERROR"), read(3, 4, 7))
    yield None, story(failed(1, 2, 7, "unknown", "SERVICE_ERROR"), read(3, 4, None))
    yield "written by none that ran", story(failed(1, 2, 7, "not_run", "SERVICE_ERROR"),
                                            read(3, 4, 7))
    # Values come from writes of that place.
    yield "written by nobody", story(read(1, 2, 7))
    yield "written elsewhere", story(write(1, 2, 7, name="y"), read(3, 4, 7),
                                     read(3, 4, 7, name="y"))
    yield "written elsewhere", story(write(1, 2, 7, node=2), read(3, 4, 7), read(3, 4, 7, node=2))
    yield "read before it was written", story(read(1, 2, 7), write(3, 4, 7), read(5, 6, 7))
    # One connection's requests run in their order, even when they are sent together.
    yield None, story(write(1, 5, 7), write(2, 6, 8), read(3, 7, 8), read(8, 9, 8))
    yield "out of its order", story(write(1, 5, 7), write(2, 6, 8), read(3, 7, 7), read(8, 9, 8))
    yield "out of its order", story(write(1, 5, 7), read(2, 6, None), read(8, 9, 7))
    yield "out of its order", story(write(1, 2, 6, conn=2), write(3, 5, 7), read(3, 6, 6),
                                    read(8, 9, 7))
    yield "out of its order", story(read(1, 5, 7), write(2, 6, 7), read(8, 9, 7))
    yield "out of its order", story(failed(1, 5, 7, "unknown"), write(2, 6, 8), read(3, 7, 7),
                              read(8, 9, 8))
    # Answers.
    yield "answered twice", story(twice(write(1, 2, 7)), read(3, 4, 7))
    yield "answered twice", story(twice(failed(1, 2, 7, "not_run")))
    yield "an answer to nothing", story([answer(1, {"conn": 1, "id": 0})])
    yield "no reply", story([{"is": "junk", "t": 1, "conn": 1, "text": "?"}])
    yield "refused", story([lost, answer(2, lost, error="SERVICE_ERROR")])
    yield "refused", story([lost, answer(2, lost, error="NOT_FOUND")])
    yield "a strange result", story([lost, answer(2, lost, result="7")])
    yield "never answered", story([lost])
    yield "never answered", story([lost], closed(9, 2, "end"))
    yield None, story([lost], closed(9, 2, "client"))
    yield "hung up on", story([lost], closed(9, 2, "daemon"))
    yield None, story([lost], closed(9, 2, "daemon"), away("outage", 8, 10))
    yield "out of order", story(write(1, 5, 7), write(2, 4, 8, name="y"), read(6, 7, 7),
                                read(6, 7, 8, name="y"))
    yield None, story(write(1, 5, 7), write(2, 4, 8, node=2), read(6, 7, 7), read(6, 7, 8, node=2))
    yield "late", story(write(1, 30, 7), read(31, 32, 7))
    yield None, story(write(1, 30, 7), read(31, 32, 7), away("frozen", 5, 25))
    # After an outage what was lost may still run for a while, but not for ever.
    yield None, story([lost], closed(9, 2, "daemon"), away("outage", 8, 10), read(11, 12, None),
                      read(13, 14, 7))
    yield "impossible", story([lost], closed(9, 2, "daemon"), away("outage", 8, 10),
                              read(31, 32, None), read(33, 34, 7))
    # A kill by order ends the values.
    yield None, story(write(1, 2, 7), remade(3, 4), read(5, 6, None))
    yield "in another life", story(write(1, 2, 7), remade(3, 4), read(5, 6, 7))
    yield "impossible", story(remade(3, 4), write(5, 6, 7, conn=2), read(7, 8, None))
    yield None, story(write(1, 5, 7), remade(3, 6), read(7, 8, 7))
    yield None, story(write(1, 5, 7), remade(3, 6), read(7, 8, None))
    yield "in two lives", story(write(1, 5, 7, conn=2), read(2, 2.5, 7), remade(3, 6),
                                read(7, 8, 7))
    yield None, story([lost, answer(4, lost, error="NOT_FOUND")], remade(3, 5))
    yield "not read", story(write(1, 2, 7))
    # The tree.
    yield "not available", story(ending(unavailable=[1]))
    yield "not available", story(ending(nodes={"1": nodes["1"] | {"state": "dead"}}))
    # A link less at dtreed.
    elsewhere = ending(nodes={"1": nodes["1"] | {"parent": 2, "link": 2}},
                       descriptors=END["descriptors"] | {"-1": END["descriptors"]["-1"] - 1})
    yield "moved", story(elsewhere)
    yield None, story(moved(3, 2), elsewhere)
    yield None, story(moved(3, 2), moved(4, -1))
    yield "moved", story(moved(3, 2))
    yield "linked elsewhere", story(ending(nodes={"1": nodes["1"] | {"link": 2}}))
    yield "processes", story(ending(family=[100, 101, 102]))
    yield "processes", story(ending(family=[100]))
    yield "descriptors", story(ending(descriptors={"-1": 21, "1": 10}))
    yield "programs", story(ending(programs=2))
    yield "sockets", story(ending(sockets=4))
    yield "directories", story(ending(directories=2))
    yield "memory", story(ending(memory={"-1": 90000, "1": 8000}))
    yield "no end", story()[:-1]
    yield "no end", [line for line in story() if '"when": "end"' not in line]


def can_be(ops, value=None):
    """Is there an order of all these operations? By trying."""
    if not ops:
        return True
    earliest = min(op.end for op in ops)
    for op in ops:
        if op.begin > earliest or (not op.write and op.value != value):
            continue
        if can_be([other for other in ops if other is not op], op.value):
            return True
    return False


def possible(ops):
    sure = [op for op in ops if op.fate == OK]
    doubtful = [op for op in ops if op.fate == MAYBE]
    return any(can_be(sure + list(some)) for size in range(len(doubtful) + 1)
               for some in itertools.combinations(doubtful, size))


def random_ops(chance):
    ops = []
    writes = chance.randrange(1, 4)
    for number in range(writes + chance.randrange(1, 4)):
        is_write = number < writes
        value = number if is_write else chance.choice([None, *range(writes)])
        times = sorted(chance.sample(range(14), 2))
        op = Op(number, number, 1, "x", number if is_write else None, times[0] + number / 100)
        op.end, op.value = times[1] + number / 100, value
        op.fate = MAYBE if is_write and chance.random() < 0.3 else OK
        if not is_write and value is not None and op.end < ops[value].begin:
            continue  # found before it comes to this
        ops.append(op)
    return ops


def random_faults():
    chance = random.Random(SEED)
    verdicts = {True: 0, False: 0}
    for _ in range(RANDOM):
        ops = random_ops(chance)
        good = possible(ops)
        verdicts[good] += 1
        if good == bool(impossible(ops)):
            yield f"is {'' if good else 'im'}possible: " + "; ".join(map(str, ops))
    if min(verdicts.values()) < RANDOM / 10:
        yield f"the random histories show little: {verdicts}"


def self_test(judge):
    """The exit status."""
    faults = []
    number = 0
    for number, (wanted, lines) in enumerate(stories(), 1):
        found = judge(lines).problems
        if list(found) != ([wanted] if wanted else []):
            faults.append(f"story {number} is {wanted or 'good'}, and was found {found}: "
                          + "\n  ".join(lines))
    faults += random_faults()
    print("\n".join(faults[:10] + [f"{number} stories and {RANDOM} random histories, "
                                   f"{len(faults)} judged wrongly"]))
    return 1 if faults else 0
