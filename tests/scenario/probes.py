#!/usr/bin/python3 -B
"""The points for tracers: the programs have just those that dtree-probes(7) documents, and the
scripts for bpftrace tell what happens."""

import os
import re
import shutil
import subprocess

from lib import manual
from lib.harness import Case, main
from lib.programs import dtree_worker_path, dtreed_path, run
from lib.rpc import RpcError
from lib.tracer import Tracer, own_programs, refused, script_text
from lib.waiting import SLOW, wait_until

PAGE = "man/dtree-probes.7"
PROGRAMS = {"dtreed": dtreed_path, "dtree-worker": dtree_worker_path}
TYPES = {"U64": "u64", "I32": "i32", "TEXT": "text"}
# What a note says of an argument of that type: its size, and a sign.
SIZES = {"u64": "8", "i32": "-4", "text": "8"}
SCRIPTS = ("deaths.bt", "links.bt", "picture.bt", "requests.bt", "slow.bt")


def rows():
    """The points of the header: (type, name) of each argument."""
    text = manual.read("src/base/probes.h").replace("\\\n", "")
    return {name: [(TYPES[kind], arg) for kind, arg in re.findall(r"PROBE_(\w+)\((\w+)\)", args)]
            for name, args in re.findall(r"(?m)^#define PROBE_[A-Z_]+\([\w, ]+\)\s+PROBE\d\((\w+), (.*)\)$",
                                         text)}


def notes(path):
    """The points of a program: its notes, (name, sizes of the arguments), also of one point twice."""
    done = subprocess.run(["readelf", "-n", "-W", path], capture_output=True, text=True, check=True)
    return [(name, [arg.partition("@")[0] for arg in args.split()]) for name, args in re.findall(
        r"Provider: dtree\n\s+Name: (\w+)\n\s+Location:.*\n\s+Arguments: (.*)", done.stdout)]


def home(point):
    """The programs that have it, by dtree-probes(7)."""
    if point.startswith(("request_", "node_", "heartbeat_")):
        return ("dtreed",)
    return ("dtree-worker",) if point.startswith("service_") else ("dtreed", "dtree-worker")


def clauses(text):
    """What a script looks at, and the clause for it."""
    for heads, body in re.findall(r"(?ms)^((?:usdt:\S+\s)+)(.*?^\})", text):
        for head in heads.split():
            path, provider, point = head.rstrip(",").split(":")[1:]
            yield os.path.basename(path), provider, point, body


def skip_if_slow(case):
    if SLOW > 1 and not os.environ.get("DTREE_TEST_LONG"):
        case.skipTest("one build is traced, and not this slow one")


