#!/usr/bin/python3 -B
"""dtreectl diagnose: what it says of the links, and that it names what holds them up, as the trace
of a request does."""

import errno
import os
import select
import socket
import threading

from lib.fault_plan import DTREED, FOR_EVER, OPEN, Plan
from lib.harness import Case, main
from lib.waiting import SLOW, wait_until

MS = int(100 * SLOW)
REQUESTS = 10


class Relay(threading.Thread):
    """Passes on what comes for a port. What goes to who has connected leaves in two writes, with
    Nagle's algorithm, or with the remedy without it."""

    def __init__(self, port, remedy):
        super().__init__()
        self.port = port
        self.remedy = remedy
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.own = self.listener.getsockname()[1]
        self.wake, self.woken = socket.socketpair()
        self.start()

    def run(self):
        lower, _ = self.listener.accept()
        with lower, socket.create_connection(("127.0.0.1", self.port)) as upper:
            upper.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            lower.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, self.remedy)
            while True:
                ready, _, _ = select.select([lower, upper, self.woken], [], [])
                if self.woken in ready:
                    return
                for end in ready:
                    data = end.recv(65536)
                    if not data:
                        return
                    if end is lower:
                        upper.sendall(data)
                    else:
                        half = len(data) // 2
                        lower.sendall(data[:half])
                        lower.sendall(data[half:])

    def end(self):
        self.wake.send(b"x")
        self.join()
        for what in (self.listener, self.wake, self.woken):
            what.close()


