#!/usr/bin/python3 -B
"""Programs in control groups of their own: their limits, in a directory made for it, as few machines
have the controllers to give, and in force where one has; and their ends, in real groups where they
can be made."""

import glob
import os
import signal

from lib import procs
from lib.harness import Case, main
from lib.programs import dtreed_path, run
from lib.waiting import SLOW, wait_until

PLACES = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
LIMITS = ("memory-max = 64M", "tasks-max = 30", "cpu-weight = 200")
SH = "#!/bin/sh\n"


def name_of(state_dir, incarnation):
    """How the group of a node's life is called (daemon/delegation.c)."""
    value = 0xcbf29ce484222325
    for byte in os.fsencode(os.path.realpath(state_dir)):
        value = (value ^ byte) * 0x100000001b3 & (1 << 64) - 1
    return f"dtree-{value:016x}-{incarnation:x}"


class Groups(Case):
    def serve(self, group, program, *keys, protocol="lines", options=(), **how):
        with open(self.path("bad"), "w", encoding="ascii") as file:
            file.write(SH + program + "\n")
        os.chmod(self.path("bad"), 0o755)
        with open(self.path("conf"), "w", encoding="ascii") as file:
            file.write(f"[service mine]\nprotocol = {protocol}\ncommand = {self.path('bad')}\n"
                       + "".join(f"{key}\n" for key in keys))
        options = [*options, *(["--control-group", group] if group else [])]
        return self.daemon("--config", self.path("conf"), "--service", "mine", *options, **how)

    def read(self, *names):
        with open(os.path.join(*names), encoding="ascii") as file:
            return file.read()

    @staticmethod
    def write(text, *names):
        with open(os.path.join(*names), "w", encoding="ascii") as file:
            file.write(text)


