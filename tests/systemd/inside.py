"""Runs where systemd is process 1 (service.sh): dtreed as a service, as its unit says."""

import grp
import json
import os
import pwd
import subprocess
import sys
import time
import unittest

TIMEOUT = 30 * float(os.environ.get("DTREE_TEST_SLOW") or 1)
DROP_IN = "/etc/systemd/system/dtreed.service.d"
CONFIG = "/etc/dtree/dtreed.conf"


def run(*command, check=True, stdin=None):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT,
                          input=stdin)
    if check and done.returncode:
        raise AssertionError(f"{command}: {done}")
    return done


def ctl(*args, check=True):
    return run("systemctl", "--no-pager", *args, check=check)


def prop(name):
    return ctl("show", "dtreed", "-p", name, "--value").stdout.strip()


def wait_until(condition, what):
    end = time.monotonic() + TIMEOUT
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not in time: {what}: {journal()[-3000:]}")
        time.sleep(0.01)
    return value


def journal(*args):
    return run("journalctl", "--no-pager", "-o", "short", "-u", "dtreed", *args).stdout


def nodes():
    """The nodes by id; None while nobody answers."""
    done = run("dtreectl", "--json", "tree", check=False)
    if done.returncode:
        return None
    return {node["id"]: node for node in json.loads(done.stdout)["nodes"]}


def pids():
    table = nodes()
    return table and {node: row["pid"] for node, row in table.items() if node != -1}


def crash():
    """dtreed is killed; returns when another serves."""
    former = prop("MainPID")
    os.kill(int(former), 9)
    wait_until(lambda: prop("MainPID") not in ("0", former) and
               prop("ActiveState") == "active" and nodes(), "another dtreed serves")


