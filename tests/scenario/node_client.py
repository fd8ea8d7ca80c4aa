#!/usr/bin/python3 -B
"""The client for Node in examples/ against a running tree, and through a crash of dtreed."""

import json
import os
import select
import shutil
import subprocess

from lib import manual, procs
from lib.daemon_death import DaemonDeath
from lib.harness import main
from lib.waiting import TIMEOUT, wait_until

CLIENTS = manual.TOP / "examples" / "clients"
# Reads words from standard input, does what they say, and tells of each in a line of JSON.
DRIVER = f"""
const {{ Client }} = require({json.dumps(str(CLIENTS / 'dtree.js'))});
const tree = new Client(process.argv[2], {{ waitMs: Number(process.argv[3]) }});
const say = (what) => console.log(JSON.stringify(what));
const fail = ({{ name, code, outcome, message, data }}) => say({{ name, code, outcome, message, data }});
tree.on('event', (event) => say({{ event: event.type, id: event.id }}));
require('readline').createInterface({{ input: process.stdin }}).on('line', async (line) => {{
  const {{ method, params, many = 1, input, progress }} = JSON.parse(line);
  const onProgress = progress && ((one) => say({{ progress: one.done }}));
  const one = () => input === undefined ? tree.call(method, params, {{ onProgress }})
    : tree.execInput(params.id, params.args, Array(100).fill(Buffer.from(input, 'base64')))
      .then((bytes) => ({{ bytes: bytes.length, hash:
        require('crypto').createHash('sha256').update(bytes).digest('hex') }}));
  await Promise.all(Array.from({{ length: many }}, () => one().then(say, fail)));
  say('done');
}}).on('close', () => tree.close());
"""


