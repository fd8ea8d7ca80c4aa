#!/usr/bin/python3 -B
"""Services are declared anew while their nodes work: the new program or plug-in takes the place of the
old one, no request fails by it, and none is run twice."""

import collections
import os
import signal

from lib import plugin, procs
from lib.harness import Case, main
from lib.waiting import wait_until

LINES = """\
#!/bin/sh
while read -r word; do echo "$word" >> {log}; echo "{name} $word"; done
"""
RUN = """\
#!/bin/sh
echo "$1" >> {log}; echo "{name} $1"
"""
JSON = """\
#!/usr/bin/python3 -SE
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        word = asked["params"]["args"][0]
        with open("{log}", "a") as log:
            log.write(word + "\\n")
        print(json.dumps({{"jsonrpc": "2.0", "id": asked["id"], "result": "{name} " + word}}), flush=True)
"""
# It takes requests as the example does. Its state knows how many of it there are: two at once would
# be two writers of one file.
LIBRARY = r"""
#include <dtree/service.h>
#define dtree_service_plugin meter_plugin
#include EXAMPLE
#undef dtree_service_plugin
static void *create_alone(const struct dtree_node *node, char **why)
{
	char *path = malloc(sizeof LOG + 32);
	sprintf(path, LOG ".lock%d", node->id);
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	if (fd >= 0 && close(fd) == 0)
		return path;
	free(path);
	*why = strdup("there is another one");
	return NULL;
}
static void destroy_alone(void *state) { unlink(state); free(state); }
static void finish_named(void *request, struct dtree_result *result)
{
	struct request *r = request;
	FILE *log = fopen(LOG, "a");
	fprintf(log, "%s\n", r->text);
	fclose(log);
	result->ok = true;
	result->text = malloc(128);
	result->size = (size_t)snprintf(result->text, 128, "%s %s", NAME, r->text);
}
const struct dtree_service dtree_service_plugin = {
    .abi = DTREE_SERVICE_ABI, .name = "word", .create = create_alone, .destroy = destroy_alone,
    .open = open_request, .feed = feed, .finish = finish_named, .close = close_request };
"""


class Reloaded(Case):
    def setUp(self):
        super().setUp()
        self.base = self.fresh("d")
        os.makedirs(self.base, 0o700)
        self.log = self.path("log")

    def library(self, name):
        path = plugin.built(self.token + name, LIBRARY, [
            f'-DNAME="{name}"', f'-DLOG="{self.log}"', f'-DEXAMPLE="{plugin.EXAMPLE}"'])
        return f"library = {path}\n"

    def program(self, protocol, text, name):
        path = self.program_file(f"{protocol}-{name}", text.format(name=name, log=self.log))
        return f"protocol = {protocol}\ncommand = {path}\n"

    def kinds(self, name):
        """Each way to be a service, as it is declared."""
        return {"lines": self.program("lines", LINES, name), "run": self.program("run", RUN, name),
                "json": self.program("json", JSON, name) + "concurrency = 4\n",
                "library": self.library(name)}

    def write(self, **services):
        with open(os.path.join(self.base, "conf"), "w", encoding="utf-8") as file:
            for name, text in services.items():
                file.write(f"[service {name}]\n{text}")

    def serve(self, **services):
        self.write(**services)
        self.tree = self.daemon("--heartbeat", "200", base=self.base)
        return self.client(self.tree)

    def reload(self, **services):
        self.write(**services)
        self.tree.process.send_signal(signal.SIGHUP)

    def logged(self):
        with open(self.log, encoding="ascii") as file:
            return collections.Counter(file.read().split())


class Load:
    """Requests for nodes, always some of each under way."""

    def __init__(self, client, nodes, depth=4):
        self.client = client
        self.nodes = nodes
        self.under_way = collections.deque()
        self.count = 0
        self.newest = {}
        for _ in range(depth):
            for node in nodes:
                self.ask(node)

    def ask(self, node):
        self.count += 1
        word = f"w{self.count}"
        self.under_way.append(
            (node, word, self.client.send("exec", id=node, args=[word])))

    def take(self):
        node, word, number = self.under_way.popleft()
        name, back = self.client.wait(number)["result"].split(" ")
        if back != word:
            raise AssertionError(f"{word} of node {node} was answered {back}")
        self.newest[node] = name
        return node

    def until(self, names):
        """Goes on until each node answers by that name."""
        def there():
            for _ in self.nodes:
                self.ask(self.take())
            return all(self.newest.get(node) == names[node] for node in self.nodes)
        wait_until(there, lambda: f"{names}: {self.newest}")

    def end(self):
        while self.under_way:
            self.take()


