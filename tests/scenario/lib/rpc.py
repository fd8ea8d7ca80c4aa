"""A client of the control socket that can also send invalid requests."""

import itertools
import json
import socket
import time

from lib import protocol_page, schemas
from lib.waiting import TIMEOUT, Late


class RpcError(Exception):
    """An error reply."""

    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.code = error["code"]
        self.message = error["message"]
        self.data = error.get("data") or {}
        self.name = self.data.get("name")


class Closed(Exception):
    """The daemon closed the connection."""


class Client:
    """One connection. Replies may come in any order; they are kept until the test asks for them."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.connect(path)
        except BaseException:
            self.socket.close()
            raise
        self.ids = itertools.count(1)
        self.buffer = bytearray()
        self.replies = {}
        self.events = []
        self.progress = []
        self.asked = {}

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Out.

    def raw(self, data):
        """Bytes as they are. Waits for room no longer than the deadline."""
        self.socket.settimeout(TIMEOUT)
        self.socket.sendall(data)

    def send(self, method, **params):
        """A request; gives its id without waiting."""
        number = next(self.ids)
        self.asked[number] = method
        self.raw(encode(number, method, params))
        return number

    def send_beside(self, members, method, **params):
        """The same, with members beside the params."""
        number = next(self.ids)
        self.asked[number] = method
        self.raw(encode(number, method, params, **members))
        return number

    def send_traced(self, method, **params):
        """The same, for a reply that says where it was."""
        return self.send_beside({"trace": True}, method, **params)

    # In.

    def line(self, timeout=None):
        """The next line, without its end."""
        end = time.monotonic() + (TIMEOUT if timeout is None else timeout)
        while (at := self.buffer.find(b"\n")) < 0:
            left = end - time.monotonic()
            if left <= 0:
                raise Late("a line from the daemon")
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(1 << 20)
            except TimeoutError:
                continue
            except ConnectionResetError:
                data = b""
            if not data:
                raise Closed(f"closed by the daemon, {len(self.buffer)} bytes of a line before")
            self.buffer += data
        line = bytes(self.buffer[:at])
        del self.buffer[:at + 1]
        return line

    def message(self, timeout=None):
        """The next message: an object, or a list for a batch."""
        return json.loads(self.line(timeout))

    def _turn(self, timeout=None):
        message = self.message(timeout)
        if isinstance(message, dict) and message.get("method") == "progress":
            schemas.check_progress(message["params"])
            self.progress.append(message["params"])
        elif isinstance(message, dict) and "method" in message:
            if message["method"] != "event" or message.get("jsonrpc") != "2.0":
                raise ValueError(f"no such notification: {message}")
            protocol_page.check_event(message["params"])
            schemas.check_event(message["params"])
            self.events.append(message["params"])
        elif isinstance(message, dict) and not isinstance(message.get("id"), (list, dict)):
            if message.get("jsonrpc") != "2.0" or ("result" in message) == ("error" in message):
                raise ValueError(f"no JSON-RPC reply: {message}")
            if message["id"] in self.replies:
                raise ValueError(f"a second reply: {message}")
            if method := self.asked.pop(message["id"], None):
                protocol_page.check_reply(method, message)
                schemas.check_reply(method, message)
            self.replies[message["id"]] = message
        else:
            raise ValueError(f"neither reply nor event: {message}")

    def reply(self, number, timeout=None):
        """The whole reply to a request."""
        while number not in self.replies:
            self._turn(timeout)
        return self.replies.pop(number)

    def wait(self, number, timeout=None):
        """The result of a request, or RpcError."""
        reply = self.reply(number, timeout)
        if "error" in reply:
            raise RpcError(reply["error"])
        return reply["result"]

    def call(self, method, **params):
        return self.wait(self.send(method, **params))

    def error(self, method, **params):
        """The error that a request must give."""
        try:
            result = self.call(method, **params)
        except RpcError as error:
            return error
        raise AssertionError(f"{method} {params}: no error but {str(result)[:200]}")

    def event(self, kind, timeout=None, **fields):
        """The next event of a type with these fields; events before it are dropped."""
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["type"] == kind and fields.items() <= event.items():
                    return event
            self._turn(timeout)

    # Shorthands.

    def exec(self, node, *args):
        return self.call("exec", id=node, args=[str(arg) for arg in args])["result"]

    def ping(self, node):
        return self.call("ping", id=node)["available"]

    def unavailable(self):
        return self.call("pingall")["unavailable"]

    def nodes(self):
        """The tree: node by id."""
        return {node["id"]: node for node in self.call("tree")["nodes"]}

    def pids(self):
        return {node: row["pid"] for node, row in self.nodes().items()}

    def parents(self):
        return {node: row["parent"] for node, row in self.nodes().items()}


def encode(number, method, params, **beside):
    """One request line."""
    request = {"jsonrpc": "2.0", "id": number, "method": method} | beside
    if params:
        request["params"] = params
    return json.dumps(request).encode() + b"\n"
