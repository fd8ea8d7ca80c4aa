#!/usr/bin/python3 -B
"""The Python module against a running tree, and through a crash of dtreed: what was under way is
unknown or has not run, nothing runs twice, and the client goes on."""

import asyncio
import doctest
import inspect
import os
import re
import signal
import threading
import time

from lib import manual, procs
from lib.daemon_death import DaemonDeath
from lib.harness import main
from lib.programs import Daemon
from lib.python_module import dtree
from lib.waiting import TIMEOUT, wait_until

# After so long a dtreed is asked whether it is there; one that is, answers sooner.
SILENCE = TIMEOUT / 60
SERVICES = """\
    [service file]
    protocol = run
    command = cat
    concurrency = 8
    [service sh]
    protocol = run
    command = sh -c
    concurrency = 8
    stop-grace = 100
    """


class Python(DaemonDeath):
    """A tree with those services, and clients of it."""

    def tree(self, *services, group=None):
        self.conf = self.text_file("services.conf", SERVICES)
        daemon = self.daemon("--config", self.conf)
        self.rpc = self.client(daemon)
        for number, service in enumerate(services, 1):
            self.rpc.call("create", id=number, service=service,
                          **({"group": group} if group else {}))
        return daemon

    def again(self, daemon, *options):
        return super().again(daemon, "--config", self.conf, *options)

    def python(self, daemon, **how):
        client = dtree.Client(daemon.socket, **how)
        self.addCleanup(client.close)
        return client

    def error(self, kind, call, *args, **how):
        """The error of that kind that a call must give."""
        with self.assertRaises(kind) as raised:
            call(*args, **how)
        return raised.exception

    def ran(self, path):
        """The lines that a program has added to a file."""
        with open(path, encoding="ascii") as file:
            return file.read().split()

    def running(self, word):
        return [pid for pid in self.family() if word in procs.arguments(pid)]


