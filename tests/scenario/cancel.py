#!/usr/bin/python3 -B
"""The method cancel: a request under way ends, a waiting one has not run."""

from lib.harness import Case, main
from lib.waiting import wait_until


class Cancel(Case):
    def open(self, *options, **how):
        """A daemon and a client of it."""
        self.tree = self.daemon(*options, **how)
        return self.client(self.tree)

    def cancelled(self, client, number, outcome):
        """The request is cancelled, and its error comes before the answer to that."""
        self.assertEqual(client.call("cancel", request=number), {"cancelled": True})
        error = client.replies.pop(number)["error"]
        self.assertEqual((error["code"], error["data"]),
                         (-32009, {"name": "CANCELLED", "outcome": outcome}))

    def test_a_request_is_cancelled_in_its_node(self):
        client = self.open("--service", "dict", "--heartbeat", 60000, "--request-timeout", 600000)
        pid = client.call("create", id=1)["pid"]
        client.call("create", id=2)
        self.stopped(pid)
        for send in (lambda: client.send("exec", id=1, args=["x", "1"]),
                     lambda: client.send("ping", id=1),
                     lambda: client.send("exec_all", args=["x", "1"])):
            number = send()
            self.assertEqual(client.exec(2, "y"), "'y' not found")
            self.cancelled(client, number, "unknown")
        stream = client.call("exec_open", id=1, args=["x"])["stream"]
        client.send("exec_feed", stream=stream, data="5")
        self.cancelled(client, client.send("exec_close", stream=stream), "unknown")
        self.go_on(pid)
        # Its late answer is dropped, and it goes on serving.
        self.assertTrue(client.ping(1))
        client.exec(1, "x", 7)
        self.assertEqual(client.exec(1, "x"), "7")
        wait_until(lambda: client.call("status")["pending"] == 0, "nothing is under way")

    def test_what_waits_is_cancelled_and_has_not_run(self):
        client = self.open("--service", "dict")
        client.call("create", id=1)
        stream = client.call("exec_open", id=1, args=["x"])["stream"]
        behind = [client.send("exec", id=1, args=["x", "9"]), client.send("kill", id=1),
                  client.send("ping", id=1), client.send("exec_all", args=["x", "8"]),
                  client.send("create", id=2, parent=1)]
        for number in behind:
            self.assertEqual(client.call("cancel", request=number), {"cancelled": True})
        # An answer keeps its place: they come behind the stream's.
        self.assertEqual(client.replies.keys() - behind, set())
        client.call("exec_feed", stream=stream, data="5")
        self.assertIsNone(client.call("exec_close", stream=stream)["result"])
        for number in behind:
            error = client.reply(number)["error"]
            self.assertEqual((error["code"], error["data"]["outcome"]), (-32009, "not_run"))
        self.assertEqual(client.exec(1, "x"), "5")
        self.assertEqual(client.parents(), {1: -1})

    def test_what_is_not_under_way_is_not_cancelled(self):
        client = self.open()
        client.call("create", id=1)
        done = client.send("ping", id=1)
        client.wait(done)
        for number in (done, 77, "a", 1.0):
            self.assertEqual(client.call("cancel", request=number), {"cancelled": False})
        other = self.client(self.tree)
        stream = other.call("exec_open", id=1, args=["1", "5"])["stream"]
        other.raw(b'{"jsonrpc":"2.0","id":"a","method":"ping","params":[1]}\n')
        wait_until(lambda: client.call("status")["pending"] == 2, "both are under way")
        self.assertEqual(client.call("cancel", request="a"), {"cancelled": False})
        self.assertEqual(other.call("cancel", request="a"), {"cancelled": True})
        self.assertEqual(other.call("exec_close", stream=stream)["result"], "5")
        self.assertEqual(other.reply("a")["error"]["code"], -32009)
        for bad in (None, 1.5, [], {}, True):
            self.assertEqual(client.error("cancel", request=bad).code, -32602)


if __name__ == "__main__":
    main()
