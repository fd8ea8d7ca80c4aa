#!/usr/bin/python3 -B
"""Bytes go into a user's own program and come out of it, as they are."""

import base64
import hashlib
import os
import signal
import subprocess

from lib import procs
from lib.harness import Case, main
from lib.programs import dtreectl_path, sanitized
from lib.rpc import RpcError
from lib.waiting import TIMEOUT, wait_until

# Every byte, a line end last but one, and what looks like UTF-8 and is not.
ODD = bytes(range(256)) + b"\xc3\xa4\xe2\x80\xa8\xed\xa0\x80\n\n"


class Bytes(Case):
    SERVICES = """\
        [service say]
        protocol = run
        command = printf %b
        [service file]
        protocol = run
        command = cat
        concurrency = 4
        [service sh]
        protocol = run
        command = sh -c
        stop-grace = 200
        [service pair]
        protocol = run
        command = sh -c
        concurrency = 2
        [service line]
        protocol = lines
        command = cat
        """

    def tree(self, *nodes, options=()):
        """A dtreed with those services, and a node of each that is named, from 1 on."""
        path = self.text_file("services.conf", self.SERVICES)
        daemon = self.daemon("--config", path, *options)
        self.rpc = self.client(daemon)
        for number, service in enumerate(nodes, 1):
            self.rpc.call("create", id=number, service=service)
        return daemon

    def bytes_of(self, daemon, *args, status=0, error="", stdin=b"", stdout=subprocess.PIPE):
        """What a one-shot command writes to standard output."""
        done = subprocess.run([dtreectl_path(), "--socket", daemon.socket, *map(str, args)],
                              input=stdin, stdout=stdout, stderr=subprocess.PIPE, check=False,
                              env=self.env, timeout=TIMEOUT)
        self.assertEqual(done.stderr.decode(), error, args)
        self.assertEqual(done.returncode, status, args)
        return done.stdout

    def holding(self, data):
        path = self.fresh("f")
        with open(path, "wb") as file:
            file.write(data)
        return path


