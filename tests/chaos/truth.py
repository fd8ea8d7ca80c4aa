#!/usr/bin/python3 -B
"""Truth: a tree whose workers and whose dtreed are killed, stopped and continued at random for some
seconds. Then all goes on and is left alone, and 5 heartbeats and a second later (and the largest
lateness of this machine that was measured meanwhile) what `tree`, `ping`, `pingall` and the events
say of each node must agree with /proc, and every link must be where it belongs. So it must for
those that stay stopped, too.

Without options a few short runs, of seeds that are always the same. By hand:
make truth TRUTHFLAGS='--seed 7 --seconds 12 --nodes 60', or --minutes 10 for one seed after the
other. A run that fails leaves the log of dtreed and what was done in truth-failed-SEED.log.
"""

import argparse
import itertools
import os
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scenario"))

from lib.harness import Case, main
from lateness import Lateness, waited
from truth_faults import KINDS, TruthFaults
from verdict import Look
from lib.waiting import SLOW, Late
from watched_tree import Plan, WatchedTree

BEATS, SECOND = 5, 1.0 * SLOW
DEEPER = 4      # beats more for one that is stopped below one that is stopped
AFTERWARDS = 10  # seconds in which a failed run is looked at: is it late, or stuck?
SHOWN = 12
# Of short heartbeats: each shape of tree, each policy, one dtreed and several, left stopped or not.
SEEDS = (2, 5, 7, 8, 9, 10, 11, 13, 18)
SHORT_S = 3.0

options = None


class Truth(Case):
    def test_whatever_is_said_agrees_with_proc_after_random_faults(self):
        end = time.monotonic() + (options.minutes or 0) * 60
        failed, done = [], 0
        for seed in options.seeds:
            if options.minutes and time.monotonic() >= end:
                break
            plan = Plan(seed, options)
            print(f"# {plan}", flush=True)
            done += 1
            if not self.holds(plan):
                failed.append(seed)
        self.assertFalse(failed, f"{len(failed)} of {done} runs: seeds {failed}")

    def holds(self, plan):
        """One run. Its dtreed ends with it."""
        with Lateness() as lateness:
            tree = WatchedTree(self, plan)
            faults = TruthFaults(tree, plan)
            try:
                tree.create()
                good = self.go_through(tree, faults, lateness)
            except Late as late:
                good = False
                print(f"# WRONG seed {plan.seed}: {late}", flush=True)
            finally:
                tree.go_on_all()
                tree.daemon.stop()
        if not good or options.keep:
            self.keep(plan, tree, faults)
        return good

    def go_through(self, tree, faults, lateness):
        free, last = faults.run()
        left = faults.leave_stopped() if tree.plan.leave else {}
        if left:
            last = time.monotonic()
        bound = Bound(tree, last, left, lateness)
        agreed, look = settle(tree, bound)
        wrong = faults.failed + look.wrong + slow(tree, max(free, last) if left else free, bound)
        print(f"# {len(faults.done)} faults, lateness {bound.late() * 1000:.0f} ms; "
              f"{f'agreed after {agreed:.2f} s' if agreed else 'NOT agreed'} "
              f"of {bound.seconds():.2f} s", flush=True)
        for text in wrong[:SHOWN]:
            print(f"# WRONG seed {tree.plan.seed}: {text}", flush=True)
        if len(wrong) > SHOWN:
            print(f"# WRONG seed {tree.plan.seed}: and {len(wrong) - SHOWN} more", flush=True)
        if look.wrong:
            bound.more = AFTERWARDS
            agreed, _ = settle(tree, bound)
            print(f"# seed {tree.plan.seed}: "
                  f"{f'agreed after {agreed:.2f} s, late' if agreed else 'still so, stuck'}",
                  flush=True)
        return not wrong

    def keep(self, plan, tree, faults):
        """What was done and what dtreed said, for whoever looks for the cause."""
        path = os.path.abspath(f"truth-failed-{plan.seed}.log")
        with open(path, "w", encoding="utf-8") as log:
            log.write(f"{plan}\nparents {tree.parents}\nrestart {tree.restarts}\n")
            for when, kind, nodes in faults.done:
                log.write(f"{when:.3f} {kind} {nodes}\n")
            for row in tree.orders:
                log.write(f"order {row}\n")
            for row in tree.watcher.lines:
                log.write(f"event {row}\n")
        with open(path, "ab") as log:
            for name in sorted(os.listdir(self.dir)):
                if name.startswith("daemon") and name.endswith(".err"):
                    log.write(f"---- {name}\n".encode())
                    with open(self.path(name), "rb") as said:
                        shutil.copyfileobj(said, log)
        print(f"# the log is {path}", flush=True)