class Blocking(Python):
    def test_nodes_come_answer_and_go(self):
        client = self.python(self.tree())
        self.assertEqual(client.hello()["name"], "dtreed")
        created = client.create(10, name="ten", restart="always")
        self.assertEqual((created["id"], created["parent"]), (10, -1))
        client.create(11, 10, service="dict")
        self.assertEqual(client.exec("@ten", 3, "1", 2, 3), dtree.Result(10, b"6"))
        self.assertEqual(client.exec(11, "x", 5).text, None)
        self.assertEqual(client.exec(11, "x").text, "5")
        self.assertTrue(client.ping(10))
        self.assertEqual(client.pingall(), [])
        self.assertEqual([node["id"] for node in client.tree()], [10, 11])
        self.assertEqual(client.status(11)["parent"], 10)
        self.assertEqual(client.change(10, name="other")["changed"], ["name"])
        self.assertEqual(client.daemon()["nodes"], 2)
        client.stop(11)
        self.assertEqual(client.pingall(), [11])
        self.assertEqual(client.start(11)["id"], 11)
        self.assertEqual(client.wait(11)["id"], 11)
        self.assertEqual([row["id"] for row in client.restart_all()["results"]], [10, 11])
        self.assertEqual([row["id"] for row in client.exec_all(1, "z", subtree=10).errors], [10, 11])
        self.assertEqual(client.exec_all(1, 5, reduce="sum").value, 5)
        client.heartbeat(0.2)
        self.assertEqual(client.daemon()["heartbeat_ms"], 200)
        self.assertIn("sum", [service["name"] for service in client.services()])
        self.assertEqual(client.reload(dry_run=True)["failed"], 0)
        self.assertEqual(client.logs(11)["lines"], [])
        self.assertEqual(len(client.diagnose(10)["links"]), 1)
        self.assertIn("slowest", client.slow())
        self.assertIn("uptime_ms", client.metrics())
        self.assertEqual([row["id"] for row in client.node_metrics()], [10, 11])
        self.assertEqual([row["id"] for row in client.node_metrics(11)], [11])
        self.assertEqual(client.kill(10), [10, 11])

    def test_there_is_a_function_for_each_method(self):
        client = self.python(self.tree())
        methods = {method["name"] for method in client.discover()["methods"]}
        beside = {"exec_open": "exec_stream", "exec_feed": "exec_stream", "exec_close": "exec_stream",
                  "cancel": "call", "unsubscribe": "subscribe", "rpc.discover": "discover"}
        for method in methods:
            name = beside.get(method, method)
            self.assertTrue(hasattr(client, name) and hasattr(dtree.AsyncClient, name), method)

    def test_an_error_is_of_the_class_of_its_code(self):
        client = self.python(self.tree("sum", "sh"))
        self.error(dtree.AlreadyExists, client.create, 1)
        self.error(dtree.NotFound, client.exec, 9, 1)
        self.error(dtree.NotFound, client.exec_any, "none", 1)
        self.error(dtree.AlreadyRunning, client.start, 1)
        self.error(dtree.ParentNotFound, client.create, 8, 7)
        self.error(dtree.InvalidParams, client.call, "ping")
        self.error(dtree.MethodNotFound, client.call, "pong")
        self.error(dtree.TimedOut, client.wait, 1, until="dead", timeout=0.01)
        self.assertIn("expected 2", self.error(dtree.ServiceError, client.exec, 1, 2, 3).message)
        failed = self.error(dtree.ServiceError, client.exec, 2, "echo why >&2; exit 7")
        self.assertEqual((failed.message, failed.status), ("why (exit status 7)", 7))
        self.assertEqual(self.error(dtree.ServiceError, client.exec, 2, "kill -9 $$").signal, 9)
        slow = self.error(dtree.NodeUnavailable, client.exec, 2, "sleep 60", timeout=0.4)
        self.assertEqual((slow.outcome, slow.may_have_run), ("unknown", True))
        self.kill9(client.status(1)["pid"])
        wait_until(client.pingall, "1 is dead")
        self.assertEqual(self.error(dtree.NodeUnavailable, client.exec, 1, 1, 1).outcome, "not_run")
        self.assertTrue(client.ping(2))

    def test_what_is_large_goes_in_pieces(self):
        client = self.python(self.tree("sum", "file", "sh"))
        count = 100000
        self.assertEqual(client.exec(1, count, *[1] * count).text, str(count))
        self.assertEqual(client.exec_many(1, iter([count, *[2] * count])).text, str(2 * count))
        odd = ["", " ", "a b\n", "ä" * 30000, "-"]
        args = client.exec_input(3, 'printf "%s|" "$0" "$@"; cat', *odd, stdin=b"in")
        self.assertEqual(args.text, "|".join([*odd, "in"]))
        data = bytes(range(256)) * 8000 + b"x"
        self.assertEqual(client.exec_input(2, stdin=data).raw, data)
        self.assertEqual(client.exec_input(2, stdin=(data[at:at + 999] for at in
                                                     range(0, len(data), 999))).raw, data)
        with open(self.conf, "rb") as file:
            self.assertIn("protocol = run", client.exec_input(2, stdin=file).text)
        # It does not read all of it.
        self.assertEqual(client.exec_input(3, "head -c 5", stdin=iter(lambda: data, None)).raw,
                         data[:5])
        failed = self.error(dtree.ServiceError, client.exec_input, 3, "cat; exit 3", stdin=b"a")
        self.assertEqual(failed.status, 3)
        self.error(dtree.ServiceError, client.exec_input, 1, stdin=data)
        with client.exec_stream(3, "sleep 61", stdin=True) as stream:
            stream.write(b"a")
            wait_until(lambda: self.running("sleep 61"), "it runs")
        wait_until(lambda: not self.running("sleep 61"), "it ends with its stream")
        self.assertTrue(client.ping(3))

    def test_many_requests_are_under_way_on_one_connection(self):
        client = self.python(self.tree("sum", "sh"))
        slow = client.submit(2, "sleep 62")
        pending = [client.submit(1, 1, number) for number in range(2000)]
        self.assertEqual([one.result().text for one in pending], [str(n) for n in range(2000)])
        self.error(dtree.Timeout, slow.result, 0.01)
        slow.cancel()
        self.assertEqual(self.error(dtree.Cancelled, slow.result).outcome, "unknown")
        wait_until(lambda: not self.running("sleep 62"), "it ends")

    def test_a_request_that_is_not_waited_for_is_cancelled(self):
        client = self.python(self.tree("sh"), timeout=0.3)
        late = self.error(dtree.Timeout, client.exec, 1, "sleep 63")
        self.assertEqual(late.outcome, "unknown")
        wait_until(lambda: not self.running("sleep 63"), "it ends")
        client.timeout = None
        self.assertEqual(client.exec(1, "echo a").text, "a")

    def test_progress_is_told_while_it_is_waited_for(self):
        program = self.text_file("speaks.py", """\
            import json, sys
            for line in sys.stdin:
                id = json.loads(line)["id"]
                print(json.dumps({"jsonrpc": "2.0", "method": "progress",
                                  "params": {"id": id, "done": 3, "total": 4, "text": "a"}}))
                print(json.dumps({"jsonrpc": "2.0", "id": id, "result": "b"}), flush=True)
            """)
        self.conf = self.text_file("speaks.conf", f"[service speaks]\nprotocol = json\n"
                                   f"command = python3 {program}\n")
        client = self.python(self.daemon("--config", self.conf, "--service", "speaks"))
        client.create(1)
        seen = []

        def told(progress):
            # A callback may ask for more.
            seen.append((progress, client.ping(1)))
        self.assertEqual(client.exec(1, "x", progress=told).text, "b")
        self.assertEqual(seen, [(dtree.Progress(3.0, 4.0, "a"), True)])

    def test_events_are_given_in_their_order_beside_other_requests(self):
        daemon = self.tree()
        client = self.python(daemon)
        client.create(1)
        with client.subscribe(["node_created", "node_removed"]) as events:
            client.create(2)
            client.kill(1)
            client.kill(2)
            seen = [next(events) for _ in range(3)]
            self.assertEqual([(event.type, event.id) for event in seen],
                             [("node_created", 2), ("node_removed", 1), ("node_removed", 2)])
            self.assertEqual(seen[0].fields["parent"], -1)
            self.assertIsNone(events.next(0.01))
        with client.subscribe(since=0) as events:
            self.assertEqual((next(events).type, events.seq), ("controller_started", 1))
        self.error(dtree.Lost, events.next)
        self.error(dtree.InvalidParams, client.subscribe, ["none"])

    def test_a_client_belongs_to_one_thread_at_a_time(self):
        client = self.python(self.tree("sh"))
        go = self.path("go")
        results = []
        thread = threading.Thread(target=lambda: results.append(client.exec(
            1, f"until test -e {go}; do sleep 0.02; done; echo a").text))
        thread.start()

        def refused():
            try:
                client.hello()
            except RuntimeError as error:
                return "one thread" in str(error)
            return False
        wait_until(refused, "the other thread is refused")
        with open(go, "wb"):
            pass
        thread.join(TIMEOUT)
        self.assertEqual(results, ["a"])
        self.assertTrue(client.ping(1))