class Results(Bytes):
    def test_a_result_is_any_bytes(self):
        daemon = self.tree("file", "file")
        path = self.holding(ODD)
        result = self.rpc.call("exec", id=1, args=[path])
        self.assertEqual(result, {"id": 1,
                                  "result_base64": base64.b64encode(ODD[:-1]).decode()})
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", 1, path), ODD[:-1])
        self.assertEqual(self.bytes_of(daemon, "exec", 1, "--raw", path), ODD[:-1])
        self.assertEqual(self.rpc.call("exec_all", args=[path])["results"][1]["result_base64"],
                         base64.b64encode(ODD[:-1]).decode())
        self.assertIn("is no integer", self.rpc.call("exec_all", args=[path], reduce="sum")
                      ["errors"][0]["message"])

    def test_text_stays_text(self):
        daemon = self.tree("say")
        self.assertEqual(self.rpc.exec(1, r"a\nb\t\x1bä\n\n"), "a\nb\t\x1bä\n")
        self.says(daemon, r"Ok:1: a\nb\r\t\x1bä", "exec", 1, r"a\nb\r\t\x1bä")
        self.says(daemon, r"Ok:1: \x00\xff\xc2\x9b", "exec", 1, r"\x00\xff\xc2\x9b")
        self.says(daemon, '{"id":1,"result_base64":"AP8="}', "--json", "exec", 1, r"\0000\xff")
        shell = self.shell(daemon=daemon)
        self.ask(shell, r"exec 1 a\nb\xff", r"Ok:1: a\nb\xff")

    def test_arguments_of_16_mib_reach_a_json_program(self):
        program = self.text_file("size.py", """\
            import hashlib, json, sys
            for line in sys.stdin:
                call = json.loads(line)
                args = call["params"]["args"]
                digest = hashlib.sha256("".join(args).encode()).hexdigest()
                print(json.dumps({"jsonrpc": "2.0", "id": call["id"],
                                  "result": f"{len(args)} {digest}"}), flush=True)
            """)
        self.SERVICES += f"""
        [service size]
        protocol = json
        command = python3 {program}
        """
        daemon = self.tree("size")
        # Each argument has an end, which counts.
        most = ("ä" + "a" * ((1 << 20) - 3) + " ") * 16
        digest = hashlib.sha256(most.replace(" ", "").encode()).hexdigest()
        self.says(daemon, f"Ok:1: 16 {digest}", "exec", 1, "-", stdin=most)
        self.says(daemon, "Error:1: its arguments have more than 16777216 bytes", "exec", 1, "-",
                  stdin=most + "b", status=1)

    def test_the_largest_result_of_bytes(self):
        daemon = self.tree("sh")
        data = self.bytes_of(daemon, "exec", "--raw", 1, "head -c 67108864 /dev/zero")
        self.assertEqual(hashlib.sha256(data).hexdigest(),
                         hashlib.sha256(bytes(64 << 20)).hexdigest())
        self.says(daemon, "Error:1: its answer has more than 67108864 bytes", "exec", 1,
                  "head -c 67108865 /dev/zero", status=1)

    def test_an_error_goes_to_standard_error(self):
        daemon = self.tree("sh")
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", 9, status=1,
                                       error="Error:9: Not found\n"), b"")
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", "9x", status=1,
                                       error="Error: id '9x' is not an integer\n"), b"")
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", 1, "exit 0"), b"")
        self.assertIn(b'"message":"exec --raw writes no JSON"',
                      self.bytes_of(daemon, "--json", "exec", "--raw", 1, status=2))

    def test_the_programs_status_is_that_of_the_command(self):
        daemon = self.tree("sh")
        for script, status, error in (("echo a >&2; exit 7", 7, "a (exit status 7)"),
                                      ("exit 255", 255, "exit status 255"),
                                      ("kill -9 $$", 137, "signal 9"),
                                      ("kill -TERM $$", 143, "signal 15")):
            self.bytes_of(daemon, "exec", "--raw", 1, script, status=status,
                          error=f"Error:1: {error}\n")

    def test_standard_output_that_takes_nothing(self):
        daemon = self.tree("sh")
        with open("/dev/full", "wb") as full:
            self.bytes_of(daemon, "exec", "--raw", 1, "echo a", stdout=full, status=1,
                          error="dtreectl: standard output: No space left on device\n")
        reading, writing = os.pipe()
        os.close(reading)
        with open(writing, "wb") as pipe:
            self.bytes_of(daemon, "exec", "--raw", 1, "echo a", stdout=pipe, status=1,
                          error="dtreectl: standard output: Broken pipe\n")
        closed = self.fresh("closed")
        done = subprocess.run(
            ["/bin/sh", "-c", '"$0" --socket "$1" exec --raw 1 "echo a" >&- 2>"$2"',
             dtreectl_path(), daemon.socket, closed], check=False, env=self.env)
        self.assertEqual(done.returncode, 1)
        with open(closed, encoding="utf-8") as file:
            self.assertEqual(file.read(), "dtreectl: standard output: Bad file descriptor\n")


class Stream:
    """An open stream of a client: feeds within its credit, as a client would."""

    def __init__(self, rpc, node, *args):
        self.rpc = rpc
        opened = rpc.call("exec_open", id=node, stdin=True, args=list(args))
        self.number, self.credit = opened["stream"], opened["credit"]

    def send(self, data):
        """A feed that is not waited for."""
        self.credit -= len(data)
        return self.rpc.send("exec_feed", stream=self.number,
                             data_base64=base64.b64encode(data).decode())

    def feed(self, data):
        """A feed, and its reply."""
        reply = self.rpc.wait(self.send(data))
        self.credit = reply["credit"]
        return reply

    def feed_all(self, data):
        while data:
            part, data = data[:self.credit], data[self.credit:]
            self.feed(part)

    def fill(self, settle):
        """Feeds until no reply comes, as the credit is used up; gives how much, and that feed. settle:
        asks the same node for something, by which it has said what it took."""
        fed = 0
        while True:
            part = bytes(min(self.credit, 1 << 16))
            number = self.send(part)
            fed += len(part)
            settle()
            # What dtreed was told before that is answered by now.
            self.rpc.call("tree")
            if number not in self.rpc.replies:
                return fed, number
            self.credit = self.rpc.wait(number)["credit"]

    def end(self):
        return self.rpc.send("exec_close", stream=self.number)

    def close(self):
        return self.rpc.wait(self.end())["result"]


