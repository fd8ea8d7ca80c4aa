"""Is what was seen of one register possible, if each write took effect once, at one moment between
its call and its answer, and each read told what was there at one moment?

Every value is written once, so it is known which write a read saw, and the question is easy
(Gibbons and Korach, Testing Shared Memories, SIAM J. Comput. 26, 1997): a value and all who saw it
make a cluster. From the first of them that ended to the last that began the value was there for
certain; where that is an interval, the cluster has a *hold* on the register for that long. Where
all of them overlap it was there for at least a moment of the time that they have in common, its
*spot*. The history is possible just if no two holds overlap and no spot lies within another's hold.
"""

import bisect
import math

OK, MAYBE, NEVER = "ok", "maybe", "never"


class Op:
    """A write, or a read, which has no value before its answer. begin, end: of its effect. A write
    that may or may not have taken effect (MAYBE) did so by `end`, if it did; one that is NEVER did
    not."""

    __slots__ = ("conn", "id", "node", "name", "write", "value", "begin", "end", "fate",
                 "answered", "rank", "lost", "hung_up")

    def __init__(self, conn, number, node, name, value, begin):
        self.conn, self.id = conn, number
        self.node, self.name = node, name
        self.write, self.value = value is not None, value
        self.begin, self.end = begin, math.inf
        self.fate = None
        self.answered = None   # when
        self.rank = None       # among the answers
        self.lost = math.inf   # when its connection was, before the answer
        self.hung_up = False   # and it was the client who ended it

    def __str__(self):
        what = "write" if self.write else "read"
        return (f"{what} of {self.value} ({self.fate}; node {self.node}, {self.name}; connection "
                f"{self.conn}, id {self.id}; {self.begin:.6f} to {self.end:.6f})")


class Cluster:
    """A value with all who saw it."""

    def __init__(self, op):
        self.value = op.value
        self.first = self.last = op  # that ended, that began

    def add(self, op):
        if op.end < self.first.end:
            self.first = op
        if op.begin > self.last.begin:
            self.last = op

    @property
    def holds(self):
        return self.first.end < self.last.begin

    def __str__(self):
        if self.first is self.last:
            return str(self.first)
        return f"{self.first} … {self.last}"


def clusters_of(ops, begin):
    """Those of the values that were there; None is there from the beginning."""
    birth = Op(0, 0, None, None, None, -math.inf)
    birth.end, birth.fate = begin, OK
    found = {None: Cluster(birth)}
    read = {op.value for op in ops if not op.write}
    for op in ops:
        if op.write and (op.fate == OK or op.value in read):
            found[op.value] = Cluster(op)
    for op in ops:
        if not op.write:
            found[op.value].add(op)
    return found.values()


def impossible(ops, begin=-math.inf):
    """What is wrong with the reads and writes of a register that came to be by `begin`, as a list
    of sentences. Reads are OK, and what they read is among the writes and was not read before it
    was written."""
    clusters = clusters_of([op for op in ops if op.write or op.fate == OK], begin)
    holds = sorted((c for c in clusters if c.holds), key=lambda c: c.first.end)
    wrong = []
    for one, other in zip(holds, holds[1:]):
        if other.first.end < one.last.begin:
            wrong.append(f"{one.value} and {other.value} held at the same time: {one}; {other}")
    starts = [c.first.end for c in holds]
    for spot in (c for c in clusters if not c.holds):
        at = bisect.bisect_left(starts, spot.last.begin) - 1
        if at >= 0 and spot.first.end < holds[at].last.begin:
            wrong.append(f"{holds[at].value} before and after {spot.value}: {holds[at]}; {spot}")
    return wrong


class Session:
    """What one connection did to one register: its requests are run in the order in which they were
    sent, also where one was sent before the answer to an earlier one, which `impossible` cannot
    know. So it sees nothing older than what it knew of, and no own write that comes later."""

    def __init__(self):
        self.newest = 0    # id of an own write that was done or seen
        self.since = None  # of all writes done or seen, the one that began last

    def take(self, op, write):
        """The next one; `write` is the one whose value it tells, or None. Gives what is wrong, or
        None."""
        if op.fate != OK:
            return None
        wrong = None if op.write else self.strays(op, write)
        if write:
            if write.conn == op.conn:
                self.newest = max(self.newest, write.id)
            if not self.since or write.begin >= self.since.begin:
                self.since = write
        return wrong

    def strays(self, op, write):
        own = write and write.conn == op.conn
        if own and write.id > op.id:
            return f"{op}, which it asked for before the {write}"
        if not self.since:
            return None
        after = f"after this connection knew of the {self.since}"
        if write is None:
            return f"{op}, {after}"
        if own and write.id < self.newest:
            return f"{op}, {after}, and of own writes that are newer"
        if write.end < self.since.begin:
            return f"{op}, by the {write}, {after}"
        return None
