#!/usr/bin/python3 -B
"""dtree-exporter: metrics for Prometheus, and who may ask for them."""

import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse
import urllib.request

from lib import manual
from lib.exporter_case import ExporterCase
from lib.harness import main
from lib.http import exporter_path
from lib.programs import run
from lib.rpc import encode
from lib.waiting import TIMEOUT, wait_until

TEXT = "text/plain; version=0.0.4; charset=utf-8"


def said_to(*words):
    """What the program says to these words, or nothing where there is none."""
    if not os.path.exists(exporter_path()):
        return ""
    return subprocess.run([exporter_path(), *words], capture_output=True, check=False,
                          text=True).stderr


class Metrics(ExporterCase):
    def test_counts_are_those_of_dtreed(self):
        self.tree(n10="sum", n11="dict")
        exporter = self.up(self.exporter())
        for _ in range(3):
            self.user.exec(10, "1", "6")
        self.user.error("exec", id=99, args=[])
        os.kill(self.user.nodes()[11]["pid"], signal.SIGKILL)
        wait_until(lambda: self.user.unavailable() == [11], "node 11 is dead")
        found = exporter.metrics()
        self.assertEqual(found['dtree_requests_total{kind="exec"}'], 4)
        self.assertEqual(found['dtree_request_errors_total{kind="exec",error="NOT_FOUND"}'], 1)
        self.assertEqual(found['dtree_request_seconds_bucket{kind="exec",le="+Inf"}'], 4)
        self.assertEqual(found['dtree_request_seconds_count{kind="exec"}'], 4)
        self.assertEqual(found['dtree_service_seconds_count{service="sum"}'], 3)
        self.assertEqual(found['dtree_step_seconds_count{service="sum",step="service"}'], 3)
        self.assertEqual(found['dtree_nodes{state="dead"}'], 1)
        self.assertEqual(found['dtree_nodes{state="available"}'], 1)
        self.assertEqual(found["dtree_deaths_total"], 1)
        self.assertGreater(found["dtree_workers_memory_bytes"], 1 << 20)
        self.assertFalse([name for name in found if 'node="' in name])
        each = exporter.metrics("/metrics?nodes=1")
        self.assertEqual(each['dtree_node_requests_total{node="10",service="sum"}'], 3)
        self.assertEqual(each['dtree_node_available{node="11",service="dict"}'], 0)
        self.assertEqual(exporter.ask("/metrics?nodes=x")[0], 400)

    def test_each_metric_has_help_and_type_and_stands_in_the_manual(self):
        self.tree(n10="sum")
        self.user.exec(10, "1", "1")
        self.user.error("exec", id=99, args=[])
        _, headers, text = self.up(self.exporter()).ask("/metrics?nodes=1")
        self.assertEqual(headers["Content-Type"], TEXT)
        heads = re.findall(r"(?m)^# HELP (\w+) .+\n# TYPE (\w+) (?:gauge|counter|histogram)$", text)
        self.assertTrue(all(one == other for one, other in heads))
        named = {re.sub("_(bucket|sum|count)$", "", name) for name in
                 re.findall(r"(?m)^(\w+)[{ ]", text)}
        self.assertEqual(named, {name for name, _ in heads})
        page = manual.read("man/dtree-exporter.8")
        self.assertEqual(named, set(re.findall(r"\bdtree_\w+", page)))

    def test_dtreed_may_go_away_and_come_back(self):
        self.tree(n10="sum")
        exporter = self.up(self.exporter())
        self.dtreed.process.send_signal(signal.SIGKILL)
        self.dtreed.process.wait()
        found = wait_until(lambda: (m := exporter.metrics())["dtree_up"] == 0 and m, "it is away")
        self.assertEqual({name for name in found if not name.startswith("dtree_exporter_")},
                         {"dtree_up"})
        self.daemon(base=self.dtreed.base)
        self.up(exporter)
        self.assertEqual(exporter.metrics()["dtree_exporter_connections_total"], 2)
        self.assertEqual(exporter.stop(), 0)

    def test_a_dtreed_that_hangs_is_away(self):
        self.tree()
        exporter = self.up(self.exporter())
        self.stopped(self.dtreed.pid)
        self.assertEqual(exporter.metrics()["dtree_up"], 0)
        os.kill(self.dtreed.pid, signal.SIGCONT)
        self.up(exporter)

    def test_every_option_stands_in_the_manual(self):
        done = run(self, [exporter_path(), "--help"])
        have = set(re.findall(r"(?m)^  --([a-z-]+)", done.stdout))
        page = manual.read("man/dtree-exporter.8")
        synopsis, _, rest = page.partition(".Sh DESCRIPTION")
        self.assertEqual(set(re.findall("Fl Fl ([a-z-]+)", synopsis)), have)
        self.assertEqual(set(re.findall(r"(?m)^\.It Fl Fl ([a-z-]+)", rest)), have)


