#!/usr/bin/python3 -B
"""Who may do what: by user and groups, with processes of other users where the test may make them;
and who has changed what, in the log, the journal's fields and an event."""

import json
import os
import re
import shutil
import socket
import subprocess
import unittest

from lib.harness import Case, main
from lib.programs import dtreectl_path, dtreed_path, run
from lib.waiting import wait_until

OFF = 0
# No user and no group of the system is meant: numbers are enough.
STRANGER, OPERATORS, OBSERVERS = 54321, 54322, 54323
GROUPS = ("--operate-group", OPERATORS, "--observe-group", OBSERVERS)
AS_ROOT = unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"),
                              "only root can be other users, by setpriv")


class Roles(Case):
    def setUp(self):
        super().setUp()
        # Others get to the socket, and see nothing else.
        os.chmod(self.dir, 0o711)

    def open(self, *options, **how):
        daemon = self.daemon("--heartbeat", OFF, *(options or GROUPS), **how)
        os.chmod(daemon.base, 0o711)
        return daemon

    def as_user(self, daemon, *words, gid=STRANGER, groups=(), uid=STRANGER, env=None):
        """dtreectl as another user."""
        who = ["setpriv", "--reuid", str(uid), "--regid", str(gid)]
        who += ["--groups", ",".join(map(str, groups))] if groups else ["--clear-groups"]
        place = ["--socket", daemon.socket] if daemon else []
        return run(self, [*who, dtreectl_path(), *place, *map(str, words)], env=env, cwd="/")

    def denied(self, daemon):
        with daemon.client() as client:
            return client.call("status")["denied"]

    @AS_ROOT
    def test_an_operator_changes_the_tree_and_does_not_end_it(self):
        daemon = self.open()
        for how in ({"gid": OPERATORS}, {"groups": (1, OPERATORS)}):
            for words, reply in ((("create", 10), "Ok: "), (("exec", 10, 1, 5), "Ok:10: 5"),
                                 (("restart", 10), "Ok: "), (("heartbit", 1000), "Ok"),
                                 (("kill", 10), "Ok"), (("tree",), "")):
                done = self.as_user(daemon, *words, **how)
                self.assertEqual((done.returncode, done.stderr), (0, ""), words)
                self.assertEqual(done.stdout[:len(reply)], reply, words)
            done = self.as_user(daemon, "shutdown", **how)
            self.assertEqual(done.stdout, "Error: user 54321 may not call 'shutdown': that takes "
                             "the role 'own', and it has 'operate'\n")
            self.assertEqual(done.returncode, 1)
        self.assertIsNone(daemon.process.poll())

    @AS_ROOT
    def test_an_observer_sees_the_tree_and_changes_nothing(self):
        daemon = self.open()
        client = self.client(daemon)
        client.call("create", id=10)
        for words in (("tree",), ("status", 10), ("ping", 10), ("pingall",), ("services",),
                      ("slow",), ("logs", 10), ("diagnose",), ("wait", 10), ("call", "hello"),
                      ("call", "subscribe"), ("call", "rpc.discover")):
            done = self.as_user(daemon, *words, groups=(OBSERVERS,))
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        before = client.nodes()
        refused = (("create", 11), ("exec", 10, 1, 5), ("exec", "--all", 1, 5), ("kill", 10), ("stop", 10),
                   ("restart", "--all"), ("heartbit", 5), ("shutdown",), ("call", "exec_open", '{"id":10}'))
        for words in refused:
            done = self.as_user(daemon, *words, groups=(OBSERVERS,))
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("it has 'read'", done.stdout, words)
        done = self.as_user(daemon, "--json", "kill", 10, groups=(OBSERVERS,))
        self.assertEqual(json.loads(done.stdout)["data"], {"name": "DENIED"})
        self.assertEqual(client.pids(),
                         {node: row["pid"] for node, row in before.items()})
        self.assertEqual(self.denied(daemon), len(refused) + 1)

    @AS_ROOT
    def test_others_are_refused_and_told_of_once_a_minute(self):
        daemon = self.open()
        for _ in range(5):
            done = self.as_user(daemon, "tree")
            self.assertEqual((done.returncode, done.stdout), (3, ""))
            self.assertIn("user 54321 may not use this dtreed", done.stderr)
        self.assertEqual(self.denied(daemon), 5)
        said = [line for line in daemon.stderr().splitlines() if "denied: " in line]
        self.assertEqual(len(said), 1, said)
        self.assertIn("user 54321", said[0])

    @AS_ROOT
    def test_without_groups_there_are_root_and_the_user_of_dtreed(self):
        daemon = self.open("--operate-group", "none", "--observe-group", "none")
        self.assertEqual(os.stat(daemon.socket).st_mode & 0o777, 0o600)
        done = self.as_user(daemon, "tree", gid=0)
        self.assertEqual(done.returncode, 3)
        self.assertIn("Permission denied", done.stderr)
        # As if somebody had opened it.
        os.chmod(daemon.socket, 0o666)
        for gid in (0, OPERATORS):
            self.assertIn("may not use", self.as_user(daemon, "tree", gid=gid).stderr)

    @AS_ROOT
    def test_the_user_of_dtreed_owns_it_and_so_does_root(self):
        base = self.fresh("d")
        os.mkdir(base, 0o755)
        os.chown(base, STRANGER, STRANGER)
        os.chmod(os.path.dirname(self.fresh("x")), 0o777)
        daemon = self.open(base=base, wrap=("setpriv", "--reuid", str(STRANGER), "--regid", str(STRANGER),
                                            "--clear-groups"))
        with daemon.client() as client:
            self.assertEqual(client.call("hello")["role"], "own")
        self.assertEqual(json.loads(self.as_user(daemon, "call", "hello").stdout)["role"], "own")
        # Its group has no role.
        done = self.as_user(daemon, "tree", uid=STRANGER + 1)
        self.assertIn("user 54322 may not use", done.stderr)

    @AS_ROOT
    def test_members_of_the_groups_need_not_name_the_socket(self):
        script = f"""
            mount -t tmpfs -o mode=755 none /run || exit 77
            mkdir -m 755 /run/dtree /run/own
            chown {STRANGER} /run/own
            "$DTREED" --config {self.text_file("conf", "")} --runtime-dir /run/dtree --state-dir {self.path("s")} \
                --operate-group {OPERATORS} >{self.path("said.err")} 2>&1 &
            pid=$!
            until [ -S /run/dtree/control.sock ]; do sleep 0.01; done
            member() {{ setpriv --reuid {STRANGER} --regid {OPERATORS} --clear-groups "$@"; }}
            export XDG_RUNTIME_DIR=/run/own
            member "$DTREECTL" create 10
            member "$DTREECTL" call hello
            # A socket of the user's own counts, also where nobody listens.
            member mkdir /run/own/dtree
            member touch /run/own/dtree/control.sock
            member "$DTREECTL" tree
            echo "own: $?"
            kill $pid
            wait $pid
            """
        done = run(self, ["unshare", "--mount", "sh", "-c", script],
                   env={"DTREED": dtreed_path(), "DTREECTL": dtreectl_path()})
        if done.returncode == 77 or "unshare" in done.stderr:
            self.skipTest(f"no mount namespace can be had here: {done.stderr}")
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], "^Ok: ")
        self.assertEqual(json.loads(lines[1])["role"], "operate")
        self.assertEqual(lines[2:], ["own: 3"])

    def test_a_group_that_is_not_there_is_a_mistake_if_it_was_named(self):
        daemon = self.daemon("--heartbeat", OFF, "--operate-group", "no-such-group", ready=False)
        self.assertNotEqual(daemon.wait(), 0)
        self.assertIn("there is no group 'no-such-group'", daemon.stderr())
        done = run(self, [*daemon.command, "--check-config"])
        self.assertEqual(done.returncode, 2)
        self.assertIn("operate-group: there is no group 'no-such-group'", done.stderr)

    def test_each_method_tells_its_role(self):
        methods = self.client(self.open()).call("rpc.discover")["methods"]
        roles = {method["name"]: method["x-role"] for method in methods}
        self.assertEqual((roles["shutdown"], roles["kill"], roles["tree"]), ("own", "operate", "read"))

    # Who has changed what.

    def test_each_change_is_told_with_who_and_what(self):
        daemon = self.open()
        client = self.client(daemon)
        client.call("subscribe", types=["audit"])
        client.call("create", id=10, name="first")
        client.error("create", id=10)
        client.call("exec", id=10, args=["1", "5"])
        client.call("heartbeat", interval_ms=500)
        client.call("stop", id="@first")
        done = self.ctl(daemon, "kill", 10)
        self.assertEqual(done.returncode, 0)
        told = []
        wait_until(lambda: (told.append(client.event("audit")) or len(told) == 5), "five are told")
        self.assertEqual([event["what"] for event in told],
                         ["create id=10 name=first", "create id=10", "heartbeat interval_ms=500",
                          "stop id=10", "kill id=10"])
        self.assertEqual([event["result"] for event in told],
                         ["done", "ALREADY_EXISTS: node 10 exists already", "done", "done", "done"])
        self.assertEqual({event["uid"] for event in told}, {os.geteuid()})
        self.assertEqual([event["pid"] for event in told[:4]], [os.getpid()] * 4)
        with open("/proc/self/comm", encoding="utf-8") as comm:
            self.assertEqual(told[0]["program"], comm.read().rstrip("\n"))
        self.assertEqual(told[4]["program"], "dtreectl")
        lines = [line for line in daemon.stderr().splitlines() if "audit: " in line]
        self.assertEqual(len(lines), 5)
        self.assertRegex(lines[4], rf"audit: user {os.geteuid()}, dtreectl \(process \d+\): kill id=10: done$")

    def test_a_change_whose_client_goes_away_is_told(self):
        daemon = self.open()
        client = self.client(daemon)
        pid = client.call("create", id=10)["pid"]
        client.call("subscribe", types=["audit"])
        self.stopped(pid)
        other = self.client(daemon)
        other.send("kill", id=10)
        wait_until(lambda: 10 not in client.nodes(), "it is begun")
        other.close()
        event = client.event("audit")
        self.assertEqual((event["what"], event["result"]),
                         ("kill id=10", "not known: the client has gone before"))

    def test_what_a_client_says_is_escaped(self):
        daemon = self.open()
        client = self.client(daemon)
        client.call("subscribe", types=["audit"])
        client.error("create", id=10, service="a\n<3>b\x1b[2J" + "c" * 1000)
        event = client.event("audit")
        self.assertRegex(event["what"], r"^create id=10 service=a\\x0a<3>b\\x1b\[2Jc+\.\.\.$")
        self.assertLess(len(event["what"]), 200)
        wait_until(lambda: "audit: " in daemon.stderr(), "it is logged")
        self.assertNotIn("\x1b", daemon.stderr())

    def test_a_program_that_has_ended_has_no_name(self):
        daemon = self.open()
        client = self.client(daemon)
        client.call("subscribe", types=["audit"])
        # The connection outlives the process that made it.
        ours, theirs = socket.socketpair()
        child = subprocess.Popen(["python3", "-c", "import socket,sys\n"
                                  "s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
                                  "t=socket.socket(fileno=0)\n"
                                  "socket.send_fds(t,[b'x'],[s.fileno()])", daemon.socket],
                                 stdin=theirs.fileno())
        _, fds, _, _ = socket.recv_fds(ours, 1, 1)
        child.wait()
        with socket.socket(fileno=fds[0]) as handed:
            handed.sendall(b'{"jsonrpc":"2.0","id":1,"method":"create","params":{"id":10}}\n')
            event = client.event("audit")
        ours.close()
        theirs.close()
        self.assertEqual((event["program"], event["pid"]), ("?", child.pid))

    def test_a_private_tree_is_its_users_and_audits_nothing(self):
        shell = self.private("--heartbeat", 1000)
        self.ask(shell, "create 10", "P")
        pid = shell.daemon_pid()
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
            place = re.search("--runtime-dir\0([^\0]*)", file.read())[1]
        self.assertEqual(os.stat(os.path.join(place, "control.sock")).st_mode & 0o777, 0o600)
        self.ask(shell, "kill 10", "Ok")


if __name__ == "__main__":
    main()
