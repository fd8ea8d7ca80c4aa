#!/usr/bin/python3 -B
"""A traced command as other programs read it: trace-event JSON, a picture, OTLP/JSON, and many runs
as a table."""

import json
import re
import xml.etree.ElementTree

from lib.harness import Case, main

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
SVG = "{http://www.w3.org/2000/svg}"
# A name that is markup, quotes, and what cannot stand in XML.
HOSTILE = "<b a=\"x\">&'\\]]>\x01\ufffe"

PROGRAM = """\
    #!/usr/bin/python3
    import json, sys
    for line in sys.stdin:
        m = json.loads(line)
        print(json.dumps({"id": m["id"], "result": m.get("traceparent", "none")}), flush=True)
    """


def texts(element):
    return ["".join(one.itertext()) for one in element.iter(f"{SVG}text")]


class TraceFormats(Case):
    def tree(self):
        path = self.program_file("program", PROGRAM)
        daemon = self.daemon("--config", self.text_file(
            "services.conf", f"[service told]\nprotocol = json\ncommand = {path}\n"))
        client = self.client(daemon)
        client.call("create", id=1)
        client.call("create", id=2, parent=1)
        client.call("create", id=3, parent=2)
        client.call("create", id=4, parent=2, service="told")
        return daemon

    def traced(self, daemon, *words, status=0, **how):
        """Standard output, which is the trace alone, and the reply, which is on standard error."""
        done = self.ctl(daemon, "trace", *words, **how)
        self.assertEqual(done.returncode, status, done)
        return done.stdout, done.stderr

    def check_nesting(self, events):
        """Those of one thread are within each other or apart, also where a reader adds ts and dur."""
        ends = []
        for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
            end = event["ts"] + event["dur"]
            self.assertGreaterEqual(event["ts"], 0)
            self.assertGreaterEqual(event["dur"], 0.001)
            while ends and ends[-1] < event["ts"]:
                ends.pop()
            self.assertTrue(not ends or end < ends[-1], f"{event} leaves what it began in")
            ends.append(end)

    def test_trace_events_keep_the_rules_of_their_readers(self):
        daemon = self.tree()
        text, reply = self.traced(daemon, "--format=chrome", "exec", 3, 3, 1, 2, 3)
        self.assertEqual(reply, "Ok:3: 6\n")
        events = json.loads(text)["traceEvents"]
        self.assertEqual(events[0]["name"].rpartition(" (")[0], "exec 3 3 1 2 3")
        self.assertEqual({event["ph"] for event in events}, {"X"})
        self.assertEqual({event["pid"] for event in events}, {1})
        self.assertEqual({event["tid"] for event in events}, {1})
        self.check_nesting(events)
        for process in ("dtreectl", "dtreed", "worker 1", "worker 2", "worker 3"):
            self.assertTrue(any(f"({process}, " in event["name"] for event in events), process)

    def test_branches_that_are_under_way_at_once_do_not_overlap_in_one_thread(self):
        daemon = self.tree()
        text, _ = self.traced(daemon, "--format=chrome", "--repeat", 3, "pingall")
        events = json.loads(text)["traceEvents"]
        threads = {event["tid"] for event in events}
        self.assertEqual(threads, set(range(1, len(threads) + 1)))
        for thread in threads:
            self.check_nesting([event for event in events if event["tid"] == thread])

    def test_a_picture_is_xml_with_a_lane_for_each_process_and_a_title_for_each_step(self):
        daemon = self.tree()
        text, reply = self.traced(daemon, "--svg", "exec", 3, 3, 1, 2, 3)
        self.assertEqual(reply, "Ok:3: 6\n")
        root = xml.etree.ElementTree.fromstring(text)
        shown = texts(root)
        self.assertEqual(shown[0], "exec 3 3 1 2 3")
        for process in ("dtreectl", "dtreed", "worker 1", "worker 2", "worker 3"):
            self.assertTrue(any(re.fullmatch(rf"{process} \d+", one) for one in shown), process)
        titles = [one.find(f"{SVG}title").text for one in root.iter(f"{SVG}g")]
        self.assertTrue(all(titles))
        self.assertTrue(any(one.startswith("exec 3 3 1 2 3\ndtreectl, process ") for one in titles))
        width, height = int(root.get("width")), int(root.get("height"))
        for bar in root.iter(f"{SVG}rect"):
            if bar.get("x"):
                self.assertLessEqual(float(bar.get("x")) + float(bar.get("width")), width)
                self.assertLessEqual(float(bar.get("y")) + float(bar.get("height")), height)
        self.assertTrue(any(re.fullmatch(r"link \d+\.\d us, \d+\.\d %", one) for one in shown))

    def test_what_a_request_says_is_text_in_every_form(self):
        daemon = self.tree()
        text, _ = self.traced(daemon, "--svg", "exec", 4, HOSTILE)
        root = xml.etree.ElementTree.fromstring(text)
        self.assertEqual({one.tag for one in root.iter()} -
                         {SVG + name for name in ("svg", "title", "style", "defs", "pattern",
                                                  "rect", "path", "text", "tspan", "g")}, set())
        self.assertTrue(texts(root)[0].startswith("exec 4 <b a=\"x\">&'\\]]>\\x01\ufffd"))
        text, _ = self.traced(daemon, "--format", "chrome", "exec", 4, HOSTILE)
        self.assertIn(HOSTILE, json.loads(text)["traceEvents"][0]["name"])
        text, _ = self.traced(daemon, "--format", "otlp", "exec", 4, HOSTILE)
        self.assertIn(HOSTILE, text_of_root(text))

    def test_otlp_has_the_shape_of_the_specification(self):
        daemon = self.tree()
        text, reply = self.traced(daemon, "--format=otlp", "exec", 3, 3, 1, 2, 3)
        self.assertEqual((reply, text.count("\n")), ("Ok:3: 6\n", 1))
        spans = spans_of(text)
        ids = {span["spanId"] for span in spans}
        self.assertEqual(len(ids), len(spans))
        self.assertEqual(len({span["traceId"] for span in spans}), 1)
        for span in spans:
            self.assertRegex(span["traceId"], r"\A[0-9a-f]{32}\Z")
            self.assertRegex(span["spanId"], r"\A[0-9a-f]{16}\Z")
            self.assertRegex(span["startTimeUnixNano"], r"\A[1-9]\d{18}\Z")
            self.assertLessEqual(int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]))
            self.assertIs(type(span["kind"]), int)
            self.assertTrue(all(set(one) == {"key", "value"} for one in span["attributes"]))
        roots = [span for span in spans if "parentSpanId" not in span]
        self.assertEqual([span["name"] for span in roots], ["exec 3 3 1 2 3"])
        self.assertTrue(all(span["parentSpanId"] in ids for span in spans if span not in roots))
        names = [attribute["value"]["stringValue"]
                 for one in json.loads(text)["resourceSpans"]
                 for attribute in one["resource"]["attributes"]
                 if attribute["key"] == "service.name"]
        self.assertEqual(sorted(names), ["dtreectl", "dtreed", "worker", "worker", "worker"])

    def test_otlp_is_in_the_trace_of_its_environment_and_so_is_the_program(self):
        daemon = self.tree()
        env = {"TRACEPARENT": f"00-{TRACE}-{CALLER}-01"}
        text, reply = self.traced(daemon, "--format=otlp", "--repeat=2", "exec", 4, "a", env=env)
        roots = [span for span in spans_of(text) if span["name"] == "exec 4 a"]
        self.assertEqual([(span["traceId"], span["parentSpanId"]) for span in roots],
                         [(TRACE, CALLER)] * 2)
        # The program's own spans would be below that of the last run.
        self.assertEqual(reply, f"Ok:4: 00-{TRACE}-{roots[1]['spanId']}-01\n")

    def test_many_runs_are_a_table_of_their_steps(self):
        daemon = self.tree()
        done = self.ctl(daemon, "trace", "--repeat", 20, "exec", 3, 3, 1, 2, 3)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        reply, head, first, *rest, total = done.stdout.splitlines()
        self.assertEqual((reply, head.split()), ("Ok:3: 6", ["median", "us", "p99", "us", "own", "us"]))
        self.assertRegex(first, r"\A +\d+\.\d +\d+\.\d +\d+\.\d  exec 3 3 1 2 3 \(dtreectl\)\Z")
        self.assertTrue(any(re.search(r"   +sum \(worker 3\)\Z", one) for one in rest), rest)
        self.assertRegex(total, r"\A +\d+\.\d +\d+\.\d +\d+\.\d  total of 20: .* %\Z")
        for line in (first, *rest, total):
            median, p99, own = map(float, line.split()[:3])
            self.assertLessEqual(median, p99)
            self.assertLessEqual(own, median)
        table = json.loads(self.ctl(daemon, "trace", "--json", "--repeat", 20, "exec", 3, 3, 1, 2,
                                    3).stdout.splitlines()[-1])
        self.assertEqual((table["runs"], table["steps"][0]["runs"]), (20, 20))
        self.assertTrue(all(one["parent"] < at for at, one in enumerate(table["steps"]) if at))

    def test_it_ends_with_the_run_that_fails(self):
        daemon = self.tree()
        done = self.ctl(daemon, "trace", "--repeat", 5, "exec", 3, "x")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.count("Error:3: "), 1)
        self.assertIn("total of 1: ", done.stdout)

    def test_it_goes_to_a_file_and_the_reply_to_standard_output(self):
        daemon = self.tree()
        path = self.path("x.svg")
        self.says(daemon, "Ok:3: 6", "trace", "--svg", "--output", path, "exec", 3, 3, 1, 2, 3)
        xml.etree.ElementTree.parse(path)
        self.says(daemon, "Ok: 1", "trace", "--format=chrome", f"--output={path}", "ping", 3)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["traceEvents"][0]["ph"], "X")
        done = self.ctl(daemon, "trace", "--svg", "--output", "/dev/full", "exec", 3, 3, 1, 2, 3)
        self.assertEqual((done.returncode, done.stdout), (1, "Ok:3: 6\n"))
        self.assertIn("cannot be written", done.stderr)

    def test_a_result_as_it_is_stays_alone_on_standard_output(self):
        daemon = self.tree()
        for options, last in ((), "<- exec --raw 3 1 5 +total"), (("--repeat", 2), "total of 2: "):
            done = self.ctl(daemon, "trace", *options, "exec", "--raw", 3, 1, 5)
            self.assertEqual((done.returncode, done.stdout), (0, "5"))
            self.assertRegex(done.stderr.splitlines()[-1], last)

    def test_what_does_not_go_together_is_refused_before_anything_is_sent(self):
        daemon = self.tree()
        for words, why in ((("--svg", "--repeat", 2, "ping", 1), "shows one run"),
                           (("--json", "--svg", "ping", 1), "exclude each other"),
                           (("--format", "x", "ping", 1), "there are chrome, otlp, svg"),
                           (("--repeat", 0, "ping", 1), "from 1 to 10000"),
                           (("--repeat", 2, "create", 9), "create changes the tree"),
                           (("--repeat", 2, "exec", 3, "-"), "standard input is read once"),
                           (("--svg", "exec", "--raw", 3, 1, 1), "needs --output"),
                           (("--svg", "events"), "events cannot be traced"),
                           (("--repeat",), "--repeat needs a value"),
                           (("--svg=x", "ping", 1), "--svg takes no value")):
            done = self.ctl(daemon, "trace", *words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn(why, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
        self.says(daemon, "Error: Not found", "ping", 9, status=1)


def spans_of(text):
    return [span for one in json.loads(text)["resourceSpans"] for scope in one["scopeSpans"]
            for span in scope["spans"]]


def text_of_root(text):
    return next(span["name"] for span in spans_of(text) if "parentSpanId" not in span)


if __name__ == "__main__":
    main()
