#!/usr/bin/python3 -B
"""What is said of one request beside what it asks: its time, and that its answer has no order."""


from lib.harness import Case, main
from lib.waiting import SLOW

# What a request may take where little is given to each, a creation too; what is slow takes longer.
LITTLE_MS = int(300 * SLOW)
SLOW_SECONDS = 0.5 * SLOW

# Answers "time" with what the request may take; keeps what is to be "held" until it is told to "go",
# and answers that first; what is "slow" takes the seconds that it was started with.
PROGRAM = """\
    #!/usr/bin/python3
    import json, sys, time
    held = []
    def answer(m, result):
        print(json.dumps({"id": m["id"], "result": result}), flush=True)
    for line in sys.stdin:
        m = json.loads(line)
        if m["method"] != "exec":
            continue
        word = (m["params"]["args"] + [""])[0]
        if word == "held":
            held.append(m)
        elif word == "slow":
            time.sleep(float(sys.argv[1]))
            answer(m, "slow")
        elif word == "time":
            answer(m, m["params"].get("timeout_ms"))
        else:
            answer(m, word)
            if word == "go":
                for one in held:
                    answer(one, "held")
                held.clear()
    """


class Requests(Case):
    def tree(self, *options):
        """A daemon with two nodes, 1 and 2, of the program, and a client of it."""
        path = self.program_file("program", PROGRAM)
        config = self.text_file("services.conf",
                                "[service held]\nprotocol = json\nconcurrency = 8\n"
                                f"command = {path} {SLOW_SECONDS}\n")
        self.started = self.daemon("--config", config, "--service", "held", *options)
        client = self.client(self.started)
        for node in (1, 2):
            client.call("create", id=node)
        return client

    def test_a_request_may_have_more_time_than_others(self):
        client = self.tree("--request-timeout", LITTLE_MS)
        error = client.error("exec", id=1, args=["slow"])
        self.assertEqual((error.name, error.message),
                         ("NODE_UNAVAILABLE", f"node 1 did not answer within {LITTLE_MS} ms"))
        self.assertEqual(client.call("exec", id=1, args=["slow"], timeout_ms=60000)["result"], "slow")
        self.assertGreater(int(client.call("exec", id=1, args=["time"], timeout_ms=60000)["result"]),
                           50000)
        self.assertLess(int(client.call("exec", id=1, args=["time"])["result"]), LITTLE_MS + 1)
        stream = client.call("exec_open", id=1, args=["slow"], timeout_ms=60000)["stream"]
        self.assertEqual(client.call("exec_close", stream=stream)["result"], "slow")
        found = client.call("exec_all", args=["slow"], timeout_ms=60000)
        self.assertEqual([node["result"] for node in found["results"]], ["slow", "slow"])

    def test_a_request_may_have_less_time_than_others(self):
        client = self.tree("--request-timeout", 600000)
        for args in (["held"], ["slow"]):
            error = client.error("exec", id=1, args=args, timeout_ms=50)
            self.assertEqual(error.message, "node 1 did not answer within 50 ms")
        stream = client.call("exec_open", id=1, args=["held"], timeout_ms=100)["stream"]
        self.assertEqual(client.error("exec_close", stream=stream).message,
                         "node 1 did not answer within 100 ms")
        found = client.call("exec_all", args=["held"], timeout_ms=200)
        self.assertEqual(len(found["errors"]), 2)
        self.assertEqual(client.exec(1, "a"), "a")

    def test_dtreectl_gives_a_request_its_time(self):
        self.tree("--request-timeout", LITTLE_MS)
        self.says(self.started, "Ok:1: slow", "exec", "--timeout", "60", 1, "slow")
        self.says(self.started, "Error:1: Node is unavailable", "exec", 1, "slow", status=1)
        self.says(self.started, "Error:1: Node is unavailable", "exec", 1, "--timeout=0.05", "held",
                  status=1)
        done = self.ctl(self.started, "exec", "--timeout", "60", "--all", "slow")
        self.assertEqual(done.stdout, "Ok:1: slow\nOk:2: slow\n")
        shell = self.shell(daemon=self.started)
        self.dialogue(shell, [("exec --timeout 60 1 slow", "Ok:1: slow"),
                              ("exec --timeout 0.05 2 slow", "Error:2: Node is unavailable"),
                              ("exec --timeout 0 2 a",
                               "Error: exec --timeout takes seconds, from 0.001 to 86400")])

    def test_answers_keep_their_order_whatever_the_order_of_the_program(self):
        client = self.tree()
        numbers = [client.send("exec", id=1, args=[word]) for word in ("held", "a", "go")]
        client.wait(numbers[2])
        self.assertEqual(list(client.replies), numbers[:2])
        self.assertEqual([client.wait(number)["result"] for number in numbers[:2]], ["held", "a"])

    def test_what_is_unordered_is_answered_when_it_is_ready(self):
        client = self.tree()
        held = client.send("exec", id=1, args=["held"])
        self.assertEqual(client.call("exec", id=1, args=["b"], unordered=True)["result"], "b")
        stream = client.call("exec_open", id=1, args=["c"], unordered=True)["stream"]
        self.assertEqual(client.call("exec_close", stream=stream)["result"], "c")
        ordered = client.send("exec", id=1, args=["d"])
        client.call("exec", id=1, args=["e"], unordered=True)
        self.assertEqual(client.replies, {})
        client.call("exec", id=1, args=["go"], unordered=True)
        self.assertEqual(client.wait(held)["result"], "held")
        self.assertEqual(client.wait(ordered)["result"], "d")

    def test_what_is_unordered_holds_up_nothing_but_a_kill(self):
        client = self.tree()
        other = self.client(self.started)
        held = client.send("exec", id=1, args=["held"], unordered=True)
        self.assertEqual(client.exec(1, "a"), "a")
        self.assertEqual(client.call("exec_all", args=["b"])["errors"], [])
        self.assertTrue(client.ping(1))
        kill = client.send("kill", id=1)
        self.assertEqual(client.exec(2, "c"), "c")
        self.assertEqual(client.replies, {})
        self.assertEqual(other.exec(1, "go"), "go")
        self.assertEqual(client.wait(held)["result"], "held")
        client.wait(kill)

    def test_dtreectl_asks_without_order(self):
        self.tree()
        shell = self.shell(daemon=self.started)
        shell.write("exec 1 held\nexec --unordered 1 b\nexec 1 --unordered go\n")
        self.assertEqual([shell.line() for _ in range(3)], ["Ok:1: b", "Ok:1: go", "Ok:1: held"])


if __name__ == "__main__":
    main()
