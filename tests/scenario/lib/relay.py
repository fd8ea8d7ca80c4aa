"""A relay on a link over TCP, as a program between two others may be: it passes on what comes."""

import os
import select
import socket
import threading

from lib.waiting import TIMEOUT


class Relay(threading.Thread):
    """Passes on what comes for a port. What goes to who has connected leaves in two writes, with
    Nagle's algorithm; `remedy` without it, `whole` in one write. enter: called in its thread first
    of all."""

    def __init__(self, port, *, remedy=False, whole=False, enter=None):
        super().__init__()
        self.port = port
        self.remedy = remedy
        self.whole = whole
        self.enter = enter
        self.lower = None
        self.listens = threading.Event()
        self.wake, self.woken = socket.socketpair()
        self.start()
        if not self.listens.wait(TIMEOUT):
            raise AssertionError("the relay does not listen")
        self.own = self.listener.getsockname()[1]

    def run(self):
        if self.enter:
            self.enter()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listens.set()
        if self.woken in select.select([self.listener, self.woken], [], [])[0]:
            return
        self.lower, _ = self.listener.accept()
        with self.lower, socket.create_connection(("127.0.0.1", self.port)) as upper:
            upper.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.change(self.remedy, self.whole)
            while True:
                ready, _, _ = select.select([self.lower, upper, self.woken], [], [])
                if self.woken in ready:
                    return
                for end in ready:
                    data = end.recv(65536)
                    if not data:
                        return
                    if end is self.lower:
                        upper.sendall(data)
                    else:
                        self.send(data)

    def send(self, data):
        half = 0 if self.whole else len(data) // 2
        if half:
            self.lower.sendall(data[:half])
        self.lower.sendall(data[half:])

    def change(self, remedy, whole):
        """Also while it runs."""
        self.lower.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, int(remedy))
        self.whole = whole

    def end(self):
        self.wake.send(b"x")
        self.join()
        for what in (self.listener, self.wake, self.woken):
            what.close()


def put_between(case, tree, node, **how):
    """A relay on the links that will be made to that node: what was its port's file names the relay
    now."""
    path = os.path.join(tree.runtime, "links", str(node))
    with open(path, encoding="ascii") as file:
        relay = Relay(int(file.read()), **how)
    case.addCleanup(relay.end)
    with open(path, "w", encoding="ascii") as file:
        file.write(f"{relay.own}\n")
    return relay