class Limits(Groups):
    def make(self, *names, **files):
        path = self.path(os.path.join(*names))
        os.makedirs(path, exist_ok=True)
        for name, text in files.items():
            with open(os.path.join(path, name.replace("_", ".", 1)), "w",
                      encoding="ascii") as file:
                file.write(text)
        return path

    def fake(self, base):
        """A directory as the kernel would make it, with the groups of the first life of a node."""
        root = self.make("g", cgroup_procs="", cgroup_controllers="cpu memory pids\n",
                         cgroup_subtree_control="              cpu memory pids\n")
        self.make("g", "dtreed", cgroup_procs="")
        node = self.make("g", name_of(os.path.join(base, "s"), 1), memory_max="", pids_max="",
                         cpu_weight="", cgroup_kill="", cgroup_procs="")
        self.make(node, "1", cgroup_procs="", cgroup_kill="")
        return root, node

    def test_they_are_written_before_the_program_begins(self):
        base = self.fresh("d")
        root, node = self.fake(base)
        daemon = self.serve(root, "cat", *LIMITS, base=base)
        self.assertNotIn("runs without", daemon.stderr())
        self.assertEqual(self.read(root, "dtreed", "cgroup.procs"), "0")
        client = self.client(daemon)
        worker = client.call("create", id=1)["pid"]
        self.assertEqual(client.exec(1, "a"), "a")
        self.assertEqual(self.read(node, "memory.max"), str(64 << 20))
        self.assertEqual(self.read(node, "pids.max"), "30")
        self.assertEqual(self.read(node, "cpu.weight"), "200")
        self.assertEqual(self.read(node, "1", "cgroup.procs"), "0")
        self.assertEqual(self.read(node, "1", "cgroup.kill"), "")
        os.kill(procs.children(worker)[0], signal.SIGKILL)
        wait_until(lambda: self.read(node, "1", "cgroup.kill") == "1", "all of it is killed")

    def test_they_are_written_again_when_another_dtreed_takes_the_node_over(self):
        base = self.fresh("d")
        root, node = self.fake(base)
        daemon = self.serve(root, "cat", *LIMITS, base=base)
        client = self.client(daemon)
        client.call("create", id=1)
        self.assertEqual(client.exec(1, "a"), "a")
        daemon.kill()
        # As where the controllers were taken away meanwhile, so that the unit could start again.
        self.make(node, memory_max="", pids_max="", cpu_weight="")
        again = self.serve(root, "cat", *LIMITS, base=base)
        client = self.client(again)
        wait_until(lambda: client.ping(1), "it is taken over")
        wait_until(lambda: self.read(node, "pids.max") == "30", "the limits are there again")
        self.assertEqual(self.read(node, "memory.max"), str(64 << 20))

    def test_a_reload_sets_them_and_takes_them_back(self):
        base = self.fresh("d")
        root, node = self.fake(base)
        self.make(node, "2", cgroup_procs="", cgroup_kill="")
        program = self.program_file("mine", SH + "cat\n")

        def declare(*keys):
            return self.text_file("conf", f"[service mine]\nprotocol = lines\ncommand = {program}\n"
                                  + "".join(f"{key}\n" for key in keys))

        def is_set(name, value):
            wait_until(lambda: self.read(node, name) == value,
                       lambda: f"{name}: {self.read(node, name)}")

        conf = self.text_file("conf", "")
        daemon = self.daemon("--config", conf, "--control-group", root, base=base)
        client = self.client(daemon)
        declare(*LIMITS)
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "service mine: new" in daemon.stderr(), daemon.stderr)
        client.call("create", id=1, service="mine")
        self.assertEqual(client.exec(1, "a"), "a")
        for name, value in (("memory.max", str(64 << 20)), ("pids.max", "30"),
                            ("cpu.weight", "200")):
            self.assertEqual(self.read(node, name), value)
        declare("memory-max = 32M")
        daemon.process.send_signal(signal.SIGHUP)
        for name, value in (("memory.max", str(32 << 20)), ("pids.max", "max"),
                            ("cpu.weight", "100")):
            is_set(name, value)
        self.assertEqual(client.exec(1, "a"), "a")

    def test_what_cannot_be_limited_is_told_once_and_runs(self):
        few = self.make("few", cgroup_procs="", cgroup_controllers="pids\n",
                        cgroup_subtree_control="              pids\n")
        self.make("few", "dtreed", cgroup_procs="")
        for group, why, count in (
                (None, "no control group is delegated to dtreed", 3),
                ("none", "no control group is delegated to dtreed", 3),
                (few, f"control group {few} has no controller", 2)):
            with self.subTest(group=group):
                daemon = self.serve(group, "cat", *LIMITS)
                client = self.client(daemon)
                for node in (1, 2):
                    client.call("create", id=node)
                    self.assertEqual(client.exec(node, "a"), "a")
                told = [line for line in daemon.stderr().splitlines() if "runs without" in line]
                self.assertEqual(len(told), count, told)
                self.assertIn(f"conf:4: service mine: memory-max: {why}", told[0])
                done = run(self, [dtreed_path(), *daemon.command[1:], "--check-config"])
                self.assertEqual(done.returncode, 0, done)
                self.assertEqual(done.stderr.count("the program runs without"), count, done)
                daemon.stop()

    def test_a_directory_that_is_none_is_refused(self):
        for path, why in ((self.dir, "there is none of version 2"),
                          (self.path("none"), "there is none of version 2")):
            daemon = self.serve_refused(path)
            self.assertEqual(daemon.wait(), 1)
            self.assertIn(f"control group {path}: {why}", daemon.stderr())
            done = run(self, [dtreed_path(), *daemon.command[1:], "--check-config"])
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(f"control-group: control group {path}: {why}", done.stderr)

    def serve_refused(self, group):
        return self.serve(group, "cat", ready=False)


class Real(Groups):
    """In a group that the kernel has made, with these controllers."""
    controllers = ()

    def setUp(self):
        super().setUp()
        self.root = None
        for place in PLACES:
            if os.path.exists(os.path.join(place, "cgroup.procs")):
                self.root = os.path.join(place, "dtree-test-" + self.token)
        try:
            if self.root:
                self.give(os.path.dirname(self.root))
                os.mkdir(self.root)
                self.give(self.root)
        except OSError:
            if os.path.isdir(self.root):
                os.rmdir(self.root)
            self.root = None
        if not self.root:
            wanted = "".join(f" with {name}" for name in self.controllers)
            self.skipTest(f"no control group of version 2{wanted} can be made here")
        self.addCleanup(self.remove)

    def give(self, group):
        """Groups below it have the controllers."""
        if self.controllers:
            self.write(" ".join("+" + name for name in self.controllers), group,
                       "cgroup.subtree_control")

    def remove(self):
        """After all processes of the test have ended: the last group is that of dtreed."""
        left = glob.glob(os.path.join(self.root, "dtree-*"))
        for path in (os.path.join(self.root, "dtreed"), self.root):
            if os.path.isdir(path):
                wait_until(lambda path=path: self.removed(path), f"{path} is empty")
        self.assertEqual(left, [])

    @staticmethod
    def removed(path):
        try:
            os.rmdir(path)
        except OSError:
            return not os.path.exists(path)
        return True

    def group(self, pid):
        with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
            return next(line.strip()[3:] for line in file if line.startswith("0::"))

    def sleepers(self, word):
        return [pid for pid in self.family() if procs.arguments(pid) == ["sleep", word]]


