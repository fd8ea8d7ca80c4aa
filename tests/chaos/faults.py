"""The faults of a run. A kind of fault is a row."""

import random
import signal
import threading
import time

from random_faults import RandomFaults
from lib.fault_plan import DTREED, WORKER
from tree import CONTROLLER, HEARTBEAT, REQUEST_TIMEOUT, send

LARGEST = 5  # a subtree that is killed by order and created again


class Faults(RandomFaults):
    """Causes faults for a time, then undoes those that can be undone."""

    def __init__(self, tree, users, seed, kinds, pause):
        """kinds: names. pause: seconds between two, on average."""
        super().__init__(random.Random(f"{seed} faults"), KINDS, kinds)
        self.tree, self.users = tree, users
        self.pause = pause
        self.remakers = []   # (thread, nodes)
        self.reloads = []    # threads
        self.failed = []

    def run(self, seconds):
        try:
            self.run_for(seconds, self.pause, self.users.stop,
                         lambda: self.failed or self.users.failed)
        finally:
            self.catch_up(float("inf"))
            for thread in [thread for thread, _ in self.remakers] + self.reloads:
                thread.join()
        if self.failed:
            raise self.failed[0]

    def begin(self):
        name, function = self.draw()
        self.tree.look()
        begin = time.monotonic()
        done = function(self)
        if done is not None:
            self.tree.record.write("fault", t=begin, kind=name, processes=done)

    def some_node(self):
        """Half of the time a busy node, where a fault meets requests under way."""
        return self.chance.choice(self.chance.choice([self.users.hot(), self.users.nodes]))

    # The kinds. Each gives how many processes it met, or None where it found nothing to do.

    def kill(self, nodes):
        return len(self.tree.signal(nodes, signal.SIGKILL))

    def stop(self, nodes):
        """For less than it takes to be noticed, for longer, or past every deadline."""
        delay = self.chance.choice([HEARTBEAT * self.chance.uniform(0.5, 4),
                                    HEARTBEAT * self.chance.uniform(4, 12), REQUEST_TIMEOUT * 1.3])
        pids = self.tree.signal(nodes, signal.SIGSTOP)
        self.in_time(delay, self.tree.go_on, pids)
        return len(pids)

    def kill_worker(self):
        return self.kill([self.some_node()])

    def kill_several(self):
        return self.kill(self.chance.sample(list(self.tree.parents), self.chance.randint(2, 5)))

    def kill_subtree(self):
        return self.kill(self.tree.below(self.some_node()))

    def kill_path(self):
        node = self.some_node()
        return self.kill([node, *self.tree.above(node)])

    def kill_twice(self):
        """A node, and the one that its children are about to move to."""
        nodes = [self.some_node()]
        nodes += self.tree.above(nodes[0])[:1]
        done = self.kill(nodes[:1])
        self.in_time(self.chance.uniform(0, 0.02), self.kill, nodes[1:])
        return done + len(nodes) - 1

    def stop_worker(self):
        return self.stop([self.some_node()])

    def stop_subtree(self):
        return self.stop(self.tree.below(self.some_node()))

    def stop_path(self):
        node = self.some_node()
        return self.stop([node, *self.tree.above(node)])

    def kill_program(self):
        return len(self.tree.signal_program(self.chance.choice(self.tree.programs),
                                            signal.SIGKILL))

    def stop_program(self):
        """Its node lives on: for less than a request may take, or for longer."""
        delay = REQUEST_TIMEOUT * self.chance.choice([0.1, 0.5, 1.3])
        pids = self.tree.signal_program(self.chance.choice(self.tree.programs), signal.SIGSTOP)
        self.in_time(delay, self.tree.go_on, pids)
        return len(pids)

    def freeze_worker(self):
        """Its control group is frozen: on some machines not even SIGKILL ends it meanwhile."""
        thaw = self.tree.freeze_group([self.some_node()])
        if thaw is None:
            return None
        self.in_time(HEARTBEAT * self.chance.uniform(0.5, 12), thaw)
        return 1

    def stop_controller(self):
        if self.tree.frozen is not None:
            return None
        since = self.tree.freeze()
        self.in_time(HEARTBEAT * self.chance.uniform(0.5, 10), self.tree.thaw, since)
        return 1

    def hang_disk(self):
        """No sync returns for a while, of the registry's or of the dictionaries'."""
        if not self.tree.hangs:
            return None
        self.tree.disk_hangs(self.chance.choice([DTREED, WORKER]))
        self.in_time(HEARTBEAT * self.chance.uniform(0.5, 12), self.tree.disk_goes_on)
        return 1

    def hang_up(self):
        """Clients go away in the middle of their requests."""
        for user in self.chance.sample(self.users.all, 2):
            user.hang_up.set()
        return 2

    def remake(self):
        """`kill ID`, and create of all that it removed."""
        nodes = self.tree.below(self.some_node())
        return self.order(nodes, self.tree.remake, nodes) if len(nodes) <= LARGEST else None

    def move(self):
        """`change ID --parent PARENT`, with all below it."""
        node = self.some_node()
        nodes = self.tree.below(node)
        goals = [goal for goal in [CONTROLLER, *self.tree.parents]
                 if goal not in nodes and goal != self.tree.parents[node]]
        goal = self.chance.choice(goals)
        way = [] if goal == CONTROLLER else [goal, *self.tree.above(goal)]
        return self.order(nodes + way, self.tree.move, node, goal) and len(nodes)

    def reload(self):
        """A configuration declares some nodes, and then no more."""
        if self.reloads and self.reloads[-1].is_alive():
            return None
        thread = threading.Thread(target=self.carry_out,
                                  args=(self.tree.reload, self.chance.randint(1, 4)))
        self.reloads.append(thread)
        thread.start()
        return 0

    def restart(self):
        """`restart ID`."""
        node = self.some_node()
        return self.order([node], self.tree.restart, node)

    def stop_and_start(self):
        """`stop ID`, and `start ID` after a while."""
        node = self.some_node()
        return self.order([node], self.tree.stop_and_start, node,
                          HEARTBEAT * self.chance.uniform(0, 6))

    def restart_all(self):
        """`restart --all`."""
        return self.order(list(self.tree.parents), self.tree.restart_all)

    def stop_and_start_all(self):
        """`stop --all`, and `start --all` after a while."""
        return self.order(list(self.tree.parents), self.tree.stop_and_start_all,
                          HEARTBEAT * self.chance.uniform(0, 6))

    def order(self, nodes, function, *arguments):
        """What takes its time, with nodes that no other order is about."""
        busy = {node for thread, nodes in self.remakers if thread.is_alive() for node in nodes}
        if busy.intersection(nodes + self.tree.above(nodes[0])):
            return None
        thread = threading.Thread(target=self.carry_out, args=(function, *arguments))
        self.remakers.append((thread, nodes))
        thread.start()
        return len(nodes)

    def carry_out(self, function, *arguments):
        try:
            function(*arguments)
        except BaseException as error:
            self.failed.append(error)
            raise

    def kill_fork_server(self):
        pids = self.tree.fork_servers()
        for pid in pids:
            send(pid, signal.SIGKILL)
        return len(pids)

    def stop_fork_server(self):
        """It is given up long before it is let go on."""
        pids = self.tree.fork_servers()
        for pid in pids:
            send(pid, signal.SIGSTOP)
        self.in_time(HEARTBEAT * 10, self.tree.go_on, pids)
        return len(pids)

    def kill_controller(self):
        """And, now and then, some workers while it is dead, or all at once with it."""
        nodes = self.chance.sample(self.users.nodes,
                                   self.chance.choice([0, 0, 3, len(self.users.nodes)]))
        delay = self.chance.choice([0, 0, HEARTBEAT * self.chance.uniform(0.5, 10)])
        killed = []

        def meanwhile():
            killed.extend(self.tree.signal(nodes, signal.SIGKILL))
            self.users.stop.wait(delay)
        self.tree.replace(lambda daemon: daemon.kill(), meanwhile)
        return 1 + len(killed)

    def end_group(self):
        """A signal that reaches every process, in any order."""
        pids = [pid for pid in map(self.tree.pid, self.users.nodes) if pid]

        def end(daemon):
            for pid in self.chance.sample([*pids, daemon.pid], len(pids) + 1):
                send(pid, signal.SIGTERM)
            send(daemon.pid, signal.SIGCONT)
            if (status := daemon.wait()) != 0:
                raise AssertionError(f"dtreed ended with {status}: {daemon.stderr()}")
        self.tree.replace(end)
        return len(pids) + 1

    def end_controller(self):
        """As its user would end it."""
        self.tree.replace(lambda daemon: daemon.stop())
        return 1


