#!/usr/bin/python3 -B
"""Streams and subscriptions of the control socket."""

import json
import time

from lib import procs
from lib.harness import Case, main
from lib.rpc import Closed, encode
from lib.waiting import SLOW, wait_until


class Streams(Case):
    def open(self, *options):
        self.tree = self.daemon(*options)
        return self.client(self.tree)

    def test_a_stream_gives_the_result_of_the_whole(self):
        client = self.open()
        client.call("create", id=1)
        opened = client.call("exec_open", id=1, args=["5", "1"])
        self.assertGreater(opened["credit"], 0)
        stream = opened["stream"]
        # Blanks separate arguments; a number may be cut anywhere.
        for data in ("2 3", "0 ", "  400", "0\t-", "5"):
            left = client.call("exec_feed", stream=stream, data=data)
            self.assertIsInstance(left["credit"], int)
        self.assertEqual(client.call("exec_close", stream=stream), {"id": 1, "result": "4028"})
        self.assertEqual(client.error("exec_feed", stream=stream, data="1").code, -32602)
        self.assertEqual(client.error("exec_close", stream=stream).code, -32602)

    def test_end_arg_ends_an_argument_that_may_hold_anything(self):
        client = self.open("--service", "search")
        client.call("create", id=1)
        stream = client.call("exec_open", id=1, args=[])["stream"]
        client.call("exec_feed", stream=stream, data=" a b a b", end_arg=True)
        client.call("exec_feed", stream=stream, data="a b", end_arg=True)
        self.assertEqual(client.call("exec_close", stream=stream)["result"], "1;5")

    def test_streams_of_one_client_do_not_mix(self):
        client = self.open()
        client.call("create", id=1)
        client.call("create", id=2, parent=1)
        streams = [(client.call("exec_open", id=1 + i % 2, args=["100"])["stream"], i)
                   for i in range(10)]
        for _ in range(100):
            for stream, i in streams:
                client.call("exec_feed", stream=stream, data=f"{i} ")
        # One client's requests to one node are answered in their order: nobody waits in between.
        closes = [(client.send("exec_close", stream=stream), i)
                  for stream, i in reversed(streams)]
        for number, i in closes:
            self.assertEqual(client.wait(number)["result"], str(100 * i))

    def test_more_than_the_credit_is_refused_and_not_taken(self):
        client = self.open()
        client.call("create", id=1)
        opened = client.call("exec_open", id=1, args=["2"])
        stream, credit = opened["stream"], opened["credit"]
        error = client.error("exec_feed", stream=stream, data="1" + " " * credit + "1")
        self.assertEqual((error.code, error.name), (-32007, "LIMIT"))
        client.call("exec_feed", stream=stream, data="3 4")
        self.assertEqual(client.call("exec_close", stream=stream)["result"], "7")

    def test_credit_comes_back_as_the_stream_is_taken(self):
        client = self.open()
        for node in range(1, 6):
            client.call("create", id=node, parent=node - 1 if node > 1 else -1)
        opened = client.call("exec_open", id=5, args=["1000000"])
        stream, credit = opened["stream"], opened["credit"]
        fed = 0
        while fed < 1000000:
            many = min(credit // 2, 1000000 - fed, 100000)
            self.assertGreater(many, 0)
            credit = client.call("exec_feed", stream=stream, data="1 " * many)["credit"]
            fed += many
        self.assertEqual(client.call("exec_close", stream=stream)["result"], "1000000")

    def test_a_wrong_stream_is_nobody_elses(self):
        client = self.open()
        other = self.client(self.tree)
        client.call("create", id=1)
        stream = client.call("exec_open", id=1, args=["1", "5"])["stream"]
        for number in (stream, 77):
            self.assertEqual(other.error("exec_feed", stream=number, data="1").code, -32602)
            self.assertEqual(other.error("exec_close", stream=number).code, -32602)
        self.assertEqual(client.call("exec_close", stream=stream)["result"], "5")

    def test_a_refused_stream_says_why(self):
        client = self.open()
        client.call("create", id=1)
        stream = client.call("exec_open", id=1, args=["3"])["stream"]
        client.send("exec_feed", stream=stream, data="1 x 3")
        error = client.error("exec_close", stream=stream)
        self.assertEqual((error.code, error.name), (-32006, "SERVICE_ERROR"))
        self.assertEqual(client.exec(1, 1, 4), "4")

    def test_an_abandoned_stream_leaves_nothing(self):
        client = self.open("--service", "dict")
        client.call("create", id=1)
        for turn in range(100):
            with self.tree.client() as brief:
                stream = brief.call("exec_open", id=1, args=["n"])["stream"]
                brief.call("exec_feed", stream=stream, data=str(turn))
        wait_until(lambda: client.call("status")["pending"] == 0, "nothing is under way")
        self.assertEqual(client.exec(1, "n"), "'n' not found")

    def test_one_stream_alone_can_be_given_up(self):
        client = self.open("--service", "dict")
        client.call("create", id=1)
        kept = client.call("exec_open", id=1, args=["n"])["stream"]
        given_up = client.call("exec_open", id=1, args=["n"])["stream"]
        client.call("exec_feed", stream=given_up, data="5")
        self.assertEqual(client.call("exec_close", stream=given_up, abandon=True), {})
        self.assertEqual(client.error("exec_feed", stream=given_up, data="1").code, -32602)
        self.assertEqual(self.client(self.tree).exec(1, "n"), "'n' not found")
        client.call("exec_feed", stream=kept, data="7")
        self.assertIsNone(client.call("exec_close", stream=kept)["result"])
        self.assertEqual(client.exec(1, "n"), "7")

    def test_a_streams_deadline_starts_anew_with_each_feed(self):
        deadline = 1.5 * SLOW
        client = self.open("--request-timeout", int(1000 * deadline), "--heartbeat", 60000)
        client.call("create", id=1)
        stream = client.call("exec_open", id=1, args=["100000000"])["stream"]
        # Fed for longer than its deadline, it is there still.
        since = time.monotonic()
        while time.monotonic() - since < 1.5 * deadline:
            client.call("exec_feed", stream=stream, data="1 ")
        # The node is there, the client is not: the stream ends by itself.
        wait_until(lambda: client.call("status")["pending"] == 0, "the stream's deadline")
        self.assertEqual(client.error("exec_close", stream=stream).name, "NODE_UNAVAILABLE")
        self.assertEqual(client.exec(1, 1, 4), "4")

    def order(self, client, numbers):
        """The results of requests, which come in this order."""
        came = [client.message() for _ in numbers]
        self.assertEqual([reply["id"] for reply in came], numbers)
        return [reply["result"] for reply in came]

    def test_what_comes_behind_a_stream_waits_for_it_and_others_do_not(self):
        client = self.open()
        other = self.client(self.tree)
        client.call("create", id=1)
        client.call("create", id=2)
        stream = client.call("exec_open", id=1, args=["3", "5"])["stream"]
        behind = [client.send("ping", id=1), client.send("exec", id=1, args=["1", "9"])]
        self.assertTrue(client.ping(2))
        self.assertEqual(client.exec(2, 1, 4), "4")
        self.assertTrue(other.ping(1))
        self.assertEqual(other.exec(1, 1, 4), "4")
        self.assertEqual(client.unavailable(), [])
        client.call("exec_feed", stream=stream, data="6 7")
        self.assertTrue(client.ping(2))
        self.assertEqual(client.replies, {})
        close = client.send("exec_close", stream=stream)
        done, pong, behind = self.order(client, [close, *behind])
        self.assertEqual((done["result"], pong["available"], behind["result"]), ("18", True, "9"))

    def test_streams_at_a_node_are_served_and_answered_in_their_order(self):
        client = self.open("--service", "dict")
        client.call("create", id=1)
        first = client.call("exec_open", id=1, args=["n"])["stream"]
        second = client.call("exec_open", id=1, args=["n"])["stream"]
        third = client.call("exec_open", id=1, args=["n", "3"])["stream"]
        client.call("exec_feed", stream=second, data="2")
        closes = [client.send("exec_close", stream=second)]
        self.assertEqual(client.call("exec_close", stream=third, abandon=True), {})
        reads = client.send("exec", id=1, args=["n"])
        self.assertEqual(client.unavailable(), [])
        self.assertEqual(client.replies, {})
        client.call("exec_feed", stream=first, data="1")
        closes.insert(0, client.send("exec_close", stream=first))
        self.assertEqual(self.order(client, [*closes, reads])[2]["result"], "2")

    def test_the_time_of_what_waits_behind_a_stream_begins_with_its_end(self):
        deadline = 1.5 * SLOW
        client = self.open("--request-timeout", int(1000 * deadline), "--heartbeat", 60000)
        client.call("create", id=1)
        stream = client.call("exec_open", id=1, args=["100000000"])["stream"]
        waiting = [client.send("ping", id=1), client.send("exec", id=1, args=["1", "9"]),
                   client.send("exec_all", args=["1", "9"])]
        since = time.monotonic()
        while time.monotonic() - since < 1.5 * deadline:
            client.call("exec_feed", stream=stream, data="1 ")
        self.assertEqual(client.replies, {})
        # Nobody feeds it any more: its own deadline ends it, and lets them go.
        ping, one, every = [client.wait(number) for number in waiting]
        self.assertEqual((ping["available"], one["result"]), (True, "9"))
        self.assertEqual(every, {"results": [{"id": 1, "result": "9"}], "errors": []})
        self.assertEqual(client.error("exec_close", stream=stream).name, "NODE_UNAVAILABLE")

    def test_a_stream_that_failed_holds_nothing_up(self):
        client = self.open()
        client.call("create", id=1)
        stream = client.call("exec_open", id=1, args=["3"])["stream"]
        behind = client.send("exec", id=1, args=["1", "9"])
        client.send("exec_feed", stream=stream, data="1 x 3")
        self.assertEqual(client.wait(behind)["result"], "9")
        self.assertEqual(client.error("exec_close", stream=stream).name, "SERVICE_ERROR")

    def test_a_kill_waits_for_the_stream_before_it(self):
        client = self.open()
        client.call("create", id=1)
        stream = client.call("exec_open", id=1, args=["1"])["stream"]
        kill = client.send("kill", id=1)
        client.call("exec_feed", stream=stream, data="5")
        close = client.send("exec_close", stream=stream)
        done, removed = self.order(client, [close, kill])
        self.assertEqual((done["result"], removed["removed"]), ("5", [1]))
        client.call("create", id=1)
        stream = client.call("exec_open", id=1, args=["1"])["stream"]
        self.assertEqual(self.client(self.tree).call("kill", id=1), {"removed": [1]})
        self.assertEqual(client.error("exec_close", stream=stream).name, "NODE_UNAVAILABLE")

    def test_a_long_line_of_a_shell_keeps_its_place(self):
        numbers = " 7" * 3000000
        shell = self.private()
        self.create(shell, 11)
        shell.write(f"exec 11 3000000{numbers}\nping 11\nexec 11 1 5\n")
        lines, status = shell.finish()
        self.assertEqual((lines, status), (["Ok:11: 21000000", "Ok: 1", "Ok:11: 5"], 0))

    def test_as_many_arguments_as_allowed_and_one_more(self):
        client = self.open()
        client.call("create", id=1)
        self.assertEqual(client.exec(1, 4095, *[1] * 4095), "4095")
        error = client.error("exec", id=1, args=["4096"] + ["1"] * 4096)
        self.assertIn(error.code, (-32602, -32007))
        self.assertEqual(client.exec(1, 1, 1), "1")

    def test_too_many_streams_are_refused(self):
        client = self.open()
        client.call("create", id=1)
        opened = [client.reply(client.send("exec_open", id=1, args=["1", "2"]))
                  for _ in range(100)]
        streams = [reply["result"]["stream"] for reply in opened if "result" in reply]
        self.assertGreaterEqual(len(streams), 8)
        for reply in opened:
            if "error" in reply:
                self.assertEqual(reply["error"]["data"]["name"], "LIMIT")
        for stream in streams:
            self.assertEqual(client.call("exec_close", stream=stream)["result"], "2")
        self.assertTrue(client.ping(1))


class Subscriptions(Case):
    def open(self, *options):
        self.tree = self.daemon(*options)
        return self.client(self.tree)

    def test_events_are_numbered_without_gaps(self):
        client = self.open()
        answer = client.call("subscribe", types=["*"])
        self.assertEqual(set(answer), {"subscription", "seq"})
        client.call("create", id=1)
        client.call("create", id=2, parent=1)
        client.call("kill", id=1)
        # Four of nodes, and three that say who made them.
        wait_until(lambda: client.call("pingall") and len(client.events) >= 7, "the events")
        self.assertEqual([event["seq"] for event in client.events],
                         list(range(answer["seq"] + 1, answer["seq"] + 8)))
        kinds = [(event["type"], event["id"]) for event in client.events if event["type"] != "audit"]
        self.assertEqual(kinds[:2], [("node_created", 1), ("node_created", 2)])
        self.assertEqual(sorted(kinds[2:]), [("node_removed", 1), ("node_removed", 2)])
        for event in client.events:
            self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

    def test_since_gives_what_was_missed(self):
        client = self.open()
        for node in range(5):
            client.call("create", id=node)
        late = self.client(self.tree)
        late.call("subscribe", types=["*"], since=0)
        self.assertEqual(late.event("controller_started")["seq"], 1)
        for node in range(5):
            self.assertEqual(late.event("node_created")["id"], node)
        seq = client.call("subscribe", types=["node_created"])["seq"]
        client.call("create", id=5)
        again = self.client(self.tree)
        again.call("subscribe", types=["*"], since=seq)
        self.assertEqual(again.event("node_created"), client.event("node_created"))

    def test_only_the_asked_types_come(self):
        client = self.open()
        client.call("subscribe", types=["node_removed"])
        client.call("create", id=1)
        client.call("kill", id=1)
        client.event("node_removed")
        self.assertEqual(client.events, [])
        self.assertEqual(client.error("subscribe", types=["nothing"]).code, -32602)
        self.assertEqual(client.error("subscribe", types="*").code, -32602)

    def test_nothing_comes_after_unsubscribe(self):
        client = self.open()
        watch = self.client(self.tree)
        first = client.call("subscribe", types=["*"])["subscription"]
        watch.call("subscribe", types=["*"])
        self.assertEqual(client.call("unsubscribe", subscription=first), {})
        self.assertEqual(client.error("unsubscribe", subscription=first).code, -32602)
        client.call("create", id=1)
        watch.event("node_created")
        client.call("pingall")
        self.assertEqual(client.events, [])

    def test_a_moved_node_is_told_as_rehomed(self):
        client = self.open("--topology", "list")
        client.call("create", id=1)
        client.call("subscribe", types=["node_rehomed"])
        client.call("create", id=2)
        self.assertEqual(client.event("node_rehomed", id=1)["parent"], 2)

    def test_a_reader_too_slow_is_told_how_many_it_lost(self):
        client = self.open()
        slow = self.client(self.tree)
        # Many copies of each event, so that few events are enough.
        count = 0
        while "result" in slow.reply(slow.send("subscribe", types=["*"])) and count < 256:
            count += 1
        self.assertGreater(count, 0)
        for _ in range(6000 // count + 10):
            client.wait(client.send("create", id=1))
            client.call("kill", id=1)
        self.assertLess(procs.memory_peak(self.tree.pid), 200 * 1024)
        dropped = slow.event("events_dropped")
        self.assertTrue(any(isinstance(value, int) and value > 0 for name, value in
                            dropped.items() if name not in ("seq", "id")), dropped)
        # It goes on with what is new.
        slow.call("pingall")
        pid = client.call("create", id=2)["pid"]
        self.assertEqual(slow.event("node_created", id=2)["pid"], pid)

    def test_the_daemon_survives_subscribers_that_vanish(self):
        client = self.open()
        for turn in range(20):
            gone = self.tree.client()
            gone.call("subscribe", types=["*"], since=0)
            gone.raw(encode(5, "create", {"id": turn}))
            gone.close()
        wait_until(lambda: len(client.parents()) == 20, "their creates are done")
        with self.tree.client() as rude:
            rude.raw(json.dumps({"jsonrpc": "2.0"}).encode())
        self.assertRaises((Closed, OSError), rude.line)
        self.assertEqual(client.unavailable(), [])


if __name__ == "__main__":
    main()
