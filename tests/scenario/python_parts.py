#!/usr/bin/python3 -B
"""The parts of the Python module that need no dtreed: lines, which reply belongs to which request,
what is known of a request when its connection is lost, credit, events that nobody reads."""

import json
import pickle
import random
import re
import unittest

from lib import manual
from lib.harness import main
from lib.python_module import dtree

from dtree import _core, _events, _feed, _lines, _link, _params, errors

PARTS = (1, 2, 3, 5, 1000)


def refused(kind, call, *args):
    """Calls, and gives the error of that kind."""
    try:
        call(*args)
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


class Lines(unittest.TestCase):
    def test_lines_are_the_same_however_they_are_cut(self):
        text = b'{"a":1}\n\n{"b":"\xc3\xa4"}\r\n' + b"x" * 2000 + b"\n{"
        for size in PARTS:
            reader, lines = _lines.LineReader(), []
            for at in range(0, len(text), size):
                reader.add(text[at:at + size])
                while (line := reader.next()) is not None:
                    lines.append(line)
            self.assertEqual(lines, [b'{"a":1}', b"", b'{"b":"\xc3\xa4"}', b"x" * 2000], size)

    def test_a_line_that_is_too_long_is_refused_before_and_at_its_end(self):
        for data in (b"x" * 11, b"x" * 11 + b"\n"):
            reader = _lines.LineReader(10)
            reader.add(data)
            self.assertIn("more than 10 bytes", refused(dtree.Lost, reader.next).message)
        reader = _lines.LineReader(10)
        reader.add(b"x" * 10 + b"\n")
        self.assertEqual(reader.next(), b"x" * 10)

    def test_what_is_no_message_is_refused(self):
        for line in (b"{", b"[]", b"1", b'{"a":NaN}', b'{"a":"\xff"}', b"[" * 100000):
            refused(dtree.Lost, _lines.read_message, line)

    def test_what_cannot_be_sent_is_refused(self):
        deep = []
        for _ in range(100000):
            deep = [deep]
        for params in ({"a": "\0"}, {"a": ["\ud800"]}, {"a": float("nan")}, {1: 2}, {"a": object()},
                       {"a": "x" * (1 << 20)}, {"a": {"b": {"c\0": 1}}}, {"a": deep}):
            refused(dtree.Invalid, _lines.write_request, 1, "exec", params, {})

    def test_a_request_is_one_line_of_utf_8(self):
        line = _lines.write_request(7, "exec", {"args": ["a\n\u2028ä"]}, {"trace": True})
        self.assertEqual(line.count(b"\n"), 1)
        self.assertEqual(json.loads(line), {"jsonrpc": "2.0", "id": 7, "method": "exec",
                                            "trace": True, "params": {"args": ["a\n\u2028ä"]}})


class Told:
    """What a call was told, once."""

    def __init__(self):
        self.ends = []

    def __call__(self, result, error):
        self.ends.append((result, error))

    def result(self):
        ((result, error),) = self.ends
        if error:
            raise error
        return result

    def outcome(self):
        ((_, error),) = self.ends
        return error.outcome


def reply(number, **members):
    return json.dumps({"jsonrpc": "2.0", "id": number, **members}).encode() + b"\n"


def take(core, data):
    core.received(data)
    while core.next():
        pass


