#!/usr/bin/python3 -B
"""Files that only a program may read: where they are, whose they are, and that nothing is left."""

import glob
import os
import stat

from lib import procs
from lib.harness import Case, main
from lib.waiting import wait_until

# Prints a credential, its directory, and what ls says of both.
SHOW = """#!/bin/sh
while read -r name; do
    cd "$DTREE_CREDENTIALS" && echo "$(id -u) $(stat -c %a.%u . "$name" | xargs) $(cat "$name") $(ls | xargs)"
done
"""


class Credentials(Case):
    def setUp(self):
        super().setUp()
        # Another user's program must be able to be run.
        os.chmod(self.dir, 0o711)
        self.show = self.put("show", SHOW, 0o755)
        self.key = self.put("key", "secret\n", 0o600)

    def put(self, name, text, mode):
        path = self.path(name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def serve(self, *keys, **how):
        conf = self.put("services.conf", "[service show]\nprotocol = lines\n"
                        f"command = {self.show}\n" + "".join(f"{key}\n" for key in keys), 0o600)
        daemon = self.daemon("--config", conf, "--service", "show", **how)
        os.chmod(daemon.base, 0o711)
        return daemon

    def copies(self, daemon):
        return glob.glob(os.path.join(daemon.runtime, "credentials", "*", "*", "*"))

    def test_they_are_the_programs_own_and_go_with_it(self):
        daemon = self.serve(f"credential = key:{self.key}", "credential = other:key")
        client = self.client(daemon)
        worker = client.call("create", id=1)["pid"]
        me = os.getuid()
        self.assertEqual(client.exec(1, "key"), f"{me} 500.{me} 400.{me} secret key other")
        first = self.copies(daemon)
        self.assertEqual(len(first), 2)
        # The next life of the program has its own.
        self.kill9(procs.children(worker)[0])
        wait_until(lambda: set(self.copies(daemon)).isdisjoint(first)
                   and len(self.copies(daemon)) == 2, "they are new")
        client.call("kill", id=1)
        wait_until(lambda: not self.copies(daemon), "they are removed")
        daemon.stop()
        self.assertFalse(os.path.exists(os.path.join(daemon.runtime, "credentials")))

    def test_another_user_has_them(self):
        if os.geteuid() != 0:
            self.skipTest("root is needed")
        daemon = self.serve(f"credential = key:{self.key}", "user = 65534")
        client = self.client(daemon)
        client.call("create", id=1)
        self.assertEqual(client.exec(1, "key"), "65534 500.65534 400.65534 secret key")
        for name, kept in (("links", 0o700), ("services", 0o700)):
            mode = stat.S_IMODE(os.stat(os.path.join(daemon.runtime, name)).st_mode)
            self.assertEqual(mode, kept, name)
        client.call("kill", id=1)
        wait_until(lambda: not self.copies(daemon), "they are removed")

    def test_what_is_no_file_keeps_the_program_from_starting(self):
        huge = self.path("huge")
        with open(huge, "wb") as file:
            file.truncate((1 << 20) + 1)
        os.mkfifo(self.path("fifo"))
        for path, words in ((self.path("none"), f"{self.path('none')}: No such file or directory"),
                            (self.dir, f"{self.dir} is no file"),
                            (self.path("fifo"), f"{self.path('fifo')} is no file"),
                            (huge, f"{huge} has 1048577 bytes; at most 1048576 are possible")):
            with self.subTest(path=path):
                daemon = self.serve(f"credential = key:{self.key}", f"credential = bad:{path}")
                self.assertIn(f"services.conf:5: service show: credential {words}",
                              daemon.stderr())
                client = self.client(daemon)
                client.call("create", id=1)
                error = client.error("exec", id=1, args=["key"])
                self.assertIn(f"credential {words}", error.message)
                self.assertEqual(error.data["outcome"], "not_run")
                self.assertEqual(self.copies(daemon), [])
                if path == self.path("none"):
                    self.put("none", "late\n", 0o600)
                    wait_until(lambda: "result" in client.reply(
                        client.send("exec", id=1, args=["bad"])), "it is started once it is there")
                daemon.stop()

    def test_a_killed_worker_leaves_none(self):
        daemon = self.serve(f"credential = key:{self.key}")
        client = self.client(daemon)
        worker = client.call("create", id=1)["pid"]
        client.exec(1, "key")
        self.kill9(worker)
        wait_until(lambda: not self.copies(daemon), "they are removed")

    def test_the_next_dtreed_removes_what_a_killed_tree_has_left_and_nothing_else(self):
        daemon = self.serve(f"credential = key:{self.key}")
        client = self.client(daemon)
        worker = client.call("create", id=1)["pid"]
        client.exec(1, "key")
        dead = set(self.copies(daemon))
        client.call("create", id=2)
        client.exec(2, "key")
        living = set(self.copies(daemon)) - dead
        self.stopped(daemon.pid)
        self.kill9(worker)
        wait_until(lambda: procs.gone(worker), "one worker is gone")
        daemon.kill()
        self.assertEqual(set(self.copies(daemon)), dead | living)
        again = self.serve(f"credential = key:{self.key}", base=daemon.base)
        self.assertEqual(len(dead), 1)
        self.assertEqual(set(self.copies(again)) & (dead | living), living)
        client = self.client(again)
        wait_until(lambda: client.ping(2), "the other is taken over")
        self.assertIn("secret", client.exec(2, "key"))


if __name__ == "__main__":
    main()