class Pools(Python):
    def test_a_pool_spreads_requests_and_bounds_those_under_way(self):
        daemon = self.tree("sh", "sh", group="shells")
        client = self.python(daemon)
        pool = dtree.Pool(client, "shells", limit=6)
        taken = []

        def requests():
            for number in range(40):
                taken.append(number)
                yield [f"echo {number}; test {number} != 7"]
        ended = []
        for done in pool.run(requests()):
            ended.append(done)
            self.assertLessEqual(len(taken) - len(ended), 6)
        self.assertEqual(sorted(done.index for done in ended), list(range(40)))
        self.assertEqual([done.index for done in ended if done.error], [7])
        for done in ended:
            if done.result:
                self.assertEqual(done.result.text, str(done.index))
        self.assertEqual({done.result.node for done in ended if done.result}, {1, 2})
        results = pool.map([f"sleep 0.0{9 - number}; echo {number}"] for number in range(9))
        self.assertEqual([result.text for result in results], [str(n) for n in range(9)])
        with self.assertRaises(dtree.ServiceError):
            list(pool.map([["echo a"], ["exit 1"], ["sleep 64"]]))
        wait_until(lambda: not self.running("sleep 64"), "the rest is cancelled")
        self.assertEqual(pool.exec("echo b").text, "b")
        self.error(ValueError, dtree.Pool, client, "shells", limit=0)

    def crash_in_the_middle(self, run):
        """Kills dtreed while a pool is at work, and starts another one. Nothing has run twice; what
        has succeeded has run, and what has not run has not."""
        daemon = self.tree("sh", "sh", group="shells")
        place = self.path("ran")
        asked = [[f"echo {number} >>{place}; sleep 0.02"] for number in range(60)]
        self.addCleanup(lambda: Daemon(self, base=daemon.base).stop())

        def crash():
            wait_until(lambda: os.path.exists(place) and len(self.ran(place)) > 10, "it is used")
            daemon.kill()
            self.again(daemon, "--orphan-timeout", 60000)
        thread = threading.Thread(target=crash)
        thread.start()
        ended = run(daemon, asked)
        thread.join(TIMEOUT)
        self.assertEqual(sorted(done.index for done in ended), list(range(60)))
        ran = self.ran(place)
        self.assertEqual(len(ran), len(set(ran)), "something has run twice")
        failed = [done for done in ended if done.error]
        self.assertTrue(failed)
        # As many as were under way; and again, where a dtreed that ends still took a connection.
        self.assertLessEqual(len(failed), 16)
        for done in ended:
            if done.result:
                self.assertIn(str(done.index), ran)
            else:
                self.assertEqual((done.error.name, done.error.outcome), ("LOST", "unknown"))
        self.assertTrue([done for done in ended if done.result and done.index > max(
            done.index for done in failed)])

    def test_a_pool_goes_on_after_a_crash_and_runs_nothing_twice(self):
        def run(daemon, asked):
            client = self.python(daemon, wait=TIMEOUT)
            return list(dtree.Pool(client, "shells", limit=8, retry=TIMEOUT).run(asked))
        self.crash_in_the_middle(run)

    def test_an_asynchronous_pool_does_the_same(self):
        def run(daemon, asked):
            async def all_of_it():
                async with dtree.AsyncClient(daemon.socket, wait=TIMEOUT) as client:
                    pool = dtree.AsyncPool(client, "shells", limit=8, retry=TIMEOUT)
                    return [done async for done in pool.run(asked)]
            return asyncio.run(all_of_it())
        self.crash_in_the_middle(run)