class Correlation(unittest.TestCase):
    def sent(self, count):
        core = _core.Core()
        told = [Told() for _ in range(count)]
        for one in told:
            core.send("ping", {"id": 1}, one)
        return core, told

    def test_replies_find_their_requests_in_any_order(self):
        core, told = self.sent(100)
        order = list(range(100))
        random.Random(1).shuffle(order)
        for index in order:
            take(core, reply(index + 1, result={"available": index}))
        self.assertEqual([one.result() for one in told], [{"available": n} for n in range(100)])
        self.assertFalse(core.calls)

    def test_a_reply_that_nobody_waits_for_is_dropped(self):
        core, (one,) = self.sent(1)
        take(core, reply(9, result={}) + reply(1, result={"a": 1}) + reply(1, result={"a": 2}))
        self.assertEqual(one.result(), {"a": 1})

    def test_an_error_has_the_class_of_its_code(self):
        core, told = self.sent(3)
        take(core, reply(1, error={"code": -32005, "message": "no", "data": {
            "name": "NODE_UNAVAILABLE", "outcome": "not_run", "retry_ms": 250, "id": 7}}))
        error = refused(dtree.NodeUnavailable, told[0].result)
        self.assertEqual((error.outcome, error.retry_after, error.node, str(error)),
                         ("not_run", 0.25, 7, "no"))
        take(core, reply(2, error={"code": -31999, "message": "new"}))
        error = refused(dtree.DtreeError, told[1].result)
        self.assertEqual((type(error), error.code), (dtree.DtreeError, -31999))
        take(core, reply(3, error="odd"))
        refused(dtree.InternalError, told[2].result)

    def test_progress_goes_to_its_request_and_odd_ones_nowhere(self):
        core, seen = _core.Core(), []
        core.send("exec", {}, Told(), progress=seen.append)
        core.send("exec", {}, Told())
        for params in ({"id": 1, "done": 3, "total": 10, "text": "a"}, {"id": 1, "done": 4},
                       {"id": 2, "done": 1}, {"id": 9, "done": 1}, {"id": "1", "done": 1},
                       {"id": 1, "done": -1}, {"id": 1}, {"id": 1, "done": 1, "text": 2}, []):
            take(core, json.dumps({"jsonrpc": "2.0", "method": "progress",
                                   "params": params}).encode() + b"\n")
        self.assertEqual(seen, [dtree.Progress(3.0, 10.0, "a"), dtree.Progress(4.0, 0.0, "")])

    def test_what_a_callback_reads_keeps_its_order(self):
        core, order = _core.Core(), []

        def first(result, _):
            order.append(result["n"])
            while core.next():
                pass
            order.append("out")
        core.send("ping", {}, first)
        for _ in range(2):
            core.send("ping", {}, lambda result, _: order.append(result["n"]))
        take(core, b"".join(reply(n, result={"n": n}) for n in (1, 2, 3)))
        self.assertEqual(order, [1, 2, 3, "out"])

    def test_an_event_goes_to_its_subscription(self):
        core, queue = _core.Core(), _events.EventQueue()
        core.subscribers[2] = queue.tell
        for number in (1, 2, "2"):
            take(core, json.dumps({"jsonrpc": "2.0", "method": "event", "params": {
                "subscription": number, "seq": 17, "time": "2026-11-20T19:01:05.123456Z",
                "type": "node_died", "id": 10, "cause": "signal 9"}}).encode() + b"\n")
        event = queue.get()
        self.assertEqual((event.type, event.seq, event.id, event.name, event.fields),
                         ("node_died", 17, 10, None, {"cause": "signal 9"}))
        self.assertEqual(event.time.isoformat(), "2026-11-20T19:01:05.123456+00:00")
        self.assertIsNone(queue.get())

    def test_an_event_that_cannot_be_read_breaks_the_connection(self):
        for params in ({"subscription": 1}, {"subscription": 1, "seq": 1, "type": "a", "time": 5}):
            core = _core.Core()
            core.subscribers[1] = _events.EventQueue().tell
            with self.assertRaises(_core.Broken):
                take(core, json.dumps({"jsonrpc": "2.0", "method": "event",
                                       "params": params}).encode() + b"\n")


