"""A node's names are registers from its create to its kill. Tells the lives of nodes apart and
judges each register of each. A request that was under way while its node was killed and created
again may belong to either life: as a write it may have taken effect in one of them, but not in
both; as a read it proves little."""

import copy
import math

from registers import MAYBE, NEVER, OK, Session, impossible


class Lives:
    """Those of one node. Life i ends where its window i begins, and life i + 1 begins in it."""

    def __init__(self, windows):
        self.windows = sorted(windows)

    def of(self, op):
        """The first and the last that it may belong to. What a client hung up on may still stand
        before dtreed, for as long as it was not read."""
        over = op.lost if op.answered is None else op.answered
        if op.hung_up:
            over = math.inf
        first = sum(end <= op.begin for _, end in self.windows)
        last = sum(begin < over for begin, _ in self.windows)
        return first, last

    def begin(self, life):
        """When it had begun for certain."""
        return self.windows[life - 1][1] if life else -math.inf

    def share(self, op, life):
        """A write that may belong to another life, as this one sees it."""
        part = copy.copy(op)
        part.fate = MAYBE
        if life:
            part.begin = max(part.begin, self.windows[life - 1][0])
        if life < len(self.windows):
            part.end = min(part.end, self.windows[life][1])
        return part


class Register:
    """One name of one node in one life."""

    def __init__(self):
        self.ops = []
        self.sessions = {}  # connection: Session
        self.newest = -math.inf  # when the last write was acknowledged
        self.read = -math.inf    # when the last read was asked for


def judge(history):
    history.lives = {op.node: None for op in history.ops}
    for node in history.lives:
        history.lives[node] = Lives(history.windows.get(node, ()))
    registers = {}
    seen = {}  # value: the lives that read it
    for op in history.ops:
        if op.fate != NEVER:
            place(history, registers, seen, op)
    for value, where in seen.items():
        if len(where) > 1:
            history.wrong("in two lives", str(history.written[value]))
    for (node, name, life), register in registers.items():
        close(history, register, f"node {node}, {name}", history.lives[node], life)
    history.count("registers", len(registers))


def place(history, registers, seen, op):
    """An operation into the register that it belongs to, or might."""
    lives = history.lives[op.node]
    first, last = lives.of(op)
    if not op.write and (op.fate != OK or not explained(history, op, first, last)):
        return
    if first == last:
        register = registers.setdefault((op.node, op.name, first), Register())
        take(history, register, op)
        if not op.write and op.value is not None:
            seen.setdefault(op.value, set()).add(first)
    elif op.write:
        for life in range(first, last + 1):
            register = registers.setdefault((op.node, op.name, life), Register())
            register.ops.append(lives.share(op, life))


def explained(history, op, first, last):
    """Somebody wrote there what was read, and may have."""
    if op.value is None:
        return True
    write = history.written.get(op.value)
    if write is None:
        what = "written by nobody"
    elif (write.node, write.name) != (op.node, op.name):
        what = "written elsewhere"
    elif write.fate == NEVER:
        what = "written by none that ran"
    elif op.end < write.begin:
        what = "read before it was written"
    else:
        earliest, latest = history.lives[op.node].of(write)
        if earliest <= last and first <= latest:
            return True
        what = "in another life"
    history.wrong(what, f"{op}: {write}" if write else str(op))
    return False


def take(history, register, op):
    register.ops.append(op)
    session = register.sessions.setdefault(op.conn, Session())
    if text := session.take(op, history.written.get(op.value)):
        history.wrong("out of its order", text)
    if op.fate != OK:
        return
    if op.write:
        register.newest = max(register.newest, op.answered)
    else:
        register.read = max(register.read, op.begin)


def close(history, register, where, lives, life):
    for text in impossible(register.ops, lives.begin(life)):
        history.wrong("impossible", f"{where}: {text}")
    if history.ended and life == len(lives.windows) and register.newest > register.read:
        history.wrong("not read", f"{where}: nobody read what was written last")
