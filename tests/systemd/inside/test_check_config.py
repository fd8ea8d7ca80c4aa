"""Root's dtreed --check-config is about the service: what its unit forbids is refused."""

import os

from machine import CONFIG, SHIPPED, Case, ctl, run, write

NEEDY = """[service needy]
protocol = run
command = cat
user = nobody
group = nogroup
memory-max = 1G
tasks-max = 10
cpu-weight = 50
nice = -5
limit-files = 100000
directory = /home/somebody
"""
# The keys, with the drop-ins that allow them.
FORBIDDEN = {"user": "users", "group": "users", "memory-max": "limits", "tasks-max": "limits",
             "cpu-weight": "limits", "nice": None, "limit-files": None, "directory": "homes"}


class CheckConfig(Case):
    def check(self):
        done = run("dtreed", "--check-config", check=False)
        return done.returncode, done.stdout, done.stderr

    def test_settings_are_judged_as_the_user_of_the_unit(self):
        status, said, wrong = self.check()
        self.assertEqual((status, wrong), (0, ""))
        self.assertIn("runtime-dir = /run/dtree ; default\n", said)
        self.assertIn("state-dir = /var/lib/dtree ; default\n", said)
        # Whether the service runs or not.
        self.start(1)
        self.assertEqual(self.check(), (0, said, ""))
        write("/usr/local/bin/mine", "#!/bin/sh\n")
        os.chmod("/usr/local/bin/mine", 0o700)
        self.addCleanup(os.unlink, "/usr/local/bin/mine")
        self.set("[service mine]\nprotocol = run\ncommand = mine\n")
        self.assertIn("mine cannot be executed: Permission denied", self.check()[2])

    def test_each_thing_that_the_unit_forbids_is_named_with_its_remedy(self):
        write("/home/somebody/data", "")
        self.addCleanup(run, "rm", "-rf", "/home/somebody")
        self.set("link = tcp\n" + NEEDY)
        first = self.settings.count("\n") + 1
        status, said, wrong = self.check()
        self.assertEqual((status, said), (2, ""))
        remedy = "dtreed.service forbids it; {}.conf allows it, see RUNNING UNDER SYSTEMD in dtreed(8)"
        expected = [f"{CONFIG}:{first}: link: tcp: " + remedy.format("tcp-links")]
        for key, drop_in in FORBIDDEN.items():
            line = first + 1 + [line.partition(" ")[0] for line in NEEDY.splitlines()].index(key)
            expected.append(f"{CONFIG}:{line}: service needy: {key}: " + (
                remedy.format(drop_in) if drop_in else "dtreed.service forbids it"))
        self.assertEqual(sorted(wrong.splitlines()),
                         sorted("dtreed: config: " + line for line in expected))

    def test_drop_ins_allow_it(self):
        write("/home/somebody/data", "")
        self.addCleanup(run, "rm", "-rf", "/home/somebody")
        self.set("link = tcp\n" + NEEDY)
        self.shipped("users", "limits", "homes", "tcp-links")
        self.drop_in("[Service]\nLimitNOFILE=200000\nLimitNICE=-5\n")
        self.assertEqual(self.check()[::2], (0, ""))
        # And it is so.
        ctl("start", "dtreed")
        run("dtreectl", "create", "1", "--service", "needy")

    def test_a_user_that_is_not_there_is_named(self):
        self.drop_in("[Service]\nUser=nobody-here\n")
        status, _, wrong = self.check()
        self.assertEqual((status, wrong), (2, "dtreed: config: dtreed.service: there is no user "
                                              "'nobody-here'\n"))


class Instance(Case):
    FILE = "/etc/dtree-blue/dtreed.conf"

    def setUp(self):
        super().setUp()
        write(self.FILE, "[dtreed]\nlink = tcp\n")
        self.addCleanup(run, "rm", "-rf", "/etc/dtree-blue",
                        "/etc/systemd/system/dtreed@blue.service.d")

    def check(self, *options, directory="/"):
        done = run("env", "-C", directory, "dtreed", "--check-config", *options, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_one_is_judged_by_its_own_unit(self):
        wrong = (2, "", f"dtreed: config: {self.FILE}:2: link: tcp: dtreed@blue.service forbids it; "
                        "tcp-links.conf allows it, see RUNNING UNDER SYSTEMD in dtreed(8)\n")
        self.assertEqual(self.check("--config", self.FILE), wrong)
        # Of the file that it is given, a relative path is as good.
        self.assertEqual(self.check("--config=dtreed.conf", directory="/etc/dtree-blue"),
                         (*wrong[:2], wrong[2].replace(self.FILE, "dtreed.conf")))
        # What another unit allows does not help, what its own allows does.
        self.shipped("tcp-links")
        self.assertEqual(self.check("--config", self.FILE), wrong)
        run("mkdir", "-p", "/etc/systemd/system/dtreed@blue.service.d")
        run("cp", f"{SHIPPED}/tcp-links.conf", "/etc/systemd/system/dtreed@blue.service.d")
        ctl("daemon-reload")
        status, said, wrong = self.check("--config", self.FILE)
        self.assertEqual((status, wrong), (0, ""))
        self.assertIn("runtime-dir = /run/dtree-blue ; default\n", said)
        self.assertIn("state-dir = /var/lib/dtree-blue ; default\n", said)

    def test_the_service_is_meant_by_its_file_too(self):
        self.set("link = tcp\n")
        alone = self.check()
        self.assertIn("dtreed.service forbids it", alone[2])
        self.assertEqual(self.check("--config", CONFIG), alone)