class Diagnose(Case):
    def plant(self, *options):
        """1, 2, 3 below each other, 4 beside them."""
        self.tree = self.daemon("--service", "dict", "--heartbeat", MS, *options)
        self.user = self.client(self.tree)
        for node, parent in ((1, -1), (2, 1), (3, 2), (4, -1)):
            self.user.call("create", id=node, parent=parent)

    def links(self, **params):
        return {link["id"]: link for link in self.user.call("diagnose", **params)["links"]}

    def test_the_way_to_a_node_and_no_other(self):
        self.plant("--link", "ipc")
        links = self.links(id=3)
        self.assertEqual(list(links), [1, 2, 3])
        self.assertEqual([link["parent"] for link in links.values()], [-1, 1, 2])
        for link in links.values():
            self.assertEqual((link["transport"], link["pings"], link["outage_ms"],
                              link["stalls"]), ("ipc", 20, 0, []))
            self.assertLessEqual(0, link["own_us"])
            self.assertLessEqual(link["own_us"], link["median_us"])
            self.assertLessEqual(link["median_us"], link["p99_us"])
            self.assertNotIn("lower", link)
        self.assertEqual(list(self.links()), [1, 2, 3, 4])
        self.assertEqual(self.user.error("diagnose", id=9).name, "NOT_FOUND")

    def test_over_tcp_both_ends_of_each_connection(self):
        self.plant("--link", "tcp")
        ports = {}
        for name in ("0", "1", "2"):
            with open(os.path.join(self.tree.runtime, "links", name), encoding="ascii") as file:
                ports[int(name)] = int(file.read())
        links = self.links()
        self.assertEqual({n: link["upper"]["port"] for n, link in links.items()},
                         {1: ports[0], 2: ports[1], 3: ports[2], 4: ports[0]})
        self.assertEqual(len({link["lower"]["port"] for link in links.values()}), 4)
        text = self.ctl(self.tree, "diagnose", 2).stdout
        self.assertRegex(text, r"\A1 at -1: available, tcp, round trip \d+ us, at the worst \d+, of "
                         r"it over this link \d+; under way 0 of 4096, sent again 0 times\n"
                         rf"  upper end: port {ports[0]}, .*\n  lower end: port \d+, .*\n2 at 1: ")

    def test_where_the_kernel_lists_no_connections_the_reason_is_told(self):
        plan = Plan(self)
        self.plant("--link", "tcp")
        self.assertNotIn("refused", self.user.call("diagnose"))
        plan.fail(DTREED, OPEN, times=FOR_EVER, number=errno.EAFNOSUPPORT)
        found = self.user.call("diagnose")
        plan.nothing()
        self.assertRegex(found["refused"], r"Address family not supported .* \(is AF_NETLINK allowed\?\)")
        for link in found["links"]:
            self.assertEqual((link["transport"], link["pings"]), ("tcp", 20))
            self.assertNotIn("lower", link)

    def test_a_stopped_node_costs_a_second_and_is_no_stall_of_its_link(self):
        self.plant("--link", "tcp", "--heartbeat", 60000)
        pid = self.user.nodes()[2]["pid"]
        self.stopped(pid)
        links = self.links()
        self.assertEqual({n: link["pings"] for n, link in links.items()}, {1: 20, 2: 0, 3: 0, 4: 20})
        self.assertEqual([link["stalls"] for link in links.values()], [[]] * 4)
        self.assertGreater(links[2]["lower"]["unread"], 0)
        self.go_on(pid)
        wait_until(lambda: self.links(id=3)[3]["pings"] == 20, "it answers again")

    def test_an_outage_is_told_while_it_lasts_and_afterwards(self):
        self.plant("--restart", "no", "--link", "tcp")
        self.assertFalse(self.links(id=4)[4]["outage_lasts"])
        self.kill9(self.user.nodes()[4]["pid"])
        wait_until(lambda: self.links(id=4)[4]["outage_lasts"], "it is lost")
        self.assertRegex(self.ctl(self.tree, "diagnose", 4).stdout, "dead, tcp, .*, no sign of life for")
        self.user.call("start", id=4)
        link = self.links(id=4)[4]
        self.assertEqual((link["outage_lasts"], link["pings"]), (False, 20))
        self.assertGreater(link["outage_ms"], 0)

    # Nagle's algorithm and delayed acknowledgements.

    def relayed(self, remedy):
        """Node 2 with a relay on its link."""
        self.tree = self.daemon("--link", "tcp", "--heartbeat", 0)
        self.user = self.client(self.tree)
        self.user.call("create", id=1)
        path = os.path.join(self.tree.runtime, "links", "1")
        with open(path, encoding="ascii") as file:
            relay = Relay(int(file.read()), remedy)
        self.addCleanup(relay.end)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{relay.own}\n")
        self.user.call("create", id=2, parent=1)
        return relay

    def test_a_relay_that_writes_in_two_parts_is_named_with_the_remedy(self):
        relay = self.relayed(0)
        links = self.links(id=2)
        self.assertEqual(links[1]["stalls"], [])
        self.assertGreater(links[2]["own_us"], 30000)
        stalls = {(s["cause"], s["from"]): s["times"] for s in links[2]["stalls"]}
        self.assertEqual(list(stalls), [("nagle", "upper")])
        self.assertEqual(links[2]["upper"]["port"], relay.own)
        self.assertIn("TCP_NODELAY", links[2]["stalls"][0]["text"])

    def test_with_the_remedy_there_is_no_stall(self):
        self.relayed(1)
        links = self.links(id=2)
        self.assertEqual((links[2]["pings"], links[2]["stalls"]), (20, []))
        self.assertLess(links[2]["median_us"], 30000)

    def requests(self):
        """The traces of some requests to node 2, behind the first ones, which a stall spares."""
        traces = [self.user.reply(self.user.send_traced("exec", id=2, args=["1", "2"]))["trace"]
                  for _ in range(REQUESTS)]
        return traces[REQUESTS // 2:]

    def test_a_trace_names_the_same_link(self):
        self.relayed(0)
        found = [max((span for span in trace["spans"] if span["kind"] == "link"),
                     key=lambda span: span["end_ns"] - span["begin_ns"])
                 for trace in self.requests()]
        held = [span for span in found if span["end_ns"] - span["begin_ns"] > 30 * 10 ** 6]
        self.assertGreater(len(held), len(found) // 2, found)
        for span in held:
            self.assertEqual((span["name"], span["node"]), ("link down", 2))

    def test_with_the_remedy_a_request_takes_a_fraction(self):
        self.relayed(1)
        times = [trace["spans"][0]["end_ns"] - trace["spans"][0]["begin_ns"]
                 for trace in self.requests()]
        self.assertLess(min(times), 30 * 10 ** 6)


if __name__ == "__main__":
    main()