class InForce(Real):
    """What a limit is for: the kernel holds the program to it, and nobody else."""
    controllers = ("cpu", "memory", "pids")

    def node(self, program, *keys, protocol="run"):
        """Node 1 with that service, node 2 beside it, and the group of node 1."""
        daemon = self.serve(self.root, program, *keys, protocol=protocol)
        self.assertNotIn("runs without", daemon.stderr())
        client = self.client(daemon)
        client.call("create", id=1)
        client.call("create", id=2, service="sum")
        return client, os.path.join(self.root, name_of(os.path.join(daemon.base, "s"), 1))

    def test_a_program_that_takes_too_much_memory_ends_alone(self):
        client, group = self.node("head -c ${1}M /dev/zero | tail -c ${1}M | wc -c",
                                  "memory-max = 32M")
        self.assertEqual(client.exec(1, 1), str(1 << 20))
        self.assertEqual(self.read(group, "memory.max"), f"{32 << 20}\n")
        pid = client.call("status", id=1)["pid"]
        if os.path.exists(os.path.join(group, "memory.swap.max")):
            self.write("0", group, "memory.swap.max")
        # The kernel ends tail, which holds all of it.
        self.assertEqual(client.exec(1, 200), "0")
        self.assertRegex(self.read(group, "memory.events"), r"\noom_kill [1-9]")
        self.assertEqual(client.exec(1, 1), str(1 << 20))
        self.assertEqual(client.exec(2, 1, 5), "5")
        self.assertEqual(client.call("status", id=1)["pid"], pid)

    def test_a_program_has_no_more_processes_than_that(self):
        client, group = self.node("n=0\nwhile [ $n -lt $1 ]; do\n"
                                  "sleep 4718 >/dev/null 2>&1 &\nn=$((n + 1))\ndone\necho $n",
                                  "tasks-max = 20")
        self.assertEqual(client.exec(1, 10), "10")
        self.assertIn("status", client.error("exec", id=1, args=["40"]).data)
        self.assertRegex(self.read(group, "pids.events"), r"max [1-9]")
        wait_until(lambda: self.read(group, "pids.current") == "0\n", "all of it has ended")
        self.assertEqual(client.exec(1, 10), "10")
        self.assertEqual(client.exec(2, 1, 5), "5")

    def test_a_weight_is_that_of_the_node(self):
        client, group = self.node("cat", "cpu-weight = 200", protocol="lines")
        self.assertEqual(client.exec(1, "a"), "a")
        self.assertEqual(self.read(group, "cpu.weight"), "200\n")


