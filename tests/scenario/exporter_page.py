#!/usr/bin/python3 -B
"""The page of dtree-exporter: its event stream, and what a browser makes of it."""

import http.client
import json
import os
import signal
import unittest

from lib.chromium import Chromium, chromium_path
from lib.exporter_case import ExporterCase
from lib.harness import main
from lib.waiting import wait_until

NAP = "nap=sh -c 'while read -r s; do sleep $s; echo \"<b>slept</b> & $s\" >&2; echo $s; done'"
SLOW_MS = 50


class Stream:
    """An event stream, read one event after the other."""

    def __init__(self, case, exporter, path="/stream"):
        self.connection, self.answer = exporter.connection(), None
        case.addCleanup(self.close)
        self.connection.request("GET", path)
        self.answer = self.connection.getresponse()

    def close(self):
        self.connection.close()
        if self.answer:
            self.answer.close()

    def event(self, *names):
        """The next of that name: its data."""
        kind, data = None, None
        while line := self.answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(":")
            if name == "event":
                kind = value.strip()
            elif name == "data":
                data = json.loads(value)
            elif not line.strip() and kind:
                if kind in names:
                    return data
                kind = None
        raise AssertionError(f"the stream ended before {names}")

    def until(self, name, good):
        while not good(data := self.event(name)):
            pass
        return data


class Streams(ExporterCase):
    def setUp(self):
        super().setUp()
        self.tree(n10="sum", n11="dict")

    def test_a_page_is_told_the_tree_and_then_what_changes(self):
        exporter = self.up(self.exporter())
        stream = Stream(self, exporter)
        self.assertEqual(stream.answer.headers["Content-Type"], "text/event-stream")
        whole = stream.event("tree")
        self.assertEqual([row[:4] for row in whole["nodes"]],
                         [[10, -1, "available", "sum"], [11, -1, "available", "dict"]])
        self.assertEqual(whole["totals"]["states"]["available"], 2)
        self.user.call("create", id=12, parent=10, name="twelve")
        happened = stream.until("happened", lambda event: event["type"] == "node_created")
        self.assertEqual(happened["id"], 12)
        change = stream.until("change", lambda told: told["nodes"])
        self.assertEqual([row[:5] for row in change["nodes"]], [[12, 10, "available", "sum", "twelve"]])
        for _ in range(100):
            self.user.exec(12, "1", "1")
        change = stream.until("change", lambda told: told["nodes"])
        self.assertGreater(change["nodes"][0][5], 0)
        self.assertGreater(change["totals"]["rate"], 0)
        self.user.call("kill", id=12)
        self.assertEqual(stream.until("change", lambda told: told["removed"])["removed"], [12])

    def test_a_page_of_a_node_is_told_of_it_alone(self):
        exporter = self.up(self.exporter())
        stream = Stream(self, exporter, "/stream?node=10")
        told = stream.event("node")
        self.assertEqual((told["there"], told["row"][:3]), (True, [10, -1, "available"]))
        os.kill(self.user.nodes()[11]["pid"], signal.SIGKILL)
        os.kill(self.user.nodes()[10]["pid"], signal.SIGKILL)
        self.assertEqual(stream.event("happened")["id"], 10)
        stream.until("node", lambda node: node["row"][2] == "dead")
        self.user.call("kill", id=10)
        stream.until("node", lambda node: not node["there"])
        for bad in ("x", "", "-1", "99999999999"):
            self.assertEqual(exporter.ask(f"/stream?node={bad}")[0], 400, bad)

    def test_dtreed_may_go_away_and_come_back(self):
        exporter = self.up(self.exporter())
        stream = Stream(self, exporter)
        stream.event("tree")
        self.dtreed.process.kill()
        self.dtreed.process.wait()
        stream.event("away")
        self.daemon(base=self.dtreed.base)
        self.assertEqual([row[0] for row in stream.event("tree")["nodes"]], [10, 11])

    def test_clients_that_left_are_noticed_and_one_too_many_is_closed(self):
        exporter = self.up(self.exporter())
        streams = [Stream(self, exporter) for _ in range(200)]
        self.assertEqual(exporter.metrics()["dtree_exporter_pages"], 200)
        with self.assertRaises((ConnectionError, OSError)):
            # No answer at all: an error would end a page for good.
            Stream(self, exporter)
        # Nothing is sent to them meanwhile but once a second.
        for stream in streams:
            stream.close()
        wait_until(lambda: exporter.metrics()["dtree_exporter_pages"] == 0, "they are forgotten")
        Stream(self, exporter).event("tree")
        self.assertEqual(exporter.ask("/stream", "HEAD")[0], 200)

    def test_a_page_that_does_not_read_costs_the_others_nothing(self):
        exporter = self.up(self.exporter())
        deaf = Stream(self, exporter)
        other = Stream(self, exporter)
        other.event("tree")
        for node in range(100, 140):
            self.user.call("create", id=node, name="n" * 60 + str(node))
        for _ in range(3):
            other.event("change")
        self.assertEqual(exporter.metrics()["dtree_exporter_pages"], 2)
        deaf.close()

    def test_an_end_ends_the_streams(self):
        exporter = self.up(self.exporter())
        streams = [Stream(self, exporter, path) for path in ("/stream", "/stream?node=10")]
        streams[0].event("tree")
        self.assertEqual(exporter.stop(), 0)
        for stream in streams:
            with self.assertRaises((AssertionError, OSError, http.client.HTTPException)):
                stream.event("never")

    def test_files_are_there_with_their_types(self):
        exporter = self.exporter()
        for path, kind in (("/", "text/html"), ("/style.css", "text/css"), ("/main.js", "text/javascript"),
                           ("/tree.js", "text/javascript"), ("/icon.svg", "image/svg+xml")):
            status, headers, text = exporter.ask(path)
            self.assertEqual(status, 200, path)
            self.assertTrue(headers["Content-Type"].startswith(kind), path)
            self.assertTrue(text, path)
            self.assertNotIn("http://", text.replace("http://www.w3.org/2000/svg", ""), path)

    def test_the_log_of_a_node_and_slow_requests(self):
        exporter = self.up(self.exporter())
        self.assertEqual(json.loads(exporter.ask("/log?id=10")[2])["lines"], [])
        self.assertEqual(exporter.ask("/log?id=99")[0], 404)
        self.assertEqual(exporter.ask("/log")[0], 400)
        self.assertEqual(exporter.ask("/log?id=10&after=-1")[0], 400)
        self.assertIn("slowest", json.loads(exporter.ask("/slow")[2]))
        self.dtreed.stop()
        wait_until(lambda: exporter.ask("/slow")[0] == 502, "dtreed is away")


