#!/usr/bin/python3 -B
"""dtreectl diagnose: what it says of the links, and that it names what holds them up, as the trace
of a request does."""

import errno
import os
import statistics

from lib.fault_plan import DTREED, FOR_EVER, OPEN, Plan
from lib.harness import Case, main
from lib.namespaces import Namespaces
from lib.relay import put_between
from lib.waiting import SLOW, wait_until

MS = int(100 * SLOW)
REQUESTS = 10


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

    def test_at_the_deadline_what_was_heard_is_told_and_each_link_is_looked_at(self):
        self.plant("--link", "tcp", "--heartbeat", 60000, "--request-timeout", int(500 * SLOW))
        pid = self.user.nodes()[1]["pid"]
        self.stopped(pid)
        links = self.links()
        self.assertEqual([n for n in links if "lower" not in links[n]], [])
        self.assertLess(links[4]["pings"], 20)
        self.go_on(pid)

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

    def relayed(self, **how):
        """Node 2 with a relay on its link."""
        self.tree = self.daemon("--link", "tcp", "--heartbeat", 0)
        self.user = self.client(self.tree)
        self.user.call("create", id=1)
        relay = put_between(self, self.tree, 1, **how)
        self.user.call("create", id=2, parent=1)
        return relay

    def named(self, relay):
        """A diagnosis names the link, its cause and what helps, and nothing else."""
        links = self.links(id=2)
        self.assertEqual(links[1]["stalls"], [])
        self.assertGreater(links[2]["own_us"], 30000)
        stalls = {(s["cause"], s["from"]): s["times"] for s in links[2]["stalls"]}
        self.assertEqual(list(stalls), [("nagle", "upper")])
        self.assertEqual(links[2]["upper"]["port"], relay.own)
        self.assertIn("TCP_NODELAY", links[2]["stalls"][0]["text"])

    def test_a_relay_that_writes_in_two_parts_is_named_with_the_remedy(self):
        self.named(self.relayed())

    def test_with_the_remedy_there_is_no_stall(self):
        self.relayed(remedy=True)
        links = self.links(id=2)
        self.assertEqual((links[2]["pings"], links[2]["stalls"]), (20, []))
        self.assertLess(links[2]["median_us"], 30000)

    def requests(self):
        """The traces of some requests to node 2, behind the first ones, which a stall spares."""
        traces = [self.user.reply(self.user.send_traced("exec", id=2, args=["1", "2"]))["trace"]
                  for _ in range(REQUESTS)]
        return traces[REQUESTS // 2:]

    def held(self):
        """Of some requests most were held up for 30 ms or more on their way down to node 2."""
        traces = self.requests()
        found = [max((span for span in trace["spans"] if span["kind"] == "link"),
                     key=lambda span: span["end_ns"] - span["begin_ns"]) for trace in traces]
        held = [span for span in found if span["end_ns"] - span["begin_ns"] > 30 * 10 ** 6]
        self.assertGreater(len(held), len(found) // 2, found)
        for span in held:
            self.assertEqual((span["name"], span["node"]), ("link down", 2))

    def test_a_trace_names_the_same_link(self):
        self.relayed()
        self.held()

    def test_with_the_remedy_a_request_takes_a_fraction(self):
        self.relayed(remedy=True)
        times = [trace["spans"][0]["end_ns"] - trace["spans"][0]["begin_ns"]
                 for trace in self.requests()]
        self.assertLess(min(times), 30 * 10 ** 6)

    def whole_ms(self):
        """How long such a request takes."""
        return statistics.median((trace["spans"][0]["end_ns"] - trace["spans"][0]["begin_ns"]) / 10 ** 6
                                 for trace in self.requests())

    def test_in_two_namespaces_the_remedy_makes_requests_as_fast_as_the_floor(self):
        """The floor: the same relay writes each message at once. One connection, which is changed."""
        spaces = Namespaces(self)
        self.tree = self.daemon("--link", "tcp", "--heartbeat", 0, wrap=spaces.words())
        self.user = self.client(self.tree)
        self.user.call("create", id=1)
        relay = put_between(self, self.tree, 1, enter=spaces.enter)
        spaces.divert(relay.own)
        self.user.call("create", id=2, parent=1)
        before = spaces.passed()
        self.named(relay)
        self.held()
        self.assertGreater(spaces.passed() - before, 2 * (20 + REQUESTS))
        stalled = self.whole_ms()
        relay.change(remedy=True, whole=False)
        mended = self.whole_ms()
        links = self.links(id=2)
        self.assertEqual((links[2]["pings"], links[2]["stalls"]), (20, []))
        relay.change(remedy=False, whole=True)
        floor = self.whole_ms()
        figures = f"stalled {stalled:.2f} ms, with the remedy {mended:.2f}, the floor {floor:.2f}"
        self.assertGreater(stalled, 30, figures)
        self.assertLess(mended, floor * 2 + 5, figures)
        if "DTREE_TEST_FIGURES" in os.environ:
            print(figures)


if __name__ == "__main__":
    main()
