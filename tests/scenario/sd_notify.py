#!/usr/bin/python3 -B
"""Notifications to the service manager, and a socket passed by it: sd_notify(3),
sd_listen_fds(3)."""

import os
import socket
import sys

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
                self.assertEqual(said[1], f"STATUS=serving {daemon.socket}: topology tree, "
                                          "service sum")
                self.says(daemon, "P", "create", 1)
                daemon.stop()
                self.assertEqual(supervisor.recv(4096).decode().split("\n")[0], "STOPPING=1")
                if name.startswith("/"):
                    os.unlink(name)

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
