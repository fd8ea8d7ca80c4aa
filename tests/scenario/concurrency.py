#!/usr/bin/python3 -B
"""Requests do not wait for unrelated ones: the orders that hold, and waits that must not happen."""

import os
import signal
import threading
import time

from lib.harness import Case, main
from lib.programs import dtree_worker_path
from lib.waiting import TIMEOUT, wait_until

OFF = 86400000


class Concurrency(Case):
    def patient(self, *options):
        """A daemon with deadlines that no test reaches."""
        return self.daemon("--heartbeat", OFF, "--request-timeout", 600000, *options)

    def starting(self, client, node):
        wait_until(lambda: client.nodes().get(node, {}).get("state") == "starting",
                   f"{node} is being created")

    def test_a_stopped_node_delays_no_other_command_of_a_shell(self):
        shell = self.shell(daemon=self.patient())
        pid = self.create(shell, 10)
        self.create(shell, 20)
        self.stopped(pid)
        shell.write("exec 10 1 1\nexec 20 1 2\nping 20\n")
        self.assertEqual(sorted([shell.line(), shell.line()]), ["Ok: 1", "Ok:20: 2"])
        self.go_on(pid)
        self.assertEqual(shell.line(), "Ok:10: 1")

    def test_a_busy_service_delays_neither_its_node_nor_what_is_below(self):
        daemon = self.patient()
        client = self.client(daemon)
        client.call("create", id=1, service="search")
        client.call("create", id=2, parent=1)
        client.call("create", id=3)
        busy = self.shell(daemon=daemon)
        # Large enough to keep the service busy during the other requests.
        busy.write("exec 1\n" + "a" * (8 << 20) + "\n" + "a" + "\n")
        turns = 0
        end = time.monotonic() + 3 * TIMEOUT
        while not busy.lines and not busy.ended:
            self.assertLess(time.monotonic(), end)
            self.assertTrue(client.ping(1))
            self.assertEqual(client.exec(2, 1, turns), str(turns))
            self.assertEqual(client.exec(3, 1, turns), str(turns))
            turns += 1
        self.assertGreater(turns, 3)
        self.assertTrue(busy.line().startswith("Ok:1: 0;1;2;3"))

    def test_one_sessions_requests_to_one_node_keep_their_order(self):
        client = self.client(self.patient("--service", "dict"))
        for node in (1, 2, 3):
            client.call("create", id=node, parent=node - 1 if node > 1 else -1)
        numbers = []
        for turn in range(400):
            for node in (1, 2, 3):
                numbers.append((client.send("exec", id=node, args=["n", str(turn)]), None))
                numbers.append((client.send("exec", id=node, args=["n"]), str(turn)))
        order = []
        for _ in numbers:
            reply = client.message()
            order.append((reply["id"], reply["result"]["result"], reply["result"]["id"]))
        for node in (1, 2, 3):
            mine = [number for number, _, to in order if to == node]
            self.assertEqual(mine, sorted(mine))
        results = {number: result for number, result, _ in order}
        for number, wanted in numbers:
            self.assertEqual(results[number], wanted)

    def test_a_whole_script_may_be_sent_at_once(self):
        for _ in range(10):
            shell = self.private()
            shell.write("create 10 -1\ncreate 20 10\nexec 20 1 9\n")
            lines, status = shell.finish()
            self.assertEqual(status, 0)
            self.same_lines(lines, ["P", "P", "Ok:20: 9"])

    def test_a_chain_sent_at_once_is_built(self):
        shell = self.private()
        steps = [("create 1", "P")]
        for node in range(2, 31):
            steps += [(f"create {node} {node - 1}", "P"), (f"exec {node} 1 {node}",
                                                           f"Ok:{node}: {node}")]
        self.script(shell, steps)

    def test_create_replies_are_printed_in_the_order_of_the_creates(self):
        daemon = self.patient()
        client = self.client(daemon)
        parent = client.call("create", id=1)["pid"]
        shell = self.shell(daemon=daemon)
        self.stopped(parent)
        shell.write("create 11 1\ncreate 12\ncreate 13\nping 12\nping 13\nexec 13 1 4\n")
        # 12 and 13 are there, and only the lines of their creates are held back.
        self.assertEqual(sorted(shell.line() for _ in range(3)), ["Ok: 1", "Ok: 1", "Ok:13: 4"])
        self.go_on(parent)
        pids = [int(shell.line()[4:]) for _ in range(3)]
        nodes = client.nodes()
        self.assertEqual(pids, [nodes[node]["pid"] for node in (11, 12, 13)])

    def test_a_failed_create_releases_those_held_behind_it(self):
        daemon = self.patient()
        client = self.client(daemon)
        parent = client.call("create", id=1)["pid"]
        shell = self.shell(daemon=daemon)
        self.stopped(parent)
        shell.write("create 11 1\ncreate 12\nping 12\n")
        self.assertEqual(shell.line(), "Ok: 1")
        client.call("kill", id=1)
        self.assertEqual(shell.line(), "Error: Parent not found")
        self.assert_reply(shell.line(), "P")

    def test_only_commands_for_the_node_being_created_wait(self):
        daemon = self.patient()
        one, two = self.client(daemon), self.client(daemon)
        parent = one.call("create", id=1)["pid"]
        one.call("create", id=5)
        self.stopped(parent)
        create = one.send("create", id=2, parent=1)
        waiting = [one.send("ping", id=2), one.send("exec", id=2, args=["1", "7"]),
                   one.send("create", id=3, parent=2)]
        self.starting(two, 2)
        other = two.send("exec", id=2, args=["1", "8"])
        for client in (one, two):
            self.assertTrue(client.ping(5))
            self.assertEqual(client.exec(5, 1, 1), "1")
        self.assertEqual((one.replies, two.replies), ({}, {}))
        self.go_on(parent)
        self.assertEqual(one.wait(create)["parent"], 1)
        self.assertTrue(one.wait(waiting[0])["available"])
        self.assertEqual(one.wait(waiting[1])["result"], "7")
        self.assertEqual(one.wait(waiting[2])["parent"], 2)
        self.assertEqual(two.wait(other)["result"], "8")

    def test_a_node_killed_while_being_created_has_no_parent(self):
        daemon = self.patient()
        one, two = self.client(daemon), self.client(daemon)
        parent = one.call("create", id=1)["pid"]
        self.stopped(parent)
        create = one.send("create", id=2, parent=1)
        self.starting(two, 2)
        self.assertEqual(two.call("kill", id=2)["removed"], [2])
        self.assertEqual(one.reply(create)["error"]["data"]["name"], "PARENT_NOT_FOUND")
        self.assertEqual(one.error("ping", id=2).name, "NOT_FOUND")
        wait_until(lambda: daemon.workers() == [parent], "the half-started process is gone")
        self.go_on(parent)
        self.assertEqual(one.call("create", id=2, parent=1)["parent"], 1)

    def test_a_parent_killed_during_a_create_is_not_found(self):
        daemon = self.patient()
        one, two = self.client(daemon), self.client(daemon)
        parent = one.call("create", id=1)["pid"]
        self.stopped(parent)
        create = one.send("create", id=2, parent=1)
        self.starting(two, 2)
        self.assertEqual(sorted(two.call("kill", id=1)["removed"]), [1, 2])
        self.assertEqual(one.reply(create)["error"]["data"]["name"], "PARENT_NOT_FOUND")
        wait_until(lambda: not daemon.workers(), "no processes")

    def test_a_parent_dying_during_a_create_is_unavailable(self):
        daemon = self.patient()
        one, two = self.client(daemon), self.client(daemon)
        parent = one.call("create", id=1)["pid"]
        self.stopped(parent)
        create = one.send("create", id=2, parent=1)
        self.starting(two, 2)
        self.kill9(parent)
        self.assertEqual(one.reply(create)["error"]["data"]["name"], "PARENT_UNAVAILABLE")
        self.assertEqual(one.error("ping", id=2).name, "NOT_FOUND")
        wait_until(lambda: not daemon.workers(), "no processes")

    def test_pingall_waits_for_its_clients_earlier_creates(self):
        shell = self.private()
        nodes = range(1, 21)
        for verb, reply in (("create", "P"), ("kill", "Ok")):
            shell.write("".join(f"{verb} {node}\n" for node in nodes) + "pingall\n")
            self.same_lines([shell.line() for _ in range(21)], [reply] * 20 + ["Ok: -1"])

    def test_a_stream_half_sent_holds_up_no_other_client(self):
        daemon = self.patient()
        one, two = self.client(daemon), self.client(daemon)
        one.call("create", id=1)
        stream = one.call("exec_open", id=1, args=["4"])["stream"]
        one.call("exec_feed", stream=stream, data="1 2 ")
        for turn in range(20):
            self.assertEqual(two.exec(1, 2, turn, 1), str(turn + 1))
            self.assertTrue(two.ping(1))
        one.call("exec_feed", stream=stream, data="3 4")
        self.assertEqual(one.call("exec_close", stream=stream), {"id": 1, "result": "10"})

    def test_a_half_sent_line_of_a_shell_holds_up_no_other(self):
        daemon = self.patient()
        one, two = self.shell(daemon=daemon), self.shell(daemon=daemon)
        self.create(one, 1)
        one.write("exec 1 400000 " + "1 " * 200000)
        for turn in range(10):
            self.ask(two, f"exec 1 1 {turn}", f"Ok:1: {turn}")
        one.write("2 " * 200000 + "\n")
        self.assertEqual(one.line(), "Ok:1: 600000")

    def test_twenty_clients_work_at_once(self):
        daemon = self.patient("--service", "dict")
        problems = []

        def work(number):
            try:
                with daemon.client() as client:
                    own = [number * 100 + i for i in range(4)]
                    for i, node in enumerate(own):
                        client.call("create", id=node, parent=own[i - 1] if i else -1)
                    for turn in range(20):
                        writes = [client.send("exec", id=node, args=["n", str(turn * node)])
                                  for node in own]
                        reads = [client.send("exec", id=node, args=["n"]) for node in own]
                        for reply in writes:
                            assert client.wait(reply)["result"] is None
                        for reply, node in zip(reads, own):
                            assert client.wait(reply)["result"] == str(turn * node)
                    assert client.unavailable() == []
                    assert sorted(client.call("kill", id=own[1])["removed"]) == own[1:]
                    assert client.ping(own[0])
            except BaseException as error:  # pylint: disable=broad-except
                problems.append((number, repr(error)))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 21)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])
        self.assertEqual(sorted(self.client(daemon).parents()), [n * 100 for n in range(1, 21)])

    def test_twenty_shells_work_at_once(self):
        daemon = self.patient()
        shells = [self.shell(daemon=daemon) for _ in range(20)]
        for number, shell in enumerate(shells):
            shell.write(f"create {number}\nexec {number} 2 {number} 1\nping {number}\n")
        for number, shell in enumerate(shells):
            lines, status = shell.finish()
            self.assertEqual(status, 0)
            self.same_lines(lines, ["P", f"Ok:{number}: {number + 1}", "Ok: 1"])

    def test_twenty_clients_asking_for_one_id_get_it_once(self):
        daemon = self.patient()
        clients = [self.client(daemon) for _ in range(20)]
        numbers = [client.send("create", id=1) for client in clients]
        replies = [client.reply(number) for client, number in zip(clients, numbers)]
        self.assertEqual(sum("result" in reply for reply in replies), 1)
        self.assertEqual({reply["error"]["data"]["name"] for reply in replies
                          if "error" in reply}, {"ALREADY_EXISTS"})
        self.assertEqual(len(daemon.workers()), 1)

    def test_a_client_that_leaves_takes_nothing_with_it(self):
        daemon = self.patient()
        one, two = daemon.client(), self.client(daemon)
        pid = two.call("create", id=1)["pid"]
        two.call("create", id=3)
        self.stopped(pid)
        one.send("create", id=2, parent=1)
        one.send("exec", id=3, args=["1", "1"])
        self.starting(two, 2)
        one.close()
        self.go_on(pid)
        self.assertTrue(two.ping(2))
        self.assertEqual(two.exec(1, 1, 3), "3")
        wait_until(lambda: two.call("status")["pending"] == 0, "nothing is under way")


