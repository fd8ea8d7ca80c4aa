#!/usr/bin/python3 -B
"""Workers are made by a fork server: they do not differ from workers that are started, and the
server may die or hang at any time."""

import contextlib
import os
import re
import signal
import time

from lib import procs
from lib.harness import main
from lib.daemon_death import DaemonDeath
from lib.programs import dtree_worker_path, run
from lib.waiting import SLOW, wait_until

OFF = 0


def contents(pid, name):
    with open(f"/proc/{pid}/{name}", "rb") as file:
        return file.read()


def forked(pid):
    """Its command line lies in a place that was made for longer ones."""
    return contents(pid, "cmdline").endswith(b"\0\0")


def descriptors(pid):
    """What each descriptor is, without the numbers of pipes and sockets."""
    return sorted(re.sub(r"\d+", "N", os.readlink(f"/proc/{pid}/fd/{fd}"))
                  for fd in os.listdir(f"/proc/{pid}/fd"))


def status(pid, *names):
    lines = contents(pid, "status").decode().splitlines()
    return {name: value for name, _, value in (line.partition(":") for line in lines)
            if name in names}


class ForkServer(DaemonDeath):
    def open(self, *options, **how):
        self.tree = self.daemon("--heartbeat", OFF, *options, **how)
        return self.client(self.tree)

    def servers(self):
        """No worker may be in the making: it looks like the server until it has its command
        line."""
        return [pid for pid in procs.children(self.tree.pid)
                if procs.makes_workers(pid) and not procs.gone(pid)]

    def serving(self, client, node=1000):
        """The pid of a fork server that makes workers. Tells so by creating some, from `node` on."""
        def made():
            nonlocal node
            node += 1
            return forked(client.call("create", id=node)["pid"])
        wait_until(made, "a worker is forked")
        servers = self.servers()
        self.assertEqual(len(servers), 1)
        return servers[0]

    def another(self, former):
        """Waits until there is another server."""
        wait_until(lambda: self.servers() not in ([], [former]), "another server is started")

    def test_a_forked_worker_is_as_one_that_was_started(self):
        client = self.open()
        server = self.serving(client)
        born = client.call("create", id=7)["pid"]
        self.assertTrue(forked(born))
        other = self.daemon("--heartbeat", OFF, worker=dtree_worker_path())
        alone = self.client(other).call("create", id=7)["pid"]
        self.assertFalse(forked(alone))
        self.assertEqual(procs.parent(born), self.tree.pid)
        self.assertEqual(os.readlink(f"/proc/{born}/exe"), os.readlink(f"/proc/{alone}/exe"))
        self.assertEqual(os.readlink(f"/proc/{born}/cwd"), os.readlink(f"/proc/{alone}/cwd"))
        self.assertEqual(contents(born, "environ"), contents(self.tree.pid, "environ"))
        for name in ("comm", "limits", "oom_score_adj", "timerslack_ns", "coredump_filter"):
            self.assertEqual(contents(born, name), contents(alone, name), name)
        names = ("SigBlk", "SigIgn", "SigCgt", "Threads", "Umask", "Uid", "Groups", "NoNewPrivs")
        self.assertEqual(status(born, *names), status(alone, *names))
        self.assertEqual(descriptors(born),
                         [what.replace(other.base, self.tree.base) for what in descriptors(alone)])
        inside = [os.readlink(f"/proc/{born}/fd/{fd}") for fd in os.listdir(f"/proc/{born}/fd")]
        self.assertNotIn(os.readlink(f"/proc/{server}/fd/0"), inside)

    def test_its_command_line_is_its_own(self):
        client = self.open()
        self.serving(client)
        pids = {node: client.call("create", id=node)["pid"] for node in (1, 22, 333)}
        for node, pid in pids.items():
            words = procs.arguments(pid)
            self.assertEqual(os.path.basename(words[0]), "dtree-worker")
            self.assertEqual(words[1], "--protocol")
            self.assertEqual(words[3:5], ["--node", str(node)])
            self.assertEqual(words[words.index("--supervisor") + 1], str(self.tree.pid))
            shown = run(self, ["ps", "-ww", "-o", "args=", "-p", str(pid)]).stdout
            self.assertEqual(shown.split(), words)

    def test_its_end_is_told_with_its_cause(self):
        client = self.open()
        self.serving(client)
        for node, number, cause in ((1, signal.SIGKILL, "signal 9 (Killed)"),
                                    (2, signal.SIGALRM, "signal 14 (Alarm clock)"),
                                    (3, signal.SIGUSR2, "exit status 0")):
            pid = client.call("create", id=node)["pid"]
            self.assertTrue(forked(pid))
            client.exec(node, 1, 1)
            os.kill(pid, number)
            wait_until(lambda node=node: client.nodes()[node]["state"] == "dead", "it is dead")
            self.assertEqual(client.nodes()[node]["cause"], cause)
        wait_until(lambda: not procs.zombies(self.tree.pid), "no zombies")

    def test_a_restarted_node_is_forked(self):
        client = self.open("--restart", "always")
        self.serving(client)
        pid = client.call("create", id=1)["pid"]
        self.kill9(pid)

        def back():
            row = client.nodes()[1]
            return row["state"] == "available" and row["pid"] != pid and row["pid"]
        self.assertTrue(forked(wait_until(back, "it is back")))
        self.assertEqual(client.exec(1, 1, 3), "3")

    def test_a_killed_server_is_replaced_and_nobody_waits_for_it(self):
        client = self.open()
        for node in range(1, 4):
            server = self.serving(client, 1000 * node)
            self.kill9(server)
            client.call("create", id=node)
            self.assertEqual(client.exec(node, 1, node), str(node))
            self.another(server)
        wait_until(lambda: not procs.zombies(self.tree.pid), "no zombies")
        self.serving(client, 5000)

    def test_a_server_killed_while_it_works_loses_nobody(self):
        client = self.open("--topology", "balanced")
        for turn in range(1, 5):
            server = self.serving(client, 1000 * turn)
            numbers = [client.send("create", id=1000 * turn + 100 + i) for i in range(50)]
            for number in numbers[:3 * turn]:
                client.wait(number)
            # Where the machine is slow dtreed may have done it already.
            with contextlib.suppress(ProcessLookupError):
                self.kill9(server)
            for number in numbers[3 * turn:]:
                client.wait(number)
            self.another(server)
        rows = client.nodes().values()
        wait_until(lambda: sorted(self.company()) ==
                   sorted([self.tree.pid, *(row["pid"] for row in rows)]),
                   "every process is a node's")
        wait_until(lambda: not procs.zombies(self.tree.pid), "no zombies")
        self.assertEqual(client.unavailable(), [])

    def test_a_stopped_server_delays_nobody_for_long(self):
        client = self.open()
        other = self.client(self.tree)
        for turn in range(1, 4):
            server = self.serving(client, 1000 * turn)
            self.stopped(server)
            began = time.monotonic()
            asked = [client.send("create", id=10 * turn + i) for i in range(5)]
            self.assertTrue(other.ping(1000 * turn + 1))
            self.assertLess(time.monotonic() - began, 2 * SLOW)
            for number in asked:
                client.wait(number)
            wait_until(lambda server=server: procs.gone(server), "it is killed")
            self.another(server)
        wait_until(lambda: not procs.zombies(self.tree.pid), "no zombies")

    def test_a_worker_stopped_at_its_birth_delays_nobody(self):
        client = self.open("--request-timeout", 600000)
        other = self.client(self.tree)
        other.call("create", id=1)
        self.serving(other)
        known = set(procs.children(self.tree.pid))
        asked = client.send("create", id=2)
        born = wait_until(lambda: set(procs.children(self.tree.pid)) - known, "it is born").pop()
        self.stopped(born)
        self.assertEqual(other.exec(1, 1, 3), "3")
        other.call("create", id=3)
        self.assertEqual(other.exec(3, 1, 3), "3")
        self.go_on(born)
        client.wait(asked)
        self.assertEqual(client.nodes()[2]["pid"], born)

    def test_the_server_dies_with_dtreed_and_workers_do_not(self):
        client = self.open()
        server = self.serving(client)
        pids = [row["pid"] for row in client.nodes().values()]
        self.die(self.tree)
        wait_until(lambda: procs.gone(server), "the server is gone")
        self.assertEqual([pid for pid in pids if procs.gone(pid)], [])
        client = self.client(self.again(self.tree, "--heartbeat", OFF))
        self.assertEqual([row["pid"] for row in client.nodes().values()], pids)

    def test_a_named_program_is_started_for_each_node(self):
        path = dtree_worker_path()
        for options, how in (((), {"worker": path}), (("--worker", path), {})):
            client = self.open(*options, **how)
            for node in range(1, 4):
                self.assertFalse(forked(client.call("create", id=node)["pid"]))
            self.assertEqual(self.servers(), [])


if __name__ == "__main__":
    main()
