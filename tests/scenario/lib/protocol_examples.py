"""Examples of the protocol: requests, replies, results, events."""

import json
import os
import re
import shlex
import signal

from lib.rpc import encode
from lib.transcripts import Session, fits, unbroken
from lib.waiting import wait_until


def shape(value):
    """The structure of a value: the names of members, the kinds of values."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, str) or value is None:
        # A text result may also be null.
        return "text"
    return type(value).__name__


def alike(value, example):
    """Does a value have the shape of an example? Each element of an array must have the shape of
    one in the example."""
    if isinstance(value, dict) and isinstance(example, dict):
        return (value.keys() == example.keys() and
                all(alike(item, example[name]) for name, item in value.items()))
    if isinstance(value, list) and isinstance(example, list):
        return (bool(value) == bool(example) and
                all(any(alike(item, other) for other in example) for item in value))
    return shape(value) == shape(example)


# The requests whose last results are shown for a method. Before them node 10 runs sum, and 11,
# below it, dict. "die" is the death of a node, "miss" an exec of none, "declare" what the configuration says from then on.
NUMBERS = ["1", "6"]
REQUESTS = {
    "hello": [("hello", {})],
    "create": [("create", {"id": 20, "parent": 10})],
    "exec": [("exec", {"id": 10, "args": NUMBERS}), ("exec", {"id": 11, "args": NUMBERS})],
    "exec_all": [("create", {"id": 12}), ("die", {"id": 12}), ("exec_all", {"args": NUMBERS}),
                 ("exec_all", {"args": NUMBERS, "subtree": 10, "reduce": "count"})],
    "exec_open": [("exec_open", {"id": 10})],
    "exec_feed": [("exec_feed", {"stream": None, "data": "1 6"})],
    "exec_close": [("exec_close", {"stream": None})],
    "ping": [("ping", {"id": 10})],
    "pingall": [("die", {"id": 10}), ("pingall", {})],
    "heartbeat": [("heartbeat", {"interval_ms": 200})],
    "kill": [("kill", {"id": 10})],
    "start": [("stop", {"id": 10}), ("start", {"id": 10})],
    "stop": [("stop", {"id": 10})],
    "restart": [("restart", {"id": 10})],
    "start_all": [("stop", {"id": 10}), ("start_all", {})],
    "stop_all": [("stop_all", {})],
    "restart_all": [("restart_all", {"subtree": 10})],
    "wait": [("wait", {"id": 10})],
    "change": [("change", {"id": 11, "parent": -1, "name": "store"})],
    "reload": [("declare", {"text": "[node 10]\nservice = sum\n"}), ("reload", {}),
               ("declare", {"text": "[node 10]\nservice = sum\nrestart = always\n"}), ("reload", {})],
    "cancel": [("cancel", {"request": 1})],
    "tree": [("tree", {})],
    "services": [("services", {})],
    "logs": [("create", {"id": 13, "service": "loud"}), ("exec", {"id": 13, "args": ["banana"]}),
             ("logs", {"id": 13, "wait_ms": 20000})],
    "status": [("status", {})],
    "slow": [("create", {"id": 14, "service": "nap"}), ("exec", {"id": 14, "args": ["0.4"]}),
             ("slow", {})],
    "metrics": [("exec", {"id": 10, "args": NUMBERS}), ("miss", {"id": 99}), ("metrics", {})],
    "node_metrics": [("kill", {"id": 11}), ("node_metrics", {})],
    "diagnose": [("diagnose", {"id": 10})],
    "subscribe": [("subscribe", {})],
    "unsubscribe": [("subscribe", {}), ("unsubscribe", {"subscription": 1})],
    "shutdown": [("shutdown", {})],
}
# Of an event, what is the same in each run.
TO_THE_LETTER = ("type", "id", "service", "cause")


class ProtocolExamples(Session):
    """Runs examples of the protocol's page."""

    stream = None

    def results(self, block):
        """Checks the results behind arrows, member by member."""
        examples = [json.loads(line.removeprefix("-> ")) for line in unbroken(block.lines)]
        came = self.results_of([head.split()[1] for head in block.heads])
        for result, example in zip(came[-len(examples):], examples, strict=True):
            self.assertTrue(alike(result, example), f"{result}\nis not like\n{example}")

    def results_of(self, methods):
        self.file = self.text_file("declared.conf", "")
        daemon = self.tree("--config", self.file, "--define", "loud=sed -u 's/a/A/w /dev/stderr'",
                           "--define", "nap=sh -c 'while read -r s; do sleep $s; echo $s; done'",
                           "--slow-request", 300,
                           granted=("create 10", "create 11 10 --service dict"))
        with daemon.client() as client:
            return [self.request(client, method, params)
                    for name in methods for method, params in REQUESTS[name]]

    def request(self, client, method, params):
        """A stream without a number is the one that was opened last."""
        if "stream" in params:
            params = params | {"stream": self.stream}
        if method == "declare":
            with open(self.file, "w", encoding="ascii") as file:
                file.write(params["text"])
            return None
        if method == "miss":
            return client.error("exec", id=params["id"], args=NUMBERS)
        if method != "die":
            result = client.call(method, **params)
            self.stream = result.get("stream", self.stream)
            return result
        os.kill(client.nodes()[params["id"]]["pid"], signal.SIGKILL)
        return wait_until(client.unavailable, "a node is dead")

    def dialogue_shown(self, block, client):
        """Sends the requests as they are printed, and compares the replies exactly; a stream has
        the number that it was given."""
        for line in unbroken(block.lines):
            if line.startswith("> "):
                line = re.sub('(?<="stream":)\\d+', lambda _: str(self.stream), line)
                client.raw(line[2:].encode() + b"\n")
            else:
                came = client.line().decode()
                self.assertRegex(came, f"\\A{fits(line[2:])}\\Z")
                self.stream = json.loads(came).get("result", {}).get("stream", self.stream)

    def event(self, block):
        """A notification, member by member, and its cause to the letter."""
        (line,) = unbroken(block.lines)
        daemon = self.tree(granted=("create 10",))
        with daemon.client() as client:
            client.call("subscribe")
            os.kill(client.nodes()[10]["pid"], signal.SIGKILL)
            came = wait_until(lambda: client.call("pingall") and client.events, "the event")[0]
        self.same_event(came, json.loads(line)["params"])

    def same_event(self, came, example):
        self.assertTrue(alike(came, example), f"{came}\nis not like\n{example}")
        self.assertEqual([came[name] for name in TO_THE_LETTER if name in example],
                         [example[name] for name in TO_THE_LETTER if name in example])

    # What programs do and say.

    def speaker(self, *messages):
        """A client of a tree whose node 10 has a program that says these at its first request."""
        program = self.program("speaker", "\n".join(
            ["IFS= read -r line", *(f"printf '%s\\n' {shlex.quote(json.dumps(message))}"
                                    for message in messages), "exec cat >/dev/null"]))
        path = os.path.join(self.work, "speaker.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"[service speaker]\nprotocol = json\ncommand = {program}\n")
        return self.client(self.tree("--config", path, granted=("create 10 --service speaker",)))

    def program_died(self, block):
        (line,) = unbroken(block.lines)
        example = json.loads(line)
        service = example["service"]
        daemon = self.tree("--define", f"{service}=cat", granted=(f"create 10 --service {service}",))
        with daemon.client() as client:
            client.call("subscribe", types=[example["type"]])
            os.kill(self.program_of(client, "ready")["pid"], signal.SIGKILL)
            came = client.event(example["type"])
        self.same_event(came, example)

    def program_state(self, block):
        """Of a program that ends again and again, as soon as it was started as often."""
        (line,) = unbroken(block.lines)
        example = json.loads(line)
        status = int(example["cause"].removeprefix("exit status "))
        daemon = self.tree("--define", f"ends=sh -c 'exit {status}'",
                           granted=("create 10 --service ends",))
        with daemon.client() as client:
            came = self.program_of(client, example["state"], example["restarts"])
        self.assertTrue(alike(came, example), f"{came}\nis not like\n{example}")
        self.assertEqual((came["running"], came["cause"]), (example["running"], example["cause"]))

    def program_of(self, client, state, restarts=0):
        def there():
            program = client.call("status", id=10)["program"]
            return program["state"] == state and program["restarts"] >= restarts and program
        return wait_until(there, lambda: f"{state} in {client.call('status', id=10)}")

    def program_probed(self, block):
        """Of a program that has answered and answers no longer."""
        (line,) = unbroken(block.lines)
        example = json.loads(line)
        silent = os.path.join(self.work, "silent")
        program = self.program("probed", f"""while read -r line; do
            id=${{line#*'"id":'}}
            [ -e {silent} ] || printf '{{"jsonrpc":"2.0","id":%s,"result":"ok"}}\\n' "${{id%%,*}}"
            done""")
        path = self.text_file("probed.conf", f"[service probed]\nprotocol = json\ncommand = {program}\n"
                              "probe = ok\nprobe-interval = 100\nprobe-timeout = 100\n")
        daemon = self.tree("--config", path, granted=("create 10 --service probed",))
        with daemon.client() as client:
            def probed():
                return client.call("status", id=10)["probe"]
            wait_until(lambda: probed()["state"] == "passed", "it answers")
            with open(silent, "wb"):
                pass
            came = wait_until(lambda: probed().get("failures", 0) >= example["failures"] and probed(),
                              "it is silent")
        self.assertTrue(alike(came, example), f"{came}\nis not like\n{example}")
        self.assertEqual((came["state"], came["message"]),
                         (example["state"], example["message"].replace("10000", "100")))

    def progress(self, block):
        """The program says it of its first request, 1; the client has another number for that."""
        (line,) = unbroken(block.lines)
        example = json.loads(line)
        client = self.speaker(example | {"params": example["params"] | {"id": 1}},
                              {"jsonrpc": "2.0", "id": 1, "result": None})
        number = example["params"]["id"]
        client.raw(encode(number, "exec", {"id": 10, "args": [], "progress": True}))
        self.assertEqual(client.message(), example)
        self.assertEqual(client.message()["id"], number)

    def trace_shown(self, block):
        """The trace of a ping. Waits for a processor come and go: they are not shown."""
        (line,) = unbroken(block.lines)
        example = json.loads(line)
        client = self.client(self.tree(granted=("create 10",)))
        came = client.reply(client.send_traced("ping", id=10))["trace"]
        self.assertEqual(came.keys(), example.keys())
        self.assertLessEqual(set(example["shares"]), set(came["shares"]))
        spans = [span for span in came["spans"] if span["name"] != "cpu wait"]
        self.assertTrue(alike(spans, example["spans"]), spans)
        shown = [(span["name"], span["process"], span["kind"], span.get("parent"))
                 for span in example["spans"]]
        self.assertLessEqual(set(shown), {(span["name"], span["process"], span["kind"],
                                           span.get("parent")) for span in spans})

    def refusal(self, block):
        """The program gives the code and the data of its own."""
        (line,) = unbroken(block.lines)
        example = json.loads(line.removeprefix("-> "))
        own = {"message": example["message"], **{name: value for name, value in
                                                 example["data"].items() if name != "name"}}
        error = self.speaker({"jsonrpc": "2.0", "id": 1, "error": own}).error("exec", id=10, args=[])
        self.assertEqual({"code": error.code, "message": error.message, "data": error.data}, example)

    def program_event(self, block):
        """What a program says comes to who has subscribed, as it stands there."""
        (line,) = unbroken(block.lines)
        example = json.loads(line.removeprefix("< "))
        client = self.speaker(example, {"jsonrpc": "2.0", "id": 1, "result": None})
        client.call("subscribe", types=["service_event"])
        client.exec(10)
        came = client.event("service_event", id=10)
        self.assertEqual({"type": came["event"], "data": came["data"]}, example["params"])
