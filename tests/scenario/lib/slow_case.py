"""Trees that tell of slow requests."""

from lib.start_case import StartCase
from lib.waiting import SLOW

MS = int(100 * SLOW)
NAP = "nap=sh -c 'while read -r s; do [ $s = 0 ] || sleep $s; echo $s; done'"


class SlowCase(StartCase):
    def plant(self, *options, slow=MS, **nodes):
        """A tree whose nodes run `nap`, which sleeps, or what is named."""
        self.tree = self.daemon("--slow-request", slow, "--heartbeat", 60000, "--define", NAP,
                                *options)
        self.user = self.client(self.tree)
        for node, service in nodes.items():
            self.user.call("create", id=int(node[1:]), service=service)

    def newest(self, node, method="exec"):
        """The last slow request of a node, whose steps are all of its time."""
        slow = [one for one in self.user.call("slow")["newest"]
                if (one["id"], one["method"]) == (node, method)]
        self.assertTrue(slow)
        steps = slow[-1]["steps"]
        self.assertEqual(steps[0]["begin_ns"], 0)
        for step, after in zip(steps, steps[1:]):
            self.assertEqual(step["end_ns"], after["begin_ns"])
        self.assertEqual(steps[-1]["end_ns"], slow[-1]["total_ns"])
        longest = max(steps, key=lambda step: step["end_ns"] - step["begin_ns"])
        self.assertEqual(longest["name"], slow[-1]["step"])
        self.assertGreaterEqual(slow[-1]["total_ns"], MS * 1000000)
        return slow[-1]

    @staticmethod
    def reason(slow):
        """Without what a busy machine adds to it."""
        return slow["why"].split("; ")[0]

    def aged(self, ms):
        """Has dtreed served for so long since now?"""
        since = self.user.call("status")["uptime_ms"]
        return lambda: self.user.call("status")["uptime_ms"] > since + ms + 1
