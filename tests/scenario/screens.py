#!/usr/bin/python3 -B
"""What takes the whole terminal: `top` and `tree --watch`; and top without one."""

import json
import os
import shutil
import signal
import subprocess

from lib.daemon_death import DaemonDeath
from lib.harness import main
from lib.programs import dtreectl_path, run
from lib.terminal import Terminal
from lib.waiting import TIMEOUT, wait_until


class Screens(DaemonDeath):
    def setUp(self):
        super().setUp()
        # ncurses keeps what it has read of a terminal until the end.
        self.env["ASAN_OPTIONS"] = ":".join(filter(None, (self.env.get("ASAN_OPTIONS"), "detect_leaks=0")))

    def open(self):
        self.tree = self.daemon()
        client = self.client(self.tree)
        client.call("create", id=10, name="store", service="dict")
        for node in (20, 21, 22):
            client.call("create", id=node, parent=10, name=f"adder-{node}")
        return client

    def tmux(self, *args):
        done = run(self, ["tmux", "-S", self.path("tmux"), *args],
                   env={"TERM": "xterm", "DTREE_SOCKET": self.tree.socket,
                        "PATH": os.path.dirname(dtreectl_path()) + ":" + self.env["PATH"]})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def begin(self, command, columns=110, rows=14):
        """In a terminal of its own. Behind the command stands its exit status."""
        if not shutil.which("tmux"):
            self.skipTest("there is no tmux")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", str(columns), "-y", str(rows),
                  f"{command}; echo ended: $?; exec sleep 1000")
        self.addCleanup(self.end)

    def end(self):
        self.tmux("kill-server")
        os.unlink(self.path("tmux"))

    def rows(self):
        return [row.rstrip() for row in self.tmux("capture-pane", "-p", "-t", "t").split("\n")]

    def shows(self, *texts, without=()):
        def there():
            seen = "\n".join(self.rows())
            return all(text in seen for text in texts) and not any(text in seen for text in without)
        wait_until(there, lambda: f"{texts} without {without} on {self.rows()}")

    def keys(self, *keys):
        self.tmux("send-keys", "-t", "t", *keys)

    def ids(self):
        """Of the table, from above."""
        rows = self.rows()
        head = next(i for i, row in enumerate(rows) if row.strip().startswith("ID "))
        return [int(row.split()[0]) for row in rows[head + 1:] if row.strip()[:1].isdigit()]

    def resize(self, columns):
        self.tmux("resize-window", "-t", "t", "-x", str(columns), "-y", "12")

    def test_top_is_sorted_and_filtered_by_the_keys_of_htop(self):
        client = self.open()
        self.begin("dtreectl top --delay 0.2")
        self.shows("4 nodes, 0 not available", "Sorted by cpu", "adder-21")
        for _ in range(50):
            client.exec(21, 2, 3, 4)
        self.keys("N")
        self.shows("Sorted by id")
        self.assertEqual(self.ids(), [10, 20, 21, 22])
        self.keys("I")
        wait_until(lambda: self.ids() == [22, 21, 20, 10], self.rows)
        for opens in ("F6", ">"):
            self.keys(opens)
            self.shows("Sort by: <")
            self.keys("Right")
            self.keys("Enter")
        self.shows("Sorted by rate")
        for opens, leaves in (("F4", "Escape"), ("\\", "Enter")):
            self.keys(opens)
            self.shows("Filter: _")
            self.keys("-l", "R-22")
            wait_until(lambda: self.ids() == [22], self.rows)
            self.keys(leaves)
            self.shows("F4 Filter")
        self.shows("Only with: R-22")
        client.call("kill", id=22)
        self.shows("3 nodes", without=("adder-22",))
        self.keys("q")
        self.shows("ended: 0")

    def test_top_fits_any_width(self):
        client = self.open()
        self.begin("dtreectl top --delay 0.1 --sort id", columns=200)
        self.shows("RESTARTS SERVICE      NAME", "adder-20")
        for columns, there, gone in ((40, "REQ/S    MEAN", "CPU%"), (80, "MEMORY", "RESTARTS"),
                                     (120, "NAME", "nothing"), (54, "MEMORY", "P99")):
            self.resize(columns)
            self.shows(there, " 20 available", without=(gone,))
            self.assertLessEqual(max(map(len, self.rows())), columns)
        for node in range(100, 130):
            client.call("create", id=node)
        self.shows("34 nodes")
        self.assertEqual(len(self.ids()), 8)
        self.keys("End")
        wait_until(lambda: self.ids()[-1:] == [129], self.rows)
        self.keys("Home")
        wait_until(lambda: self.ids()[:1] == [10], self.rows)
        self.keys("NPage")
        self.keys("NPage")
        wait_until(lambda: self.ids()[-1:] != [103], self.rows)
        self.keys("C-c")
        self.shows("ended: 0")

    def test_it_is_stopped_and_goes_on(self):
        self.open()
        self.begin("sh -i")
        self.keys("-l", "PS1='$ '; dtreectl top --delay 0.1")
        self.keys("Enter")
        self.shows("adder-20", "q Quit")
        self.keys("C-z")
        self.shows("Stopped")
        self.resize(60)
        self.keys("-l", "fg")
        self.keys("Enter")
        self.shows(" 20 available", "4 nodes")
        self.keys("N")
        self.shows("Sorted by id")

    def test_a_tree_is_drawn_as_it_changes_and_only_what_has_changed(self):
        client = self.open()
        terminal = Terminal(self, "--socket", self.tree.socket, "tree", "--watch")
        self.addCleanup(terminal.process.wait, TIMEOUT)
        self.addCleanup(terminal.process.kill)

        def until(word):
            said = b""
            while word not in said:
                said += os.read(terminal.master, 1 << 16)
            return said
        until(b"Quit")
        client.call("create", id=30, parent=10, name="late")
        self.assertLess(len(until(b"@late")), 400)
        client.call("kill", id=22)
        terminal.process.send_signal(signal.SIGINT)
        while True:
            try:
                if not os.read(terminal.master, 1 << 16):
                    break
            except OSError:
                break
        self.assertEqual(terminal.process.wait(TIMEOUT), 0)

    def test_a_lost_dtreed_is_looked_for(self):
        self.open()
        self.begin("dtreectl tree --watch", columns=60)
        self.shows("── 21 @adder-21 available sum", "-1 dtreed")
        self.die(self.tree)
        self.shows("Trying again: ")
        self.tree = self.again(self.tree)
        self.shows("── 21 @adder-21 available sum", without=("Trying again: ",))
        self.client(self.tree).call("create", id=5, name="new")
        self.shows("── 5 @new available sum")
        self.keys("q")
        self.shows("ended: 0")

    def test_without_a_screen(self):
        self.open()
        for args, said in ((("top",), "top needs a terminal; top --batch prints one sample"),
                           (("tree", "--watch"), "tree --watch needs a terminal; events prints what happens")):
            done = run(self, [dtreectl_path(), "--socket", self.tree.socket, *args])
            self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", f"dtreectl: {said}\n"))
        for term in ("dumb", "none-such"):
            terminal = Terminal(self, "--socket", self.tree.socket, "top", env={"TERM": term})
            self.addCleanup(terminal.stop)
            self.assertEqual(terminal.wait(), 1)
            self.assertIn("dtreectl: top needs a terminal that can place its cursor; "
                          "top --batch prints one sample", terminal.look())

    def test_one_sample_is_printed(self):
        client = self.open()
        os.kill(client.nodes()[22]["pid"], signal.SIGKILL)
        wait_until(client.unavailable, "22 is dead")
        with subprocess.Popen([dtreectl_path(), "--socket", self.tree.socket, "top", "--json", "--delay", "0.5"],
                              env=self.env, stdout=subprocess.PIPE, text=True) as process:
            while process.poll() is None:
                client.exec(21, 1, 7)
            nodes = {node["id"]: node for node in json.loads(process.stdout.read())["nodes"]}
        self.assertEqual(sorted(nodes), [10, 20, 21, 22])
        self.assertGreater(nodes[21]["requests_per_second"], 10)
        self.assertGreater(nodes[21]["mean_us"], 0)
        self.assertGreaterEqual(nodes[21]["p99_us"], 50)
        self.assertGreater(nodes[21]["memory_bytes"], 100000)
        self.assertEqual((nodes[20]["mean_us"], nodes[22]["memory_bytes"], nodes[22]["state"]),
                         (None, None, "dead"))
        done = self.ctl(self.tree, "top", "--batch", "--delay", "0.01", "--sort", "id", "--filter", "adder-2")
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        self.assertEqual([row[0] for row in rows], ["ID", "20", "21", "22"])
        self.assertEqual((rows[3][1], rows[3][10]), ("dead", "adder-22"))


if __name__ == "__main__":
    main()