class Asking(ExporterCase):
    def test_only_names_of_the_exporter_are_answered(self):
        self.tree()
        exporter = self.exporter("--host", "metrics.example")
        port = exporter.port
        for host in ("localhost", f"127.0.0.1:{port}", f"[::1]:{port}", "Metrics.Example:80"):
            self.assertEqual(exporter.ask("/metrics", Host=host)[0], 200, host)
        for host in ("evil.example", f"evil.example:{port}", "", "localhost.evil.example",
                     ("localhost", "evil.example")):
            status, _, text = exporter.ask("/metrics", Host=host)
            self.assertIn(status, (400, 403), host)
            if status == 403:
                self.assertIn("--host", text)
        self.assertEqual(exporter.ask("/metrics", Host="evil.example")[0], 403)

    def test_nothing_but_get_and_head(self):
        self.tree()
        exporter = self.up(self.exporter())
        status, headers, text = exporter.ask("/metrics", "HEAD")
        self.assertEqual((status, text), (200, ""))
        self.assertGreater(int(headers["Content-Length"]), 1000)
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
            status, headers, _ = exporter.ask("/metrics", method)
            self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"), method)
        self.assertEqual(exporter.ask("/metrics", Content_Length="1000000000")[0], 400)
        self.assertEqual(exporter.ask("/nowhere")[0], 404)
        self.assertEqual(exporter.ask("/metrics/../metrics")[0], 404)

    def test_answers_are_for_no_other_site(self):
        self.tree()
        _, headers, _ = self.exporter().ask("/metrics", Origin="https://evil.example")
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertNotIn("Access-Control-Allow-Origin", headers)

    def test_a_large_request_is_refused_and_a_connection_too_many_closed(self):
        self.tree()
        exporter = self.up(self.exporter())
        status = exporter.ask("/metrics", X_Large="a" * 100000)[0]
        self.assertIn(status, (413, 431))
        idle = []
        self.addCleanup(lambda: [one.close() for one in idle])

        def closed():
            """One that is opened now is closed at once."""
            while len(idle) < 250:
                idle.append(socket.create_connection(("127.0.0.1", exporter.port), TIMEOUT))
            one = socket.create_connection(("127.0.0.1", exporter.port), TIMEOUT)
            idle.append(one)
            one.settimeout(0.02)
            try:
                return one.recv(1) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True
        wait_until(closed, "a connection too many is closed")
        self.assertLessEqual(len(idle), 258)
        for one in idle:
            one.close()
        wait_until(lambda: self.answers(exporter), "others are answered again")

    def answers(self, exporter):
        try:
            return exporter.metrics()["dtree_up"] == 1
        except ConnectionError:
            return False

    def test_a_client_that_leaves_while_it_waits_is_forgotten(self):
        self.tree()
        exporter = self.up(self.exporter())
        self.stopped(self.dtreed.pid)
        for _ in range(20):
            connection = exporter.connection()
            connection.request("GET", "/metrics")
            connection.close()
        os.kill(self.dtreed.pid, signal.SIGCONT)
        self.up(exporter)
        self.assertEqual(exporter.stop(), 0)

    def test_other_machines_reach_it_only_if_that_is_said(self):
        self.tree()
        for address in ("0.0.0.0:0", "[::]:0"):
            done = run(self, [exporter_path(), "--listen", address])
            self.assertEqual(done.returncode, 2)
            self.assertIn("--any-address", done.stderr)
        exporter = self.exporter("--any-address", listen="0.0.0.0:0")
        self.assertEqual(self.up(exporter).ask("/metrics")[0], 200)

    def test_a_unix_socket(self):
        self.tree()
        path = self.path("web")
        exporter = self.up(self.exporter(listen=f"unix:{path}"))
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o660)
        self.assertEqual(exporter.ask("/metrics", Host="any.example")[0], 200)
        done = run(self, [exporter_path(), "--listen", f"unix:{path}"])
        self.assertEqual(done.returncode, 1)
        exporter.process.kill()
        exporter.process.wait()
        self.assertTrue(os.path.exists(path))
        exporter = self.up(self.exporter(listen=f"unix:{path}"))
        self.assertEqual(exporter.stop(), 0)
        self.assertFalse(os.path.exists(path))

    def test_wrong_usage_is_told(self):
        for words in (["--listen", "here"], ["--listen", "127.0.0.1:x"], ["--frobnicate"], ["x"]):
            done = run(self, [exporter_path(), *words])
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertTrue(done.stderr.startswith(("dtree-exporter: ", exporter_path())), words)


