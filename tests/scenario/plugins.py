#!/usr/bin/python3 -B
"""Shared objects as services: good ones serve their nodes, and what a bad one does is told, by
`--check-config` and with the node that it is for, and harms nobody else."""

import os

from lib import manual, plugin, procs
from lib.harness import Case, main
from lib.programs import dtreed_path, run
from lib.waiting import wait_until

# A service that answers its arguments behind a name, and does what it is told by some of them.
SOURCE = r"""
#include <dtree/service.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifndef NAME
#define NAME "first"
#endif
#ifndef ABI
#define ABI DTREE_SERVICE_ABI
#endif
#ifndef SUMMARY
#define SUMMARY "says it again"
#endif
#ifdef BEGIN
__attribute__((constructor)) static void begin(void) { BEGIN; }
#endif
struct request { char text[64]; size_t size; };
static void *create(const struct dtree_node *node, char **why) { (void)why; return (void *)node; }
static void destroy(void *state) { (void)state; }
static void *begin_request(void *state) { (void)state; return calloc(1, sizeof(struct request)); }
static int feed(void *request, const char *bytes, size_t n)
{
	volatile int *volatile nowhere = NULL;
	struct request *r = request;
	if (n >= sizeof r->text - r->size)
		return -1;
	memcpy(r->text + r->size, bytes, n);
	r->size += n;
	if (strcmp(r->text, "crash") == 0)
		*nowhere = 1; /* raise(3) would not do: signals are blocked here */
	if (strcmp(r->text, "exit") == 0)
		exit(3);
	while (strcmp(r->text, "hang") == 0)
		pause();
	while (strcmp(r->text, "spin") == 0)
		nowhere = NULL;
	return 0;
}
static void finish(void *request, struct dtree_result *result)
{
	struct request *r = request;
	result->ok = true;
	result->text = malloc(128);
	result->size = (size_t)snprintf(result->text, 128, "%s %s", NAME, r->text);
}
static void end_request(void *request) { free(request); }
#ifndef EMPTY
const struct dtree_service dtree_service_plugin = {
    .abi = ABI, .name = "echo", .summary = SUMMARY, .usage = "WORD", .create = create,
    .destroy = destroy, .open = begin_request,
#ifndef NO_FEED
    .feed = feed,
#endif
#ifdef QUICK
    .quick = QUICK,
#endif
    .finish = finish, .close = end_request };
#endif
"""

# Those that cannot be opened: how each is built, and what is said of it behind "library PATH: ".
BUILT = {
    "nothing": (["-DEMPTY"], "it exports no dtree_service_plugin"),
    "old": (["-DABI=3"], "it is built for ABI 3 of services, and this dtree has ABI 4"),
    "new": (["-DABI=99"], "it is built for ABI 99 of services, and this dtree has ABI 4"),
    "half": (["-DNO_FEED"], "it has no function 'feed'"),
    "words": ([r'-DSUMMARY="a\nb"'], r"summary 'a\x0ab' holds a control character"),
    "hidden": (["-fvisibility=hidden", "-DEMPTY"], "it exports no dtree_service_plugin"),
    "unmet": (["-DBEGIN=extern void nobody_has_it(void);nobody_has_it()"],
              "it cannot be opened: undefined symbol: nobody_has_it"),
}
# Those that end the process that opens them, and how it ends.
DEADLY = {
    "aborts": (["-DBEGIN=abort()"], "signal 6 (Aborted)"),
    "crashes": (["-DBEGIN=raise(SIGSEGV)"], "signal 11 (Segmentation fault)"),
    "leaves": (["-DBEGIN=exit(0)"], "exit status 0"),
    "leaves5": (["-DBEGIN=_exit(5)"], "exit status 5"),
}
HANGS = ["-DBEGIN=for (;;) pause()"]


def built(name, flags=(), source=SOURCE):
    return plugin.built(name, source, flags)


