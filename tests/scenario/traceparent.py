#!/usr/bin/python3 -B
"""A request's place in a trace, as W3C Trace Context has it, reaches the user's program."""

import json
import os

from lib.harness import Case, main

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"

# Its result is what the request said beside its params; without arguments it takes them all.
PROGRAM = """\
    #!/usr/bin/python3
    import json, sys
    for line in sys.stdin:
        m = json.loads(line)
        print(json.dumps({"id": m["id"], "result": m.get("traceparent", "none")}), flush=True)
    """
SERVICES = """\
    [service json]
    protocol = json
    command = {path}
    [service run]
    protocol = run
    command = sh -c 'cat; printf "%s" "${{TRACEPARENT-none}}"'
    [service first]
    protocol = json
    method = first
    command = {path}
    """


class Traceparent(Case):
    def tree(self, **how):
        path = self.program_file("program", PROGRAM)
        config = self.text_file("services.conf", SERVICES.format(path=path))
        daemon = self.daemon("--config", config, "--service", "json", **how)
        client = self.client(daemon)
        client.call("create", id=1)
        client.call("create", id=2, parent=1, group="pool")
        client.call("create", id=3, parent=2, service="run")
        client.call("create", id=4, parent=2, service="first")
        client.call("create", id=5, parent=3, service="sum")
        self.numbers = iter(range(1000, 2000))
        return daemon, client

    def reply(self, client, method, params, **members):
        number = next(self.numbers)
        client.raw(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params,
                               **members}).encode() + b"\n")
        return client.reply(number)

    def asked(self, client, method, traceparent=PARENT, **params):
        reply = self.reply(client, method, params, traceparent=traceparent)
        self.assertIn("result", reply)
        return reply["result"]

    def test_it_reaches_programs_at_any_depth_by_every_way(self):
        _, client = self.tree()
        self.assertEqual(self.asked(client, "exec", id=1, args=[])["result"], PARENT)
        self.assertEqual(self.asked(client, "exec", id=2, args=["a"])["result"], PARENT)
        self.assertEqual(self.asked(client, "exec", group="pool", args=[])["result"], PARENT)
        self.assertEqual(self.asked(client, "exec", id=3, args=[])["result"], PARENT)
        self.assertEqual(self.asked(client, "exec", id=4, args=["any"])["result"], PARENT)
        # A service that has no use for it is not disturbed, and sees its arguments only.
        self.assertEqual(self.asked(client, "exec", id=5, args=["3", "1", "2", "3"])["result"], "6")

    def test_it_reaches_the_program_of_a_request_in_parts(self):
        _, client = self.tree()
        for fed in ("", "x " * 100000):
            stream = self.asked(client, "exec_open", id=2)["stream"]
            if fed:
                client.call("exec_feed", stream=stream, data=fed)
            self.assertEqual(client.call("exec_close", stream=stream)["result"], PARENT)
        stream = self.asked(client, "exec_open", id=3, stdin=True)["stream"]
        client.call("exec_feed", stream=stream, data_base64="YWJj")
        self.assertEqual(client.call("exec_close", stream=stream)["result"], "abc" + PARENT)

    def test_it_reaches_every_node_that_is_asked_at_once(self):
        _, client = self.tree()
        client.call("kill", id=5)
        answers = self.asked(client, "exec_all", args=["any"])
        self.assertEqual([(one["id"], one["result"]) for one in answers["results"]],
                         [(node, PARENT) for node in (1, 2, 3, 4)])
        self.assertEqual(answers["errors"], [])

    def test_without_one_there_is_none_also_where_dtreed_was_started_in_a_trace(self):
        _, client = self.tree(env={**os.environ, "TRACEPARENT": PARENT})
        for node in (1, 2, 3):
            self.assertEqual(client.call("exec", id=node, args=[])["result"], "none")
            self.assertEqual(self.asked(client, "exec", id=node, args=[])["result"], PARENT)
            self.assertEqual(client.call("exec", id=node, args=[])["result"], "none")

    def test_one_of_a_later_version_is_handed_on_as_one_of_this(self):
        _, client = self.tree()
        later = f"cc-{TRACE}-b7ad6b7169203331-ff-what-will-be"
        self.assertEqual(self.asked(client, "exec", later, id=2, args=[])["result"],
                         f"00-{TRACE}-b7ad6b7169203331-03")

    def test_what_is_none_is_one_error_and_nothing_runs(self):
        _, client = self.tree()
        for bad in ("", PARENT + "-more", PARENT.upper(), f"00-{'0' * 32}-b7ad6b7169203331-01",
                    f"ff-{TRACE}-b7ad6b7169203331-01", 7, None, {}, [PARENT]):
            error = self.reply(client, "create", {"id": 9}, traceparent=bad)["error"]
            self.assertEqual(error["data"]["name"], "INVALID_REQUEST", bad)
            self.assertIn("traceparent", error["message"])
        self.assertEqual(client.error("status", id=9).name, "NOT_FOUND")

    def test_dtreectl_hands_on_that_of_its_environment(self):
        daemon, _ = self.tree()
        env = {**os.environ, "TRACEPARENT": PARENT}
        self.says(daemon, f"Ok:2: {PARENT}", "exec", 2, "a", env=env)
        self.says(daemon, f"Ok:3: abc{PARENT}", "exec", "--stdin", 3, env=env, stdin="abc")
        shell = self.shell(daemon=daemon, env=env)
        self.dialogue(shell, [("exec 2 a", f"Ok:2: {PARENT}"), ("exec 3", f"Ok:3: {PARENT}")])
        done = self.says(daemon, "Ok:2: none", "exec", 2, "a", env={**env, "TRACEPARENT": "00-x"})
        self.assertRegex(done.stderr, r"\Adtreectl: the environment's traceparent: .*\n\Z")

    def test_a_private_shell_has_that_of_its_environment_and_its_dtreed_has_not(self):
        self.tree()
        shell = self.private("--config", self.path("services.conf"),
                             env={**os.environ, "TRACEPARENT": PARENT})
        self.create(shell, 1, "--service", "run")
        self.ask(shell, "exec 1", f"Ok:1: {PARENT}")


if __name__ == "__main__":
    main()