class Bound:
    """How long it may take after the last disturbance until all agree."""

    def __init__(self, tree, last, left, lateness):
        """left: nodes that stay stopped, with the number of such above each."""
        self.tree, self.last, self.lateness = tree, last, lateness
        self.beats = BEATS + DEEPER * max(left.values(), default=0)
        self.starved = waited(tree.daemon.pid)
        self.more = 0.0

    def late(self):
        return max(self.lateness.largest(), waited(self.tree.daemon.pid) - self.starved)

    def seconds(self):
        return self.beats * self.tree.plan.heartbeat + SECOND + self.late() + self.more

    def since(self):
        """Seconds since the last disturbance."""
        return time.monotonic() - self.last


def settle(tree, bound):
    """Looks until all agree, and once more when the time is over that is allowed. Gives when they
    did, or None, and the last look. Answers must be there by then, too, or within a second."""
    agreed = None
    while True:
        if agreed is not None:
            time.sleep(max(0.0, bound.seconds() - bound.since()))
        begin = bound.since()
        look = Look(tree)
        end = bound.since()
        over = begin > bound.seconds()
        if end > max(bound.seconds(), begin + SECOND + bound.late()):
            look.wrong.append(f"answers took {end - begin:.2f} s")
            over = True
        if look.wrong and (over or agreed is not None):
            return None, look
        if not look.wrong and over:
            return agreed or end, look
        if look.wrong:
            time.sleep(0.02)
        else:
            agreed = agreed or end


def slow(tree, free, bound):
    """Requests that took longer than they may once everything went on."""
    return [f"{method} {node} took {end - begin:.2f} s, {end - max(begin, free):.2f} of them after "
            f"all went on" for method, node, begin, end, _ in tree.orders
            if end - max(begin, free) > bound.seconds()]


def arguments():
    names = [name for name, *_ in KINDS]
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, default=1, help="the first")
    parser.add_argument("--runs", type=int, default=1, help="how many seeds")
    parser.add_argument("--minutes", type=float, help="one seed after the other, for so long")
    parser.add_argument("--seconds", type=float, help="of the faults of each run")
    parser.add_argument("--nodes", type=int)
    parser.add_argument("--depth", type=int, help="at the most, of a tree")
    parser.add_argument("--heartbeat", type=int, help="ms; at least 2 for each node")
    parser.add_argument("--topology", choices=("tree", "list"))
    parser.add_argument("--restart", choices=("always", "no", "mixed"))
    parser.add_argument("--pause", type=float, help="seconds between faults, on average")
    parser.add_argument("--leave", action=argparse.BooleanOptionalAction,
                        help="some stay stopped at the end")
    parser.add_argument("--faults", nargs="+", choices=names, metavar="KIND",
                        help=f"some of {', '.join(names)}")
    parser.add_argument("--log-level", default="info", help="of dtreed")
    parser.add_argument("--keep", action="store_true", help="the log also of a good run")
    given = parser.parse_args()
    if len(sys.argv) == 1:
        given.seeds, given.seconds = SEEDS if SLOW == 1 else SEEDS[:4], SHORT_S
    elif given.minutes:
        given.seeds = itertools.count(given.seed)
    else:
        given.seeds = range(given.seed, given.seed + given.runs)
    return given


if __name__ == "__main__":
    options = arguments()
    del sys.argv[1:]
    main()
