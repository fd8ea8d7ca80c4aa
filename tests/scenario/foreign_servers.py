#!/usr/bin/python3 -B
"""Servers that know nothing of dtree are nodes as they are: of the Model Context Protocol, as
dtree-services(7) declares one, and of the Language Server Protocol. What stands in for the first is in
lib/mcp_server.py."""

import json
import os
import textwrap

from lib import manual
from lib.harness import Case, main
from lib.waiting import wait_until

STAND_IN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "mcp_server.py")

# Content-Length alone, no line end behind a message, nothing before `initialize`.
LANGUAGE = """\
    #!/usr/bin/python3
    import json, sys
    opened = False
    def say(**m):
        body = json.dumps({"jsonrpc": "2.0", **m}).encode()
        sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body)
        sys.stdout.buffer.flush()
    while header := sys.stdin.buffer.readline():
        assert header.startswith(b"Content-Length: ") and header.endswith(b"\\r\\n"), header
        assert sys.stdin.buffer.readline() == b"\\r\\n"
        m = json.loads(sys.stdin.buffer.read(int(header.split()[1])))
        if "method" not in m:
            continue  # the answer to what it asked
        if m["method"] == "initialize":
            say(id=m["id"], result={"capabilities": {}})
        elif m["method"] == "initialized":
            opened = True
            say(id=1, method="client/registerCapability", params={})
            say(method="window/logMessage", params={"type": 3, "message": "ready \\u00e4"})
        elif "id" in m:
            say(id=m["id"], result={"opened": opened, "asked": m["params"]})
    """


class ForeignServers(Case):
    def tree(self, section, *options):
        path = self.path("services.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(section)
        daemon = self.daemon("--config", path, *options)
        return self.client(daemon)

    def mcp(self, *options):
        """The section of the manual, with the stand-in for its program."""
        block, = (b for b in manual.blocks("man/dtree-services.7")
                  if b.lines[0] == "[service memory]")
        lines = [f"command = {STAND_IN}" if line.startswith("command =") else line
                 for line in block.lines]
        client = self.tree("\n".join(lines) + "\n", *options)
        client.call("create", id=10, service="memory")
        return client

    def tool(self, client, name, **arguments):
        """What a tool says."""
        said = client.exec(10, "tools/call", json.dumps({"name": name, "arguments": arguments}))
        return json.loads(said)["content"][0]["text"]

    def test_a_server_of_mcp_is_greeted_and_answers(self):
        client = self.mcp()
        self.assertEqual(self.tool(client, "echo", message="ä"), "Echo: ä")
        self.assertEqual(self.tool(client, "none"), "MCP error -32602: Tool none not found")
        # What it asks of its client: that it is there, and what it does not know.
        self.assertEqual(json.loads(self.tool(client, "heard")),
                         ["answer 0: {}", "answer 1: -32601"])

    def test_a_server_of_mcp_hears_that_a_request_is_cancelled(self):
        client = self.mcp("--request-timeout=500")
        error = client.error("exec", id=10, args=["tools/call", '{"name":"wait"}'])
        self.assertEqual(error.data["outcome"], "unknown")
        heard = wait_until(lambda: [word for word in json.loads(self.tool(client, "heard"))
                                    if "cancelled" in word], "the server hears of it")
        self.assertEqual(heard, ["notifications/cancelled 1"])

    def test_a_language_server_is_greeted_and_answers(self):
        path = self.path("server")
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(LANGUAGE))
        os.chmod(path, 0o755)
        client = self.tree(textwrap.dedent(f"""\
            [service language]
            protocol = json
            command = {path}
            framing = headers
            method = first
            cancel-method = $/cancelRequest
            hello = {{"jsonrpc":"2.0","id":"h","method":"initialize","params":{{"processId":null}}}}
            hello = {{"jsonrpc":"2.0","method":"initialized","params":{{}}}}
            """))
        client.call("create", id=10, service="language")
        said = client.exec(10, "workspace/symbol", '{"query":"ä"}')
        self.assertEqual(json.loads(said), {"opened": True, "asked": {"query": "ä"}})


if __name__ == "__main__":
    main()