def status_of(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(line.split()[1] for line in file if line.startswith(name + ":"))


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def group_of(pid):
    return next(line[3:] for line in read(f"/proc/{pid}/cgroup").splitlines()
                if line.startswith("0::"))


def give(unit):
    """Some controller, from the top down; false: there is none."""
    names = read("/sys/fs/cgroup/cgroup.controllers").split()
    path = "/sys/fs/cgroup"
    if not names:
        return False
    for part in ["", *unit.removeprefix(path + "/").split("/")]:
        path = os.path.join(path, part) if part else path
        write(path + "/cgroup.subtree_control", "+" + names[0])
    return True


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class Service(unittest.TestCase):
    def setUp(self):
        with open(CONFIG, encoding="ascii") as file:
            self.settings = file.read()

    def tearDown(self):
        ctl("stop", "dtreed", check=False)
        ctl("kill", "-s", "KILL", "dtreed", check=False)
        ctl("reset-failed", "dtreed", check=False)
        run("rm", "-rf", DROP_IN, "/var/lib/dtree", "/run/dtree")
        write(CONFIG, self.settings)
        ctl("daemon-reload")

    def start(self, count=0, service="dict"):
        ctl("start", "dtreed")
        self.assertEqual(prop("ActiveState"), "active")
        for node in range(1, count + 1):
            run("dtreectl", "create", str(node), "--service", service)
        return pids()

    def test_the_unit_is_taken_without_a_word(self):
        done = run("systemd-analyze", "verify", "--man=no",
                   "/usr/lib/systemd/system/dtreed.service", check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        self.assertEqual(prop("MemoryDenyWriteExecute"), "no")
        self.assertEqual(prop("PrivateTmp"), "no")

    def test_the_settings_are_there_and_read(self):
        run("dtreed", "--check-config")
        self.assertIn("[dtreed]", self.settings)
        write(CONFIG, self.settings + "topology = bst\n")
        self.start()
        self.assertIn("topology: bst", run("dtreectl", "status").stdout)

    def test_workers_outlive_every_crash(self):
        before = self.start(3)
        run("dtreectl", "exec", "1", "X", "5")
        # More than any limit of starts would allow.
        for _ in range(7):
            crash()
            self.assertEqual(pids(), before)
        wait_until(lambda: run("dtreectl", "exec", "1", "X", check=False).stdout == "Ok:1: 5\n",
                   "node 1 answers")
        run("dtreectl", "create", "9")
        for pid in before.values():
            # Its /tmp is the one that it had.
            write(f"/proc/{pid}/root/tmp/probe", "x")
            os.unlink(f"/proc/{pid}/root/tmp/probe")

    def test_programs_have_groups_of_their_own_and_a_crash_is_no_trap(self):
        write(CONFIG, self.settings + "[service echo]\nprotocol = lines\ncommand = cat\n")
        self.start()
        worker = run("dtreectl", "create", "1", "--service", "echo").stdout.split()[1]
        self.assertEqual(run("dtreectl", "exec", "1", "a").stdout, "Ok:1: a\n")
        with open(f"/proc/{worker}/task/{worker}/children", encoding="ascii") as file:
            program = file.read().split()[0]
        unit = "/sys/fs/cgroup" + prop("ControlGroup")
        group = group_of(program)
        self.assertRegex(group, rf"^{prop('ControlGroup')}/dtree-[0-9a-f]+-[0-9a-f]+/1$")
        self.assertEqual(group_of(worker), prop("ControlGroup") + "/dtreed")
        # Any controller will do; with one given to others nothing can be started in the group.
        given = give(unit)
        crash()
        self.assertEqual(prop("NRestarts"), "1")
        if given:
            self.assertEqual(read(unit + "/cgroup.subtree_control"), "")
        wait_until(lambda: run("dtreectl", "exec", "1", "b", check=False).stdout == "Ok:1: b\n",
                   "the node is taken over")
        self.assertEqual(group_of(program), group)
        os.kill(int(worker), 9)
        wait_until(lambda: not os.path.exists(os.path.dirname("/sys/fs/cgroup" + group)),
                   "its group is removed")

    def test_sockets_stay_where_it_cannot_be_started(self):
        before = self.start(2)
        with open("/etc/dtree/dtreed.conf", "a", encoding="ascii") as file:
            file.write("topology = ring\n")
        os.kill(int(prop("MainPID")), 9)
        wait_until(lambda: prop("ActiveState") == "failed", "it is given up")
        self.assertTrue(os.listdir("/run/dtree/links"))
        write(CONFIG, self.settings)
        ctl("start", "dtreed")
        self.assertEqual(pids(), before)

    def test_a_wrong_setting_is_an_error_and_not_tried_again(self):
        with open(CONFIG, "a", encoding="ascii") as file:
            file.write("topology = ring\nheartbeat = 'x'\n")
        self.assertNotEqual(ctl("start", "dtreed", check=False).returncode, 0)
        wait_until(lambda: prop("ActiveState") == "failed", "it is given up")
        self.assertEqual((prop("ExecMainStatus"), prop("NRestarts")), ("2", "0"))
        said = wait_until(lambda: journal("-p", "err", "-o", "cat", "-t", "dtreed"), "the errors")
        first = self.settings.count("\n") + 1
        self.assertIn(f"config: {CONFIG}:{first}: topology 'ring' is none of", said)
        self.assertIn(f"config: {CONFIG}:{first + 1}: heartbeat: the quotes", said)

    def test_a_stop_ends_all_and_a_start_brings_all_back(self):
        before = self.start(3)
        run("dtreectl", "exec", "2", "Y", "7")
        ctl("stop", "dtreed")
        self.assertEqual(prop("Result"), "success")
        self.assertFalse([pid for pid in before.values() if os.path.exists(f"/proc/{pid}")])
        ctl("start", "dtreed")
        wait_until(lambda: run("dtreectl", "exec", "2", "Y", check=False).stdout == "Ok:2: 7\n",
                   "node 2 is back")
        wait_until(lambda: run("dtreectl", "pingall").stdout == "Ok: -1\n", "all are back")

    def test_a_long_grace_is_no_reason_to_be_killed(self):
        # Without a heartbeat nobody knows that the node is hung, and it gets the whole grace.
        write(CONFIG, self.settings + "stop-grace = 12000\nheartbeat = 0\n")
        before = self.start(1)
        os.kill(before[1], 19)
        began = time.monotonic()
        ctl("stop", "dtreed")
        self.assertEqual(prop("Result"), "success")
        self.assertGreater(time.monotonic() - began, 10)
        self.assertFalse(os.path.exists(f"/proc/{before[1]}"))

    def test_a_signal_to_the_whole_group_is_an_orderly_end(self):
        self.start(3)
        ctl("kill", "dtreed")
        wait_until(lambda: prop("ActiveState") == "inactive", "it has ended")
        ctl("start", "dtreed")
        wait_until(lambda: run("dtreectl", "pingall").stdout == "Ok: -1\n", "all are back")

    def test_another_user_by_a_drop_in(self):
        run("useradd", "--system", "--no-create-home", "dtree")
        self.start(1)
        ctl("stop", "dtreed")
        write(f"{DROP_IN}/user.conf", "[Service]\nUser=dtree\n")
        ctl("daemon-reload")
        with open(CONFIG, "a", encoding="ascii") as file:
            file.write("max-nodes = 77\n")
        ctl("start", "dtreed")
        user = pwd.getpwnam("dtree").pw_uid
        wait_until(lambda: run("dtreectl", "ping", "1", check=False).stdout == "Ok: 1\n",
                   "the node that root made is back")
        for pid in (prop("MainPID"), *pids().values()):
            self.assertEqual(status_of(pid, "Uid"), str(user))
        for path in ("/run/dtree", "/var/lib/dtree", "/var/lib/dtree/registry.db"):
            self.assertEqual(os.stat(path).st_uid, user)
        self.assertEqual(os.stat("/run/dtree/control.sock").st_gid,
                         grp.getgrnam("dtree").gr_gid)
        before = pids()
        crash()
        self.assertEqual(pids(), before)

    def test_what_systemd_says_is_for_dtreed_alone(self):
        for pid in self.start(2).values():
            with open(f"/proc/{pid}/environ", "rb") as file:
                names = {line.partition(b"=")[0] for line in file.read().split(b"\0")}
            self.assertFalse(names & {b"NOTIFY_SOCKET", b"LISTEN_FDS", b"JOURNAL_STREAM"})
            self.assertIn(b"PATH", names)

    def test_lines_of_workers_are_in_the_journal_as_dtreeds(self):
        write(CONFIG, self.settings + "log-level = debug\n")
        self.start(1)
        crash()
        wait_until(lambda: "node 1: supervisor: dtreed is gone" in
                   journal("-p", "debug", "-o", "cat", "-t", "dtreed"), "the worker's line")
        self.assertNotIn("<7>", journal("-o", "cat"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]], verbosity=2)