@unittest.skipUnless(chromium_path(), "no chromium here")
class Browser(ExporterCase):
    def setUp(self):
        super().setUp()
        self.tree("--slow-request", SLOW_MS, "--define", NAP, n10="nap", n11="sum")
        self.user.call("create", id=20, parent=10, service="sum", name="twenty")
        self.web = self.up(self.exporter())
        self.browser = Chromium(self)

    def shows(self, tab, text, selector="main"):
        wait_until(lambda: text in tab.text(selector), lambda: f"{text} in {tab.text(selector)}")

    def nodes(self, tab):
        """What a screen reader is told of each node."""
        return tab.value("[...document.querySelectorAll('[role=treeitem]')]"
                         ".map((node) => node.getAttribute('aria-label'))")

    def test_the_tree_lives(self):
        tab = self.browser.tab(self.web.place)
        wait_until(lambda: len(self.nodes(tab)) == 3, "three nodes")
        self.assertIn("node 20, twenty, sum, available", "\n".join(self.nodes(tab)))
        self.shows(tab, "live", "#link")
        os.kill(self.user.nodes()[11]["pid"], signal.SIGKILL)
        wait_until(lambda: "node 11, sum, dead" in "\n".join(self.nodes(tab)), "node 11 is dead")
        self.shows(tab, "node died 11")
        self.user.call("kill", id=11)
        wait_until(lambda: len(self.nodes(tab)) == 2, "two nodes")
        # By keys alone: to the first node, to its child, and to that one's page.
        tab.value("document.querySelector('[role=treeitem][tabindex=\"0\"]').focus()")
        tab.key("ArrowRight")
        self.assertIn("node 20", tab.value("document.activeElement.getAttribute('aria-label')"))
        tab.key("Enter")
        self.shows(tab, "Node 20")
        self.assertEqual(tab.complaints(), [])
        self.dtreed.process.kill()
        self.dtreed.process.wait()
        self.shows(tab, "dtreed is away", "#link")
        self.daemon("--define", NAP, base=self.dtreed.base)
        self.shows(tab, "live", "#link")

    def test_a_node_with_its_log_and_latency_and_a_trace(self):
        tab = self.browser.tab(self.web.place + "#/node/10", dark=True)
        self.shows(tab, "available")
        self.user.exec(10, "0.1")
        # What a program says is text.
        self.shows(tab, "<b>slept</b> & 0.1")
        wait_until(lambda: tab.value("document.querySelector('.p99')?.getAttribute('points') ?? ''"),
                   "a point in the plot")
        self.shows(tab, "slow request 10")
        self.assertEqual(tab.value("document.querySelectorAll('main b').length"), 0)
        back = tab.value("getComputedStyle(document.body).backgroundColor")
        self.assertEqual(back, "rgb(20, 24, 28)")
        tab.value("location.hash = '#/slow'")
        self.shows(tab, "the program of the service nap of node 10")
        number = self.user.call("slow")["newest"][-1]["request"]
        tab.value(f"location.hash = '#/trace/{number}'")
        self.shows(tab, "Where its time went")
        steps = tab.value("[...document.querySelectorAll('[role=listitem]')]"
                          ".map((step) => step.getAttribute('aria-label'))")
        self.assertTrue(any(step.startswith("program, program: 1") for step in steps), steps)
        self.assertEqual(tab.complaints(), [])


if __name__ == "__main__":
    main()
