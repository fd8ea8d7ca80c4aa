#!/usr/bin/python3 -B
"""Many nodes are restarted, stopped and started by one command; and after an upgrade by it all come
to run the new worker program, while they are used."""

import contextlib
import os
import select
import shutil
import socket
import threading
import time
import unittest
from unittest import mock

from lib.harness import Case, main
from lib.programs import dtree_worker_path, dtreed_path
from lib.waiting import TIMEOUT, wait_until

OFF = 0
# Node and parent.
TREE = ((1, -1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 4), (7, -1))


class Load:
    """A connection that asks in windows, without a pause, until it is stopped. Replies that are
    errors are kept."""

    def __init__(self, path, lines):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(path)
        self.each = lines
        self.lines = b"".join(lines)
        self.window = len(lines)
        self.done = 0
        self.bad = []
        self.ends = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.ends:
                self.socket.sendall(self.lines)
                self._read()
        except OSError as error:
            self.bad.append(error)

    def _read(self):
        text = b""
        while text.count(b"\n") < self.window:
            data = self.socket.recv(1 << 16)
            if not data:
                raise ConnectionError("closed")
            text += data
        self.bad += [line for line in text.splitlines() if self._is_bad(line)]
        self.done += self.window

    @staticmethod
    def _is_bad(line):
        # Of one node, of many, of all. A node does what many are asked once, and its answer may be
        # lost with a link that moves: that can be known only afterwards.
        many = line.count(b'"outcome":') != line.count(b" did it, and its answer is lost")
        return b'"error":' in line or many or b'"unavailable":[' in line and \
            b'"unavailable":[]' not in line

    def stop(self):
        self.ends = True
        self.thread.join(TIMEOUT)
        self.socket.close()


class Paced(Load):
    """So many requests a second, in portions, whatever is answered by then."""

    RATE = 2500
    PORTION = 50

    def _run(self):
        self.socket.setblocking(False)
        sent, due = 0, time.monotonic()
        line = b""
        try:
            while not self.ends or self.done < sent:
                left = due - time.monotonic()
                if left <= 0 and not self.ends:
                    self.socket.sendall(self._portion(sent))
                    sent += self.PORTION
                    due += self.PORTION / self.RATE
                elif select.select([self.socket], [], [], max(left, 0.01))[0]:
                    *lines, line = (line + self.socket.recv(1 << 18)).split(b"\n")
                    self.bad += [whole for whole in lines if self._is_bad(whole)]
                    self.done += len(lines)
        except OSError as error:
            self.bad.append(error)

    def _portion(self, sent):
        return b"".join(self.each[(sent + i) % len(self.each)] for i in range(self.PORTION))


def request(method, **params):
    members = ",".join(f'"{name}":{value}' for name, value in params.items())
    return f'{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{members}}}}}\n'.encode()


def asks(node):
    return request("exec", id=node, args='["3","1","2","3"]')