# name, how often, function
KINDS = (
    ("kill-worker", 8, Faults.kill_worker),
    ("kill-several", 3, Faults.kill_several),
    ("kill-subtree", 3, Faults.kill_subtree),
    ("kill-path", 2, Faults.kill_path),
    ("kill-twice", 2, Faults.kill_twice),
    ("stop-worker", 5, Faults.stop_worker),
    ("stop-subtree", 2, Faults.stop_subtree),
    ("stop-path", 2, Faults.stop_path),
    ("kill-program", 6, Faults.kill_program),
    ("stop-program", 3, Faults.stop_program),
    ("freeze-worker", 2, Faults.freeze_worker),
    ("stop-controller", 2, Faults.stop_controller),
    ("hang-disk", 2, Faults.hang_disk),
    ("hang-up", 2, Faults.hang_up),
    ("remake", 4, Faults.remake),
    ("move", 5, Faults.move),
    ("reload", 3, Faults.reload),
    ("restart", 2, Faults.restart),
    ("stop-and-start", 2, Faults.stop_and_start),
    ("restart-all", 2, Faults.restart_all),
    ("stop-and-start-all", 2, Faults.stop_and_start_all),
    ("kill-fork-server", 1, Faults.kill_fork_server),
    ("stop-fork-server", 1, Faults.stop_fork_server),
    ("kill-controller", 2, Faults.kill_controller),
    ("end-controller", 1, Faults.end_controller),
    ("end-group", 1, Faults.end_group),
)
