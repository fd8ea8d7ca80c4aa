#!/usr/bin/python3 -B
"""Notifications to the service manager, and a socket passed by it: sd_notify(3),
sd_listen_fds(3)."""

import os
import signal
import socket
import sys
import time

from lib.harness import Case, main
from lib.waiting import TIMEOUT

# Becomes the program behind the descriptors that are to be its 3 and above.
PASS = """import os, sys
at = sys.argv.index("--")
for to, fd in enumerate(map(int, sys.argv[1:at]), 3):
    os.dup2(fd, to)
os.environ["LISTEN_PID"] = str(os.getpid() + int(os.environ.get("PID_OFF", 0)))
os.environ["LISTEN_FDS"] = os.environ.get("FDS", str(at - 1))
os.execv(sys.argv[at + 1], sys.argv[at + 1:])"""


class SdNotify(Case):
    def supervisor(self, name):
        """What hears the daemon: a datagram socket of that name."""
        heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(heard.close)
        heard.bind(name)
        if name.startswith("/"):
            self.addCleanup(os.unlink, name)
        heard.settimeout(TIMEOUT)
        return heard

    def listener(self, kind=socket.SOCK_STREAM):
        listener = socket.socket(socket.AF_UNIX, kind)
        self.addCleanup(listener.close)
        listener.bind(self.fresh("passed"))
        self.addCleanup(os.unlink, listener.getsockname())
        if kind == socket.SOCK_STREAM:
            listener.listen()
        return listener

    def passed(self, *sockets, env=None, ready=True):
        """A daemon that was passed these."""
        fds = [s.fileno() for s in sockets]
        wrap = [sys.executable, "-c", PASS, *map(str, fds), "--"]
        return self.daemon(wrap=wrap, pass_fds=fds, env=env, ready=ready)

    def refused(self, words, *sockets, env=None):
        daemon = self.passed(*sockets, env=env, ready=False)
        self.assertEqual(daemon.wait(), 1)
        self.assertIn("LISTEN_FDS: " + words, daemon.stderr())

    def test_it_says_when_it_serves_and_when_it_ends(self):
        for name in (self.fresh("n"), "\0dtree-" + self.token):
            with self.subTest(name=name):
                supervisor = self.supervisor(name)
                daemon = self.daemon(env={"NOTIFY_SOCKET": name.replace("\0", "@")})
                said = supervisor.recv(4096).decode().split("\n")
                self.assertEqual(said[0], "READY=1")
                state = f"STATUS=serving {daemon.socket}: topology tree, service sum; "
                self.assertEqual(said[1], state + "0 nodes, 0 unavailable")
                self.says(daemon, "P", "create", 1)
                self.assertEqual(supervisor.recv(4096).decode(), state + "1 nodes, 0 unavailable")
                os.kill(daemon.workers()[0], signal.SIGKILL)
                self.assertEqual(supervisor.recv(4096).decode(), state + "1 nodes, 1 unavailable")
                daemon.stop()
                self.assertEqual(supervisor.recv(4096).decode().split("\n")[0], "STOPPING=1")

    def test_the_state_is_told_at_most_each_second(self):
        supervisor = self.supervisor(self.fresh("n"))
        daemon = self.daemon(env={"NOTIFY_SOCKET": supervisor.getsockname()})
        self.assertIn("READY=1", supervisor.recv(4096).decode())
        began = time.monotonic()
        for node in range(1, 21):
            self.says(daemon, "P", "create", node)
        said = 0
        while not supervisor.recv(4096).decode().endswith("; 20 nodes, 0 unavailable"):
            said += 1
        self.assertLessEqual(said, time.monotonic() - began)

    def test_it_is_ready_when_each_instance_was_tried_once(self):
        supervisor = self.supervisor(self.fresh("n"))
        config = self.text_file("instances.conf", "[service echo]\ncommand = cat\nprotocol = lines\ninstances = 5\n"
                            "[service gone]\ncommand = /nonexistent/program\nprotocol = lines\n"
                            "instances = 2\n")
        self.daemon("--config", config, env={"NOTIFY_SOCKET": supervisor.getsockname()})
        while "READY=1" not in (said := supervisor.recv(4096).decode()):
            self.assertRegex(said, "^STATUS=starting: [1-7] nodes are waited for\n")
        self.assertIn("service sum; 7 nodes, ", said)

    def test_a_watchdog_is_fed_until_the_end(self):
        supervisor = self.supervisor(self.fresh("n"))
        daemon = self.daemon(env={"NOTIFY_SOCKET": supervisor.getsockname(),
                                  "WATCHDOG_USEC": "100000"})
        fed = [supervisor.recv(4096).decode() for _ in range(20)]
        self.assertGreater(fed.count("WATCHDOG=1"), 15)
        # A process that cannot end: the end takes a while.
        self.says(daemon, "P", "create", 1)
        os.kill(daemon.workers()[0], signal.SIGSTOP)
        os.kill(daemon.pid, signal.SIGTERM)
        while not supervisor.recv(4096).decode().startswith("STOPPING=1"):
            pass
        self.assertEqual(supervisor.recv(4096).decode(), "WATCHDOG=1")

    def test_a_supervisor_that_does_not_listen_is_no_obstacle(self):
        for name in (self.path("nobody"), "nonsense", "@" + "x" * 200, ""):
            with self.subTest(name=name):
                daemon = self.daemon(env={"NOTIFY_SOCKET": name})
                self.says(daemon, "P", "create", 1)
                self.assertEqual("NOTIFY_SOCKET" in daemon.stderr(), True)
                daemon.stop()

    def test_a_passed_socket_is_used_and_left(self):
        listener = self.listener()
        daemon = self.passed(listener, ready=False)
        path, daemon.socket = daemon.socket, listener.getsockname()
        self.says(daemon, "P", "create", 1)
        self.assertFalse(os.path.exists(path))
        # The supervisor's words are for the daemon alone.
        for pid in daemon.workers():
            with open(f"/proc/{pid}/environ", "rb") as file:
                self.assertNotIn(b"LISTEN_", file.read())
            self.assertNotIn(f"socket:[{os.stat(listener.fileno()).st_ino}]",
                             [os.readlink(f"/proc/{pid}/fd/{fd}")
                              for fd in os.listdir(f"/proc/{pid}/fd")])
        daemon.stop()
        self.assertTrue(os.path.exists(listener.getsockname()))

    def test_what_was_passed_to_another_process_is_not_ours(self):
        daemon = self.passed(self.listener(), env={"PID_OFF": "1"})
        self.says(daemon, "P", "create", 1)

    def test_what_is_no_socket_to_listen_at_is_refused(self):
        wrong = "what was passed is no listening Unix stream socket"
        deaf = socket.socket(socket.AF_UNIX)
        self.addCleanup(deaf.close)
        self.refused(wrong, deaf)
        self.refused(wrong, self.listener(socket.SOCK_DGRAM))
        with socket.create_server(("127.0.0.1", 0)) as internet:
            self.refused(wrong, internet)
        with open("/dev/null", "rb") as file:
            self.refused(wrong, file)

    def test_more_or_less_than_one_is_refused(self):
        self.refused("2 sockets were passed, not one", self.listener(), self.listener())
        self.refused("-1 sockets were passed, not one", self.listener(), env={"FDS": "-1"})


if __name__ == "__main__":
    main()
