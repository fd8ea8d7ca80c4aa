#!/usr/bin/python3 -B
"""Orders: start, stop and restart of nodes."""

import os
import signal

from lib import procs
from lib.harness import main
from lib.rpc import Closed
from lib.start_case import StartCase
from lib.waiting import wait_until


class StartStop(StartCase):
    # Orders.

    def test_start_brings_back_what_is_dead_with_its_data(self):
        client = self.open()
        self.chain(client, 3)
        client.call("create", id=20)
        client.exec(20, "MyVar", 5)
        self.kill9(client.nodes()[2]["pid"], client.nodes()[20]["pid"])
        wait_until(lambda: client.unavailable() == [2, 20], "they are dead")
        self.says(self.tree, "Error:20: Node is unavailable", "exec", 20, "MyVar", status=1)
        done = self.ctl(self.tree, "start", 20, 99, 1, 2, "x")
        lines = done.stdout.split("\n")
        for line, reply in zip(lines, ("P", "Error: Not found", "Error: Already running", "P",
                                       "Error: …")):
            self.assert_reply(line, reply)
        self.assertEqual((lines[5:], done.returncode), ([""], 1))
        self.assertEqual(client.exec(20, "MyVar"), "5")
        self.has_all(client, 3)
        wait_until(lambda: client.nodes()[3]["link"] == 2, "its child is back")
        self.assertEqual(lines[0], f"Ok: {client.nodes()[20]['pid']}")
        error = client.error("start", id=1)
        self.assertEqual((error.code, error.name), (-32010, "ALREADY_RUNNING"))

    def test_start_brings_back_what_was_given_up(self):
        client = self.open("--restart", "always", "--restart-limit", 1)
        self.chain(client, 1)
        for _ in range(2):
            pid = client.nodes()[1]["pid"]
            self.kill9(pid)
            wait_until(lambda pid=pid: client.nodes()[1]["pid"] != pid and
                       client.nodes()[1]["state"] in ("available", "given_up"), "it is seen")
        self.assertEqual(client.nodes()[1]["state"], "given_up")
        self.stays_dead(1)
        self.tree.kill()
        client = self.next()
        self.assertEqual(client.nodes()[1]["state"], "given_up")
        self.assertEqual(client.call("start", id=1)["pid"], client.nodes()[1]["pid"])
        self.has_all(client, 1)

    def test_a_start_that_fails_says_why_and_goes_on(self):
        worker = self.own_worker()
        client = self.open("--restart-delay-max", 200, worker=worker)
        self.chain(client, 1)
        self.kill9(client.nodes()[1]["pid"])
        wait_until(lambda: client.nodes()[1]["state"] == "dead", "it is dead")
        os.rename(worker, worker + ".away")
        error = client.error("start", id=1)
        self.assertIn(f"cannot start {worker}", str(error))
        self.assertEqual(client.nodes()[1]["state"], "starting")
        os.rename(worker + ".away", worker)
        wait_until(lambda: client.nodes()[1]["state"] == "available", "it is there")
        self.has_all(client, 1)

    def test_a_stopped_node_stays_so_and_keeps_all_that_it_has(self):
        client = self.open()
        pids = self.chain(client, 4)
        watch = self.client(self.tree)
        watch.call("subscribe", types=["node_stopped", "node_died"])
        self.says(self.tree, "Ok", "stop", 2)
        self.assertTrue(procs.gone(pids[2]))
        self.assertEqual(watch.event("node_stopped")["pid"], pids[2])
        self.assertEqual(self.states(client)[2], "stopped")
        self.assertEqual(client.error("exec", id=2, args=["x"]).name, "NODE_UNAVAILABLE")
        # The others go on.
        self.assertEqual((client.exec(3, "x"), client.exec(4, "x")), ("3", "4"))
        self.says(self.tree, "Ok", "stop", 2)
        for how in ("end", "crash", "all at once"):
            if how == "end":
                self.tree.stop()
            elif how == "crash":
                self.tree.kill()
            else:
                self.kill_everything(False)
            client = self.next()
            self.assertEqual((client.exec(3, "x"), client.exec(4, "x")), ("3", "4"))
            self.assertEqual(self.states(client)[2], "stopped", how)
            self.assertEqual(client.unavailable(), [2])
        self.says(self.tree, "P", "start", 2)
        self.has_all(client, 4)
        wait_until(lambda: {n: row["link"] for n, row in client.nodes().items()} ==
                   {1: -1, 2: 1, 3: 2, 4: 3}, "all links are back")

    def test_a_stop_is_an_orderly_end(self):
        client = self.open("--request-timeout", 60000)
        pids = self.chain(client, 1)
        numbers = [client.send("exec", id=1, args=["n", str(value)]) for value in range(500)]
        other = self.client(self.tree)
        self.stopped(pids[1])
        stop = other.send("stop", id=1)
        wait_until(lambda: self.states(self.client(self.tree))[1] == "stopping", "it is asked")
        self.go_on(pids[1])
        self.assertEqual(other.wait(stop), {"id": 1})
        replies = [client.reply(number) for number in numbers]
        kept = [reply for reply in replies if "result" in reply]
        # Nothing that was taken is in doubt.
        self.assertEqual({reply["error"]["data"]["outcome"] for reply in replies
                          if "error" in reply} - {"not_run"}, set())
        client.call("start", id=1)
        self.assertEqual(client.exec(1, "n"), str(len(kept) - 1))

    def test_a_restart_is_another_process_with_the_same_data(self):
        client = self.open()
        pids = self.chain(client, 3)
        shell = self.shell(daemon=self.tree)
        shell.write("restart 1 2 9 3\nexec 2 x\nping 3\n")
        lines, status = shell.finish()
        now = client.pids()
        self.assertEqual([line for line in lines if line not in ("Ok:2: 2", "Ok: 1")],
                         [f"Ok: {now[1]}", f"Ok: {now[2]}", "Error: Not found", f"Ok: {now[3]}"])
        self.assertEqual((len(lines), status), (6, 0))
        self.assertEqual(set(now.values()) & set(pids.values()), set())
        self.has_all(client, 3)
        self.kill9(now[2])
        wait_until(lambda: client.nodes()[2]["state"] == "dead", "it is dead")
        self.assertEqual(client.call("restart", id=2)["pid"], client.nodes()[2]["pid"])
        self.has_all(client, 3)

    def test_a_stopped_process_is_stopped_by_force(self):
        client = self.open("--stop-grace", 300, "--heartbeat", 60000)
        pids = self.chain(client, 2)
        self.stopped(pids[1])
        self.assertEqual(client.call("stop", id=1), {"id": 1})
        self.assertTrue(procs.gone(pids[1]))
        self.assertEqual(client.exec(2, "x"), "2")
        client.call("start", id=1)
        self.has_all(client, 2)

    def test_what_is_stopping_can_be_killed_and_the_tree_can_end(self):
        for how in ("kill", "end", "crash"):
            with self.subTest(how=how):
                client = self.open("--stop-grace", 20000, "--heartbeat", 60000)
                pids = self.chain(client, 2)
                self.stopped(pids[1])
                stop = client.send("stop", id=1)
                other = self.client(self.tree)
                # The order is on record once it has been passed on.
                wait_until(lambda: procs.pending(pids[1]), "it is asked")
                self.assertEqual(self.states(other)[1], "stopping")
                if how == "kill":
                    kill = other.send("kill", id=1)
                    self.go_on(pids[1])
                    self.assertEqual(other.wait(kill)["removed"], [1, 2])
                    self.assertEqual(client.reply(stop)["error"]["data"]["name"], "NOT_FOUND")
                    self.tree.stop()
                    continue
                if how == "end":
                    os.kill(self.tree.pid, signal.SIGTERM)
                    self.go_on(pids[1])
                    self.assertEqual(client.wait(stop), {"id": 1})
                    self.assertEqual(self.tree.wait(), 0)
                else:
                    self.tree.kill()
                    self.assertRaises(Closed, client.reply, stop)
                client = self.next()
                wait_until(lambda: self.states(client)[1] == "stopped", "it is stopped")
                wait_until(lambda: procs.gone(pids[1]), "its process is gone")
                self.assertEqual(client.exec(2, "x"), "2")
                client.call("start", id=1)
                self.has_all(client, 2)
                self.tree.stop()

    def test_a_hundred_start_at_once(self):
        client = self.open("--topology", "balanced")
        for number in [client.send("create", id=node) for node in range(1, 101)]:
            client.wait(number)
        nodes = list(range(1, 101))
        done = self.ctl(self.tree, "stop", *nodes)
        self.assertEqual((done.stdout, done.returncode), ("Ok\n" * 100, 0))
        self.assertEqual(client.unavailable(), nodes)
        done = self.ctl(self.tree, "start", *nodes)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(done.stdout.split("\n"),
                         [f"Ok: {row['pid']}" for _, row in sorted(client.nodes().items())] + [""])
        self.assertEqual(client.unavailable(), [])


if __name__ == "__main__":
    main()
