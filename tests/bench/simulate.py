#!/usr/bin/env python3
"""Sweeps and heartbeats in trees larger than fit here.

usage: simulate.py [--builddir DIR] [--quick]

A process costs its processor WAKE whenever it begins to run and MESSAGE for each message that it
sends or receives, the library's threads included. Both are fitted to two trees of bare processes
that are measured here (tests/bench/sweep); others are measured to see how far the model is off.
What else runs on the machine meanwhile is shown, and its processors are taken as gone. The more
processes share a machine's caches the more each costs, so the model is too low for a thousand and
more on one machine; where a tree spans many, each has few.
Then trees of up to 10^6 nodes are simulated, message by message: all processes on the processors
of this machine, and each on a processor of its own, as where a tree spans many machines.

A sweep is one message down and one up on each link: a node answers when all below it have.
Heartbeats are one message each way on each link, once a second.
"""

import collections
import heapq
import json
import math
import os
import subprocess
import sys

ARRIVE, DONE = range(2)

FIT = [(300, 2), (300, 32)]
CHECK = [(100, 2), (300, 8), (1000, 2), (1000, 8), (1000, 32)]
SIZES = [10**3, 10**4, 10**5, 10**6]
FANS = [2, 8, 32]

Sweep = collections.namedtuple("Sweep", "seconds cpu")
# A measured one; beats and others are in processors.
Measured = collections.namedtuple("Measured", "seconds cpu beats others")


class Machine:
    """Processes in a tree, some processors, and what is under way."""

    def __init__(self, count, fan, cores, wake, message):
        self.count, self.fan, self.cores = count, fan, cores
        self.wake, self.message = wake, message
        self.inbox = [0] * (count + 1)
        self.asked = bytearray(count + 1)
        self.waiting = [0] * (count + 1)
        self.running = bytearray(count + 1)
        self.ready = collections.deque()
        self.free = cores
        self.events = []
        self.cpu = 0.0
        self.last = 0.0

    def children(self, node):
        """Node N of a tree with that fan-out, as in a heap; node 1 is the root."""
        first = self.fan * (node - 1) + 2
        return range(min(first, self.count + 1), min(first + self.fan, self.count + 1))

    def parent(self, node):
        return (node - 2) // self.fan + 1

    def sweep(self):
        """A word from above comes to the root: when is its answer out, and at what cost?"""
        heapq.heappush(self.events, (0.0, ARRIVE, 1))
        while self.events:
            time, kind, node = heapq.heappop(self.events)
            if kind == ARRIVE:
                self.inbox[node] += 1
                if not self.running[node] and self.inbox[node] == 1:
                    self.ready.append(node)
            else:
                self.free += 1
                self.running[node] = False
                if self.inbox[node]:
                    self.ready.append(node)
            while self.free and self.ready:
                self.run(time, self.ready.popleft())
        return Sweep(self.last, self.cpu)

    def run(self, time, node):
        """Takes all that is there, and says what follows from it."""
        taken, self.inbox[node] = self.inbox[node], 0
        now = time + self.wake + taken * self.message
        if not self.asked[node]:
            self.asked[node] = True
            taken -= 1
            below = self.children(node)
            self.waiting[node] = len(below)
            for child in below:
                now += self.message
                heapq.heappush(self.events, (now, ARRIVE, child))
        self.waiting[node] -= taken
        if not self.waiting[node]:
            now += self.message
            if node == 1:
                self.last = now
            else:
                heapq.heappush(self.events, (now, ARRIVE, self.parent(node)))
        self.running[node] = True
        self.free -= 1
        self.cpu += now - time
        heapq.heappush(self.events, (now, DONE, node))


def simulate(count, fan, cores, wake, message):
    return Machine(count, fan, cores, wake, message).sweep()


def heartbeat_cpu(count, wake, message):
    """Seconds of processor a second, of all: each process has a clock, and each link two messages,
    which are sent, received, and as a rule found alone."""
    links = count - 1
    return count * wake + 2 * links * (2 * message + wake)


def measure(program, count, fan):
    done = subprocess.run([program, str(count), str(fan)], stdout=subprocess.PIPE, check=True)
    row = json.loads(done.stdout)
    return Measured(row["sweep_ms"] / 1e3, row["sweep_cpu_ms"] / 1e3, row["beat_percent"] / 100,
                    max(0, row["others_percent"] / 100))


def expect(count, fan, cores, others, wake, message):
    """The model of a measured one."""
    sweep = simulate(count, fan, cores, wake, message)
    left = max(cores - others, cores / 10)
    return Measured(sweep.seconds * cores / left, sweep.cpu, heartbeat_cpu(count, wake, message),
                    others)


