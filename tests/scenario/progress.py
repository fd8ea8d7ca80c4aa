#!/usr/bin/python3 -B
"""How far a request has come: a program tells, and who asked for it hears."""

import os
import textwrap

from lib.harness import Case, main

PROGRAM = """\
    #!/usr/bin/python3
    import json, sys
    def say(**m): print(json.dumps(m), flush=True)
    for line in sys.stdin:
        m = json.loads(line)
        if m["method"] == "exec":
            say(method="progress", params={"id": m["id"], "done": 3, "total": 4, "text": "here"})
            say(id=m["id"], result="done")
    """


class Progress(Case):
    def tree(self):
        path = self.path("program")
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(PROGRAM))
        os.chmod(path, 0o755)
        with open(self.path("services.conf"), "w", encoding="utf-8") as file:
            file.write(f"[service far]\nprotocol = json\ncommand = {path}\n")
        daemon = self.daemon("--config", self.path("services.conf"), "--service", "far")
        client = self.client(daemon)
        client.call("create", id=1)
        client.call("create", id=2, parent=1)
        return client

    def test_who_asks_for_it_hears_how_far_it_is(self):
        client = self.tree()
        for node in (1, 2):
            number = client.send("exec", id=node, args=[], progress=True)
            self.assertEqual(client.wait(number)["result"], "done")
            self.assertEqual(client.progress, [{"id": number, "done": 3, "total": 4, "text": "here"}])
            client.progress.clear()
        stream = client.call("exec_open", id=1, progress=True)["stream"]
        number = client.send("exec_close", stream=stream)
        self.assertEqual(client.wait(number)["result"], "done")
        self.assertEqual([one["id"] for one in client.progress], [number])

    def test_nobody_else_does(self):
        client = self.tree()
        self.assertEqual(client.exec(1), "done")
        self.assertEqual(client.call("exec_all", args=[])["errors"], [])
        self.assertEqual(client.exec(2), "done")
        self.assertEqual(client.progress, [])


if __name__ == "__main__":
    main()