class Unborn(Case):
    @staticmethod
    def unborn(daemon):
        """Children of the daemon that are not their own program yet."""
        with open(f"/proc/{daemon.pid}/task/{daemon.pid}/children", encoding="ascii") as file:
            children = [int(pid) for pid in file.read().split()]
        found = []
        for pid in children:
            try:
                with open(f"/proc/{pid}/comm", encoding="ascii") as file:
                    if file.read().strip() == "dtreed":
                        found.append(pid)
            except OSError:
                pass
        return found

    def test_a_child_stopped_before_it_is_a_worker_delays_nobody(self):
        daemon = self.daemon("--heartbeat", OFF, "--request-timeout", 600000,
                             worker=dtree_worker_path())
        one, two = self.client(daemon), self.client(daemon)
        two.call("create", id=1)
        caught = None
        for node in range(2, 400):
            asked = one.send("create", id=node)
            end = time.monotonic() + 0.02
            while not caught and time.monotonic() < end:
                for pid in self.unborn(daemon):
                    os.kill(pid, signal.SIGSTOP)
                    caught = pid
            if caught and caught in self.unborn(daemon):
                break
            if caught:  # a worker by now
                os.kill(caught, signal.SIGCONT)
                caught = None
            one.wait(asked)
        else:
            self.skipTest("no child was caught before its exec")
        self.assertEqual(two.exec(1, 1, 3), "3")
        two.call("create", id=1000)
        os.kill(caught, signal.SIGCONT)
        one.wait(asked)
        self.assertTrue(two.ping(node))


if __name__ == "__main__":
    main()