class Loss(unittest.TestCase):
    """What is known of a request when the connection is lost."""

    def lost(self, written):
        """The outcomes of two requests, of which all but so many bytes were written."""
        core = _core.Core()
        told = [Told(), Told()]
        for one in told:
            core.send("ping", {"id": 1}, one)
        core.wrote(len(core.output) + written)
        core.lose(dtree.Lost("gone"))
        core.lose(dtree.Lost("twice"))
        return [one.outcome() for one in told]

    def test_what_was_written_may_have_run_and_the_rest_has_not(self):
        self.assertEqual(self.lost(0), ["unknown", "unknown"])
        # dtreed takes a last line without its end, too.
        self.assertEqual(self.lost(-1), ["unknown", "unknown"])
        self.assertEqual(self.lost(-2), ["unknown", "not_run"])
        self.assertEqual(self.lost(-120), ["not_run", "not_run"])

    def test_what_dtreed_refuses_has_not_run(self):
        for code, kind, count, expected in ((-32008, dtree.Denied, 2, "not_run"),
                                            (-32007, dtree.LimitExceeded, 1, "not_run"),
                                            (-32007, dtree.LimitExceeded, 2, "unknown")):
            core, told = _core.Core(), [Told() for _ in range(count)]
            for one in told:
                core.send("ping", {"id": 1}, one)
            core.wrote(len(core.output))
            broken = refused(_core.Broken, take, core,
                             reply(None, error={"code": code, "message": "no"}))
            core.lose(broken.error)
            for one in told:
                error = refused(kind, one.result)
                self.assertEqual((error.outcome, error.message), (expected, "dtreed: no"))

    def stream(self, is_input, opens, close, written):
        """The outcome of a stream: opens: it was opened; close: its end was given; written: all was
        written."""
        core, told = _core.Core(), Told()
        feeder = _feed.Feeder(core, {"id": 1}, told, args=[], is_input=is_input)
        if opens:
            core.wrote(len(core.output))
            take(core, reply(1, result={"stream": 5, "credit": 1000}))
        if is_input:
            feeder.add_input(b"abc")
        else:
            feeder.add_argument("abc")
        if close:
            feeder.complete()
        if written:
            core.wrote(len(core.output))
        core.lose(dtree.Lost("gone"))
        return told.outcome()

    def test_arguments_that_were_not_completed_have_no_effect(self):
        for opens in (False, True):
            self.assertEqual(self.stream(False, opens, False, True), "not_run")
        self.assertEqual(self.stream(False, True, True, False), "not_run")
        self.assertEqual(self.stream(False, False, True, True), "not_run")
        self.assertEqual(self.stream(False, True, True, True), "unknown")

    def test_a_program_with_input_runs_from_its_opening_on(self):
        self.assertEqual(self.stream(True, False, False, False), "not_run")
        self.assertEqual(self.stream(True, False, False, True), "unknown")
        for close in (False, True):
            for written in (False, True):
                self.assertEqual(self.stream(True, True, close, written), "unknown")

    def test_a_write_that_was_interrupted_gives_the_connection_up(self):
        link = _link.Link.__new__(_link.Link)
        link.path, link.core, link.closing = "p", _core.Core(), lambda: None

        class Socket:
            def send(self, _):
                raise KeyboardInterrupt
            def close(self):
                pass
        link.socket, link._torn = Socket(), False
        told = Told()
        link.core.send("ping", {"id": 1}, told)
        with self.assertRaises(KeyboardInterrupt):
            link.write()
        self.assertFalse(told.ends)
        link.write()
        self.assertEqual(told.outcome(), "not_run")