class UnderLoad(Reloaded):
    def test_no_request_fails_and_none_is_run_twice(self):
        made = {name: self.kinds(name) for name in ("one", "two")}
        kinds = list(made["one"])
        turns = [(name, kind) for kind in kinds for name in ("one", "two")]
        services = made["one"] | {"any": made["one"]["lines"]}
        client = self.serve(**services)
        for node, kind in enumerate([*kinds, "any"], 1):
            client.call("create", id=node, service=kind)
        load = Load(client, range(1, len(kinds) + 2))
        pids = [client.call("status", id=node)["pid"] for node in load.nodes]
        for name, kind in turns[1:]:
            # The last one is of another kind each time.
            services = made[name] | {"any": made[name][kind]}
            self.reload(**services)
            load.until(dict.fromkeys(load.nodes, name))
        load.end()
        twice = {word: times for word, times in self.logged().items() if times != 1}
        self.assertEqual(twice, {})
        self.assertEqual(sum(self.logged().values()), load.count)
        self.assertEqual([client.call("status", id=node)["pid"] for node in load.nodes], pids)
        # Of each node that has a program that stays there is one.
        def programs():
            return [len(procs.children(pid)) for pid in pids]
        wait_until(lambda: programs() == [1, 0, 1, 0, 0], programs)

    def test_what_is_said_of_its_program_follows(self):
        client = self.serve(word=self.program("lines", LINES, "one"))
        client.call("subscribe", types=["program_started"])
        client.call("create", id=1, service="word")
        load = Load(client, [1])

        def becomes(name, text):
            self.reload(word=text)
            load.until({1: name})

        client.event("program_started", id=1)
        becomes("two", self.program("lines", LINES, "two"))
        second = client.event("program_started", id=1)["pid"]
        becomes("three", self.library("three"))
        self.assertNotIn("program", client.call("status", id=1))
        wait_until(lambda: procs.gone(second), "the former program has ended")
        becomes("four", self.program("lines", LINES, "four"))
        third = client.event("program_started", id=1)["pid"]
        load.end()
        wait_until(lambda: client.call("status", id=1)["program"]["pid"] == third, "it is shown")

    def test_what_is_half_sent_is_finished_by_the_former(self):
        client = self.serve(word=self.library("one"))
        client.call("create", id=1, service="word")
        client.exec(1, "a")
        stream = client.call("exec_open", id=1, args=["half"])["stream"]
        client.call("exec_feed", stream=stream, data="")
        self.reload(word=self.library("two"))
        wait_until(lambda: "runs its service word" in self.tree.stderr(), "it has heard of it")
        other = self.client(self.tree)
        self.assertEqual(other.exec(1, "b"), "one b")
        late = other.call("exec_open", id=1, args=["late"])["stream"]
        closed = other.send("exec_close", stream=late)
        self.assertEqual(client.call("exec_close", stream=stream)["result"], "one half")
        self.assertEqual(other.wait(closed)["result"], "two late")
        self.assertEqual(client.exec(1, "c"), "two c")


class Away(Reloaded):
    def setUp(self):
        super().setUp()
        self.texts = {name: self.program("lines", LINES, name) for name in ("one", "two")}
        self.link = self.serve(word=self.texts["one"])

    def await_answer(self, client, node, name):
        wait_until(lambda: client.exec(node, "x") == f"{name} x", name)

    def test_nodes_that_were_stopped_dead_or_below_such_get_it_too(self):
        for node, parent in ((1, -1), (2, 1), (3, -1)):
            self.link.call("create", id=node, parent=parent, service="word")
            self.assertEqual(self.link.exec(node, "x"), "one x")
        stopped, dead = (self.link.call("status", id=node)["pid"] for node in (1, 3))
        self.stopped(stopped)
        self.kill9(dead)
        wait_until(lambda: self.link.unavailable() == [1, 3], self.link.unavailable)
        self.reload(word=self.texts["two"])
        self.await_answer(self.link, 2, "two")
        self.link.call("start", id=3)
        self.assertEqual(self.link.exec(3, "x"), "two x")
        self.go_on(stopped)
        wait_until(lambda: self.link.unavailable() == [], self.link.unavailable)
        self.await_answer(self.link, 1, "two")

    def test_the_next_dtreed_tells_the_nodes_of_the_former(self):
        self.link.call("create", id=1, service="word")
        self.assertEqual(self.link.exec(1, "x"), "one x")
        pid = self.link.call("status", id=1)["pid"]
        self.tree.kill()
        self.link = self.serve(word=self.texts["two"])
        self.await_answer(self.link, 1, "two")
        self.assertEqual(self.link.call("status", id=1)["pid"], pid)

    def test_one_that_cannot_be_read_is_named_and_keeps_what_it_has(self):
        self.link.call("create", id=1, service="word")
        self.assertEqual(self.link.exec(1, "x"), "one x")
        path = self.path("gone.so")
        with open(path, "wb") as file:
            file.write(b"no library")
        self.write(word=self.texts["two"])
        file = os.path.join(self.tree.runtime, "services", "word")
        pid = self.link.call("status", id=1)["pid"]
        self.stopped(pid)
        self.tree.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "service word: changed, for 1 node" in self.tree.stderr(), "it is read")
        with open(file, "w", encoding="ascii") as spoilt:
            spoilt.write("nothing")
        self.go_on(pid)
        wait_until(lambda: "node 1 keeps the service word that it has" in self.tree.stderr(),
                   self.tree.stderr)
        self.assertEqual(self.link.exec(1, "x"), "one x")

    def test_many_nodes_are_told(self):
        for node in range(1, 61):
            self.link.send("create", id=node, parent=node // 3 or -1, service="word")
        wait_until(lambda: len(self.link.nodes()) == 60, "they are there")
        self.reload(word=self.texts["two"])
        load = Load(self.link, range(1, 61), 1)
        load.until(dict.fromkeys(load.nodes, "two"))
        load.end()


if __name__ == "__main__":
    main()