def fit(measured, cores):
    """WAKE and MESSAGE that come nearest to all of that, by a search on ever finer grids."""
    def badness(wake, message):
        total = 0
        for (count, fan), row in measured.items():
            model = expect(count, fan, cores, row.others, wake, message)
            total += sum(math.log(a / b) ** 2 for a, b in zip(model[:3], row[:3]))
        return total

    best = (20e-6, 5e-6)
    for step in (2.0, 1.4, 1.15, 1.05):
        for _ in range(8):
            near = [(best[0] * step ** i, best[1] * step ** j)
                    for i in (-1, 0, 1) for j in (-1, 0, 1)]
            least = min(near, key=lambda pair: badness(*pair))
            if least == best:
                break
            best = least
    return best


def off(model, measured):
    return f"{(model / measured - 1) * 100:+.0f} %"


def print_check(program, cores, costs, measured):
    print(f"\n{'processes':>10} {'fan-out':>8} {'sweep ms':>10} {'model':>8} {'off':>7} "
          f"{'cpu ms':>8} {'model':>8} {'off':>7} {'beats %':>8} {'model':>8} {'off':>7} {'others':>9}")
    for count, fan in [*FIT, *CHECK]:
        fitted = (count, fan) in measured
        row = measured[count, fan] if fitted else measure(program, count, fan)
        model = expect(count, fan, cores, row.others, *costs)
        print(f"{count:>10} {fan:>8} {row.seconds * 1e3:>10.1f} {model.seconds * 1e3:>8.1f} "
              f"{off(model.seconds, row.seconds):>7} {row.cpu * 1e3:>8.1f} "
              f"{model.cpu * 1e3:>8.1f} {off(model.cpu, row.cpu):>7} {row.beats * 100:>8.2f} "
              f"{model.beats * 100:>8.2f} {off(model.beats, row.beats):>7} "
              f"{row.others * 100:>7.0f} %{'  fitted' if fitted else ''}", flush=True)


def depths(count, fan):
    """(levels, mean depth of a node); the root has 1."""
    level, width, left, total = 0, 1, count, 0
    while left > 0:
        level += 1
        total += level * min(width, left)
        left -= width
        width *= fan
    return level, total / count


def print_model(cores, costs, sizes):
    print("""
beats: heartbeats a second that a process with all its children sends and receives, and the
controller, which has one child; cpu: their share of one processor there, and processors for all;
sweep: here, with all processes on this machine, and apart, with a processor for each; messages: of
a sweep, and with a ping of its own for each node, which every node on its way passes on""")
    print(f"{'nodes':>8} {'fan-out':>8} {'depth':>6} {'beats':>6} {'contr.':>6} {'cpu':>9} "
          f"{'all':>7} {'sweep here':>11} {'apart':>9} {'messages':>9} {'each':>10}")
    for count in sizes:
        for fan in FANS:
            depth, mean = depths(count, fan)
            here = simulate(count, fan, cores, *costs)
            apart = simulate(count, fan, count, *costs)
            own = costs[0] + (fan + 1) * (2 * costs[1] + costs[0])
            print(f"{count:>8} {fan:>8} {depth:>6} {2 * (fan + 1):>6} {2:>6} {own * 100:>7.3f} % "
                  f"{heartbeat_cpu(count, *costs):>7.2f} {here.seconds:>9.3f} s "
                  f"{apart.seconds * 1e3:>6.2f} ms {2 * count:>9} {2 * count * mean:>10.3g}",
                  flush=True)


def main():
    arguments = sys.argv[1:]
    builddir = "."
    if arguments[:1] == ["--builddir"] and len(arguments) > 1:
        builddir = arguments[1]
        arguments = arguments[2:]
    quick = arguments == ["--quick"]
    if arguments and not quick:
        sys.exit(__doc__.split("\n\n")[1])
    program = os.path.join(builddir, "tests", "bench", "sweep")
    cores = len(os.sched_getaffinity(0))
    measured = {shape: measure(program, *shape) for shape in FIT}
    costs = fit(measured, cores)
    print(f"{cores} processors; a wake-up costs {costs[0] * 1e6:.1f} us, "
          f"a message {costs[1] * 1e6:.1f} us")
    if not quick:
        print_check(program, cores, costs, measured)
    print_model(cores, costs, SIZES[:2] if quick else SIZES)


if __name__ == "__main__":
    main()
