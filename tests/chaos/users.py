"""The clients of a run: each writes and reads names of nodes without waiting for one answer before
the next request, and records all of it."""

import itertools
import json
import random
import select
import socket
import threading
import time

from lib.rpc import encode
from lib.waiting import TIMEOUT, wait_until

NAMES = ("a", "b", "c", "d")
BURST = 8      # requests in one write, at most
WINDOW = 32    # requests under way
HOT = 2        # nodes that most requests go to, for HOT_S seconds
HOT_S = 1.0

connections = itertools.count(1)
values = itertools.count(1)


class Line:
    """One connection, recorded. Its number is its own."""

    def __init__(self, path, record):
        self.record = record
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.settimeout(TIMEOUT)
            self.socket.connect(path)
        except BaseException:
            self.socket.close()
            raise
        self.conn = next(connections)
        self.ids = itertools.count(1)
        self.buffer = bytearray()
        self.waiting = {}  # id: request
        self.failed = []   # requests that were answered with an error
        record.write("open", conn=self.conn)

    def send(self, requests):
        """(node, name, value or None for a read), in one write. False: the connection is lost."""
        now = time.monotonic()
        rows, data = [], bytearray()
        for node, name, value in requests:
            number = next(self.ids)
            row = {"is": "call", "t": now, "conn": self.conn, "id": number, "node": node,
                   "name": name}
            args = [name]
            if value is not None:
                row["value"] = value
                args.append(str(value))
            rows.append(row)
            data += encode(number, "exec", {"id": node, "args": args})
            self.waiting[number] = (node, name, value)
        self.record.lines(rows)
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def take(self, timeout):
        """What has come, or comes within so many seconds. False: the connection is lost."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return True
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        now = time.monotonic()
        self.buffer += data
        *lines, rest = bytes(self.buffer).split(b"\n")
        self.buffer = bytearray(rest)
        self.record.lines([self.row(line, now) for line in lines])
        return bool(data)

    def row(self, line, now):
        """What a line says, for the record."""
        try:
            reply = json.loads(line)
            row = {"is": "answer", "t": now, "conn": self.conn, "id": reply["id"]}
            request = self.waiting.pop(reply["id"], None)
            if "error" in reply:
                self.failed.append(request)
                row["message"] = reply["error"]["message"]
                row["error"] = reply["error"]["data"]["name"]
                if "outcome" in reply["error"]["data"]:
                    row["outcome"] = reply["error"]["data"]["outcome"]
            else:
                row["result"] = reply["result"]["result"]
            return row
        except (ValueError, KeyError, TypeError):
            return {"is": "junk", "t": now, "conn": self.conn, "text": repr(line)}

    def drain(self, timeout):
        """Until every request is answered, if that is in time."""
        end = time.monotonic() + timeout
        while self.waiting and time.monotonic() < end and self.take(0.1):
            pass

    def close(self, by):
        self.socket.close()
        self.record.write("closed", conn=self.conn, by=by)


class User(threading.Thread):
    """A client until it is told to stop; when dtreed goes away it comes again."""

    def __init__(self, users, seed):
        super().__init__()
        self.users = users
        self.chance = random.Random(seed)
        self.hang_up = threading.Event()

    def run(self):
        try:
            while not self.users.stop.is_set():
                self.talk(wait_until(self.connect, "dtreed takes a connection"))
        except BaseException as error:
            self.users.failed.append(error)
            raise

    def connect(self):
        try:
            return Line(self.users.path, self.users.record)
        except OSError:
            return None

    def talk(self, line):
        self.hang_up.clear()
        alive = True
        due = time.monotonic()
        while alive and not self.users.stop.is_set() and not self.hang_up.is_set():
            now = time.monotonic()
            if now >= due and len(line.waiting) < WINDOW:
                requests = self.requests()
                # Late once is not in a hurry ever after.
                due = max(due, now - 1) + len(requests) * self.users.pause
                alive = line.send(requests)
            alive = alive and line.take(0.1 if len(line.waiting) >= WINDOW
                                        else max(0, due - time.monotonic()))
        if alive and not self.hang_up.is_set():
            line.drain(self.users.patience)
            line.close("end")
        else:
            line.close("client" if alive else "daemon")

    def requests(self):
        """Some for one node."""
        nodes = self.users.hot() if self.chance.random() < 0.7 else self.users.nodes
        node = self.chance.choice(nodes)
        return [(node, self.chance.choice(NAMES),
                 next(values) if self.chance.random() < 0.5 else None)
                for _ in range(self.chance.randint(1, BURST))]


class Users:
    """All of them. rate: requests a second, together. patience: seconds for the last answers."""

    def __init__(self, path, record, nodes, seed, number, rate, patience):
        self.path, self.record, self.nodes = path, record, nodes
        self.pause = number / rate
        self.patience = patience
        self.seed = seed
        self.stop = threading.Event()
        self.failed = []
        self.all = [User(self, f"{seed} {i}") for i in range(number)]

    def hot(self):
        """The nodes that are asked most, for a while."""
        return random.Random(f"{self.seed} {time.monotonic() // HOT_S}").sample(self.nodes, HOT)

    def start(self):
        for user in self.all:
            user.start()

    def finish(self):
        self.stop.set()
        for user in self.all:
            user.join()
        if self.failed:
            raise self.failed[0]


def everything(path, record, nodes, fill, patience):
    """Reads every name of every node on a connection of its own, or fills each with a value; those
    that fail again, because the machine was slow."""
    line = Line(path, record)
    end = time.monotonic() + patience
    left = [(node, name) for node in nodes for name in NAMES]
    while left and time.monotonic() < end:
        some, left = left[:WINDOW], left[WINDOW:]
        line.send([(node, name, next(values) if fill else None) for node, name in some])
        line.drain(patience)
        left += [request[:2] for request in line.failed]
        line.failed.clear()
    line.close("end")