class Crash(Python):
    """kill -9 of a dtreed that is stopped while the client asks, so that it cannot answer."""

    def test_what_was_under_way_may_have_run_and_the_client_goes_on(self):
        daemon = self.tree("sum")
        client = self.python(daemon)
        client.hello()
        self.stopped(daemon.pid)
        pending = [client.submit(1, 1, 1), client.send("ping", {"id": 1})]
        self.die(daemon)
        for one in pending:
            error = self.error(dtree.Lost, one.result)
            self.assertEqual((error.message, error.outcome), (self.lost(daemon), "unknown"))
        gone = self.error(dtree.NoDaemon, client.exec, 1, 1, 1)
        self.assertEqual((gone.outcome, daemon.socket in gone.message), ("not_run", True))
        self.again(daemon)
        self.assertEqual(client.exec(1, 1, 5).text, "5")

    def test_what_was_not_written_has_not_run(self):
        daemon = self.tree("file")
        client = self.python(daemon)
        client.hello()
        self.stopped(daemon.pid)
        pending = [client.submit(1, "x" * 60000) for _ in range(16)]
        self.die(daemon)
        outcomes = [self.error(dtree.Lost, one.result).outcome for one in pending]
        self.assertEqual(outcomes, sorted(outcomes, reverse=True))
        self.assertEqual(set(outcomes), {"unknown", "not_run"})

    def test_a_stream_of_arguments_has_no_effect_and_one_of_input_may_have(self):
        daemon = self.tree("sum", "sh")
        client = self.python(daemon)
        arguments = client.exec_stream(1, 2, 1)
        stdin = client.exec_stream(2, "cat", stdin=True)
        client.hello()
        stdin.write(b"abc")
        self.stopped(daemon.pid)
        self.die(daemon)
        self.assertEqual(self.error(dtree.Lost, arguments.close).outcome, "not_run")
        self.assertEqual(self.error(dtree.Lost, stdin.close).outcome, "unknown")

    def test_a_subscription_ends_or_follows(self):
        daemon = self.tree()
        client = self.python(daemon, wait=TIMEOUT)
        ends, follows = client.subscribe(), client.subscribe(follow=True)
        self.die(daemon)
        second = self.again(daemon)
        self.assertEqual(self.error(dtree.Lost, ends.next).message, self.lost(daemon))
        started = next(follows)
        self.assertEqual((started.type, started.seq, started.fields["pid"]),
                         ("controller_started", 1, second.pid))
        # The same dtreed over another connection: what was missed is given, and nothing twice.
        client._link.lose(dtree.Lost("cut"))
        self.client(second).call("create", id=5)
        event = next(event for event in follows if event.type != "audit")
        self.assertEqual((event.type, event.id), ("node_created", 5))
        client.create(6)
        self.assertEqual(next(event for event in follows if event.type != "audit").id, 6)

    def test_a_daemon_is_waited_for(self):
        daemon = self.tree()
        client = self.python(daemon, wait=TIMEOUT)
        self.die(daemon)
        said = []
        thread = threading.Thread(target=lambda: said.append(client.hello()["pid"]))
        thread.start()
        second = self.again(daemon)
        thread.join(TIMEOUT)
        self.assertEqual(said, [second.pid])

    def test_a_daemon_that_hangs_is_given_up_and_one_that_works_is_not(self):
        daemon = self.tree("sh")
        client = self.python(daemon, keepalive=SILENCE)
        self.assertEqual(client.exec(1, f"sleep {2.5 * SILENCE}; echo a").text, "a")
        os.kill(daemon.pid, signal.SIGSTOP)
        error = self.error(dtree.Timeout, client.exec, 1, "echo b")
        self.assertEqual(error.outcome, "unknown")
        os.kill(daemon.pid, signal.SIGCONT)
        self.assertEqual(client.exec(1, "echo c").text, "c")