@unittest.skipUnless(shutil.which("prometheus"), "no prometheus here")
class Prometheus(ExporterCase):
    def test_the_server_takes_every_sample(self):
        self.tree(n10="sum", n11="dict")
        self.user.exec(10, "1", "6")
        exporter = self.up(self.exporter())
        config = self.text_file("prometheus.yml", f"""\
            scrape_configs:
              - job_name: dtree
                scrape_interval: 1s
                static_configs:
                  - targets: ['127.0.0.1:{exporter.port}']
            """)
        port = free_port()
        with open(self.path("prometheus.err"), "wb") as log:
            server = subprocess.Popen(
                ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.path('tsdb')}",
                 f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log, env=self.env)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)

        def query(what):
            place = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": what})
            try:
                with urllib.request.urlopen(place, timeout=TIMEOUT) as answer:
                    return json.load(answer)["data"]["result"]
            except OSError:
                return []
        wait_until(lambda: query('dtree_requests_total{kind="exec"}'), "a scrape")
        self.assertEqual(query("up")[0]["value"][1], "1")
        taken = int(query("scrape_samples_scraped")[0]["value"][1])
        self.assertEqual(taken, len(exporter.metrics()))
        self.assertEqual(taken, int(query('count({__name__=~"dtree_.*"})')[0]["value"][1]))
        exact = query("histogram_quantile(0.9, dtree_request_seconds_bucket{kind='exec'})")
        self.assertGreater(float(exact[0]["value"][1]), 0)


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes traces, once the answers that were ordered before are given."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((self.path, self.headers["Content-Type"], body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@unittest.skipIf("without libcurl" in said_to("--otlp", "http://127.0.0.1:1/", "--listen", "x"),
                 "built without libcurl")
class Traces(ExporterCase):
    TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    def collector(self, *answers, port=0):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Collector)
        server.came, server.answers = [], list(answers)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        return server

    def watched(self, port):
        self.tree("--slow-request", 50, "--define", "nap=sh -c 'while read -r s; do sleep $s; echo $s; done'",
                  n10="nap")
        # What was slow before is not sent.
        self.user.exec(10, "0.1")
        exporter = self.up(self.exporter("--otlp", f"http://127.0.0.1:{port}/v1/traces"))
        return exporter

    def slow(self):
        self.user.raw(encode(7000, "exec", {"id": 10, "args": ["0.1"]})
                      .replace(b'"method"', b'"traceparent":"' + self.TRACEPARENT.encode() + b'","method"'))
        self.assertEqual(self.user.reply(7000)["result"]["result"], "0.1")

    def counts(self, exporter):
        found = exporter.metrics()
        return (found["dtree_exporter_traces_sent_total"], found["dtree_exporter_traces_dropped_total"])

    def test_a_slow_request_is_a_trace_with_its_steps(self):
        collector = self.collector()
        exporter = self.watched(collector.server_port)
        before = time.time()
        self.slow()
        wait_until(lambda: self.counts(exporter) == (1, 0), "it was sent")
        ((path, kind, body),) = collector.came
        self.assertEqual((path, kind), ("/v1/traces", "application/json"))
        (resource,) = json.loads(body)["resourceSpans"]
        spans = resource["scopeSpans"][0]["spans"]
        self.assertEqual({span["traceId"] for span in spans}, {self.TRACEPARENT[3:35]})
        self.assertEqual(spans[0]["parentSpanId"], self.TRACEPARENT[36:52])
        self.assertEqual({span["parentSpanId"] for span in spans[1:]}, {spans[0]["spanId"]})
        took = {span["name"]: (int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])) / 1e9
                for span in spans}
        self.assertEqual(spans[0]["name"], "exec")
        self.assertGreater(took["program"], 0.1)
        self.assertLess(took["program"], took["exec"])
        self.assertLess(abs(int(spans[0]["startTimeUnixNano"]) / 1e9 - before), 30)
        pid = self.user.call("status")["pid"]
        self.assertIn({"key": "process.pid", "value": {"intValue": str(pid)}},
                      resource["resource"]["attributes"])

    def test_what_is_not_taken_now_is_sent_again_and_what_is_refused_lost(self):
        collector = self.collector(503, 429)
        exporter = self.watched(collector.server_port)
        self.slow()
        wait_until(lambda: self.counts(exporter) == (1, 0), "it was sent at last")
        self.assertEqual(len({body for _, _, body in collector.came}), 1)
        self.assertEqual(len(collector.came), 3)
        self.assertIn("the answer is 503", exporter.stderr())
        collector.answers.append(400)
        self.slow()
        wait_until(lambda: self.counts(exporter) == (1, 1), "it was refused")
        self.assertEqual(len(collector.came), 4)

    def test_a_collector_may_come_later(self):
        port = free_port()
        exporter = self.watched(port)
        self.slow()
        wait_until(lambda: "otlp: http://" in exporter.stderr(), "it is not there")
        self.collector(port=port)
        wait_until(lambda: self.counts(exporter) == (1, 0), "it was sent")

    def test_a_url_that_is_none_is_named(self):
        for url in ("https://127.0.0.1/", "127.0.0.1:4318", "http://", "file:///etc/passwd"):
            done = run(self, [exporter_path(), "--otlp", url])
            self.assertEqual(done.returncode, 2, url)
            self.assertIn(f"'{url}'", done.stderr)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