class Ends(Real):
    def test_each_program_has_one_below_that_of_its_node(self):
        daemon = self.serve(self.root, "setsid sleep 4713 & cat")
        client = self.client(daemon)
        worker = client.call("create", id=1)["pid"]
        self.assertEqual(client.exec(1, "a"), "a")
        program = procs.children(worker)[0]
        node = name_of(os.path.join(daemon.base, "s"), 1)
        end = f"/{os.path.basename(self.root)}/{node}/1"
        self.assertTrue(self.group(program).endswith(end), self.group(program))
        self.assertEqual(self.group(self.sleepers("4713")[0]), self.group(program))
        own = f"/{os.path.basename(self.root)}/dtreed"
        for pid in (daemon.pid, worker):
            self.assertTrue(self.group(pid).endswith(own), self.group(pid))
        client.call("kill", id=1)
        wait_until(lambda: not os.path.exists(os.path.join(self.root, node)), "it is removed")
        self.assertEqual(self.sleepers("4713"), [])

    def test_all_of_a_program_ends_with_it_while_others_of_its_node_run(self):
        # Without a group what one leaves behind lives as long as any of its node's programs.
        daemon = self.serve(self.root, "[ $1 = stay ] && exec sleep 4714\n"
                            "setsid sleep 4715 >/dev/null 2>&1 & echo fine", "concurrency = 2",
                            protocol="run")
        client = self.client(daemon)
        client.call("create", id=1)
        patient = self.client(daemon)
        stays = patient.send("exec", id=1, args=["stay"])
        wait_until(lambda: self.sleepers("4714"), "one runs")
        self.assertEqual(client.exec(1, "go"), "fine")
        wait_until(lambda: not self.sleepers("4715"), "what the other has left is ended")
        self.assertEqual(len(self.sleepers("4714")), 1)
        client.call("kill", id=1)
        self.assertIn("error", patient.reply(stays))

    def test_what_outlived_worker_and_dtreed_is_ended_by_the_next_one(self):
        daemon = self.serve(self.root, "setsid sleep 4716 & cat")
        client = self.client(daemon)
        workers = [client.call("create", id=node)["pid"] for node in (1, 2)]
        for node in (1, 2):
            self.assertEqual(client.exec(node, "a"), "a")
        old = self.sleepers("4716")
        self.assertEqual(len(old), 2)
        mine = {pid: self.group(pid) for pid in old}
        self.stopped(daemon.pid)
        daemon.process.kill()
        self.kill9(workers[0])
        daemon.process.wait()
        node = name_of(os.path.join(daemon.base, "s"), 1)
        dead = [pid for pid in old if f"/{node}/" in mine[pid]]
        again = self.serve(self.root, "setsid sleep 4716 & cat", base=daemon.base)
        wait_until(lambda: all(procs.gone(pid) for pid in dead), "the orphan is ended")
        wait_until(lambda: not os.path.exists(os.path.join(self.root, node)), "and its group")
        client = self.client(again)
        wait_until(lambda: client.ping(2), "the other node is taken over")
        self.assertEqual(client.exec(2, "b"), "b")
        self.assertFalse(any(procs.gone(pid) for pid in old if pid not in dead))
        # It is a node of the new dtreed as of the old one.
        self.kill9(workers[1])
        wait_until(lambda: all(procs.gone(pid) for pid in old), "all that was started before")

    def test_a_frozen_group_holds_up_its_own_node_and_ends(self):
        daemon = self.serve(self.root, "setsid sleep 4717 & cat", "stop-grace = 100",
                            options=["--request-timeout", int(700 * SLOW), "--stop-grace", 200])
        client = self.client(daemon)
        worker = client.call("create", id=1)["pid"]
        client.call("create", id=2, parent=1)
        self.assertEqual(client.exec(1, "a"), "a")
        program = procs.children(worker)[0]
        place = os.path.join(self.root, name_of(os.path.join(daemon.base, "s"), 1), "1")
        with open(os.path.join(place, "cgroup.freeze"), "w", encoding="ascii") as file:
            file.write("1")
        wait_until(lambda: "frozen 1" in self.read(place, "cgroup.events"), "it is frozen")
        number = client.send("exec", id=1, args=["b"])
        self.assertEqual(client.exec(2, "c"), "c")
        self.assertTrue(client.ping(1))
        client.call("restart", id=1)
        self.assertTrue(procs.gone(program))
        self.assertIn("error", client.reply(number))
        self.assertEqual(client.exec(1, "d"), "d")

    def test_a_delegated_group_is_found(self):
        try:
            os.setxattr(self.root, "user.delegate", b"1")
        except OSError:
            self.skipTest("groups have no attributes here")

        def enter():
            with open(os.path.join(self.root, "cgroup.procs"), "w", encoding="ascii") as file:
                file.write("0")
        for prepare in (enter, None):
            # The second time it is started where the first had gone.
            daemon = self.serve(None, "cat", prepare=prepare or (lambda: self.enter_own()))
            client = self.client(daemon)
            worker = client.call("create", id=1)["pid"]
            self.assertEqual(client.exec(1, "a"), "a")
            self.assertIn(f"/{os.path.basename(self.root)}/dtree-",
                          self.group(procs.children(worker)[0]))
            daemon.stop()

    def enter_own(self):
        with open(os.path.join(self.root, "dtreed", "cgroup.procs"), "w",
                  encoding="ascii") as file:
            file.write("0")


if __name__ == "__main__":
    main()