class Asynchronous(Python):
    def run_async(self, daemon, work, **how):
        async def all_of_it():
            async with dtree.AsyncClient(daemon.socket, **how) as client:
                await asyncio.wait_for(work(client), TIMEOUT)
        asyncio.run(all_of_it())

    async def failing(self, kind, work):
        try:
            await work
        except kind as error:
            return error
        raise AssertionError(f"no {kind.__name__}")

    def test_tasks_ask_at_once(self):
        daemon = self.tree("sum", "file", "sh")

        async def work(client):
            self.assertEqual((await client.hello())["name"], "dtreed")
            results = await asyncio.gather(*[client.exec(1, 1, n) for n in range(2000)])
            self.assertEqual([result.text for result in results], [str(n) for n in range(2000)])
            count = 100000
            self.assertEqual((await client.exec_many(1, iter([count, *[1] * count]))).text,
                             str(count))
            data = bytes(range(256)) * 8000 + b"x"

            async def parts():
                for at in range(0, len(data), 100000):
                    yield data[at:at + 100000]
            got = await asyncio.gather(client.exec_input(2, stdin=data),
                                       client.exec_input(2, stdin=parts()))
            self.assertEqual([result.raw == data for result in got], [True, True])
            self.assertEqual((await self.failing(dtree.ServiceError, client.exec(3, "exit 4"))).status,
                             4)
            await self.failing(dtree.NotFound, client.ping(9))
            await self.failing(dtree.Invalid, client.exec(1, "\0"))
            self.assertEqual((await client.exec_all(1, 5)).results[0].text, "5")
        self.run_async(daemon, work)

    def test_a_cancelled_task_cancels_its_request(self):
        daemon = self.tree("sh")

        async def work(client):
            task = asyncio.ensure_future(client.exec(1, "sleep 65"))
            while not self.running("sleep 65"):
                await asyncio.sleep(0.01)
            task.cancel()
            while self.running("sleep 65"):
                await asyncio.sleep(0.01)
            self.assertTrue(task.cancelled())
            self.assertTrue(await client.ping(1))
        self.run_async(daemon, work)

    def test_events_and_a_crash(self):
        daemon = self.tree("sum")

        async def work(client):
            events = await client.subscribe(["node_created", "controller_started"], follow=True)
            await client.create(10)
            self.assertEqual((await events.next()).id, 10)
            self.stopped(daemon.pid)
            tasks = [asyncio.ensure_future(client.exec(1, 1, 1)) for _ in range(3)]
            await asyncio.sleep(0)
            self.die(daemon)
            for task in tasks:
                error = await self.failing(dtree.Lost, task)
                self.assertEqual(error.outcome, "unknown")
            self.again(daemon)
            self.assertEqual((await client.exec(1, 1, 5)).text, "5")
            self.assertEqual((await events.next()).type, "controller_started")
            async with await client.subscribe() as others:
                await client.create(11)
                self.assertIn((await others.next()).type, ("audit", "node_created"))
        self.run_async(daemon, work, wait=TIMEOUT)

    def test_a_daemon_that_hangs_is_given_up(self):
        daemon = self.tree("sh")

        async def work(client):
            os.kill(daemon.pid, signal.SIGSTOP)
            await self.failing(dtree.Timeout, client.exec(1, "echo b"))
            os.kill(daemon.pid, signal.SIGCONT)
            self.assertEqual((await client.exec(1, "echo c")).text, "c")
        self.run_async(daemon, work, keepalive=SILENCE)


