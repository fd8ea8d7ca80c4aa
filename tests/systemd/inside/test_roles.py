"""Who may do what with the tree of the service: by groups, without a word of where its socket is."""

import pwd

from machine import Case, dtree, entries, run, wait_until


class Roles(Case):
    def person(self, name, *groups):
        run("useradd", "--no-create-home", *(f"-G{group}" for group in groups), name)
        self.addCleanup(run, "userdel", name)

    def as_person(self, name, *args):
        done = run("setpriv", "--reuid", name, "--regid", name, "--init-groups", "env", "-i",
                   "PATH=/usr/bin:/bin", "dtreectl", *args, check=False)
        return done.stdout + done.stderr

    def test_groups_operate_and_observe(self):
        self.person("anna", "dtree")
        self.person("otto", "dtree-observe")
        self.person("eve")
        self.start(1)
        self.assertRegex(self.as_person("anna", "create", "2"), r"\AOk: \d+\n\Z")
        self.assertIn("\n2\t-1\t", self.as_person("otto", "tree"))
        for name, command in (("otto", ("create", "3")), ("anna", ("shutdown",)),
                              ("eve", ("tree",))):
            said = self.as_person(name, *command)
            self.assertNotIn("Ok", said, name)
            self.assertNotIn("\t", said, name)
        self.assertEqual(dtree("ping", 2), "Ok: 1")

    def test_a_change_has_its_line_with_who_did_it(self):
        self.person("anna", "dtree")
        self.start()
        self.as_person("anna", "create", "5")
        user = pwd.getpwnam("anna").pw_uid
        line, = wait_until(lambda: entries(f"DTREE_AUDIT_UID={user}"), "the line")
        self.assertEqual((line["DTREE_AUDIT_PROGRAM"], line["DTREE_AUDIT_RESULT"]),
                         ("dtreectl", "done"))
        self.assertIn("create id=5", line["DTREE_AUDIT"])
