"""What programs of one's own may need, by the drop-ins that are installed as examples."""

import os
import pwd

from machine import Case, crash, ctl, dtree, pids, prop, read, says, wait_until, write

ECHO = "[service echo]\nprotocol = lines\ncommand = cat\n"


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


class DropIns(Case):
    def serve(self, command, *names, extra=""):
        """A node of that program runs, with these drop-ins."""
        self.set(f"[service probe]\nprotocol = run\ncommand = {command}\n{extra}")
        self.shipped(*names)
        ctl("restart", "dtreed")
        if 1 not in (pids() or {}):
            dtree("create", 1, "--service", "probe")

    def test_limits(self):
        self.set(ECHO)
        self.shipped("limits")
        self.start()
        worker = dtree("create", 1, "--service", "echo").split()[1]
        self.assertEqual(dtree("exec", 1, "a"), "Ok:1: a")
        program = read(f"/proc/{worker}/task/{worker}/children").split()[0]
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
        says("Ok:1: b", "exec", 1, "b")
        self.assertEqual(group_of(program), group)
        os.kill(int(worker), 9)
        wait_until(lambda: not os.path.exists(os.path.dirname("/sys/fs/cgroup" + group)),
                   "its group is removed")

    def test_users(self):
        look = "sh -c 'id -un; grep -E Cap..[mfb]: /proc/self/status | cut -f2 | sort -u'"
        nobody = f"[service nobody]\nprotocol = run\ncommand = {look}\nuser = nobody\n"
        self.serve(look, "users", extra=nobody)
        dtree("create", 2, "--service", "nobody")
        # No program may what its worker may: its permitted, effective and ambient privileges.
        worker = pids()[1]
        self.assertEqual(read(f"/proc/{worker}/status").count("00000000000000e3"), 5)
        for node, user in ((1, "dtree"), (2, "nobody")):
            self.assertEqual(dtree("exec", node), rf"Ok:{node}: {user}\n" + "0" * 16)
        # It ends them, too.
        self.set("[service slow]\nprotocol = lines\ncommand = cat\nuser = nobody\n")
        ctl("restart", "dtreed")
        pid = dtree("create", 3, "--service", "slow").split()[1]
        self.assertEqual(dtree("exec", 3, "a"), "Ok:3: a")
        program = read(f"/proc/{pid}/task/{pid}/children").split()[0]
        self.assertEqual(os.stat(f"/proc/{program}").st_uid, pwd.getpwnam("nobody").pw_uid)
        dtree("kill", 3)
        wait_until(lambda: not os.path.exists(f"/proc/{program}"), "it is gone")

    def test_network(self):
        reach = ("python3 -c \"import socket; socket.create_server(('127.0.0.1', 0)); "
                 "print(len(socket.if_nameindex()))\"")
        self.serve(reach)
        self.assertIn("Address family not supported", dtree("exec", 1, check=False))
        self.serve(reach, "network")
        self.assertEqual(dtree("exec", 1), f"Ok:1: {len(os.listdir('/sys/class/net'))}")

    def test_links_over_tcp(self):
        self.set("link = tcp\n")
        self.shipped("tcp-links")
        before = self.start(2, "sum")
        crash()
        self.assertEqual(pids(), before)
        says("Ok:2: 3", "exec", 2, 2, 1, 2)

    def test_homes(self):
        write("/home/somebody/data", "seen")
        self.serve("cat /home/somebody/data")
        self.assertNotIn("seen", dtree("exec", 1, check=False))
        self.serve("cat /home/somebody/data", "homes")
        says("Ok:1: seen", "exec", 1)

    def test_no_jit(self):
        make = "python3 -c \"import mmap; mmap.mmap(-1, 4096, prot=7); print('made')\""
        self.serve(make)
        self.assertEqual(dtree("exec", 1), "Ok:1: made")
        self.serve(make, "no-jit")
        self.assertNotIn("made", dtree("exec", 1, check=False))
