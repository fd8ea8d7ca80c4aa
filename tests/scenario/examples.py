#!/usr/bin/python3 -B
"""Every example of README.md and the manual pages does what it shows.

The examples are taken from the documents, and a test is made for each. One that has no way to be
run fails. Process ids, times and what else is another in each run are wildcards; all else is exact.
"""

import doctest
import glob
import json
import os
import re
import shutil
import signal
import subprocess
from itertools import filterfalse

from lib import manual, python_module  # the latter is what examples import
from lib.harness import main
from lib.http import Exporter, exporter_path
from lib.programs import dtreectl_path, dtreed_path, run, sanitized
from lib.protocol_examples import ProtocolExamples, alike
from lib.terminal import Terminal
from lib.transcripts import fits, unbroken
from lib.waiting import wait_until

# What a session takes for granted, by its first line: the commands that made the tree.
GRANTED = {
    "$ dtreectl exec --subtree 10 --reduce sum 3 1 2 3":
        ("create 10", "create 11 10", "create 12"),
    "> create 10 --service dict": (),
    "> create 10 --name first --group adders": (),
    "> exec 12": ("create 12 --service search",),
    "$ seq 100000000 | dtreectl exec 10 100000000 -": ("create 10",),
    "$ dtreectl --json exec 10 3 1 2 3": ("create 10",),
    "$ dtreectl call exec '{\"id\":10,\"args\":[\"3\",\"1\",\"2\",\"3\"]}'": ("create 10",),
}
# Sessions that begin with a tree of their own.
ALONE = ("$ ./scripts/quickstart", "$ dtreectl shell --private", "$ dtreectl check-service", "$ dtreectl complete", "$ printf",
         "$ mkdir -m 700", "# printf '[dtreed]")