class Input(Bytes):
    def running(self, word):
        """The process with that word among its arguments."""
        return wait_until(lambda: [pid for pid in self.family() if word in procs.arguments(pid)],
                          f"{word} runs")[0]

    def await_end(self, word):
        wait_until(lambda: not [pid for pid in self.family()
                                if word in procs.arguments(pid) and not procs.gone(pid)],
                   f"{word} ends")

    def test_bytes_go_through_a_program_as_they_are(self):
        daemon = self.tree("file", "sh")
        data = ODD * 4000 + b"x"
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", "--stdin", 1, stdin=data), data)
        digest = hashlib.sha256(data).hexdigest()
        self.assertEqual(self.bytes_of(daemon, "exec", 2, "--stdin", "sha256sum", stdin=data),
                         f"Ok:2: {digest}  -\n".encode())
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", "--stdin", 1), b"")
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", "--stdin", 2, "cat; exit 3",
                                       stdin=b"a", status=3, error="Error:2: exit status 3\n"),
                         b"")

    def test_arguments_go_with_input(self):
        daemon = self.tree("sh")
        self.assertEqual(self.bytes_of(daemon, "exec", "--stdin", 1, 'printf "%s|" "$0" "$@"; cat',
                                       "-", "", "--raw", "ä b", stdin=b"in"),
                         "Ok:1: -||--raw|ä b|in\n".encode())
        self.says(daemon, "Error:1: 131073 bytes of arguments; at most 131072 go with an input",
                  "exec", 1, "--stdin", "a" * 65536, "a" * 65535, status=1)

    def test_nothing_grows_with_what_passes(self):
        daemon = self.tree("sh")
        self.rpc.call("create", id=2, parent=1, service="sh")
        nodes = [self.rpc.call("status", id=node)["pid"] for node in (1, 2)]
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", "--stdin", 2, "wc -c",
                                       stdin=bytes(1 << 20)), b"1048576")
        pids = [daemon.pid, *nodes]
        before = [self.most_memory(pid) for pid in pids]
        client = subprocess.Popen([dtreectl_path(), "--socket", daemon.socket, "exec", "--raw",
                                   "--stdin", "2", "wc -c"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, env=self.env)
        for _ in range(64):
            client.stdin.write(bytes(1 << 20))
        mine = self.most_memory(client.pid)
        client.stdin.close()
        self.assertEqual(client.stdout.read(), b"67108864")
        client.stdout.close()
        self.assertEqual(client.wait(), 0)
        if sanitized():
            self.skipTest("what is freed is kept in this build")
        for pid, former in zip(pids, before):
            self.assertLess(self.most_memory(pid) - former, 4096, pid)
        self.assertLess(mine, 16384)

    @staticmethod
    def most_memory(pid):
        """The most that a process had in memory, in KiB."""
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return int(next(line for line in file if line.startswith("VmHWM:")).split()[1])

    def test_a_program_that_does_not_read_holds_up_its_stream_alone(self):
        daemon = self.tree("pair", "file")
        stream = Stream(self.rpc, 1, "kill -STOP $$; wc -c")
        pid = self.running("kill -STOP $$; wc -c")
        with self.client(daemon) as other:
            fed, number = stream.fill(lambda: other.exec(1, "true"))
            self.assertLess(fed, 1 << 20)
            path = self.holding(b"other")
            self.assertEqual(self.rpc.exec(2, path), "other")
            self.assertEqual(other.exec(1, "echo same node"), "same node")
            self.assertTrue(other.ping(1))
        self.assertNotIn(number, self.rpc.replies)
        os.kill(pid, signal.SIGCONT)
        self.assertGreater(self.rpc.wait(number)["credit"], 0)
        self.assertEqual(stream.close(), str(fed))

    def test_what_stands_behind_it_is_answered_behind_it(self):
        self.tree("pair")
        stream = Stream(self.rpc, 1, "cat")
        path = self.fresh("ran")
        behind = self.rpc.send("exec", id=1, args=[f"touch {path}; echo b"])
        wait_until(lambda: os.path.exists(path), "the next one runs")
        stream.feed(b"a")
        self.assertNotIn(behind, self.rpc.replies)
        last = stream.end()
        self.assertEqual(self.rpc.wait(behind)["result"], "b")
        self.assertEqual(self.rpc.replies[last]["result"]["result"], "a")

    def test_a_program_that_ends_early_has_answered(self):
        daemon = self.tree("sh")
        stream = Stream(self.rpc, 1, "head -c 1")
        reply = {}
        while not reply.get("ended"):
            reply = stream.feed(b"yz" * 100)
        self.assertEqual(stream.feed(b"z"), {"credit": 262143, "ended": True})
        self.assertEqual(stream.close(), "y")
        with open("/dev/zero", "rb") as endless:
            done = subprocess.run([dtreectl_path(), "--socket", daemon.socket, "exec", "--stdin",
                                   "1", "head -c 1 | wc -c; exit 5"], stdin=endless, check=False,
                                  capture_output=True, env=self.env, timeout=TIMEOUT)
        self.assertEqual((done.returncode, done.stdout), (1, b"Error:1: exit status 5\n"))
        with open("/dev/zero", "rb") as endless:
            done = subprocess.run([dtreectl_path(), "--socket", daemon.socket, "exec", "--stdin",
                                   "1", "head -c 1 | wc -c"], stdin=endless, check=False,
                                  capture_output=True, env=self.env, timeout=TIMEOUT)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"Ok:1: 1\n", b""))

    def test_a_program_that_closes_its_input_goes_on(self):
        self.tree("sh")
        go = self.fresh("go")
        os.mkfifo(go)
        stream = Stream(self.rpc, 1, f"exec <&-; read x <{go}; echo $x")
        reply = {}
        while not reply.get("ended"):
            reply = stream.feed(b"a" * 1000)
        number = stream.end()
        self.rpc.call("tree")
        self.assertNotIn(number, self.rpc.replies)
        with open(go, "w", encoding="utf-8") as fifo:
            fifo.write("on\n")
        self.assertEqual(self.rpc.wait(number)["result"], "on")

    def test_an_answer_that_nobody_asks_for_is_dropped(self):
        self.tree("sh", options=("--request-timeout", 400))
        stream = Stream(self.rpc, 1, "echo early")
        behind = self.rpc.send("exec", id=1, args=["echo behind"])
        self.assertEqual(self.rpc.wait(behind)["result"], "behind")
        with self.assertRaises(RpcError) as caught:
            stream.close()
        self.assertEqual(caught.exception.message, "its answer was not asked for in time")
        self.assertEqual(self.rpc.exec(1, "echo next"), "next")

    def test_a_worker_that_dies_in_the_middle(self):
        daemon = self.tree("sh")
        worker = self.rpc.call("status", id=1)["pid"]
        stream = Stream(self.rpc, 1, "cat >/dev/null")
        stream.feed(bytes(1000))
        pid = self.running("cat >/dev/null")
        self.kill9(worker)
        wait_until(lambda: procs.gone(pid), "the process ends")
        wait_until(lambda: stream.feed(b"a").get("ended"), "that is noticed")
        with self.assertRaises(RpcError) as caught:
            stream.close()
        self.assertEqual(caught.exception.name, "NODE_UNAVAILABLE")
        self.assertEqual(caught.exception.data["outcome"], "unknown")
        done = self.ctl(daemon, "exec", "--stdin", 1, stdin="a")
        self.assertEqual((done.returncode, done.stdout), (1, "Error:1: Node is unavailable\n"))

    def test_a_relay_that_dies_in_the_middle(self):
        self.tree("sh")
        self.rpc.call("create", id=2, parent=1, service="sh")
        self.rpc.call("create", id=3, parent=2, service="sh")
        relays = [self.rpc.call("status", id=node)["pid"] for node in (1, 2)]
        stream = Stream(self.rpc, 3, "sha256sum")
        digest = hashlib.sha256()
        pid = self.running("sha256sum")
        for part in range(40):
            data = bytes([part]) * 100000
            if part == 10:
                # What is on its way is lost with the relay.
                os.kill(pid, signal.SIGSTOP)
                digest.update(b"z" * 99999)
                held = stream.send(b"z" * 99999)
                self.kill9(relays[1])
                os.kill(pid, signal.SIGCONT)
                stream.credit = self.rpc.wait(held)["credit"]
            if part == 20:
                self.kill9(relays[0])
            digest.update(data)
            stream.feed_all(data)
        self.assertEqual(stream.close(), f"{digest.hexdigest()}  -")

    def test_a_program_that_dies_in_the_middle(self):
        self.tree("sh")
        stream = Stream(self.rpc, 1, "cat >/dev/null")
        stream.feed(b"a")
        self.kill9(self.running("cat >/dev/null"))
        reply = {}
        while not reply.get("ended"):
            reply = stream.feed(b"a")
        with self.assertRaises(RpcError) as caught:
            stream.close()
        self.assertEqual(caught.exception.message, "signal 9")
        self.assertEqual(caught.exception.data["signal"], 9)

    def test_a_client_that_goes_away_ends_the_program(self):
        daemon = self.tree("sh")
        with self.client(daemon) as other:
            Stream(other, 1, "cat >/dev/null").feed(b"a")
            self.running("cat >/dev/null")
        self.await_end("cat >/dev/null")
        self.assertEqual(self.rpc.exec(1, "echo next"), "next")
        stream = Stream(self.rpc, 1, "cat >/dev/null")
        self.assertEqual(self.rpc.call("exec_close", stream=stream.number, abandon=True), {})
        self.await_end("cat >/dev/null")

    def test_a_command_that_cannot_go_on(self):
        daemon = self.tree("sh")
        words = [dtreectl_path(), "--socket", daemon.socket, "exec", "--raw", "--stdin", "1"]
        for script, error in (('"$@" <&-', "Bad file descriptor"),
                              ('"$@" </', "Is a directory")):
            done = subprocess.run(["/bin/sh", "-c", script, "sh", *words, "cat; echo all"],
                                  check=False, capture_output=True, env=self.env, timeout=TIMEOUT)
            self.assertEqual((done.returncode, done.stdout, done.stderr.decode()),
                             (1, b"", f"Error:1: standard input: {error}\n"))
        self.await_end("cat; echo all")

        def feeding(script):
            client = subprocess.Popen([*words, script], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env)
            client.stdin.write(b"a")
            client.stdin.flush()
            self.running(script)
            return client

        with feeding("cat; echo ended") as client:
            client.terminate()
        self.assertEqual(client.returncode, -signal.SIGTERM)
        self.await_end("cat; echo ended")
        with feeding("cat; echo lost") as client:
            daemon.kill()
            self.assertEqual(client.stdout.read(), b"")
            # Its program has been running.
            self.assertIn(b"is lost: closed by dtreed; the command may have run", client.stderr.read())
        self.assertEqual(client.returncode, 3)
        self.daemon("--config", self.path("services.conf"), base=daemon.base)
        self.await_end("cat; echo lost")

    def test_another_dtreed_ends_what_is_half_fed(self):
        daemon = self.tree("sh")
        stream = Stream(self.rpc, 1, "cat >/dev/null; echo all")
        stream.feed(b"a")
        self.running("cat >/dev/null; echo all")
        daemon.kill()
        again = self.daemon("--config", self.path("services.conf"), base=daemon.base)
        self.await_end("cat >/dev/null; echo all")
        with self.client(again) as client:
            wait_until(lambda: client.ping(1), "it is adopted")
            self.assertEqual(client.exec(1, "echo next"), "next")

    def test_a_node_that_is_killed_ends_what_is_half_fed(self):
        daemon = self.tree("sh")
        stream = Stream(self.rpc, 1, "cat; echo all")
        stream.feed(b"a")
        self.running("cat; echo all")
        with self.client(daemon) as other:
            other.call("kill", id=1)
        self.await_end("cat; echo all")
        with self.assertRaises(RpcError):
            stream.close()

    def test_time_passes_for_the_program_and_not_for_who_feeds_it(self):
        self.tree("sh", "sh", options=("--request-timeout", 500))
        stream = Stream(self.rpc, 1, "head -c 6; cat >/dev/null; kill -STOP $$")
        stream.feed(b"abc")
        # Nothing is asked of the process while others run out of time, one after the other.
        for _ in range(2):
            self.assertEqual(self.rpc.error("exec", id=2, args=["sleep 60"]).name,
                             "NODE_UNAVAILABLE")
        self.assertEqual(stream.feed(b"abc"), {"credit": stream.credit})
        pid = self.running("head -c 6; cat >/dev/null; kill -STOP $$")
        with self.assertRaises(RpcError) as caught:
            stream.close()
        self.assertEqual(caught.exception.name, "NODE_UNAVAILABLE")
        self.assertEqual(caught.exception.data["outcome"], "unknown")
        wait_until(lambda: procs.gone(pid), "the process is ended")

    def test_what_is_no_input(self):
        self.tree("sh", "line")
        self.rpc.call("create", id=3)
        stream = Stream(self.rpc, 1, "cat")

        def refuses(why, method, **params):
            error = self.rpc.error(method, **params)
            self.assertEqual(error.message, why)
            return error

        for bad in ("a", "YQ=", "YR==", "YQ==\n", "Y Q=", "ä", "=", "YQ==YQ=="):
            refuses(f"stream {stream.number}: 'data_base64' is not base64", "exec_feed",
                    stream=stream.number, data_base64=bad)
        takes = f"stream {stream.number} takes standard input, which is 'data_base64'"
        refuses(takes, "exec_feed", stream=stream.number, data="a")
        refuses(takes, "exec_feed", stream=stream.number)
        refuses(takes, "exec_feed", stream=stream.number, data_base64="YQ==", end_arg=True)
        refuses("262146 bytes fed, the credit is 262143", "exec_feed", stream=stream.number,
                data_base64="AAAA" * 87382)
        stream.feed(b"all the same")
        self.assertEqual(stream.close(), "all the same")
        refuses(f"no stream {stream.number} is open", "exec_feed", stream=stream.number,
                data_base64="YQ==")
        words = self.rpc.call("exec_open", id=3)["stream"]
        refuses(f"stream {words} takes arguments, which are 'data'", "exec_feed", stream=words,
                data_base64="YQ==")
        self.rpc.call("exec_close", stream=words, abandon=True)
        for node in (2, 3):
            stream = Stream(self.rpc, node)
            error = refuses("the service takes no standard input: it is no program of protocol "
                            "run", "exec_close", stream=stream.number)
            self.assertEqual((error.name, error.data["outcome"]), ("SERVICE_ERROR", "not_run"))

    def test_a_thousand_small_ones(self):
        self.tree("file")
        for _ in range(20):
            streams = [Stream(self.rpc, 1) for _ in range(50)]
            ends = []
            for number, stream in enumerate(streams):
                stream.send(f"{number}".encode())
                ends.append(stream.end())
            for number, end in enumerate(ends):
                self.assertEqual(self.rpc.wait(end)["result"], f"{number}")


if __name__ == "__main__":
    main()
