#!/usr/bin/python3 -B
"""Chaos: a tree of durable dictionaries, some of them in programs (counting.py), that is read and
written by several clients while workers, programs, whole subtrees and the controller are killed,
stopped and continued, subtrees are moved, and all nodes are restarted, or stopped and started.
Afterwards another program, check_history.py, reads the log of the run and says whether what was
acknowledged is there, nothing was answered or applied twice, and all is as it was before.

Without options a short run, of one seed. By hand:
make chaos CHAOSFLAGS='--seconds 600 --seed 7 --log FILE'.
"""

import argparse
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scenario"))

from lib import programs
from faults import KINDS, Faults
from tree import REQUEST_TIMEOUT, Tree
from lib.harness import Case, main
from measure import measure, settled
from record import Record
from users import Users, everything
from lib.waiting import TIMEOUT, Late, wait_until

CHECKER = os.path.join(HERE, "check_history.py")
PATIENCE = REQUEST_TIMEOUT + TIMEOUT

options = None


class Chaos(Case):
    def check(self, *args):
        """The checker's verdict and what it said."""
        done = subprocess.run([sys.executable, "-B", CHECKER, *args], capture_output=True,
                              text=True, check=False)
        print("".join(f"# {line}\n" for line in (done.stdout + done.stderr).splitlines()), end="",
              flush=True)
        return done.returncode

    def test_the_checker_knows_good_histories_from_bad(self):
        self.assertEqual(self.check("--self-test"), 0)

    def test_nothing_is_lost_or_done_twice(self):
        path = options.log or self.path("history")
        self.record = Record(path)
        try:
            self.go_through()
        finally:
            self.record.close()
            status = self.check(path)
            if status or options.log:
                self.keep(path)
        self.assertEqual(status, 0)

    def keep(self, log):
        """The log, and what the programs said, for whoever looks for the cause."""
        kept = options.log or os.path.abspath("chaos-failed.log")
        if not options.log:
            shutil.copy(log, kept)
        with open(kept + ".err", "wb") as all_said:
            for name in sorted(os.listdir(self.dir)):
                if name.endswith(".err"):
                    all_said.write(f"---- {name}\n".encode())
                    with open(self.path(name), "rb") as said:
                        shutil.copyfileobj(said, all_said)
        print(f"# the log is {kept}", flush=True)

    def go_through(self):
        self.record.write("run", timeout=REQUEST_TIMEOUT, patience=PATIENCE,
                          sanitized=programs.sanitized(), **vars(options))
        tree = Tree(self, self.record, options.seed, options.nodes, options.log_level)
        tree.create()
        everything(tree.daemon.socket, self.record, list(tree.parents), True, PATIENCE)
        tree.whole()
        before = self.measured(tree, "begin")
        users = Users(tree.daemon.socket, self.record, list(tree.parents), options.seed,
                      options.clients, options.rate, PATIENCE)
        users.start()
        try:
            Faults(tree, users, options.seed, options.faults, options.pause).run(options.seconds)
        finally:
            users.finish()
        self.look_back(tree, before)

    def look_back(self, tree, before):
        """What was written is there, and is there again when it was read from disk."""
        tree.whole()
        everything(tree.daemon.socket, self.record, list(tree.parents), False, PATIENCE)
        tree.look()
        tree.signal(list(tree.parents), 9)
        tree.whole()
        everything(tree.daemon.socket, self.record, list(tree.parents), False, PATIENCE)
        self.measured(tree, "end", before)
        self.record.write("end")

    def measured(self, tree, when, before=None):
        with tree.daemon.client() as client:
            def now():
                return measure(self, tree.daemon, client)
            try:
                wait_until(lambda: settled(now(), before or now()), "all is back")
            except Late:
                pass  # what is not back is for the checker to say
            found = now()
            self.record.write("tree", when=when, **found)
        return found


def arguments():
    names = [name for name, *_ in KINDS]
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=15 if programs.sanitized() else 30,
                        help="how long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", help="where the log of the run is kept")
    parser.add_argument("--nodes", type=int, default=50)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--rate", type=float, default=4000, help="requests a second")
    parser.add_argument("--pause", type=float, default=0.25, help="seconds between faults")
    parser.add_argument("--faults", nargs="+", choices=names, metavar="KIND",
                        default=names, help=f"some of {', '.join(names)}")
    parser.add_argument("--log-level", default="info", help="of dtreed")
    return parser.parse_args()


if __name__ == "__main__":
    options = arguments()
    del sys.argv[1:]
    main()
