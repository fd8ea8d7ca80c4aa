#!/bin/sh
# Guess: what promtool passes, the server of the same package reads, and Python's client library finds the
# same samples there, as long as it is text 0.0.4 to the letter: "leading and trailing whitespace is
# ignored", and a counter may have any name (https://prometheus.io/docs/instrumenting/exposition_formats/).
# Seen: a blank at either end of a line divides the two. Behind a sample promtool refuses the page,
# "expected integer as timestamp", and the server takes it. Before a sample promtool takes it, and the
# server refuses the page whole: all of its samples are gone, and up is 0. Python takes both, and calls the
# sample of a counter "a" by a name that does not stand there and that no server stores, "a_total".
# Version: Prometheus and promtool 2.42.0, python3-prometheus-client 0.16.0.
. "${0%/*}/common.sh"
pinned prometheus=2.42.0+ds-5+deb12u1 python3-prometheus-client=0.16.0-0.1 python3-decorator=5.1.1-3
PATH=$root/usr/bin:$PATH
export PYTHONPATH="$root/usr/lib/python3/dist-packages"

cat >"$work/read.py" <<'P'
"""One page of text as three read it: the samples that they find, by name."""
import http.server
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

work, pages = sys.argv[1], [page.encode().decode("unicode_escape") for page in sys.argv[2:]]


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = pages[int(self.path[1:])].encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def promtool(page):
    told = subprocess.run(["promtool", "check", "metrics"], input=page.encode(), stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    return "refuses" if b"parsing error" in told.stderr else "takes it"


def python(page):
    try:
        families = list(text_string_to_metric_families(page))
    except ValueError:
        return "refuses"
    return " ".join(sorted("%s %s" % (f.type, s.name) for f in families for s in f.samples))


def stored(port, job):
    query = "http://127.0.0.1:%d/api/v1/query?query={job=%%22%d%%22}" % (port, job)
    with urllib.request.urlopen(query) as reply:
        return {r["metric"]["__name__"]: r["value"][1] for r in json.load(reply)["data"]["result"]}


pages_at = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
threading.Thread(target=pages_at.serve_forever, daemon=True).start()
with open(work + "/prometheus.yml", "w") as config:
    config.write("global: {scrape_interval: 1s}\nscrape_configs:\n")
    for number in range(len(pages)):
        target = "127.0.0.1:%d" % pages_at.server_address[1]
        config.write("- {job_name: '%d', metrics_path: '/%d', static_configs: [{targets: ['%s']}]}\n" %
                     (number, number, target))
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
server = subprocess.Popen(["prometheus", "--config.file=%s/prometheus.yml" % work, "--log.level=error",
                           "--storage.tsdb.path=%s/data" % work, "--web.listen-address=127.0.0.1:%d" % port])
end = time.time() + 60
try:
    for number, page in enumerate(pages):
        seen = {}
        while "up" not in seen and time.time() < end:
            time.sleep(0.5)
            try:
                seen = stored(port, number)
            except OSError:
                pass
        names = " ".join(sorted(n for n in seen if n != "up" and not n.startswith("scrape_")))
        print("promtool %s; server %s; python %s" %
              (promtool(page), names if seen.get("up") == "1" else "up %s" % seen.get("up"), python(page)))
finally:
    server.send_signal(signal.SIGTERM)
    server.wait(20)
P
/usr/bin/python3 "$work/read.py" "$work" 'a 1\nb 2\n' 'a 1 \nb 2\n' ' a 1\nb 2\n' '# TYPE a counter\na 1\n' \
	>"$work/said"
# said N: the N-th line.
said() {
	sed -n "$1p" "$work/said"
}
same 'a plain page' 'promtool takes it; server a b; python unknown a unknown b' "$(said 1)"
same 'a blank behind a sample' 'promtool refuses; server a b; python unknown a unknown b' "$(said 2)"
same 'a blank before a sample' 'promtool takes it; server up 0; python unknown a unknown b' "$(said 3)"
same 'a counter a' 'promtool takes it; server a; python counter a_total' "$(said 4)"
verdict