class Points(Case):
    def test_the_page_has_the_points_of_the_header_with_their_arguments(self):
        page = manual.read(PAGE)
        types = dict(re.findall(r"(?m)^\.It Fa (\w+) Ta (\w+) Ta", page))
        described = {name: [(types[arg], arg) for arg in args.split()] for name, args
                     in re.findall(r"(?m)^\.It Ic (\w+) Fa (.*)$", page)}
        have = rows()
        self.assertEqual(described, have)
        self.assertEqual(list(described), sorted(described))
        self.assertEqual(set(types), {arg for args in have.values() for _, arg in args})

    def test_the_programs_have_just_these_points(self):
        if not shutil.which("readelf"):
            self.skipTest("no readelf here")
        for program, path in PROGRAMS.items():
            found = notes(path())
            if not found:
                self.skipTest("built without points for tracers")
            with self.subTest(program=program):
                self.assertEqual({name for name, _ in found},
                                 {name for name in rows() if program in home(name)})
                for name, sizes in found:
                    self.assertEqual(sizes, [SIZES[kind] for kind, _ in rows()[name]], name)

    def test_the_page_and_the_picture_name_the_messages_of_requests(self):
        source = manual.read("src/wire/message.h")
        enum = re.sub(r"/\*.*?\*/", "", source[source.index("enum message_type {"):], flags=re.S)
        number, numbers = 0, {}
        for name, value in re.findall(r"MSG_(\w+)(?: = (\d+))?", enum.partition("}")[0]):
            number = int(value) if value else number + 1
            numbers[name] = number
        rows_of = re.findall(r'ROW\((\w+), "([\w ]+)", [^\\]*?\\?\s*AT\(8, request\)',
                             manual.read("src/wire/message.c"))
        want = {str(numbers[name]): text for name, text in rows_of}
        self.assertIn("exec", want.values())
        self.assertEqual(dict(re.findall(r"(?m)^\.It (\d+) Ta ([\w ]+) Ta", manual.read(PAGE))), want)
        self.assertEqual(dict(re.findall(r'@type\[(\d+)\] = "([\w ]+)"',
                                         manual.read("probes/picture.bt"))), want)

    def test_the_scripts_look_at_points_that_there_are(self):
        page = manual.read(PAGE)
        self.assertEqual(tuple(re.findall(r"(?m)^\.It Pa ([\w-]+\.bt)", page)), SCRIPTS)
        self.assertEqual(tuple(sorted(re.findall(r"%D%/([\w-]+\.bt)",
                                                 manual.read("probes/Makefile.inc")))), SCRIPTS)
        seen = set()
        for script in SCRIPTS:
            for program, provider, point, body in clauses(manual.read(f"probes/{script}")):
                with self.subTest(script=script, point=point):
                    self.assertEqual(provider, "dtree")
                    self.assertIn(program, home(point))
                    used = [int(arg) for arg in re.findall(r"\barg(\d)", body)]
                    self.assertLess(max(used, default=0), len(rows()[point]))
                seen.add(point)
        self.assertEqual(seen, set(rows()))

    def parsed(self, *args):
        """What bpftrace says of a script, which it does not run."""
        return run(self, ["bpftrace", "-d", *args])

    def test_bpftrace_takes_the_scripts_also_where_it_may_run_none(self):
        if not refused():
            self.skipTest("they run in the next test")
        point = f"usdt:{dtreed_path()}:dtree:request_start {{}}"
        if not shutil.which("bpftrace") or self.parsed("-e", point).returncode:
            self.skipTest(f"bpftrace knows no point here: {refused()}")
        calls = self.parsed("-e", "tracepoint:syscalls:sys_enter_sendto {}").returncode == 0
        for script in SCRIPTS:
            path = self.path(script)
            with open(path, "w", encoding="utf-8") as file:
                file.write(script_text(script))
            if calls or "tracepoint:" not in script_text(script):
                done = self.parsed(path)
                self.assertEqual(done.returncode, 0, f"{script}: {done.stderr}")