class Manual(Python):
    def test_the_sessions_of_the_page_run_as_they_stand(self):
        daemon = self.tree()
        sessions = [block for block in manual.blocks("man/dtree-python.3")
                    if block.lines[0].startswith(">>> ")]
        self.assertGreater(len(sessions), 3)
        names, said = {}, []
        os.environ["DTREE_SOCKET"] = daemon.socket
        self.addCleanup(os.environ.pop, "DTREE_SOCKET")
        for block in sessions:
            test = doctest.DocTestParser().get_doctest(block.text(), names, str(block),
                                                       block.document, block.line)
            doctest.DocTestRunner().run(test, out=said.append, clear_globs=False)
            names.update(test.globs)
        names["tree"].close()
        self.assertEqual("".join(said), "")

    def test_the_page_names_every_option_and_class_that_it_speaks_of(self):
        """What looks like a name of the module is one."""
        page = manual.read("man/dtree-python.3")
        for name in re.findall(r"(?m)^\.(?:It )?Li ([A-Z]\w+)", page):
            self.assertTrue(hasattr(dtree, name) or name in ("LIMIT", "None", "RuntimeError"), name)
        for name in re.findall(r'(?m)^\.(?:It )?Fn (\w+)', page):
            self.assertTrue(any(hasattr(kind, name) for kind in (
                dtree.Client, dtree.Stream, dtree.Pending, dtree.Pool)), name)
        for kind in ("Client", "Pool"):
            said = re.search(rf"(?m)^\.Ql {kind}\((.*)\)$", page)[1].replace(" ", "")
            have = ",".join(str(parameter).replace(" ", "") for parameter in
                            signature(getattr(dtree, kind)))
            self.assertEqual(said, have)


def signature(kind):
    """The parameters of a class, without their types."""
    empty, words, starred = inspect.Parameter.empty, [], False
    for parameter in inspect.signature(kind).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            words.append("*")
            starred = True
        words.append(parameter.name if parameter.default is empty else
                     f"{parameter.name}={parameter.default}")
    return words


if __name__ == "__main__":
    main()