class Plugins(Case):
    def put(self, path, name="echo", flags=(), source=SOURCE):
        """A shared object at a path of the test's own, moved into place."""
        new = self.fresh("new")
        with open(built(name, flags, source), "rb") as file, open(new, "wb") as to:
            to.write(file.read())
        os.rename(new, path)

    def config(self, *rows):
        """A file that declares services: (name, library), or (name, library, more lines)."""
        path = self.path("services.conf")
        with open(path, "w", encoding="utf-8") as file:
            for name, library, *more in rows:
                file.write(f"[service {name}]\nlibrary = {library}\n" + "".join(more))
        return path

    def check(self, *rows, **how):
        """What --check-config says of them, without the program's name and the file's."""
        config = self.config(*rows)
        done = run(self, [dtreed_path(), "--check-config", "--config", config], **how)
        return done.returncode, [line.removeprefix(f"dtreed: config: {config}:")
                                 for line in done.stderr.splitlines()]

    def maps(self, pid):
        with open(f"/proc/{pid}/maps", encoding="ascii") as file:
            return file.read()

    def meter(self):
        return built("meter", source=plugin.EXAMPLE.read_text(encoding="ascii"))

    # Good ones.

    def test_one_without_commit_serves_a_node(self):
        shell = self.private("--config", self.config(("echo", built("echo"))), "--service", "echo")
        self.create(shell, 1)
        self.create(shell, 2, 1)
        self.dialogue(shell, [("exec 1 a", "Ok:1: first a"), ("exec 2 b", "Ok:2: first b")])

    def test_one_with_commit_keeps_its_data(self):
        for durability in ("process", "full"):
            daemon = self.daemon("--config", self.config(("meter", self.meter())), "--service",
                                 "meter", "--restart", "always", "--durability", durability)
            shell = self.shell(daemon=daemon)
            worker = self.create(shell, 1)
            self.dialogue(shell, [("exec 1 40", "Ok:1: 40"), ("exec 1 2", "Ok:1: 42"),
                                  ("exec 1 two", "Error:1: one number is wanted, or nothing"),
                                  ("exec 1 9223372036854775807",
                                   "Error:1: one number is wanted, or nothing"),
                                  ("exec 1", "Ok:1: 42")])
            self.kill9(worker)
            wait_until(lambda worker=worker: procs.gone(worker), "it is gone")
            wait_until(lambda: shell.ask("exec 1") == "Ok:1: 42", "its sum is there again")
            self.ask(shell, "kill 1", "Ok")
            self.assertEqual(os.listdir(os.path.join(daemon.base, "s", "nodes")), [])

    def test_it_says_itself_what_it_is_unless_that_is_declared(self):
        daemon = self.daemon("--config", self.config(
            ("echo", built("echo")), ("own", built("echo"), "summary = mine\n", "usage = A B\n"),
            ("mute", built("mute", ["-DSUMMARY=NULL"]))))
        rows = {row["name"]: row for row in self.client(daemon).call("services")["services"]}
        self.assertEqual(rows["echo"], rows["echo"] | {
            "kind": "library", "summary": "says it again", "usage": "WORD"})
        self.assertEqual(rows["own"], rows["own"] | {
            "kind": "library", "summary": "mine", "usage": "A B"})
        self.assertIsNone(rows["mute"].get("summary"))
        self.assertTrue(rows["own"]["origin"].endswith("services.conf:3"), rows["own"])

    def test_only_its_workers_open_it(self):
        path = built("echo")
        daemon = self.daemon("--config", self.config(("echo", path)))
        shell = self.shell(daemon=daemon)
        worker = self.create(shell, 1, "--service", "echo")
        other = self.create(shell, 2, "--service", "sum")
        self.ask(shell, "exec 1 a", "Ok:1: first a")
        self.assertIn(path, self.maps(worker))
        for pid in self.family():
            if pid != worker and os.path.exists(f"/proc/{pid}/maps"):
                self.assertNotIn(path, self.maps(pid), procs.arguments(pid))
        self.assertNotIn(path, self.maps(other))

    def test_one_that_is_replaced_serves_the_next_process(self):
        path = self.path("echo.so")
        self.put(path)
        daemon = self.daemon("--config", self.config(("echo", path)), "--service", "echo",
                             "--restart", "always")
        shell = self.shell(daemon=daemon)
        worker = self.create(shell, 1)
        self.ask(shell, "exec 1 a", "Ok:1: first a")
        self.put(path, "second", ['-DNAME="second"'])
        self.create(shell, 2)
        self.dialogue(shell, [("exec 1 a", "Ok:1: first a"), ("exec 2 a", "Ok:2: second a")])
        self.kill9(worker)
        wait_until(lambda: shell.ask("exec 1 a") == "Ok:1: second a", "its next life has the new one")

    def test_what_it_prints_is_in_the_log(self):
        path = built("talks", ['-DBEGIN=puts("I am here");fflush(stdout)'])
        daemon = self.daemon("--config", self.config(("echo", path)), "--service", "echo")
        shell = self.shell(daemon=daemon)
        self.create(shell, 1)
        self.ask(shell, "exec 1 a", "Ok:1: first a")
        wait_until(lambda: "node 1: I am here" in daemon.stderr(), "it is logged")

    def test_the_example_of_the_manual(self):
        page = manual.read("man/dtree-service.3").partition(".Sh EXAMPLES")[2]
        source = page.partition(".Bd -literal -offset indent\n")[2].partition("\n.Ed")[0]
        path = built("manual", ["-Wall", "-Wextra", "-Werror"], source + "\n")
        shell = self.private("--config", self.config(("bytes", path)), "--service", "bytes")
        self.create(shell, 1)
        self.dialogue(shell, [("exec 1 abc", "Ok:1: 4"), ("exec 1", "Ok:1: 0")])

    # Bad ones, when the configuration is read.

    def test_each_mistake_is_told_with_its_place(self):
        text = self.path("text.so")
        with open(text, "w", encoding="ascii") as file:
            file.write("no library\n" * 100)
        pipe = self.path("pipe.so")
        os.mkfifo(pipe)
        cut = self.path("cut.so")
        with open(built("echo"), "rb") as file, open(cut, "wb") as to:
            to.write(file.read()[:3000])
        rows, expected = [("good", built("echo"))], []
        for name, (flags, why) in BUILT.items():
            rows.append((name, built(name, flags)))
            expected.append(f"library {rows[-1][1]}: {why}")
        for name, (flags, cause) in DEADLY.items():
            rows.append((name, built(name, flags)))
            expected.append(f"library {rows[-1][1]}: opening it ends the process: {cause}")
        for name, path, why in (
                ("missing", self.path("none.so"), "No such file or directory"),
                ("text", text, "it cannot be opened: invalid ELF header"),
                ("pipe", pipe, "it is no regular file"),
                ("directory", self.dir, "it is no regular file")):
            rows.append((name, path))
            expected.append(f"library {path}: {why}")
        status, lines = self.check(*rows)
        self.assertEqual(lines, [f"{2 * i + 4}: service {rows[i + 1][0]}: {text}"
                                 for i, text in enumerate(expected)])
        self.assertEqual(status, 2)
        status, lines = self.check(("cut", cut))
        self.assertEqual((status, len(lines)), (2, 1), lines)
        self.assertTrue(lines[0].startswith(f"2: service cut: library {cut}: "), lines)

    def test_one_that_hangs_has_five_seconds(self):
        path = built("hangs", HANGS)
        self.assertEqual(self.check(("hangs", path), ("echo", built("echo"))),
                         (2, [f"2: service hangs: library {path}: opening it takes longer than "
                              "5000 ms"]))
        self.assertEqual(self.family(), [])

    def test_what_it_leaves_behind_ends_with_the_judgement(self):
        path = built("forks", ["-DBEGIN=if (fork() == 0) for (;;) pause()"])
        self.assertEqual(self.check(("forks", path)), (0, []))
        wait_until(lambda: self.family() == [], "its child has ended")

    def test_dtreed_does_not_start_with_a_mistake(self):
        path = built("old", BUILT["old"][0])
        config = self.config(("old", path))
        daemon = self.daemon("--config", config, ready=False)
        self.assertEqual(daemon.wait(), 2)
        self.assertEqual(daemon.stderr(), f"dtreed: config: {config}:2: service old: library {path}: "
                         "it is built for ABI 3 of services, and this dtree has ABI 4\n")
        done = run(self, [*daemon.command, "--help"])
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_keys_of_a_program_are_refused(self):
        status, lines = self.check(("echo", built("echo"), "command = cat\n", "user = root\n"))
        self.assertEqual((status, lines), (
            2, ["3: service echo: command is for a program, and this is a library",
                "4: service echo: user is for a program, and this is a library"]))

    # Bad ones, when a node is started.

    def test_a_node_that_cannot_open_it_is_not_created(self):
        path = self.path("echo.so")
        self.put(path)
        daemon = self.daemon("--config", self.config(("echo", path)))
        shell = self.shell(daemon=daemon)
        self.create(shell, 1, "--service", "echo")
        before = "Error: the worker ended before it was ready: "
        for name, (flags, why) in BUILT.items():
            self.put(path, name, flags)
            self.ask(shell, "create 2 --service echo",
                     f"{before}library {path}: {why} (exit status 2)")
        for name, (flags, cause) in DEADLY.items():
            self.put(path, name, flags)
            self.ask(shell, "create 2 --service echo", f"{before}opening library {path} ({cause})")
        os.unlink(path)
        self.ask(shell, "create 2 --service echo",
                 f"{before}library {path}: No such file or directory (exit status 2)")
        self.dialogue(shell, [("exec 1 a", "Ok:1: first a"), ("ping 1", "Ok: 1")])
        self.put(path)
        self.create(shell, 2, "--service", "echo")
        self.ask(shell, "exec 2 a", "Ok:2: first a")
        said = [line for line in daemon.stderr().splitlines() if not line.startswith("dtreed: audit: ")]
        self.assertNotIn("library", "\n".join(said))

    def test_a_node_whose_library_hangs_says_so(self):
        path = self.path("echo.so")
        self.put(path)
        daemon = self.daemon("--config", self.config(("echo", path)), "--request-timeout", 1000)
        shell = self.shell(daemon=daemon)
        self.create(shell, 1, "--service", "echo")
        self.put(path, "hangs", HANGS)
        self.ask(shell, "create 2 --service echo",
                 f"Error: node 2 did not join within 1000 ms: opening library {path}")
        self.ask(shell, "exec 1 a", "Ok:1: first a")

    def test_a_node_whose_library_keeps_the_loop_busy_hangs(self):
        daemon = self.daemon("--config", self.config(("echo", built("quick", ["-DQUICK=64"]))),
                             "--heartbeat", 100, "--on-hang", "restart", "--hang-timeout", 500)
        client = self.client(daemon)
        pid = client.call("create", id=1, service="echo")["pid"]
        client.call("create", id=2, parent=1)
        watch = self.client(daemon)
        watch.call("subscribe", types=["node_died", "node_restarted"])
        self.assertEqual(client.exec(1, "a"), "first a")
        asked = client.send("exec", id=1, args=["spin"])
        self.assertIn("as it hung for", watch.event("node_died", id=1, pid=pid)["cause"])
        watch.event("node_restarted", id=1)
        self.assertEqual(client.reply(asked)["error"]["data"]["name"], "NODE_UNAVAILABLE")
        self.assertEqual(client.exec(1, "a"), "first a")
        self.assertTrue(client.ping(2))

    def test_a_restart_backs_off_and_the_reason_is_logged_once(self):
        path = self.path("echo.so")
        self.put(path)
        daemon = self.daemon("--config", self.config(("echo", path)), "--restart", "always")
        client = self.client(daemon)
        client.call("create", id=1, service="echo")
        client.call("create", id=2, service="sum")
        self.put(path, "old", BUILT["old"][0])
        self.kill9(client.nodes()[1]["pid"])
        why = (f"the worker ended before it was ready: library {path}: it is built for ABI 3 of "
               "services, and this dtree has ABI 4 (exit status 2)")
        wait_until(lambda: client.nodes()[1].get("cause") == why,
                   lambda: f"it says why: {client.nodes()[1]}")
        first = client.nodes()[1]["retry_ms"]
        wait_until(lambda: client.nodes()[1].get("retry_ms", 0) > first, "it waits longer")
        self.assertEqual(client.exec(2, "1", "5"), "5")
        self.assertEqual(daemon.stderr().count("built for ABI 3"), 1, daemon.stderr())
        self.put(path)
        wait_until(lambda: client.nodes()[1]["state"] == "available", "it is there again")
        self.assertEqual(client.exec(1, "a"), "first a")

    # Bad ones, at work.

    def test_one_that_crashes_is_its_own_nodes_death(self):
        daemon = self.daemon("--config", self.config(("echo", built("echo"))), "--service", "echo",
                             "--restart", "always")
        client = self.client(daemon)
        for node in (1, 2):
            client.call("create", id=node)
        other = client.nodes()[2]["pid"]
        for word in ("crash", "exit"):
            before = client.nodes()[1]["pid"]
            error = client.error("exec", id=1, args=[word])
            self.assertEqual((error.name, error.data["outcome"]), ("NODE_UNAVAILABLE", "unknown"))
            wait_until(lambda before=before: client.nodes()[1]["state"] == "available" and
                       client.nodes()[1]["pid"] != before, "it lives again")
            self.assertEqual(client.exec(1, "a"), "first a")
        self.assertEqual(client.nodes()[2]["pid"], other)
        self.assertEqual(client.exec(2, "b"), "first b")

    def test_one_that_crashes_stays_dead_where_nobody_restarts_it(self):
        daemon = self.daemon("--config", self.config(("echo", built("echo"))), "--service", "echo",
                             "--restart", "no")
        client = self.client(daemon)
        client.call("create", id=1)
        client.call("create", id=2, parent=-1)
        client.error("exec", id=1, args=["crash"])
        wait_until(lambda: client.nodes()[1]["state"] == "dead", "it is dead")
        self.assertEqual(client.nodes()[1]["cause"], "signal 11 (Segmentation fault)")
        self.assertEqual(client.exec(2, "b"), "first b")

    def test_one_that_hangs_at_work_holds_up_its_own_node_alone(self):
        daemon = self.daemon("--config", self.config(("echo", built("echo"))), "--service", "echo",
                             "--request-timeout", 500, "--stop-grace", 100)
        shell = self.shell(daemon=daemon)
        self.create(shell, 1)
        self.create(shell, 2)
        self.dialogue(shell, [("exec 1 hang", "Error:1: Node is unavailable"), ("ping 1", "Ok: 1"),
                              ("exec 2 b", "Ok:2: first b")])


if __name__ == "__main__":
    main()
