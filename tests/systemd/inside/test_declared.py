"""Declared nodes and systemd: when the service is ready, and when a reload has ended."""

import os
import subprocess

from machine import TIMEOUT, Case, ctl, dtree, journal, nodes, prop, run, wait_until, write

WORKER = "/usr/local/bin/some-worker"
GATES = "/run/gates"
# Of a node N: fails while there is N-broken, and begins when N-broken or N is there.
SCRIPT = f"""#!/bin/sh
all="$*"
node=${{all#*--node }}
gate={GATES}/${{node%% *}}
until [ -e $gate ]; do
    [ ! -e $gate-broken ] || exit 1
    sleep 0.02
done
exec /usr/libexec/dtree/dtree-worker "$@"
"""


class Declared(Case):
    def setUp(self):
        super().setUp()
        write(WORKER, SCRIPT)
        os.chmod(WORKER, 0o755)
        os.makedirs(GATES)
        self.addCleanup(run, "rm", "-rf", WORKER, GATES)

    def gate(self, name):
        write(f"{GATES}/{name}", "")

    def declare(self, *ids):
        self.set(f"worker = {WORKER}\nrequest-timeout = 60000\n" +
                 "".join(f"[node {node}]\n" for node in ids))

    def states(self):
        return {node: row["state"] for node, row in (nodes() or {}).items() if node != -1}

    def begin(self, *command):
        """A systemctl that waits for its job."""
        job = subprocess.Popen(["systemctl", *command], stdin=subprocess.DEVNULL)
        self.addCleanup(job.wait)
        self.addCleanup(job.kill)
        return job

    def under_way(self, job, node, state):
        """The node is being made, and the job is not done."""
        wait_until(lambda: self.states().get(node) == "starting", f"{node} is made")
        self.assertEqual(prop("ActiveState"), state)
        self.assertIsNone(job.poll())

    def test_ready_is_said_when_each_was_made_or_has_failed_once(self):
        self.declare(1, 2, 3)
        self.gate("1-broken")
        self.gate("3")
        job = self.begin("start", "dtreed")
        # The control socket serves meanwhile.
        wait_until(lambda: self.states().get(3) == "available", "3 is made")
        self.under_way(job, 2, "activating")
        self.assertEqual(dtree("ping", 3), "Ok: 1")
        self.gate("2")
        self.assertEqual(job.wait(TIMEOUT), 0)
        self.assertEqual(prop("ActiveState"), "active")
        self.assertEqual(self.states(), {2: "available", 3: "available"})
        self.assertIn("node 1: the worker ended before it was ready", journal("-p", "err"))
        # One that was there before, and is tried again and again, holds up nobody.
        ctl("stop", "dtreed")
        os.rename(f"{GATES}/2", f"{GATES}/2-broken")
        ctl("start", "dtreed")
        self.assertEqual(prop("ActiveState"), "active")
        self.assertEqual(self.states()[3], "available")
        self.assertNotEqual(self.states()[2], "available")
        os.rename(f"{GATES}/2-broken", f"{GATES}/2")
        wait_until(lambda: self.states()[2] == "available", "it comes back")

    def test_a_reload_ends_when_what_is_declared_was_made_or_has_failed(self):
        self.declare(1)
        self.gate("1")
        ctl("start", "dtreed")
        self.declare(1, 2)
        job = self.begin("reload", "dtreed")
        self.under_way(job, 2, "reloading")
        self.gate("2")
        self.assertEqual(job.wait(TIMEOUT), 0)
        self.assertEqual(prop("ActiveState"), "active")
        self.assertEqual(self.states(), {1: "available", 2: "available"})
        # One that fails is told, and systemd is not left with a reload that never ends.
        self.declare(1, 2, 3)
        self.gate("3-broken")
        self.assertNotEqual(ctl("reload", "dtreed", check=False).returncode, 0)
        wait_until(lambda: prop("ActiveState") == "active", "the reload has ended")
        self.assertEqual(self.states(), {1: "available", 2: "available"})
        os.rename(f"{GATES}/3-broken", f"{GATES}/3")
        ctl("reload", "dtreed")
        self.assertEqual(self.states()[3], "available")
