#!/usr/bin/python3 -B
"""dtreed with children that it did not start: as process 1 of a container, and after exec in a
program that had children."""

import os
import signal
import subprocess

from lib import procs
from lib.harness import Case, main
from lib.programs import dtreectl_path
from lib.waiting import wait_until

NAMESPACE = ("unshare", "--fork", "--pid", "--mount-proc")
# What runs in the foreground ends and leaves what is behind the "&" to process 1.
ORPHANS = "for i in 1 2 3; do sleep 600 & done"


def sleepers(pid):
    return [child for child in procs.children(pid) if procs.program(child) == "sleep"]


class Container(Case):
    def kill_strangers(self, pid, count):
        """Those that are children of that process end: nothing is left of them."""
        wait_until(lambda: len(sleepers(pid)) == count, "the orphans have come")
        strangers = sleepers(pid)
        self.kill9(*strangers)
        wait_until(lambda: not [p for p in strangers if procs.state(p)], "they are reaped")

    def check_own(self, client):
        """What is ours is still waited for by its own means: the cause is known."""
        client.call("subscribe", types=["node_died"])
        pid = client.call("create", id=1)["pid"]
        self.assertTrue(client.ping(1))
        return pid

    def test_process_1_of_a_container_reaps_who_ends_there(self):
        if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
            self.skipTest("namespaces are refused here")
        daemon = self.daemon(wrap=NAMESPACE)
        first = procs.children(daemon.pid)[0]
        client = self.client(daemon)
        self.check_own(client)
        enter = ["nsenter", "--target", str(first), "--pid", "--mount", "sh", "-c", ORPHANS]
        for _ in range(2):
            subprocess.run(enter, check=True, env=self.env, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            self.kill_strangers(first, 3)
        node = next(p for p in procs.children(first) if not procs.makes_workers(p))
        self.kill9(node)
        self.assertIn("signal 9", client.event("node_died", id=1)["cause"])
        wait_until(lambda: not procs.zombies(first), "no zombies")
        os.kill(first, signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0)

    def test_a_shell_that_is_process_1_reaps_them_too(self):
        if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
            self.skipTest("namespaces are refused here")
        daemon = self.daemon()
        for options in (("shell", "--private"), ("--socket", daemon.socket, "shell")):
            with self.subTest(options=options):
                outer = subprocess.Popen([*NAMESPACE, dtreectl_path(), *options], env=self.env,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL)
                outer.stdin.write(b"create 1\n")
                outer.stdin.flush()
                self.assertRegex(outer.stdout.readline(), rb"^Ok: \d+$")
                first = procs.children(outer.pid)[0]
                subprocess.run(["nsenter", "--target", str(first), "--pid", "--mount", "sh", "-c",
                                ORPHANS], check=True, env=self.env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                self.kill_strangers(first, 3)
                self.assertEqual(procs.zombies(first), [])
                outer.stdin.close()
                self.assertEqual(outer.stdout.read(), b"")
                outer.stdout.close()
                self.assertEqual(outer.wait(), 0)

    def test_children_of_a_former_program_are_reaped(self):
        daemon = self.daemon(wrap=["sh", "-c", "sleep 0 & " + ORPHANS + "; exec \"$@\"", "sh"])
        client = self.client(daemon)
        pid = self.check_own(client)
        self.kill_strangers(daemon.pid, 3)
        wait_until(lambda: not procs.zombies(daemon.pid), "no zombies")
        self.kill9(pid)
        self.assertIn("signal 9", client.event("node_died", id=1)["cause"])

    def test_many_deaths_at_once_keep_their_causes(self):
        daemon = self.daemon("--topology", "balanced",
                             wrap=["sh", "-c", ORPHANS + "; exec \"$@\"", "sh"])
        client = self.client(daemon)
        client.call("subscribe", types=["node_died"])
        pids = [client.call("create", id=node)["pid"] for node in range(20)]
        self.kill9(*pids[:10], *sleepers(daemon.pid), *pids[10:])
        causes = {event["id"]: event["cause"] for event in
                  (client.event("node_died") for _ in pids)}
        self.assertEqual(set(causes), set(range(20)))
        self.assertEqual(len({cause for cause in causes.values()}), 1, causes)
        self.assertIn("signal 9", causes[0])
        wait_until(lambda: not procs.zombies(daemon.pid), "no zombies")


if __name__ == "__main__":
    main()