class RollingRestart(Case):
    def upgrade(self, path):
        """Another file of the same content takes its place, as a package does it."""
        shutil.copy2(path, path + ".new")
        os.replace(path + ".new", path)

    def programs(self):
        """The programs in a directory of the test's own: dtreed, and the worker beside it."""
        shutil.copy2(dtreed_path(), self.path("dtreed"))
        shutil.copy2(dtree_worker_path(), self.path("dtree-worker"))
        return mock.patch.dict(os.environ, DTREED=self.path("dtreed"))

    def outdated(self, client):
        nodes = [node for node, row in client.nodes().items() if row.get("outdated")]
        self.assertEqual(client.call("status")["outdated"], len(nodes))
        self.assertEqual([client.call("status", id=node)["outdated"] for node in nodes],
                         [True] * len(nodes))
        return nodes

    def test_it_is_seen_who_runs_an_older_worker_program(self):
        shutil.copy2(dtree_worker_path(), worker := self.path("worker"))
        daemon = self.daemon("--heartbeat", OFF, worker=worker)
        client = self.client(daemon)
        for node in (1, 2):
            client.call("create", id=node)
        self.assertEqual(self.outdated(client), [])
        self.upgrade(worker)
        client.call("create", id=3)
        self.assertEqual(self.outdated(client), [1, 2])
        client.call("restart", id=1)
        self.assertEqual(self.outdated(client), [2])
        # The next dtreed tells as much of those that it takes over.
        daemon.kill()
        daemon = self.daemon("--heartbeat", OFF, worker=worker, base=daemon.base)
        client = self.client(daemon)
        self.assertEqual(self.outdated(client), [2])
        client.call("stop", id=2)
        self.assertEqual(self.outdated(client), [])
        os.remove(worker)
        self.assertEqual(self.outdated(client), [])

    def test_what_starts_after_an_upgrade_runs_the_new_program(self):
        with self.programs():
            client = self.client(self.daemon("--heartbeat", OFF))
        for node in range(1, 20):
            client.call("create", id=node)
        self.assertEqual(self.outdated(client), [])
        self.upgrade(self.path("dtree-worker"))
        for node in range(20, 25):
            pid = client.call("create", id=node)["pid"]
            self.assertEqual(os.readlink(f"/proc/{pid}/exe"), self.path("dtree-worker"))
        self.assertEqual(self.outdated(client), list(range(1, 20)))

    def grown(self, daemon, tree=TREE, **how):
        client = self.client(daemon)
        for node, parent in tree:
            client.call("create", id=node, parent=parent, **how)
        return client

    @contextlib.contextmanager
    def loads(self, daemon, *windows):
        """All that is asked meanwhile is answered, and well."""
        loads = [Load(daemon.socket, lines) for lines in windows]
        try:
            wait_until(lambda: all(load.done for load in loads), "all are asked")
            before = [load.done for load in loads]
            yield loads
            wait_until(lambda: all(load.done > n + load.window for load, n in zip(loads, before)),
                       "all are asked afterwards")
        finally:
            for load in loads:
                load.stop()
        self.assertEqual([load.bad[:3] for load in loads], [[]] * len(loads))

    def test_all_are_restarted_leaves_first(self):
        daemon = self.daemon("--heartbeat", 100)
        client = self.grown(daemon)
        before = client.pids()
        client.call("subscribe", types=["node_restarted"])
        done = client.call("restart_all")
        self.assertEqual((done["errors"], done["left"]), ([], []))
        after = client.pids()
        self.assertEqual({row["id"]: row["pid"] for row in done["results"]}, after)
        self.assertEqual([node for node in after if after[node] == before[node]], [])
        order = [client.event("node_restarted")["id"] for _ in TREE]
        for node, parent in TREE:
            if parent != -1:
                self.assertLess(order.index(node), order.index(parent), order)

    def test_no_request_fails_while_all_are_restarted(self):
        daemon = self.daemon("--heartbeat", 100)
        nodes = range(1, 25)
        client = self.grown(daemon, [(node, node // 3 or -1) for node in nodes], group='g')
        before = client.pids()
        with self.loads(daemon, [asks(node) for node in nodes], [asks(node) for node in nodes],
                        [request("exec", group='"g"', args='["1","5"]')] * 8,
                        [request("exec_all", args='["1","5"]', reduce='"count"')],
                        [request("ping", id=node) for node in nodes] + [request("pingall")]):
            done = client.call("restart_all", at_once=3)
        self.assertEqual((done["errors"], done["left"]), ([], []))
        self.assertEqual(set(before.values()) & set(client.pids().values()), set())

    def test_an_upgrade_is_rolled_out_under_load(self):
        with self.programs():
            daemon = self.daemon("--heartbeat", 100)
        client = self.grown(daemon)
        self.upgrade(self.path("dtree-worker"))
        self.assertEqual(self.outdated(client), [1, 2, 4, 6, 5, 3, 7])
        shown = self.ctl(daemon, "status").stdout
        self.assertIn("outdated: 7\n", shown)
        with self.loads(daemon, [asks(node) for node, _ in TREE]):
            lines = self.ctl(daemon, "restart", "--all").stdout.splitlines()
        pids = client.pids()
        self.assertEqual(lines, [f"Ok:{node}: {pids[node]}" for node in sorted(pids)])
        self.assertEqual(self.outdated(client), [])

    @unittest.skipUnless(os.environ.get("DTREE_TEST_LONG"), "asks 10,000 times a second: set DTREE_TEST_LONG")
    def test_no_request_of_ten_thousand_a_second_fails_while_a_hundred_nodes_are_restarted(self):
        daemon = self.daemon()
        nodes = range(1, 101)
        client = self.grown(daemon, [(node, node // 3 or -1) for node in nodes])
        loads = [Paced(daemon.socket, [asks(node) for node in nodes]) for _ in range(4)]
        wait_until(lambda: all(load.done > load.RATE for load in loads), "a second of requests")
        before, began = sum(load.done for load in loads), time.monotonic()
        done = client.call("restart_all")
        took, asked = time.monotonic() - began, sum(load.done for load in loads) - before
        for load in loads:
            load.stop()
        self.assertEqual((len(done["results"]), done["errors"], done["left"]), (100, [], []))
        self.assertEqual([load.bad[:3] for load in loads], [[]] * 4)
        print(f"# 100 nodes in {took:.2f} s, {asked / took:.0f} requests a second meanwhile")

    def test_a_program_that_does_not_start_stops_it_at_the_first_node(self):
        shutil.copy2(dtree_worker_path(), worker := self.path("worker"))
        daemon = self.daemon("--heartbeat", OFF, worker=worker)
        client = self.grown(daemon, [(node, -1) for node in range(1, 6)])
        before = client.pids()
        os.rename(worker, self.path("good"))
        self.program_file("worker", "#!/bin/sh\nexit 3\n")
        shown = self.ctl(daemon, "restart", "--all", "--at-once", 1)
        self.assertEqual(shown.returncode, 1)
        lines = shown.stdout.splitlines()
        self.assertRegex(lines.pop(4), "^Error:5: .*exit status 3.*; it is tried again$")
        self.assertEqual(lines, [f"Error:{node}: not begun, as another node failed"
                                 for node in range(1, 5)])
        after = client.pids()
        self.assertEqual({node: after[node] for node in range(1, 5)},
                         {node: before[node] for node in range(1, 5)})
        os.rename(self.path("good"), worker)
        wait_until(lambda: client.unavailable() == [], "the node comes back")

    def test_many_are_stopped_and_started(self):
        daemon = self.daemon("--heartbeat", OFF)
        client = self.grown(daemon)
        self.says(daemon, "Ok:2\nOk:4\nOk:5\nOk:6", "stop", 2, "--subtree")
        self.assertEqual(client.unavailable(), [2, 4, 5, 6])
        # What was stopped stays so; the one that is named does not.
        done = client.call("restart_all")
        self.assertEqual([row["id"] for row in done["results"]], [1, 3, 7])
        done = client.call("restart_all", subtree=4)
        self.assertEqual([row["id"] for row in done["results"]], [4])
        lines = self.ctl(daemon, "start", "--all", "--at-once", 2).stdout.splitlines()
        pids = client.pids()
        self.assertEqual(lines, [f"Ok:{node}: {pids[node]}" for node in (2, 5, 6)])
        self.says(daemon, "Ok", "start", "--all")
        self.assertEqual(client.unavailable(), [])
        self.says(daemon, "\n".join(f"Ok:{node}" for node, _ in TREE), "stop", "--all")
        self.assertEqual(daemon.workers(), [])

    def test_the_forms_of_the_commands(self):
        daemon = self.daemon("--heartbeat", OFF)
        client = self.grown(daemon, [(1, -1), (2, 1), (3, -1)])
        pids = client.pids()
        shown = self.ctl(daemon, "restart", 1, 3, "--subtree")
        self.assertEqual([line[:5] for line in shown.stdout.splitlines()],
                         ["Ok:1:", "Ok:2:", "Ok:3:"])
        self.assertEqual(set(pids.values()) & set(client.pids().values()), set())
        self.says(daemon, "Error: Not found", "restart", 9, "--subtree", status=1)
        for words in (("restart", "--subtree"), ("restart", "--all", 1), ("restart", 1, "--at-once", 2),
                      ("restart", 1, "--sub"), ("stop", "--all", "--all"), ("start", "--all", "--at-once")):
            shown = self.ctl(daemon, *words)
            self.assertEqual((shown.returncode, shown.stdout), (2, ""), words)
            self.assertIn("usage", shown.stderr, words)
        self.says(daemon, "Error: --at-once '65'…", "restart", "--all", "--at-once", 65, status=1)
        self.assertEqual(client.error("restart_all", at_once=0).name, "INVALID_PARAMS")

    def test_with_its_client_a_restart_of_all_ends_at_the_nodes_that_are_begun(self):
        daemon = self.daemon("--heartbeat", OFF)
        client = self.grown(daemon, [(node, -1) for node in range(1, 6)])
        before = client.pids()
        # The first one does not end before its grace is over.
        self.stopped(before[5])
        asker = self.client(daemon)
        asker.send("restart_all", at_once=1)
        wait_until(lambda: client.nodes()[5]["state"] == "restarting", "the first is begun")
        asker.close()
        wait_until(lambda: client.call("status")["clients"] == 1, "it is gone")
        self.go_on(before[5])
        wait_until(lambda: client.nodes()[5]["state"] == "available", "the first is back")
        wait_until(lambda: client.call("status")["pending"] == 0, "nothing is under way")
        self.assertEqual([node for node, pid in client.pids().items() if pid != before[node]],
                         [5])


if __name__ == "__main__":
    main()
