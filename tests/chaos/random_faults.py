"""Faults in a random order, each kind as often as its weight says, and what ends them later."""

import heapq
import itertools
import time


class RandomFaults:
    """The base of classes that cause faults: they define begin(), which causes one."""

    def __init__(self, chance, kinds, names):
        """chance: a random.Random. kinds: rows of name, weight and function; of these the names."""
        self.chance = chance
        self.kinds = [row for row in kinds if row[0] in names for _ in range(row[1])]
        self.next = []
        self.later = []      # (when, number, function, arguments)
        self.numbers = itertools.count()

    def draw(self):
        """The name and the function of the next one."""
        if not self.next:
            self.next = self.chance.sample(self.kinds, len(self.kinds))
        name, _, function = self.next.pop()
        return name, function

    def run_for(self, seconds, pause, over, failed):
        """pause: seconds between two, on average. Ends early once failed() is true; `over`, an
        Event, wakes it to look."""
        end = time.monotonic() + seconds
        due = time.monotonic()
        while time.monotonic() < end and not failed():
            if time.monotonic() >= due:
                self.begin()
                due = time.monotonic() + self.chance.expovariate(1 / pause)
            soon = min([due, end] + [row[0] for row in self.later[:1]])
            over.wait(max(0, soon - time.monotonic()))
            self.catch_up(time.monotonic())

    def in_time(self, delay, function, *arguments):
        """Calls the function so many seconds later."""
        heapq.heappush(self.later,
                       (time.monotonic() + delay, next(self.numbers), function, arguments))

    def catch_up(self, now):
        """Calls what is due by then."""
        while self.later and self.later[0][0] <= now:
            _, _, function, arguments = heapq.heappop(self.later)
            function(*arguments)
