"""Several trees: instances of the template, and one of a user's own."""

import os
import pwd

from machine import Case, ctl, dtree, pids, prop, run, wait_until, write


class Instances(Case):
    def tearDown(self):
        super().tearDown()
        for name in ("blue", "red"):
            ctl("stop", f"dtreed@{name}.socket", f"dtreed@{name}", check=False)
            run("rm", "-rf", *(f"{path}/dtree-{name}" for path in ("/etc", "/run", "/var/lib")))

    def test_each_has_directories_and_settings_of_its_own(self):
        write("/etc/dtree-blue/dtreed.conf", "[dtreed]\ntopology = bst\n")
        self.start(1)
        for name, topology in (("blue", "bst"), ("red", "tree")):
            socket = f"/run/dtree-{name}/control.sock"
            ctl("start", f"dtreed@{name}")
            dtree("create", 1, socket=socket)
            self.assertIn(f"topology: {topology}", dtree("status", socket=socket))
            self.assertTrue(os.path.exists(f"/var/lib/dtree-{name}/registry.db"))
        ctl("stop", "dtreed@blue")
        self.assertFalse(os.path.exists("/run/dtree-blue/control.sock"))
        self.assertTrue(pids() and pids("/run/dtree-red/control.sock"))

    def test_one_is_started_by_its_socket(self):
        ctl("start", "dtreed@blue.socket")
        self.assertTrue(pids("/run/dtree-blue/control.sock") is not None)
        self.assertEqual(prop("ActiveState", "dtreed@blue"), "active")


class User(Case):
    def test_a_user_has_a_tree_by_a_unit_of_the_users_manager(self):
        run("useradd", "--create-home", "alice")
        self.addCleanup(run, "userdel", "--remove", "alice", check=False)
        user = pwd.getpwnam("alice")
        runtime = f"/run/user/{user.pw_uid}"
        os.makedirs(runtime, 0o700)
        os.chown(runtime, user.pw_uid, user.pw_gid)
        self.addCleanup(run, "rm", "-rf", runtime)
        run("systemd-run", "--unit=alice", "-p", "User=alice", "-p", "Delegate=yes",
            "-p", "Type=notify", "-E", f"XDG_RUNTIME_DIR={runtime}",
            "/lib/systemd/systemd", "--user")
        self.addCleanup(ctl, "stop", "alice")

        def as_alice(*command):
            return run("setpriv", "--reuid", "alice", "--regid", "alice", "--init-groups",
                       "env", "-i", "PATH=/usr/bin:/bin", f"HOME={user.pw_dir}",
                       f"XDG_RUNTIME_DIR={runtime}", *command).stdout

        as_alice("systemctl", "--user", "start", "dtreed")
        self.assertRegex(as_alice("dtreectl", "create", "1"), "^Ok: ")
        self.assertTrue(os.path.exists(f"{user.pw_dir}/.local/state/dtree/registry.db"))
        self.assertIn("1 nodes, 0 unavailable", wait_until(
            lambda: "1 nodes" in (said := as_alice("systemctl", "--user", "status", "dtreed"))
            and said, "the state"))
        as_alice("systemctl", "--user", "stop", "dtreed")