class Lines:
    """A Node program, to which lines are said, and whose lines are waited for."""

    def __init__(self, case, *command):
        self.process = subprocess.Popen(["node", *command], stdin=subprocess.PIPE, env=case.env,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.buffer = b""

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def line(self):
        def came():
            if select.select([self.process.stdout], [], [], 0.05)[0]:
                data = os.read(self.process.stdout.fileno(), 65536)
                if not data:
                    raise AssertionError(f"it ended: {self.process.stderr.read().decode()}")
                self.buffer += data
            return b"\n" in self.buffer
        if b"\n" not in self.buffer:
            wait_until(came, "a line from node")
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode()

    def stop(self):
        """It ends with its input."""
        self.process.stdin.close()
        try:
            self.process.wait(TIMEOUT)
        finally:
            self.end()

    def end(self):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


class Node(DaemonDeath):
    SERVICES = """\
        [service file]
        protocol = run
        command = cat
        [service sh]
        protocol = run
        command = sh -c
        """

    def setUp(self):
        super().setUp()
        if not shutil.which("node"):
            self.skipTest("node is not installed")

    def tree(self, *services):
        self.conf = self.text_file("services.conf", self.SERVICES)
        daemon = self.daemon("--config", self.conf)
        self.rpc = self.client(daemon)
        for number, service in enumerate(services, 1):
            self.rpc.call("create", id=number, service=service)
        return daemon

    def driver(self, daemon, wait_ms=0):
        driver = Lines(self, self.text_file("driver.js", DRIVER), daemon.socket, str(wait_ms))
        self.addCleanup(driver.stop)
        return driver

    def begin(self, driver, method, params=None, **how):
        driver.say(json.dumps({"method": method, "params": params or {}, **how}))

    def told(self, driver):
        """All that it tells of one word."""
        said = []
        while (what := json.loads(driver.line())) != "done":
            said.append(what)
        return said

    def ask(self, driver, method, params=None, **how):
        self.begin(driver, method, params, **how)
        return self.told(driver)

    def test_it_asks_and_is_answered(self):
        driver = self.driver(self.tree("sum", "file", "sh"))
        self.assertEqual(self.ask(driver, "exec", {"id": 1, "args": ["3", "1", "2", "3"]}),
                         [{"id": 1, "result": "6"}])
        results = self.ask(driver, "exec", {"id": 1, "args": ["1", "7"]}, many=3000)
        self.assertEqual(results, [{"id": 1, "result": "7"}] * 3000)
        (error,) = self.ask(driver, "ping", {"id": 9})
        self.assertEqual((error["name"], error["code"]), ("NOT_FOUND", -32002))
        (error,) = self.ask(driver, "exec", {"id": 3, "args": ["exit 7"]})
        self.assertEqual((error["name"], error["data"]["status"]), ("SERVICE_ERROR", 7))
        (error,) = self.ask(driver, "exec", {"id": 1, "args": ["x" * (1 << 20)]})
        self.assertEqual((error["name"], error["outcome"]), ("INVALID", "not_run"))
        self.assertEqual(self.ask(driver, "exec", {"id": 2, "args": ["/etc/hostname", "/dev/null"]})[0]["id"], 2)

    def test_bytes_go_in_and_come_out(self):
        driver = self.driver(self.tree("sh"))
        # 100 times 57 KB: more than the credit.
        piece = "AP8K" * 19000
        (came,) = self.ask(driver, "", {"id": 1, "args": ["cat; echo x"]}, input=piece)
        self.assertEqual(came["bytes"], 100 * 57000 + 1)
        (came,) = self.ask(driver, "", {"id": 1, "args": ["head -c 3; echo"]}, input=piece)
        self.assertEqual(came["bytes"], 3)
        (error,) = self.ask(driver, "", {"id": 1, "args": ["cat >&2; exit 3"]}, input="YQ==")
        self.assertEqual((error["name"], error["data"]["status"]), ("SERVICE_ERROR", 3))

    def test_what_was_under_way_is_unknown_and_it_goes_on_after_a_crash(self):
        daemon = self.tree("sum")
        driver = self.driver(daemon, 60000)
        self.ask(driver, "hello")
        self.stopped(daemon.pid)
        self.begin(driver, "exec", {"id": 1, "args": ["1", "1"]}, many=3)
        wait_until(lambda: procs.state(driver.process.pid) == "S", "node waits")
        # Of many large ones the last find no room in the socket.
        self.begin(driver, "exec", {"id": 1, "args": ["1", "x" * 60000]}, many=200)
        wait_until(lambda: self.unread(daemon), "the socket is full")
        self.die(daemon)
        errors = self.told(driver) + self.told(driver)
        self.assertEqual({(error["name"], error["code"]) for error in errors}, {("LOST", -2)})
        outcomes = [error["outcome"] for error in errors]
        # Those that were asked first may have run.
        self.assertEqual(outcomes, sorted(outcomes, reverse=True))
        self.assertEqual((len(outcomes), outcomes[:3]), (203, ["unknown"] * 3))
        self.assertIn("not_run", outcomes)
        self.begin(driver, "exec", {"id": 1, "args": ["1", "5"]})
        self.again(daemon, "--config", self.conf)
        self.assertEqual(self.told(driver), [{"id": 1, "result": "5"}])

    def unread(self, daemon):
        """Is node waiting to write, with much unread?"""
        said = subprocess.run(["ss", "-xH"], capture_output=True, text=True, check=True).stdout
        return any(int(row.split()[2]) > 100000 for row in said.splitlines() if daemon.socket in row)

    def test_a_daemon_that_is_not_there_is_told_at_once(self):
        daemon = self.tree()
        driver = self.driver(daemon)
        self.die(daemon)
        (error,) = self.ask(driver, "hello")
        self.assertEqual((error["name"], error["code"], error["outcome"]), ("NO_DAEMON", -1, "not_run"))

    def test_the_program_that_watches_goes_on_with_the_next_daemon(self):
        daemon = self.tree()
        watch = Lines(self, str(CLIENTS / "watch.js"), daemon.socket)
        self.addCleanup(watch.end)
        self.assertEqual(watch.line(), "listening")
        self.rpc.call("create", id=5)
        line = watch.line()
        while "audit" in line:
            line = watch.line()
        self.assertRegex(line, r'^\S+Z node_created 5 \{"seq":\d+,"pid":\d+,"parent":-1\}$')
        self.die(daemon)
        while "is lost: closed by dtreed" not in line:
            line = watch.line()
        self.again(daemon)
        while "controller_started -" not in line:
            line = watch.line()


if __name__ == "__main__":
    main()