class Dtreed:
    """The other end of a stream, with little credit; notes arguments as dtreed would."""

    WINDOW = 64

    def __init__(self, core):
        self.core = core
        self.fed, self.limit = 0, self.WINDOW
        self.args, self.open = [], None
        self.waits, self.closed, self.most = [], False, 0

    def feed(self, params):
        text = params.get("data", "")
        data = text.encode() if "data" in params else params["data_base64"]
        size = len(data) + bool(params.get("end_arg"))
        self.fed += size
        if self.fed > self.limit:
            raise AssertionError(f"{self.fed} bytes fed, the limit is {self.limit}")
        if "end_arg" in params:
            self.open = (self.open or "") + text
            if params["end_arg"]:
                self.args.append(self.open)
                self.open = None
            return
        for part in re.findall(r"[ \t\r\n]|[^ \t\r\n]+", text):
            if part not in " \t\r\n":
                self.open = (self.open or "") + part
            elif self.open is not None:
                self.args.append(self.open)
                self.open = None

    def turn(self, chance):
        """Takes what was sent; answers some, each feed once there is room again."""
        lines, size = bytes(self.core.output).splitlines(), len(self.core.output)
        self.core.wrote(size)
        for line in lines:
            request = json.loads(line)
            if request["method"] == "exec_open":
                take(self.core, reply(request["id"], result={"stream": 5, "credit": self.limit}))
            elif request["method"] == "exec_feed":
                self.feed(request["params"])
                self.waits.append((request["id"], self.fed))
                self.most = max(self.most, len(self.waits))
            else:
                self.closed = True
                self.close = request
        if self.waits and chance.random() < 0.7:
            number, end = self.waits.pop(0)
            self.limit = max(self.limit, end + self.WINDOW - chance.randrange(self.WINDOW // 2))
            take(self.core, reply(number, result={"credit": self.limit - end}))


class Credit(unittest.TestCase):
    def test_arguments_of_any_kind_arrive_within_the_credit(self):
        for seed in range(200):
            chance = random.Random(seed)
            words = ["", " ", "a", "ä" * 5, "x y", "\n", "𝄞" * 3, "1" * 70, " ä" * 60]
            args = [chance.choice(words) for _ in range(chance.randrange(40))]
            core, told = _core.Core(), Told()
            dtreed = Dtreed(core)
            feeder = _feed.Feeder(core, {"id": 1}, told, args=[], is_input=False)
            for arg in args:
                feeder.add_argument(arg)
                dtreed.turn(chance)
            feeder.complete()
            for _ in range(10000):
                if dtreed.closed:
                    break
                dtreed.turn(chance)
            self.assertTrue(dtreed.closed, seed)
            take(core, reply(dtreed.close["id"], result={"id": 1, "result": "6"}))
            self.assertEqual(told.result(), {"id": 1, "result": "6"})
            self.assertEqual(dtreed.args + [dtreed.open] * (dtreed.open is not None), args, seed)
            self.assertLessEqual(dtreed.most, _feed.FEEDS)

    def test_no_more_waits_here_than_there_is_room(self):
        core = _core.Core()
        feeder = _feed.Feeder(core, {"id": 1}, Told(), args=[], is_input=True)
        room = feeder.room()
        feeder.add_input(bytes(room))
        self.assertEqual(feeder.room(), 0)
        take(core, reply(1, result={"stream": 5, "credit": 1000}))
        self.assertEqual(feeder.room(), 1000)

    def opened(self, **how):
        core, told = _core.Core(), Told()
        feeder = _feed.Feeder(core, {"id": 1}, told, args=[], **how)
        core.wrote(len(core.output))
        take(core, reply(1, result={"stream": 5, "credit": 1000}))
        return core, told, feeder

    def methods(self, core):
        return [(line["method"], line["params"].get("abandon")) for line in
                map(json.loads, bytes(core.output).splitlines())]

    def test_input_that_is_not_wanted_any_more_is_dropped_and_the_end_is_sent(self):
        core, told, feeder = self.opened(is_input=True)
        feeder.add_input(b"abc")
        take(core, reply(2, result={"credit": 1000, "ended": True}))
        self.assertEqual(feeder.room(), 0)
        feeder.add_input(b"more")
        self.assertEqual(self.methods(core), [("exec_feed", None), ("exec_close", None)])
        take(core, reply(3, result={"id": 1, "result": ""}))
        self.assertEqual(told.result(), {"id": 1, "result": ""})

    def test_a_refused_feed_ends_it_and_closes_it_at_dtreed(self):
        core, told, feeder = self.opened(is_input=False)
        feeder.add_argument("x" * 999)
        feeder.complete()
        take(core, reply(2, error={"code": -32006, "message": "no"}))
        refused(dtree.ServiceError, told.result)
        self.assertEqual(self.methods(core)[-1][0], "exec_close")

    def test_what_is_given_up_is_abandoned_at_dtreed(self):
        core, told, feeder = self.opened(is_input=False)
        feeder.add_argument("a")
        feeder.abandon()
        self.assertEqual(self.methods(core), [("exec_close", True)])
        core, told, feeder = self.opened(is_input=True)
        feeder.cancel()
        self.assertEqual(told.outcome(), "unknown")
        self.assertEqual(self.methods(core), [("exec_close", True)])
        core, told, feeder = self.opened(is_input=False)
        feeder.complete()
        feeder.cancel()
        self.assertEqual([method for method, _ in self.methods(core)], ["exec_close", "cancel"])

    def test_an_argument_that_cannot_be_sent_is_refused(self):
        _, _, feeder = self.opened(is_input=False)
        for text in ("\0", "\ud800"):
            refused(dtree.Invalid, feeder.add_argument, text)


class Unread(unittest.TestCase):
    def test_events_that_nobody_reads_are_dropped_and_counted(self):
        queue = _events.EventQueue(3)
        for seq in range(1, 11):
            queue.tell(dtree.Event("a", seq, None), None)
        queue.tell(None, dtree.Lost("gone"))
        dropped = queue.get()
        self.assertEqual((dropped.type, dropped.seq, dropped.fields),
                         ("events_dropped", 7, {"count": 7}))
        self.assertEqual([queue.get().seq for _ in range(3)], [8, 9, 10])
        self.assertIsNone(queue.get())
        self.assertEqual(queue.seq, 10)

    def test_what_was_dropped_before_is_counted_with_it(self):
        queue = _events.EventQueue(1)
        queue.tell(dtree.Event("events_dropped", 5, None, fields={"count": 5}), None)
        queue.tell(dtree.Event("a", 6, None), None)
        self.assertEqual(queue.get().fields, {"count": 5})


class Names(unittest.TestCase):
    def test_there_is_a_class_for_each_code_of_the_header_and_of_json_rpc(self):
        header = dict(re.findall(r"DTREE_(\w+) =\s+(-\d+)", manual.read("include/dtree/client.h")))
        have = {kind.name: str(code) for code, kind in errors.CLASSES.items()}
        page = dict(re.findall(r"(?m)^\.It Li (-32\d+) (\w+)", manual.read("man/dtree-protocol.7")))
        self.assertEqual(have, {**header, **{name: code for code, name in page.items()}})
        for kind in errors.CLASSES.values():
            self.assertIs(getattr(dtree, kind.__name__), kind)

    def test_an_error_goes_to_another_process_and_back(self):
        error = errors.error_of(-32006, "no", {"name": "SERVICE_ERROR", "status": 3})
        back = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(back), back.message, back.status, back.code),
                         (dtree.ServiceError, "no", 3, -32006))

    def test_both_clients_have_the_same_methods(self):
        names = [{name for name in dir(kind) if not name.startswith("_")}
                 for kind in (dtree.Client, dtree.AsyncClient)]
        self.assertEqual(names[0] - names[1], {"send", "submit", "submit_any"})
        self.assertEqual(names[1] - names[0], set())

    def test_everything_public_says_what_it_does(self):
        missing = []
        for name in dtree.__all__:
            thing = getattr(dtree, name)
            if isinstance(thing, type):
                missing += [f"{name}.{member}" for member, value in vars(thing).items()
                            if callable(value) and not member.startswith("_") and not value.__doc__]
        self.assertEqual(missing, [])

    def test_an_argument_is_text_or_an_integer(self):
        self.assertEqual(_params.arguments(["a", 5, -1]), ["a", "5", "-1"])
        for odd in (1.5, b"a", None, True):
            refused(TypeError, _params.argument, odd)

    def test_seconds_become_milliseconds_and_never_nothing(self):
        self.assertEqual([_params.milliseconds(s) for s in (None, 1, 0.0001, 2.5)],
                         [None, 1000, 1, 2500])


if __name__ == "__main__":
    main()
