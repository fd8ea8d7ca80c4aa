"""The service as its unit says: starts, stops, what it says, who it is."""

import grp
import os
import pwd
import re
import time

from machine import (CONFIG, Case, ctl, dtree, journal, nodes, pids, prop, read, run, says,
                     status_of, wait_until)

UNITS = ("dtreed.service", "dtreed@blue.service", "dtreed.socket", "dtreed@blue.socket")


class Service(Case):
    def test_the_units_are_taken_without_a_word(self):
        for unit in UNITS:
            done = run("systemd-analyze", "verify", "--man=no", unit, check=False)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), unit)
        self.assertEqual(prop("MemoryDenyWriteExecute"), "no")
        self.assertEqual(prop("PrivateTmp"), "no")

    def test_the_exposure_is_1_at_the_most(self):
        for unit in ("dtreed.service", "dtreed@blue.service"):
            done = run("systemd-analyze", "security", "--no-pager", "--threshold=10", unit,
                       check=False)
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_settings_are_there_and_read(self):
        self.assertIn("[dtreed]", self.settings)
        self.set("topology = bst\n")
        self.start()
        self.assertIn("topology: bst", dtree("status"))

    def test_nothing_of_it_runs_as_root(self):
        user = pwd.getpwnam("dtree")
        grp.getgrnam("dtree-observe")
        pid = self.start(1)[1]
        for path in ("/run/dtree", "/run/dtree/control.sock", "/var/lib/dtree",
                     "/var/lib/dtree/registry.db"):
            self.assertEqual((os.stat(path).st_uid, os.stat(path).st_gid),
                             (user.pw_uid, user.pw_gid), path)
        for one in (prop("MainPID"), pid):
            self.assertEqual(status_of(one, "Uid"), str(user.pw_uid))
            self.assertEqual(status_of(one, "CapBnd"), "0" * 16)
            self.assertEqual(status_of(one, "NoNewPrivs"), "1")

    def test_a_tree_that_root_left_is_taken_over_by_the_user(self):
        self.drop_in("[Service]\nUser=root\nGroup=root\n")
        self.start(1)
        dtree("exec", 1, "X", 5)
        ctl("stop", "dtreed")
        os.unlink("/etc/systemd/system/dtreed.service.d/test.conf")
        ctl("daemon-reload")
        self.start()
        says("Ok:1: 5", "exec", 1, "X")
        self.assertEqual(status_of(pids()[1], "Uid"), str(pwd.getpwnam("dtree").pw_uid))

    def test_another_user_by_a_drop_in(self):
        run("useradd", "--system", "--no-create-home", "other")
        self.addCleanup(run, "userdel", "other")
        self.start(1)
        ctl("stop", "dtreed")
        self.drop_in("[Service]\nUser=other\nGroup=other\n")
        ctl("start", "dtreed")
        user = pwd.getpwnam("other").pw_uid
        says("Ok: 1", "ping", 1)
        for pid in (prop("MainPID"), *pids().values()):
            self.assertEqual(status_of(pid, "Uid"), str(user))
        for path in ("/run/dtree", "/var/lib/dtree", "/var/lib/dtree/registry.db"):
            self.assertEqual(os.stat(path).st_uid, user)
        self.assertEqual(os.stat("/run/dtree/control.sock").st_gid, grp.getgrnam("other").gr_gid)

    def test_the_state_has_the_number_of_nodes(self):
        before = self.start(2)
        wait_until(lambda: prop("StatusText").endswith("; 2 nodes, 0 unavailable"), "the state")
        os.kill(before[1], 9)
        wait_until(lambda: prop("StatusText").endswith("; 2 nodes, 1 unavailable"), "the state")

    def test_ready_is_said_when_each_instance_was_tried(self):
        self.set("[service echo]\nprotocol = lines\ncommand = cat\ninstances = 3\n")
        ctl("start", "dtreed")
        self.assertEqual(len(nodes()), 3)

    def test_a_wrong_setting_is_an_error_and_not_tried_again(self):
        self.set("topology = ring\nheartbeat = 'x'\n")
        self.assertNotEqual(ctl("start", "dtreed", check=False).returncode, 0)
        wait_until(lambda: prop("ActiveState") == "failed", "it is given up")
        self.assertEqual((prop("ExecMainStatus"), prop("NRestarts")), ("2", "0"))
        said = wait_until(lambda: journal("-p", "err", "-o", "cat", "-t", "dtreed"), "the errors")
        first = self.settings.count("\n") + 1
        self.assertIn(f"config: {CONFIG}:{first}: topology 'ring' is none of", said)
        self.assertIn(f"config: {CONFIG}:{first + 1}: heartbeat: the quotes", said)

    def test_a_stop_ends_all_and_a_start_brings_all_back(self):
        before = self.start(3)
        dtree("exec", 2, "Y", 7)
        ctl("stop", "dtreed")
        self.assertEqual(prop("Result"), "success")
        self.assertFalse([pid for pid in before.values() if os.path.exists(f"/proc/{pid}")])
        ctl("start", "dtreed")
        says("Ok:2: 7", "exec", 2, "Y")
        says("Ok: -1", "pingall")

    def test_a_long_grace_is_no_reason_to_be_killed(self):
        # Without a heartbeat nobody knows that the node is hung, and it gets the whole grace.
        self.set("stop-grace = 2500\nheartbeat = 0\n")
        self.drop_in("[Service]\nTimeoutStopSec=1s\nWatchdogSec=1s\n")
        before = self.start(1)
        os.kill(before[1], 19)
        began = time.monotonic()
        ctl("stop", "dtreed")
        self.assertEqual(prop("Result"), "success")
        self.assertGreater(time.monotonic() - began, 2)
        self.assertFalse(os.path.exists(f"/proc/{before[1]}"))

    def test_a_signal_to_the_whole_group_is_an_orderly_end(self):
        self.start(3)
        ctl("kill", "dtreed")
        wait_until(lambda: prop("ActiveState") == "inactive", "it has ended")
        ctl("start", "dtreed")
        says("Ok: -1", "pingall")

    def test_what_systemd_says_is_for_dtreed_alone(self):
        for pid in self.start(2).values():
            with open(f"/proc/{pid}/environ", "rb") as file:
                names = {line.partition(b"=")[0] for line in file.read().split(b"\0")}
            self.assertFalse([name for name in names
                              if re.match(rb"NOTIFY_|LISTEN_|WATCHDOG_|JOURNAL_", name)])
            self.assertIn(b"PATH", names)

    def test_a_reload_ends_whether_the_configuration_is_taken_or_not(self):
        before = self.start(1)
        self.set("max-nodes = 77\n")
        ctl("reload", "dtreed")
        # It returned when it was done.
        self.assertIn("max_nodes: 77\n", dtree("status"))
        self.assertEqual(prop("ActiveState"), "active")
        self.set("topology = ring\n")
        self.assertNotEqual(ctl("reload", "dtreed", check=False).returncode, 0)
        said = journal("-p", "err", "-t", "dtreed")
        self.assertIn("topology 'ring' is none of", said)
        wait_until(lambda: prop("ActiveState") == "active", "the reload has ended")
        # A signal is a reload too.
        self.set("max-nodes = 78\n")
        ctl("kill", "-s", "HUP", "--kill-who=main", "dtreed")
        wait_until(lambda: "max_nodes: 78\n" in dtree("status"), "the setting is in force")
        wait_until(lambda: prop("ActiveState") == "active", "the reload has ended")
        self.assertIn("; 1 nodes, 0 unavailable", prop("StatusText"))
        self.assertEqual(pids(), before)

    def test_a_newer_build_goes_on_with_the_nodes_of_the_former(self):
        before = self.start(2)
        dtree("exec", 1, "X", 5)
        # As a package does it: other files in the place of those that run.
        for path in ("/usr/sbin/dtreed", "/usr/libexec/dtree/dtree-worker"):
            with open(path, "rb") as file:
                program = file.read()
            with open(path + ".new", "wb") as file:
                file.write(program + b"\n")
            os.chmod(path + ".new", 0o755)
            os.rename(path + ".new", path)
        # The daemon first, then its nodes, and a whole restart.
        os.kill(int(prop("MainPID")), 9)
        wait_until(lambda: prop("ActiveState") == "active" and pids() == before, "all are kept")
        says("Ok:1: 5", "exec", 1, "X")
        self.assertEqual(os.readlink(f"/proc/{prop('MainPID')}/exe"), "/usr/sbin/dtreed")
        self.assertIn("(deleted)", os.readlink(f"/proc/{before[1]}/exe"))
        self.assertIn("outdated: 2\n", dtree("status"))
        dtree("restart", "--all")
        self.assertIn("outdated: 0\n", dtree("status"))
        for pid in pids().values():
            self.assertEqual(os.readlink(f"/proc/{pid}/exe"), "/usr/libexec/dtree/dtree-worker")
        says("Ok:1: 5", "exec", 1, "X")
        ctl("restart", "dtreed")
        says("Ok:1: 5", "exec", 1, "X")

    def test_no_unit_of_its_own_group_is_left(self):
        self.start(1)
        group = "/sys/fs/cgroup" + prop("ControlGroup")
        self.assertTrue(read(group + "/cgroup.procs"))
        ctl("stop", "dtreed")
        wait_until(lambda: not os.path.exists(group), "the group is gone")