class Tracers(Case):
    """A chain of nodes, and every script on it at once."""

    def setUp(self):
        super().setUp()
        skip_if_slow(self)
        if why := refused():
            self.skipTest(f"nothing can be traced here: {why}")
        own_programs(self)
        self.tree = self.daemon("--service", "dict", "--heartbeat", int(100 * SLOW))
        self.user = self.client(self.tree)
        self.pids = {node: self.user.call("create", id=node, parent=node - 1 or -1)["pid"]
                     for node in range(1, 5)}
        self.tracers = {name: Tracer(self, name) for name in SCRIPTS}
        for tracer in self.tracers.values():
            tracer.attached()

    def await_said(self, script, form):
        wait_until(lambda: re.search(form, self.tracers[script].text()),
                   lambda: f"{script} says {form}: {self.tracers[script].text()}")

    def ask_a_stopped_node(self):
        """A request to node 4, which falls silent with it."""
        self.stopped(self.pids[4])
        asked = self.user.send("exec", id=4, args=["x"])
        self.await_said("deaths.bt", rf"node 4: its link is silent for process {self.pids[3]}, for \d+ ms")
        self.await_said("deaths.bt", r"node 4: heartbeat lost, \d+ ms")
        with self.assertRaises(RpcError) as silent:
            self.user.wait(asked)
        self.go_on(self.pids[4])
        return str(silent.exception.code)

    def lose_a_node(self):
        self.kill9(self.pids[2])
        self.await_said("deaths.bt", rf"node 2: process {self.pids[2]} died: signal 9 \(Killed\)")
        self.await_said("deaths.bt", r"node 3: linked to 1, \d+\.\d+ ms after the last loss")

    def test_the_scripts_tell_what_happens(self):
        for value in range(20):
            self.user.exec(4, "x", value)
        code = self.ask_a_stopped_node()
        self.lose_a_node()
        said = {name: tracer.end() for name, tracer in self.tracers.items()}
        for name, text in said.items():
            self.assertNotIn("WARNING", text, name)
        with self.subTest("requests.bt"):
            drawn = re.search(r"@us\[4\]:\s*\n((?:[\[(].*\n)+)", said["requests.bt"])
            self.assertEqual(sum(map(int, re.findall(r"\)\s+(\d+) \|", drawn[1]))), 21)
        with self.subTest("slow.bt"):
            slow = re.findall(r"(?m)^[\d:]+ +(\d+) +(\d+)\.\d+ +\d+\.\d+ +(-?\d+)  (\w+)$",
                              said["slow.bt"])
            self.assertIn(("4", code, "exec"), [(node, code, kind) for node, _, code, kind in slow])
            self.assertGreaterEqual(min(int(ms) for _, ms, _, _ in slow), 100)
        with self.subTest("links.bt"):
            self.check_links(said["links.bt"])
        with self.subTest("picture.bt"):
            self.check_picture(said["picture.bt"])

    def check_links(self, text):
        count = {what: {(int(link), way): int(n) for link, way, n in re.findall(
            rf"@{what}\[(-?\d+), (\w+)\]: (\d+)", text)} for what in ("messages", "bytes")}
        self.assertEqual({link for link, _ in count["messages"]}, {1, 2, 3, 4})
        for link in range(1, 5):
            for way in ("down", "up"):
                self.assertGreaterEqual(count["messages"][link, way], 21)
                self.assertGreaterEqual(count["bytes"][link, way], 64 * count["messages"][link, way])

    def check_picture(self, text):
        """The second request's way, from its start to its end: every process, and in order."""
        lines = sorted((float(at), who, pid, what) for at, who, pid, what in re.findall(
            r"(?m)^ *(\d+\.\d+) (\S+)\((\d+)\): +(.*)$", text))
        starts = [i for i, line in enumerate(lines) if line[3].startswith("-> exec, node 4,")]
        way = lines[starts[1]:starts[2]]
        steps = [(int(pid), what.partition(",")[0]) for _, _, pid, what in way
                 if not re.match(r"(send|recv)|(->|<-) commit|taken|settled", what)]
        want = [(self.tree.pid, "-> exec"), (self.tree.pid, "exec sent down link 1")]
        for node in range(1, 5):
            want.append((self.pids[node], f"exec came down link {node}"))
            if node < 4:
                want.append((self.pids[node], f"exec sent down link {node + 1}"))
        for node in range(4, 0, -1):
            want.append((self.pids[node], f"result sent up link {node}"))
            want.append((self.pids[node - 1] if node > 1 else self.tree.pid,
                         f"result came up link {node}"))
        want += [(self.tree.pid, "answered: error 0"), (self.tree.pid, "<- node 4")]
        at = want.index((self.pids[4], "result sent up link 4"))
        self.assertEqual([step[1] for step in steps if "service" in step[1]],
                         ["-> service of node 4", "<- service of node 4"])
        self.assertEqual([step for step in steps if "service" not in step[1]], want)
        words = [word for _, word in steps]
        self.assertEqual(words.index("<- service of node 4"), at + 1)
        self.assertTrue(any(what.startswith("sendto(") for _, _, _, what in way))
        self.assertTrue(any(what.startswith("recvfrom(") for _, _, _, what in way))
        self.assertTrue(any(what.startswith("<- commit") for _, _, _, what in way))


if __name__ == "__main__":
    main()
