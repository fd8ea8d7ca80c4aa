#!/usr/bin/python3 -B
"""Links over TCP: they do what links over Unix sockets do, and are the tree's alone."""

import os
import re
import shutil
import socket
import stat
import subprocess

from lib import procs, sockets
from lib.adoption_case import MS, AdoptionCase
from lib.harness import main
from lib.programs import run
from lib.waiting import wait_until

PINGS = 20


class Tcp(AdoptionCase):
    def plant(self, *options):
        """Nodes 1, 2, 3 below each other, 4 below the controller."""
        self.user = self.open("--link", "tcp", *options)
        self.nodes = self.grow(self.user, 4)

    def links(self):
        return os.path.join(self.tree.runtime, "links")

    def ports(self):
        """The ports of the tree, by the name of the file that has them."""
        found = {}
        for name in os.listdir(self.links()):
            path = os.path.join(self.links(), name)
            if not name.startswith(".") and stat.S_ISREG(os.lstat(path).st_mode):
                with open(path, encoding="ascii") as file:
                    found[name] = int(file.read())
        return found

    def key(self):
        return os.path.join(self.tree.base, "s", "link.key")

    def good(self):
        """All nodes are available, where they belong, with their data."""
        wait_until(lambda: self.user.unavailable() == [], lambda: self.tree.stderr())
        wait_until(lambda: {n: row["link"] for n, row in self.user.nodes().items()} ==
                   {1: -1, 2: 1, 3: 2, 4: -1}, lambda: f"{self.user.nodes()}")
        for node in self.user.nodes():
            self.assertEqual(self.user.exec(node, "x"), str(node))

    def taken(self, pid):
        """The connections of a process, or the test is skipped."""
        try:
            found = sockets.connections(pid)
        except sockets.Refused as why:
            self.skipTest(f"the sockets of other processes cannot be had: {why}")
        for connection in found:
            self.addCleanup(connection.close)
        return found

    # What links over Unix sockets do.

    def test_nodes_below_the_dead_move_and_return(self):
        self.plant("--restart", "always", "--restart-delay-max", 0)
        self.assertEqual(len(self.ports()), 5)
        self.kill9(self.nodes[1], self.nodes[2])
        wait_until(lambda: all(self.user.pids()[n] not in (None, 0, self.nodes[n])
                               for n in (1, 2)), "both are there again")
        self.good()
        self.assertEqual(self.user.nodes()[3]["pid"], self.nodes[3])

    def test_the_next_dtreed_takes_them_over(self):
        self.plant()
        before = self.ports()["0"]
        for _ in range(2):
            self.tree.kill()
            self.user = self.next()
            self.good()
            self.assertEqual(self.user.pids(), self.nodes)
        self.assertNotEqual(self.ports()["0"], before)
        # New links are made as well as old ones are kept.
        self.user.call("create", id=5, parent=3)
        self.assertEqual(self.user.exec(5, "x", 5), None)
        self.check_processes(self.user)

    def test_the_next_dtreed_takes_them_over_without_the_runtime_directory(self):
        self.plant()
        self.tree.kill()
        shutil.rmtree(self.tree.runtime)
        self.user = self.next()
        self.good()
        self.assertEqual(self.user.pids(), self.nodes)

    def test_a_link_that_is_cut_is_made_again(self):
        self.plant()
        cut = self.taken(self.nodes[2])
        self.assertEqual(len(cut), 2)
        for connection in cut:
            connection.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: self.user.unavailable() == [] and self.user.ping(3) is not None,
                   "node 3 answers")
        self.good()
        self.assertEqual(self.user.pids(), self.nodes)

    # Settings.

    def test_another_kind_of_links_begins_new_processes(self):
        self.plant()
        self.tree.kill()
        self.user = self.next("--service", "dict", "--heartbeat", MS)
        wait_until(lambda: self.user.unavailable() == [], lambda: self.tree.stderr())
        self.assertFalse(set(self.nodes.values()) & set(self.user.pids().values()))
        self.assertIn("has links of another kind, or with another key", self.tree.stderr())
        self.assertEqual(self.ports(), {})
        self.check_processes(self.user)
        self.tree.stop()
        self.assertFalse(os.path.exists(self.key()))

    def test_without_a_key_they_work_and_dtreed_warns(self):
        self.plant("--link-security", "null")
        self.good()
        self.assertIn("any user of this machine may connect", self.tree.stderr())
        self.assertFalse(os.path.exists(self.key()))

    def test_a_kind_that_is_none_is_refused(self):
        for option, value, words in (("--link", "udp", "ipc, tcp"),
                                     ("--link-security", "none", "curve, null")):
            done = run(self, [*self.daemon_words(), option, value])
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"'{value}' is none of {words}", done.stderr)

    def daemon_words(self):
        self.tree = self.daemon()
        return self.tree.command

    # The key.

    def test_the_key_is_in_its_file_only_and_goes_with_the_tree(self):
        self.plant("--log-level", "debug")
        self.assertEqual(stat.S_IMODE(os.stat(self.key()).st_mode), 0o600)
        with open(self.key(), "rb") as file:
            secret = file.read().split()[1]
        self.assertEqual(len(secret), 40)
        for pid in self.family():
            for name in ("cmdline", "environ"):
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    self.assertNotIn(secret, file.read())
        os.unlink(self.key())
        self.user.call("create", id=5, parent=4)
        self.assertIn("link.key was gone: made anew", self.tree.stderr())
        with open(self.key(), "rb") as file:
            self.assertEqual(file.read().split()[1], secret)
        self.tree.stop()
        self.assertFalse(os.path.exists(self.key()))
        with open(self.tree.errors, "rb") as file:
            self.assertNotIn(secret, file.read())

    def test_a_lost_key_costs_the_processes_and_not_the_nodes(self):
        self.plant()
        self.tree.kill()
        os.unlink(self.key())
        self.user = self.next()
        wait_until(lambda: self.user.unavailable() == [], lambda: self.tree.stderr())
        self.assertFalse(set(self.nodes.values()) & set(self.user.pids().values()))
        self.check_processes(self.user)

    def test_what_strangers_say_at_a_port_is_nothing(self):
        self.plant()
        for port in self.ports().values():
            with socket.create_connection(("127.0.0.1", port)) as stranger:
                stranger.sendall(b"GET / HTTP/1.0\r\n\r\n" + bytes(64))
                try:
                    while stranger.recv(4096):
                        pass
                except ConnectionResetError:
                    pass
        self.good()
        self.assertEqual(self.user.pids(), self.nodes)

    # Nagle's algorithm.

    def test_each_message_leaves_in_one_segment_at_once(self):
        self.plant("--heartbeat", 0)
        above, below = None, None
        port = self.ports()
        for connection in self.taken(self.nodes[2]):
            self.assertEqual(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), 1)
            if connection.getpeername()[1] in port.values():
                above = connection
            else:
                below = connection
        before = [sockets.data_segments_sent(c) for c in (above, below)]
        for _ in range(PINGS):
            self.user.ping(3)
        after = [sockets.data_segments_sent(c) for c in (above, below)]
        self.assertEqual([b - a for a, b in zip(before, after)], [PINGS, PINGS])

    def test_each_message_leaves_in_one_write(self):
        self.plant("--heartbeat", 0)
        if not shutil.which("strace"):
            self.skipTest("there is no strace")
        out = self.path("strace")
        tracer = subprocess.Popen(["strace", "-f", "-yy", "-o", out, "-e",
                                   "trace=write,writev,sendto,sendmsg,sendmmsg", "-p",
                                   str(self.nodes[2])], stderr=subprocess.PIPE, text=True)
        said = tracer.stderr.readline()
        if "attached" not in said:
            tracer.wait()
            tracer.stderr.close()
            self.skipTest(f"strace: {said.strip()}")
        threads = procs.threads(self.nodes[2])
        wait_until(lambda: all(self.traced(self.nodes[2], t) for t in threads), "it traces")
        for _ in range(PINGS):
            self.user.ping(3)
        tracer.terminate()
        tracer.communicate()
        with open(out, encoding="utf-8", errors="replace") as file:
            sends = re.findall(r"^\d+ +(\w+)\(\d+<TCP:", file.read(), re.MULTILINE)
        self.assertEqual(sends, ["sendto"] * 2 * PINGS)

    def traced(self, pid, thread):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="ascii") as file:
            return "TracerPid:\t0\n" not in file.read()


if __name__ == "__main__":
    main()
