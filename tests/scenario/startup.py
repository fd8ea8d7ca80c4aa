#!/usr/bin/python3 -B
"""Which nodes the next dtreed starts, what waits for them meanwhile, and what becomes of a start that
fails."""

import os

from lib.fault_plan import DISK, DTREED, FOR_EVER, FORK, KINDS, OPEN, Plan
from lib.harness import main
from lib.start_case import StartCase
from lib.waiting import TIMEOUT, wait_until


class Startup(StartCase):
    # Who comes back.

    def test_what_was_killed_at_once_comes_back_whatever_its_policy(self):
        for workers_first in (True, False):
            with self.subTest(workers_first=workers_first):
                client = self.open()
                self.chain(client, 5)
                client.call("create", id=20, restart="no")
                client.exec(20, "MyVar", 5)
                self.kill_everything(workers_first)
                client = self.next()
                self.assertEqual(client.exec(20, "MyVar"), "5")
                self.has_all(client, 5)
                self.tree.stop()

    def test_a_death_that_dtreed_did_not_outlive_is_not_a_nodes_own(self):
        client = self.open("--restart-limit", 1)
        pids = self.chain(client, 3)
        client.call("create", id=4, restart="always")
        for death in range(3):
            killed = client.nodes()[4]["pid"]
            self.kill9(pids[2], killed)
            wait_until(lambda: client.nodes()[2]["state"] == "dead", "it is dead")
            wait_until(lambda: client.nodes()[4]["pid"] != killed, "its death was seen too")
            self.kill_everything(False)
            client = self.next()
            self.has_all(client, 3)
            self.assertTrue(client.ping(4), f"death {death}")
            pids = client.pids()

    def test_a_death_that_it_did_outlive_is(self):
        client = self.open()
        pids = self.chain(client, 3)
        self.kill9(pids[2])
        self.stays_dead(2)
        self.kill_everything(True)
        client = self.next()
        for node in (1, 3):
            self.assertEqual(client.exec(node, "x"), str(node))
        row = client.nodes()[2]
        self.assertEqual((row["state"], row["cause"]), ("dead", "signal 9 (Killed)"))

    def test_a_dtreed_killed_while_it_starts_them_loses_nobody(self):
        client = self.open()
        self.chain(client, 4)
        self.tree.stop()
        for how in ("kill", "end", "kill"):
            client = self.next(worker=self.slow_worker())
            wait_until(lambda: client.nodes()[1]["pid"], "the first has a process")
            if how == "kill":
                self.tree.kill()
            else:
                self.tree.stop()
            self.await_nothing()
        self.has_all(self.next(), 4)

    # What waits for them.

    def test_requests_wait_for_what_is_starting_and_readiness_too(self):
        name = self.fresh("n")
        heard = self.supervisor(name)
        client = self.open()
        self.chain(client, 3)
        self.tree.stop()
        client = self.next(worker=self.slow_worker(), env={"NOTIFY_SOCKET": name})
        self.assertEqual(self.states(client), {1: "starting", 2: "starting", 3: "starting"})
        self.assertEqual(client.call("status")["unavailable"], 0)
        asked = {
            client.send("exec", id=3, args=["x"]): ("result", "3"),
            client.send("ping", id=2): ("available", True),
            client.send("pingall"): ("unavailable", []),
            client.send("exec_all", args=["x"], reduce="sum"): ("reduced", "6"),
            client.send("create", id=9, parent=1): ("parent", 1),
        }
        other = self.client(self.tree)
        self.assertEqual(other.error("create", id=2).name, "ALREADY_EXISTS")
        # Nothing is answered, and nobody is told that it serves.
        self.assertEqual(set(self.states(other).values()), {"starting"})
        self.assertEqual(client.replies, {})
        self.assertEqual(self.heard(heard, "STATUS=starting: "), "STATUS=starting: 3 nodes are "
                         "waited for")
        heard.setblocking(False)
        with self.assertRaises(BlockingIOError):
            self.heard(heard, "READY=1")
        self.open_gate()
        for number, (member, value) in asked.items():
            self.assertEqual(client.wait(number)[member], value)
        heard.settimeout(TIMEOUT)
        self.heard(heard, "READY=1")

    def test_after_an_orderly_end_the_first_requests_are_served(self):
        client = self.open("--topology", "balanced")
        for number in [client.send("create", id=node) for node in range(1, 61)]:
            client.wait(number)
        for node in range(1, 61):
            client.exec(node, "x", node)
        self.tree.stop()
        client = self.next()
        rows = client.nodes().values()
        self.assertEqual([row for row in rows if row["state"] not in ("starting", "available")],
                         [])
        self.has_all(client, 60)

    def test_readiness_does_not_wait_for_what_cannot_start(self):
        name = self.fresh("n")
        heard = self.supervisor(name)
        client = self.open()
        self.chain(client, 3)
        self.tree.stop()
        worker = self.own_worker()
        client = self.next(worker=worker, env={"NOTIFY_SOCKET": name})
        self.heard(heard, "READY=1")
        self.has_all(client, 3)
        self.tree.stop()
        self.heard(heard, "STOPPING=1")
        bad = self.fresh("bad")
        with open(bad, "w", encoding="ascii") as file:
            file.write("#!/bin/false\n")
        os.chmod(bad, 0o700)
        client = self.next(worker=bad, env={"NOTIFY_SOCKET": name})
        self.heard(heard, "READY=1")
        self.assertEqual(set(self.states(client).values()), {"starting"})

    # A start that fails.

    def test_a_start_that_fails_is_no_death_and_is_tried_again(self):
        worker = self.own_worker()
        client = self.open("--restart", "always", "--restart-limit", 2,
                           "--restart-delay-max", 150, worker=worker)
        self.chain(client, 2)
        for death in range(2):
            os.rename(worker, worker + ".away")
            self.kill9(client.nodes()[2]["pid"])
            # Far more often than deaths are forgiven.
            waits = [0]

            def seen(waits=waits):
                row = client.nodes()[2]
                if worker in row.get("cause", ""):
                    self.assertEqual(row["state"], "restarting")
                    waits.append(row["retry_ms"])
                return sum(a < b for a, b in zip(waits, waits[1:])) > 5
            wait_until(seen, "it is tried again and again")
            self.assertEqual(client.nodes()[2]["restarts"], death)
            self.fails_at_once(client, 2, worker)
            os.rename(worker + ".away", worker)
            self.is_there(client, 2)
            self.assertEqual(client.exec(2, "x"), "2")
        self.assertEqual(self.tree.stderr().count(f"node 2: cannot start {worker}"), 2,
                         self.tree.stderr())
        self.kill9(client.nodes()[2]["pid"])
        wait_until(lambda: client.nodes()[2]["state"] == "given_up", "three deaths are too many")

    def is_there(self, client, node):
        wait_until(lambda: client.nodes()[node]["state"] == "available", "it is there")

    def fails_at_once(self, client, node, words):
        """What is asked of a node whose start is to be tried later."""
        error = client.error("exec", id=node, args=["x"])
        # It may be that it is tried now: then it fails with that.
        self.assertEqual((error.name, error.data["outcome"]), ("NODE_UNAVAILABLE", "not_run"))
        self.assertIn(words, str(error))
        self.assertGreater(error.data["retry_ms"], 0)

    def test_a_node_that_waits_for_its_restart_is_answered_for_at_once(self):
        client = self.open("--restart", "always", "--request-timeout", 86400000,
                           "--restart-delay-max", 86400000)
        self.chain(client, 2)
        # After the tenth death it waits for 25 s.
        for deaths in range(1, 20):
            self.kill9(client.nodes()[1]["pid"])
            wait_until(lambda: client.nodes()[1]["state"] == "restarting" or
                       client.nodes()[1]["restarts"] == deaths, "its death is seen")
            if client.nodes()[1].get("retry_ms", 0) > 1000:
                break
            wait_until(lambda: client.nodes()[1]["restarts"] == deaths and
                       client.nodes()[1]["state"] == "available", "it is back")
        self.fails_at_once(client, 1, "signal 9")
        self.assertFalse(client.ping(1))
        self.assertEqual(client.unavailable(), [1])
        self.assertEqual(client.error("create", id=3, parent=1).name, "PARENT_UNAVAILABLE")
        gathered = client.call("exec_all", args=["x"])
        self.assertEqual([row["id"] for row in gathered["errors"] if row["retry_ms"]], [1])
        self.assertEqual(gathered["results"], [{"id": 2, "result": "2"}])
        # And whoever does not want to wait starts it.
        client.call("start", id=1)
        self.has_all(client, 2)

    def is_tried_again(self, client, node, words):
        """Its start has failed at least three times."""
        waits = [0]

        def seen():
            row = client.nodes()[node]
            if "retry_ms" in row and words in row.get("cause", ""):
                waits.append(row["retry_ms"])
            return sum(a < b for a, b in zip(waits, waits[1:])) > 2
        wait_until(seen, lambda: f"it is tried again: {client.nodes()[node]}")

    def test_whatever_a_start_lacks_it_is_no_death(self):
        plan = Plan(self)
        for kind, words in ((OPEN, "no pipe for a worker"), (FORK, "cannot start"),
                            (DISK, "database or disk is full")):
            with self.subTest(kind=KINDS[kind]):
                client = self.open("--restart", "always", "--restart-limit", 2,
                                   "--restart-delay-max", 150, worker=self.own_worker())
                self.chain(client, 2)
                plan.fail(DTREED, kind, times=FOR_EVER, below=os.path.join(self.tree.base, "s"))
                self.kill9(client.nodes()[2]["pid"])
                self.is_tried_again(client, 2, words)
                self.assertEqual(client.nodes()[2]["restarts"], 0)
                self.fails_at_once(client, 2, words)
                plan.nothing()
                self.is_there(client, 2)
                self.assertEqual(client.exec(2, "x"), "2")
                # That was one death: another is not the third.
                pid = client.nodes()[2]["pid"]
                self.kill9(pid)
                wait_until(lambda: client.nodes()[2]["pid"] not in (None, pid), "it is another")
                self.has_all(client, 2)
                self.tree.stop()

    def test_a_tree_comes_back_when_the_worker_program_does(self):
        worker = self.own_worker()
        client = self.open("--restart-delay-max", 200, worker=worker)
        self.chain(client, 3)
        self.tree.stop()
        script = self.fresh("upgrade")
        with open(script, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 7\n")
        os.chmod(script, 0o700)
        os.rename(worker, worker + ".away")
        os.symlink(script, worker)
        client = self.next(worker=worker)
        wait_until(lambda: all("exit status 7" in row.get("cause", "")
                               for row in client.nodes().values()), "each start has failed")
        os.rename(worker + ".away", worker)
        for node in (1, 2, 3):
            self.is_there(client, node)
        self.has_all(client, 3)
        self.assertEqual({row["restarts"] for row in client.nodes().values()}, {1})

    def test_one_that_takes_its_time_keeps_nobody_below_it_away(self):
        client = self.open("--request-timeout", 60000)
        self.chain(client, 4)
        self.kill_everything(True)
        client = self.next(worker=self.slow_worker(2))
        self.assertEqual(client.exec(4, "x"), "4")
        self.assertEqual(self.states(client), {1: "available", 2: "starting", 3: "available",
                                               4: "available"})
        self.assertEqual(client.nodes()[3]["link"], 1)
        self.open_gate()
        wait_until(lambda: client.nodes()[3]["link"] == 2, "it is where it belongs")
        self.has_all(client, 4)

    def test_one_that_does_not_join_is_tried_again(self):
        client = self.open("--request-timeout", 500)
        self.chain(client, 1)
        self.tree.stop()
        client = self.next(worker=self.slow_worker())
        error = client.error("exec", id=1, args=["x"])
        self.assertEqual((error.name, error.data["outcome"]), ("NODE_UNAVAILABLE", "not_run"))
        wait_until(lambda: "did not join" in client.nodes()[1].get("cause", ""), "it says why")
        self.open_gate()
        wait_until(lambda: client.nodes()[1]["state"] == "available", "it is there")
        self.has_all(client, 1)


if __name__ == "__main__":
    main()
