#!/usr/bin/python3 -B
"""The control socket: what the protocol promises, and requests that no client should send."""

import json
import os
import resource

from lib import procs
from lib.harness import Case, main
from lib.rpc import Closed, RpcError, encode
from lib.waiting import wait_until

LIMIT = 1 << 20


class Control(Case):
    def open(self, *options, **how):
        """A daemon and a client of it."""
        self.tree = self.daemon(*options, **how)
        return self.client(self.tree)

    def refused(self, client, data, *codes):
        """A raw line is answered with one of the codes; gives the error. The connection goes on,
        and nobody else notices."""
        client.raw(data if data.endswith(b"\n") else data + b"\n")
        reply = client.message()
        self.assertIn("error", reply, data[:200])
        self.assertEqual(reply["jsonrpc"], "2.0")
        self.assertIn(reply["error"]["code"], codes, (data[:200], reply))
        self.assertTrue(reply["error"]["message"].isprintable(), reply)
        self.assertEqual(client.call("pingall"), {"unavailable": []})
        return reply

    def test_hello_tells_who_is_there(self):
        client = self.open("--topology", "bst", "--service", "dict")
        hello = client.call("hello")
        self.assertEqual({**hello, "version": "", "pid": 0},
                         {"name": "dtreed", "version": "", "protocol": 1, "topology": "bst",
                          "service": "dict", "node": -1, "pid": 0, "role": "own"})
        self.assertEqual(hello["pid"], self.tree.pid)
        self.assertRegex(hello["version"], r"^\d+\.\d+\.\d+$")

    def test_results_have_the_promised_members(self):
        client = self.open()
        made = client.call("create", id=10)
        self.assertEqual(made, {"id": 10, "pid": made["pid"], "parent": -1})
        self.assertEqual(procs.parent(made["pid"]), self.tree.pid)
        under = client.call("create", id=11, parent=10, service="dict")
        self.assertEqual(under["parent"], 10)
        self.assertEqual(client.call("exec", id=10, args=["3", "1", "2", "3"]),
                         {"id": 10, "result": "6"})
        self.assertEqual(client.call("exec", id=11, args=["x", "5"]), {"id": 11, "result": None})
        self.assertEqual(client.call("ping", id=10), {"id": 10, "available": True})
        self.assertEqual(client.call("heartbeat", interval_ms=200), {"interval_ms": 200})
        rows = client.call("tree")["nodes"]
        self.assertEqual([row["id"] for row in rows], [10, 11])
        wanted = {"id": 11, "parent": 10, "pid": under["pid"], "state": "available",
                  "service": "dict", "depth": 2}
        self.assertLessEqual(wanted.items(), rows[1].items())
        self.assertEqual(client.call("status", id=11)["pid"], under["pid"])
        self.assertIsInstance(client.call("status"), dict)
        self.assertEqual(client.call("kill", id=10), {"removed": [10, 11]})

    def test_replies_carry_the_requests_id(self):
        client = self.open()
        for number in (0, -1, 7, 2**53, "", "a", "ключ", "1", "x" * 1000):
            client.raw(json.dumps({"jsonrpc": "2.0", "id": number, "method": "pingall"}).encode()
                       + b"\n")
            reply = client.message()
            self.assertEqual((reply["id"], type(reply["id"])), (number, type(number)))

    def test_parameters_come_by_name_or_by_position_and_none_has_three_forms(self):
        client = self.open()

        def asked(line, number=1):
            client.raw(line.encode() + b"\n")
            reply = client.message()
            self.assertEqual(reply["id"], number)
            return reply["result"]
        head = '{"jsonrpc":"2.0","id":1.0,"method":'
        self.assertEqual(asked(head + '"create","params":[10]}')["parent"], -1)
        self.assertEqual(asked(head + '"create","params":[20,10]}')["parent"], 10)
        self.assertEqual(asked(head + '"create","params":[30,null,"dict"]}')["parent"], -1)
        self.assertEqual(client.nodes()[30]["service"], "dict")
        self.assertEqual(asked(head + '"exec","params":[20,["2","3","4"]]}')["result"], "7")
        for none in ('', ',"params":{}', ',"params":[]', ',"params":null'):
            self.assertEqual(asked(head + '"pingall"' + none + '}'), {"unavailable": []})
            self.assertEqual(len(asked(head + '"tree"' + none + '}')["nodes"]), 3)

    def test_a_wrong_word_is_answered_with_those_there_are(self):
        client = self.open()
        for method, params, words in (
                ("create", {"id": 1, "service": "foo"}, "no service 'foo'; there are sum, dict, …"),
                ("create", {"id": 1, "restart": "foo"},
                 "no restart policy 'foo'; there are no, on-failure, always"),
                ("exec_all", {"args": [], "reduce": "foo"},
                 "no reduction 'foo'; there are list, count, sum, min, max"),
                ("subscribe", {"types": ["foo"]},
                 "no event type 'foo'; there are controller_started, …"),
                ("ping", {"ID": 1}, "unknown member 'ID': it is 'id'; ping takes id"),
                ("create", {"id": 1, "below": 2}, "unknown member 'below'; create takes id, …"),
                ("craete", {}, "no method 'craete'; did you mean create"),
                ("frobnicate", {}, "no method 'frobnicate'; rpc.discover lists them")):
            error = client.error(method, **params)
            self.assert_reply(error.message, words, method)

    def test_bad_request_ids_are_refused(self):
        client = self.open()
        for word in (b"1.5", b"9007199254740994", b"1e400", b"[]", b"{}", b"true",
                     b"99999999999999999999"):
            self.refused(client, b'{"jsonrpc":"2.0","id":' + word + b',"method":"pingall"}',
                         -32600, -32700)

    def test_a_request_without_an_id_is_not_answered(self):
        client = self.open()
        client.raw(b'{"jsonrpc":"2.0","method":"create","params":{"id":5}}\n')
        client.raw(b'{"jsonrpc":"2.0","method":"nothing"}\n')
        self.assertTrue(client.ping(5))
        self.assertEqual(client.replies, {})

    def test_pipelined_requests_are_all_answered(self):
        client = self.open()
        client.call("create", id=1)
        client.raw(b"".join(encode(n, "exec", {"id": 1, "args": ["2", str(n), "1"]})
                            for n in range(1000, 2000)))
        for n in range(1000, 2000):
            self.assertEqual(client.wait(n)["result"], str(n + 1))

    def test_a_status_has_its_place_among_the_requests_that_name_its_node(self):
        client = self.client(self.daemon())
        asked = [client.send(*request[:1], **request[1]) for request in
                 (("create", {"id": 10}), ("create", {"id": 11, "parent": 10}),
                  ("status", {"id": 11}), ("kill", {"id": 11}), ("status", {"id": 11}))]
        self.assertEqual(client.wait(asked[2])["state"], "available")
        self.assertEqual(client.reply(asked[4])["error"]["data"]["name"], "NOT_FOUND")
        # Also where nothing stands before it.
        asked = [client.send("status", id=10), client.send("kill", id=10)]
        self.assertEqual(client.wait(asked[0])["state"], "available")
        self.assertEqual(client.wait(asked[1]), {"removed": [10]})

    def test_a_request_may_come_byte_by_byte(self):
        client = self.open()
        for byte in encode(77, "pingall", {}):
            client.raw(bytes([byte]))
        self.assertEqual(client.wait(77), {"unavailable": []})

    def test_batches_are_served(self):
        client = self.open()
        batch = [json.loads(encode(1, "create", {"id": 1})),
                 json.loads(encode(2, "exec", {"id": 1, "args": ["1", "5"]})),
                 {"jsonrpc": "2.0", "method": "ping", "params": {"id": 1}},
                 json.loads(encode(3, "ping", {"id": 2})), 7]
        client.raw(json.dumps(batch).encode() + b"\n")
        replies = client.message()
        by_id = {reply["id"]: reply for reply in replies}
        self.assertEqual(len(replies), 4)
        self.assertEqual(by_id[1]["result"]["id"], 1)
        self.assertEqual(by_id[2]["result"]["result"], "5")
        self.assertEqual(by_id[3]["error"]["code"], -32002)
        self.assertEqual(by_id[None]["error"]["code"], -32600)
        self.refused(client, b"[]", -32600)

    def test_a_batch_of_notifications_is_not_answered(self):
        client = self.open()
        client.raw(b'[{"jsonrpc":"2.0","method":"pingall"},{"jsonrpc":"2.0","method":"tree"}]\n')
        self.assertEqual(client.call("pingall"), {"unavailable": []})

    def test_every_error_has_its_code_and_name(self):
        client = self.open("--request-timeout", 600000)
        pid = client.call("create", id=1)["pid"]
        client.call("create", id=2)
        dead = client.nodes()[2]["pid"]
        self.kill9(dead)
        wait_until(lambda: client.nodes()[2]["state"] == "dead", "2 dies")
        self.assertTrue(pid)
        for code, name, method, params in (
                (-32001, "ALREADY_EXISTS", "create", {"id": 1}),
                (-32001, "ALREADY_EXISTS", "create", {"id": 1, "parent": 77}),
                (-32002, "NOT_FOUND", "ping", {"id": 3}),
                (-32002, "NOT_FOUND", "kill", {"id": 3}),
                (-32002, "NOT_FOUND", "exec", {"id": 3, "args": ["1", "1"]}),
                (-32002, "NOT_FOUND", "exec_open", {"id": 3, "args": []}),
                (-32002, "NOT_FOUND", "status", {"id": 3}),
                (-32003, "PARENT_NOT_FOUND", "create", {"id": 3, "parent": 4}),
                (-32004, "PARENT_UNAVAILABLE", "create", {"id": 3, "parent": 2}),
                (-32005, "NODE_UNAVAILABLE", "exec", {"id": 2, "args": ["1", "1"]}),
                (-32006, "SERVICE_ERROR", "exec", {"id": 1, "args": ["2", "1"]})):
            error = client.error(method, **params)
            self.assertEqual((error.code, error.name), (code, name), (method, params))
            self.assertNotEqual(error.message, "")
        for code, line in (
                (-32700, b"{"), (-32700, b"nothing"), (-32700, b'{"jsonrpc":"2.0",}'),
                (-32700, b'{"a":1} {"b":2}'), (-32600, b"7"), (-32600, b"null"),
                (-32600, b'"x"'), (-32600, b"{}"), (-32600, b'{"jsonrpc":"1.0","id":1}'),
                (-32600, b'{"jsonrpc":"2.0","id":1}'),
                (-32600, b'{"jsonrpc":"2.0","id":1,"method":5}'),
                (-32601, b'{"jsonrpc":"2.0","id":1,"method":"nothing"}'),
                (-32601, b'{"jsonrpc":"2.0","id":1,"method":"PING"}'),
                (-32602, b'{"jsonrpc":"2.0","id":1,"method":"ping"}'),
                (-32602, b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"id":1,"x":2}}'),
                (-32602, b'{"jsonrpc":"2.0","id":1,"method":"exec","params":{"id":1,"args":[1]}}'),
                (-32602, b'{"jsonrpc":"2.0","id":1,"method":"exec","params":{"id":1,"args":""}}'),
                (-32602, b'{"jsonrpc":"2.0","id":1,"method":"heartbeat","params":'
                         b'{"interval_ms":0}}')):
            client.raw(line + b"\n")
            self.assertEqual(client.message()["error"]["code"], code, line)

    def test_ids_are_never_rounded_clamped_or_guessed(self):
        client = self.open()
        for node in (10, 2147483647, 0, -2, -2147483648):
            client.call("create", id=node)
        before = client.parents()
        for word in ('10.5', '4294967306', '"10"', '1e400', '2147483648', '-2147483649', '-1',
                     'null', 'true', '[10]', '{}', '99999999999999999999', '10.0000000001',
                     '1e-400'):
            for method in ("ping", "kill", "create", "exec"):
                rest = ',"args":["1","1"]' if method == "exec" else ""
                client.raw(f'{{"jsonrpc":"2.0","id":1,"method":"{method}","params":'
                           f'{{"id":{word}{rest}}}}}\n'.encode())
                error = client.message()["error"]
                self.assertIn(error["code"], (-32602, -32700), (word, method))
        for params in ('{"id":11,"ID":10}', '{"ID":10}', '{"id":11,"id":10}', '{"Id":10,"id":10}',
                       '{"id":11,"parent":10,"parent":0}', '{"id":11,"parent":10.5}',
                       '{"id":11,"parent":"10"}', '{"id":11,"parent":4294967306}', '["11"]',
                       '[10.5]', '[11,10.5]', '[11,-1,"sum","no",5]', '[[11]]', '11'):
            client.raw(f'{{"jsonrpc":"2.0","id":1,"method":"create","params":{params}}}\n'.encode())
            self.assertIn(client.message()["error"]["code"], (-32602, -32700, -32600), params)
        self.assertEqual(client.parents(), before)
        for node in before:
            self.assertTrue(client.ping(node))

    def test_duplicate_keys_of_a_request_are_refused(self):
        client = self.open()
        for line in (b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"pingall"}',
                     b'{"jsonrpc":"2.0","id":1,"id":2,"method":"pingall"}',
                     b'{"jsonrpc":"2.0","id":1,"Method":"tree","method":"pingall"}'):
            self.refused(client, line, -32600, -32700)

    def test_hostile_lines_get_one_error_and_harm_nobody(self):
        client = self.open()
        other = self.client(self.tree)
        head = b'{"jsonrpc":"2.0","id":1,"method":"exec","params":{"id":1,"args":["'
        other.call("create", id=1, service="dict")
        for line in (b"[" * 10000 + b"]" * 10000, b"[" * 10000,
                     b'{"a":' * 10000 + b"1" + b"}" * 10000,
                     head + b"\xff\xfe" + b'"]}}', head + b"\xc0\x80" + b'"]}}',
                     head + b"\xed\xa0\x80" + b'"]}}', head + b"a\x00b" + b'"]}}',
                     head + b"\\u0000" + b'"]}}', head + b"a\\u0000b" + b'"]}}',
                     head + b"\\ud800" + b'"]}}', head + b"\x01" + b'"]}}', b"\x00", b"\xff",
                     b"\x00" * 1000, b"A" * 100000, b'"' + b"\\" * 1001, b"%s%n%s%n",
                     b"[" + b"1," * 1000 + b"]"):
            with self.subTest(line=line[:80]):
                self.refused(client, line, -32700, -32600, -32602)
                self.assertTrue(other.ping(1))

    def test_blank_lines_are_harmless(self):
        client = self.open()
        client.raw(b"\n\r\n  \n")
        client.raw(encode(5, "pingall", {})[:-1] + b"\r\n")
        while (reply := client.message()).get("id") != 5:
            self.assertEqual(reply["error"]["code"], -32700)
        self.assertEqual(reply["result"], {"unavailable": []})

    def test_a_line_at_the_limit_is_served_and_one_over_it_ends_the_connection(self):
        client = self.open("--service", "search")
        client.call("create", id=1)
        empty = len(encode(1, "exec", {"id": 1, "args": ["", "b"]}))
        line = encode(1, "exec", {"id": 1, "args": ["a" * (LIMIT - empty), "b"]})
        self.assertEqual(len(line), LIMIT)
        client.raw(line)
        self.assertEqual(client.message()["result"]["result"], "-1")
        for data in (b"x" * (LIMIT + 2) + b"\n", b"x" * (LIMIT * 3), line[:-1] + b"   \n"):
            with self.subTest(data=data[-10:]), self.tree.client() as greedy:
                try:
                    greedy.raw(data)
                except OSError:
                    pass
                reply = greedy.message()
                self.assertEqual((reply["error"]["code"], reply["error"]["data"]["name"]),
                                 (-32007, "LIMIT"))
                self.assertRaises(Closed, greedy.line)
            self.assertTrue(client.ping(1))

    def test_half_a_line_followed_by_silence_holds_up_nobody(self):
        client = self.open()
        halves = [self.client(self.tree) for _ in range(20)]
        for number, half in enumerate(halves):
            half.raw(encode(9, "create", {"id": number})[:20 + number])
        self.assertEqual(client.parents(), {})
        for number, half in enumerate(halves):
            half.raw(encode(9, "create", {"id": number})[20 + number:])
            self.assertEqual(half.wait(9)["id"], number)

    def test_an_orderly_half_close_is_still_answered(self):
        client = self.open()
        client.raw(encode(1, "create", {"id": 1}) +
                   encode(2, "exec", {"id": 1, "args": ["1", "5"]}))
        client.socket.shutdown(1)
        self.assertEqual(client.wait(1)["id"], 1)
        self.assertEqual(client.wait(2)["result"], "5")
        self.assertRaises(Closed, client.line)

    def test_a_thousand_idle_connections_disturb_nobody(self):
        client = self.open()
        client.call("create", id=1)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 1200:
            self.skipTest(f"only {hard} descriptors here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        idle = []
        for _ in range(1000):
            idle.append(self.client(self.tree))
            if len(idle) % 100 == 0:
                self.assertTrue(client.ping(1))
                self.assertEqual(client.exec(1, 1, 5), "5")
        # Each of them is served, or was told why not.
        for each in idle:
            try:
                self.assertEqual(each.call("pingall"), {"unavailable": []})
            except RpcError as error:
                self.assertEqual(error.name, "LIMIT")
            except (Closed, OSError):
                pass
        client.call("create", id=2, parent=1)
        self.assertEqual(client.exec(2, 1, 6), "6")
        for each in idle:
            each.close()
        wait_until(lambda: procs.descriptors(self.tree.pid) < 200, "their descriptors are closed")
        self.assertTrue(self.client(self.tree).ping(2))

    def test_a_client_that_never_reads_harms_nobody(self):
        client = self.open()
        client.call("create", id=1)
        deaf = self.client(self.tree)
        request = encode(1, "rpc.discover", {}) * 50
        deaf.socket.setblocking(False)
        sent = 0
        # Until the daemon no longer takes its requests, or has taken very many.
        try:
            while sent < 64 << 20:
                sent += deaf.socket.send(request)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass
        for turn in range(100):
            self.assertEqual(client.exec(1, 1, turn), str(turn))
        self.assertLess(procs.memory_peak(self.tree.pid), 200 * 1024)
        deaf.close()
        self.assertTrue(client.ping(1))

    def test_discovery_lists_every_method(self):
        client = self.open()
        text = json.dumps(client.call("rpc.discover"))
        for method in ("hello", "cancel", "create", "exec", "exec_open", "exec_feed", "exec_close", "ping",
                       "pingall", "heartbeat", "kill", "tree", "status", "subscribe",
                       "unsubscribe", "shutdown", "rpc.discover"):
            self.assertIn(json.dumps(method), text)

    def test_shutdown_answers_and_ends_the_tree(self):
        client = self.open()
        for node in range(5):
            client.call("create", id=node)
        self.assertEqual(client.call("shutdown"), {})
        self.assertEqual(self.tree.wait(), 0)
        self.await_nothing()
        self.assertEqual(self.sockets(), [])

    def test_strangers_reach_neither_the_socket_nor_the_links(self):
        self.open("--operate-group", "none", "--observe-group", "none")
        self.assertEqual(os.stat(self.tree.socket).st_mode & 0o077, 0)
        self.assertEqual(os.stat(self.tree.runtime).st_mode & 0o022, 0)
        links = [path for path in self.sockets() if path != self.tree.socket]
        self.assertNotEqual(links, [])
        for path in links:
            self.assertEqual(os.stat(os.path.dirname(path)).st_mode & 0o077, 0, path)


if __name__ == "__main__":
    main()