class Examples(ProtocolExamples):
    """Special cases; what is common is in lib/transcripts.py and
    lib/protocol_examples.py."""

    def play(self, block):
        """Runs an example in the way that is known for its kind."""
        first = block.lines[0]
        if first in SPECIAL:
            SPECIAL[first](self, block)
        elif first in GRANTED:
            if "seq 100000000" in first and sanitized():
                self.skipTest("a hundred million numbers take minutes in this build")
            self.tree(granted=GRANTED[first])
            self.session(block)
        elif first.startswith(ALONE):
            self.session(block)
        elif first.startswith("-> {"):
            self.results(block)
        elif first.startswith('{"jsonrpc":"2.0","method":"event"'):
            self.event(block)
        else:
            self.fail(f"no way is known to run {block}")

    def test_the_dialogues_of_the_protocol_page(self):
        """On one connection: their ids go on from one to the next."""
        with self.tree().client() as client:
            for block in manual.blocks("man/dtree-protocol.7"):
                if is_dialogue(block):
                    self.dialogue_shown(block, client)

    def test_the_examples_of_rpc_discover(self):
        """Those of parts of one thing are shown together in the manual, and here one by one."""
        before = {"exec_feed": ["exec_open"], "exec_close": ["exec_open", "exec_feed"]}
        with self.tree().client() as client:
            methods = client.call("rpc.discover")["methods"]
        for method in methods:
            name = method["name"]
            # Its own result would be in its own result.
            if name != "rpc.discover":
                example = json.loads(method["result"]["summary"])
                came = self.results_of([*before.get(name, []), name])
                self.assertTrue(any(alike(result, example) for result in came),
                                f"{came}\nis not like\n{example}")

    def test_what_stands_for_quickstart_does_the_same(self):
        self.assertTrue(manual.read("scripts/quickstart").endswith(
            'exec "$build/quickstart/dtreectl" shell --private "$@"\n'))

    # README.md

    def words_behind(self, block):
        """Programs of the source tree, each with a word on what it does."""
        for line in block.lines:
            path = manual.TOP / line.split("  ")[0]
            self.assertTrue(os.access(path, os.X_OK), path)

    def drawing(self, block):
        """The tree that is drawn can be made."""
        self.assertIn("  20    30               20 is a dictionary, 30 a stopwatch", block.lines)
        self.tree(granted=("create 10", "create 11 --service search",
                           "create 20 10 --service dict", "create 30 10 --service timer"))

    def installation(self, block):
        """From a copy of what git has, into a directory in place of /. The compiler need not take
        the time to optimize."""
        if not os.environ.get("DTREE_TEST_LONG"):
            self.skipTest("takes minutes: set DTREE_TEST_LONG")
        if not (manual.TOP / ".git").exists():
            self.skipTest("a git tree is what the example begins with")
        root = os.path.join(self.work, "root")
        self.program("bin/sudo", f'exec "$@" DESTDIR={root}')
        os.mkdir(os.path.join(self.work, "source"))
        for name in subprocess.run(["git", "ls-files", "-z"], cwd=manual.TOP, check=True,
                                   capture_output=True).stdout.decode().split("\0")[:-1]:
            place = os.path.join(self.work, "source", name)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copy2(manual.TOP / name, place)
        done = run(self, ["sh", "-ec", "exec 2>&1\n" + block.text()], timeout=1200,
                   env={"CFLAGS": "-O0"}, cwd=os.path.join(self.work, "source"))
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        for place in ("usr/bin/dtreectl", "usr/sbin/dtreed", "usr/libexec/dtree/dtree-worker"):
            self.assertTrue(os.path.exists(os.path.join(root, place)), place)
        self.assertTrue(glob.glob(f"{root}/**/systemd/system/dtreed.service", recursive=True))

    def packages(self, block):
        """tests/packages/packages.sh does that, and installs what comes of it; here it is seen that
        there are such commands."""
        self.assertEqual(block.lines, [
            "scripts/setup --deb", "autoreconf -fi && ./configure && make deb",
            "sudo apt install ./packages/dtree_*.deb"])
        self.assertIn("--deb)", manual.read("scripts/setup"))
        self.assertIn("\ndeb:", manual.read("Makefile.am") + manual.read("debian/Makefile.inc"))

    def python_session(self, block):
        self.tree()
        names = {}
        test = doctest.DocTestParser().get_doctest(block.text(), names, str(block), None, 0)
        os.environ["DTREE_SOCKET"] = self.env["DTREE_SOCKET"]
        self.addCleanup(os.environ.pop, "DTREE_SOCKET")
        said = []
        doctest.DocTestRunner().run(test, out=said.append, clear_globs=False)
        test.globs["tree"].close()
        self.assertEqual("".join(said), "")

    # dtreectl(1)

    def many_replies(self, block):
        daemon = self.tree(granted=("create 10", "create 11", "create 12"))
        with daemon.client() as client:
            os.kill(client.nodes()[11]["pid"], signal.SIGKILL)
            wait_until(lambda: client.unavailable() == [11], "11 is dead")
        done = self.ctl(daemon, "exec", "--all", "3", "1", "2", "3")
        self.assertEqual((done.stdout, done.returncode), (block.text(), 1))

    def heartbit_line(self, block):
        daemon = self.tree(granted=("create 10",))
        shell = self.shell(daemon=daemon)
        self.ask(shell, "heartbit 50", "Ok")
        with daemon.client() as client:
            self.stopped(client.nodes()[10]["pid"])
        self.assertEqual(shell.line(), block.lines[0])

    def tree_line(self, block):
        daemon = self.tree(granted=("create 10",))
        came = self.ctl(daemon, "tree").stdout
        form = fits(block.lines[0]).replace(r"\ \ \ \ ", r"\t").replace("3128", r"\d+")
        self.assertRegex(came, f"\\A{form}\n\\Z")

    def program_line(self, block):
        (line,) = block.lines
        service, status = "calc", line.rpartition(" ")[2]
        daemon = self.tree("--define", f"{service}=sh -c 'exit {status}'",
                           granted=(f"create 10 --service {service}",))
        form = re.compile(r"\W*" + fits(line).replace("3128", r"\d+"))

        def drawn():
            terminal = Terminal(self, "tree")
            try:
                terminal.wait()
                return any(form.fullmatch(row.strip()) for row in terminal.look())
            finally:
                terminal.stop()
        with daemon.client() as client:
            self.program_of(client, "backing_off", 2)
        wait_until(drawn, line)

    def cancelled_line(self, block):
        daemon = self.tree("--heartbeat", 60000, granted=("create 10",))
        terminal = self.terminal("dtreectl shell")
        with daemon.client() as client:
            self.stopped(client.nodes()[10]["pid"])
        terminal.write("exec 10 1 1\n")
        terminal.shows("> exec 10 1 1", "> ")
        terminal.write("\x03")
        terminal.shows("> ^C", *block.lines, "> ")

    def progress_line(self, block):
        self.speaker({"jsonrpc": "2.0", "method": "progress",
                      "params": {"id": 1, "done": 3, "total": 4, "text": "reading"}})
        terminal = Terminal(self, "exec", 10)
        self.addCleanup(terminal.stop)
        terminal.shows(*block.lines)

    def lost_connection(self, block):
        daemon = self.tree("--heartbeat", 60000, granted=("create 10",))
        with daemon.client() as client:
            self.stopped(client.nodes()[10]["pid"])
            with subprocess.Popen([dtreectl_path(), "--json", "ping", "10"], env=self.env,
                                  stdout=subprocess.PIPE, text=True) as process:
                wait_until(lambda: client.call("status")["pending"], "the command is under way")
                self.die(daemon)
                said = process.communicate()[0]
        self.same(said.splitlines(), unbroken(block.lines))

    def connected_again(self, block):
        daemon = self.tree(granted=("create 10",))
        lost, *middle, again, ping, pong = block.lines
        terminal = self.terminal("dtreectl shell")
        self.die(daemon)
        self.await_rows(terminal, [lost])
        terminal.write(middle[0][2:] + "\n")
        self.await_rows(terminal, [lost, *middle])
        self.again(daemon)
        self.await_rows(terminal, [lost, *middle, again])
        terminal.write(ping[2:] + "\n")
        self.await_rows(terminal, block.lines)
        terminal.write("exit\n")

    def events(self, block):
        """Nobody tells when it listens: nodes die until it has said so."""
        command, *output = block.lines
        daemon = self.tree()
        with daemon.client() as client, \
             subprocess.Popen(["bash", "-c", "exec " + command[2:]], env=self.env, text=True,
                              stdout=subprocess.PIPE) as process:
            os.set_blocking(process.stdout.fileno(), False)

            def told():
                os.kill(client.call("create", id=10)["pid"], signal.SIGKILL)
                wait_until(client.unavailable, "10 is dead")
                client.call("kill", id=10)
                return process.stdout.readline()
            line = wait_until(told, "an event")
            process.terminate()
        self.same([line.removesuffix("\n")], unbroken(output))

    def filter(self, block):
        """The node is one of a service whose command is gzip."""
        conf, notes = (os.path.join(self.work, name) for name in ("squeeze.conf", "notes"))
        with open(conf, "w", encoding="ascii") as file:
            file.write("[service squeeze]\nprotocol = run\ncommand = gzip\n")
        with open(notes, "w", encoding="ascii") as file:
            file.write("a note\n" * 1000)
        self.tree("--config", conf, granted=("create 40 --service squeeze",))
        self.session(block)
        done = run(self, ["gunzip", "-c", "notes.gz"], cwd=self.work)
        self.assertEqual(done.stdout, "a note\n" * 1000)

    # dtreed(8)

    def configuration(self, block):
        path = self.fresh("conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(block.text())
        said = run(self, [dtreed_path(), "--config", path, "--check-config"]).stdout.splitlines()
        self.assertIn(f"topology = bst ; {path}:2", said)
        self.assertIn(f"heartbeat = 500 ; {path}:3", said)

    def declared_nodes(self, block):
        daemon = self.daemon("--config", self.text_file("declared.conf", block.text()))
        with daemon.client() as client:
            wait_until(lambda: len(client.nodes()) == 4, "all are made")
            nodes = client.nodes()
        self.assertEqual((nodes[10]["service"], nodes[10]["name"], nodes[10]["restart"]), ("dict", "store", "always"))
        for node in nodes.values():
            if node["id"] != 10:
                self.assertEqual((node["group"], node["parent"], node["service"]), ("web", 10, "sum"))

    # Node 20 is on line 15, behind node 10, which begins on line 12.
    BEFORE = "[node 20]\nservice = dict\n[node 30]\n"
    AFTER = "\n" * 11 + "[node 10]\nservice = dict\nname = store\n[node 20]\nservice = dict\nrestart = always\n"

    def reloaded(self, text, *words):
        """What a reload from BEFORE to that text says."""
        path = self.text_file("declared.conf", self.BEFORE)
        daemon = self.daemon("--config", path)
        with daemon.client() as client:
            wait_until(lambda: len(client.nodes()) == 2, "both are made")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return self.ctl(daemon, "reload", *words).stdout.replace(path, "/etc/dtree/dtreed.conf").splitlines()

    def reload_shown(self, block):
        text = self.AFTER + "[node 40]\n[dtreed]\nrequest-timeout = 5000\n"
        self.assertEqual(self.reloaded(text)[0], block.lines[0])

    def dry_run_shown(self, block):
        self.assertEqual(self.reloaded(self.AFTER, "--dry-run"), block.lines)

    def first_hour(self, block):
        """It needs a systemd: tests/systemd plays it from the installed page."""
        player = manual.read("tests/systemd/inside/test_manual.py")
        self.assertIn(f".Ss {block.section}", player)

    # dtree-exporter(8)

    def watched(self, block):
        """The exporter listens at a port that is free."""
        exporter = self.exporter()
        place = self.program("bin/as-shown", "\n".join(block.lines).replace("9797", str(exporter.port)))
        wait_until(lambda: "\ndtree_up 1\n" in run(self, [place]).stdout, "dtreed is up")

    def exporter(self):
        if not os.path.exists(exporter_path()):
            self.skipTest("built without libmicrohttpd")
        return Exporter(self, self.tree(granted=("create 10",)).socket)

    def scraped(self, block):
        """The target is where the exporter listens if nothing is said; Prometheus takes the rest."""
        if not shutil.which("promtool") or not os.path.exists(exporter_path()):
            self.skipTest("no promtool here, or built without libmicrohttpd")
        path = os.path.join(self.work, "prometheus.yml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(block.text())
        done = run(self, ["promtool", "check", "config", path])
        self.assertEqual(done.returncode, 0, done.stderr)
        default = re.search(r"default (\S+:\d+)\n", run(self, [exporter_path(), "--help"]).stdout)[1]
        self.assertIn(f"'{default}'", block.text())

    # dtree-services(7)

    def calculator(self, block):
        if not shutil.which("bc"):
            self.skipTest("bc is not installed")
        self.session(block)

    def declared(self, block):
        """A section is taken as it stands."""
        path = os.path.join(self.work, "dtreed.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(block.text())
        done = run(self, [dtreed_path(), "--config", path, "--check-config"])
        if shutil.which("bc"):
            self.assertEqual(done.stderr, "")
            self.assertIn(f"[service calc] ; {path}:1\n", done.stdout)
        else:
            self.assertRegex(done.stderr, r"\A.*there is no program 'bc' in PATH.*\n\Z")

    def foreign(self, block):
        """A section is taken as it stands, with a program of that name; foreign_servers.py has more
        of it."""
        (program,) = (line.partition(" = ")[2] for line in block.lines if line[:7] == "command")
        self.program(program, "exit 1")
        path = os.path.join(self.work, "dtreed.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(block.text())
        done = run(self, [dtreed_path(), "--config", path, "--check-config"],
                   env={**os.environ, "PATH": f"{self.work}:{os.environ['PATH']}"})
        self.assertEqual(done.stderr, "")
        self.assertIn(f"[service memory] ; {path}:1\n", done.stdout)

    def plug_in(self, block):
        """A section is taken as it stands; the library is not there."""
        path = os.path.join(self.work, "dtreed.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(block.text())
        done = run(self, [dtreed_path(), "--config", path, "--check-config"])
        library = block.lines[1].partition(" = ")[2]
        self.assertFalse(os.path.exists(library))
        self.assertEqual(done.stderr, f"dtreed: config: {path}:2: service meter: library {library}: "
                         "No such file or directory\n")

    def test_what_is_said_to_a_json_program(self):
        """The program answers as it stands there, and writes down what it read."""
        (block,) = filter(is_dialogue, manual.blocks("man/dtree-services.7"))
        asked, answers = ([line[2:] for line in unbroken(block.lines) if line[0] == sign]
                          for sign in "><")
        read = os.path.join(self.work, "read")
        program = self.program("answers", "\n".join(
            f"IFS= read -r line; echo \"$line\" >>{read}; echo '{answer}'" for answer in answers))
        path = os.path.join(self.work, "dtreed.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"[service answers]\nprotocol = json\ncommand = {program}\n")
        shell = self.shell("--private", "--config", path, "--service", "answers")
        self.ask(shell, "create 10", "P")
        for line, answer in zip(asked, answers, strict=True):
            error = json.loads(answer).get("error")
            expected = f"Error:10: {error['message']}" if error else \
                f"Ok:10: {json.loads(answer)['result']}"
            self.ask(shell, f"exec 10 {' '.join(json.loads(line)['params']['args'])}", expected)
        with open(read, encoding="utf-8") as file:
            for came, line in zip(file, asked, strict=True):
                came, line = json.loads(came), json.loads(line)
                self.assertTrue(0 < came["params"].pop("timeout_ms")
                                <= line["params"].pop("timeout_ms"))
                self.assertEqual(came, line)


# What has a way of its own, by its first line.
SPECIAL = {
    "./scripts/quickstart     installs missing packages, builds, opens a tree of your own":
        Examples.words_behind,
    "        you": Examples.drawing,
    "printf 'create 10\\nexec 10 3 1 2 3\\n' | ./scripts/quickstart": Examples.command_lines,
    "autoreconf -fi": Examples.installation,
    "scripts/setup --deb": Examples.packages,
    "sudo systemctl daemon-reload": Examples.command_lines,
    ">>> import dtree": Examples.python_session,
    "Ok:10: 6": Examples.many_replies,
    "[===============     ]  75% reading": Examples.progress_line,
    "Heartbit: node 10 is unavailable now": Examples.heartbit_line,
    "10 available calc 3128, program backing_off: exit status 3": Examples.program_line,
    "Error:10: Cancelled; the command may have run": Examples.cancelled_line,
    "10    -1    1    available    sum    3128    -    -": Examples.tree_line,
    '{"code":-2,"message":"connection to /run/c is lost: closed by dtreed",':
        Examples.lost_connection,
    "dtreectl: connection to /run/c is lost: closed by dtreed; trying again":
        Examples.connected_again,
    "$ dtreectl events node_died": Examples.events,
    "$ dtreectl exec --raw --stdin 40 -9 <notes >notes.gz": Examples.filter,
    "sudo systemctl enable --now dtree-exporter": Examples.watched,
    "scrape_configs:": Examples.scraped,
    "[dtreed]": Examples.configuration,
    "# systemctl enable --now dtreed && systemctl is-active dtreed": Examples.first_hour,
    "[node 10]": Examples.declared_nodes,
    "Ok: 2 created, 1 changed, 1 undeclared, 1 setting": Examples.reload_shown,
    "+[node 10] ; /etc/dtree/dtreed.conf:12": Examples.dry_run_shown,
    "[service calc]": Examples.declared,
    "[service memory]": Examples.foreign,
    "[service meter]": Examples.plug_in,
    "$ dtreectl shell --private --define calc='bc -lq' --service calc": Examples.calculator,
    '{"jsonrpc":"2.0","method":"progress",': Examples.progress,
    '{"state":"backing_off","running":0,"restarts":2,': Examples.program_state,
    '{"state":"failed","since_ms":61200,"passed_ms":91300,': Examples.program_probed,
    '{"subscription":1,"seq":18,"time":"2026-11-20T19:01:05.123456Z",': Examples.program_died,
    '{"request":17,"start_us":7301000123,"spans":[': Examples.trace_shown,
    '-> {"code":-32006,"message":"no such key","data":{"name":"SERVICE_ERROR",': Examples.refusal,
    '< {"jsonrpc":"2.0","method":"event",': Examples.program_event,
}


def is_dialogue(block):
    return block.lines[0].startswith('> {"jsonrpc"')


def add_tests():
    """A test for each example but dialogues, which have one for all."""
    for document in manual.DOCUMENTS:
        for block in filterfalse(is_dialogue, manual.blocks(document)):
            setattr(Examples, f"test_{block.name()}", lambda self, block=block: self.play(block))


add_tests()
if __name__ == "__main__":
    main()
