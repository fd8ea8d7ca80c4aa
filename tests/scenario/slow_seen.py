#!/usr/bin/python3 -B
"""Slow requests: what was seen of their processes and links while they were under way."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

from lib import plugin, procs
from lib.harness import main
from lib.relay import put_between
from lib.slow_case import MS, SlowCase
from lib.waiting import wait_until

# Computes on that processor for so long.
HOG = """
import os, time
os.sched_setaffinity(0, {{{cpu}}})
print("computing", flush=True)
end = time.monotonic() + {ms} / 1000
while time.monotonic() < end:
    pass
"""
# Computes for so long in the node's own process.
WORK = r"""
#include <dtree/service.h>
#include <stdlib.h>
#include <time.h>
static void *create(const struct dtree_node *node, char **why) { (void)why; return (void *)node; }
static void destroy(void *state) { (void)state; }
static void *begin(void *state) { (void)state; return calloc(1, 1); }
static int feed(void *request, const char *bytes, size_t n)
{
	(void)request, (void)bytes, (void)n;
	return 0;
}
static long used(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static void finish(void *request, struct dtree_result *result)
{
	long since = used();
	(void)request;
	while (used() - since < MS)
		;
	result->ok = true;
}
static void end(void *request) { free(request); }
const struct dtree_service dtree_service_plugin = {
    .abi = DTREE_SERVICE_ABI, .name = "work", .summary = "computes", .usage = "WORD",
    .create = create, .destroy = destroy, .open = begin, .feed = feed, .finish = finish,
    .close = end };
"""
# Requests of one batch, at the most.
BATCH = 1024
# Says how many page faults of its had to read the file, which nobody has in memory.
TOUCH = """
import mmap, os, resource, sys, time
fd = os.open("{path}", os.O_RDONLY)
pages = mmap.mmap(fd, 0, prot=mmap.PROT_READ)
pages.madvise(mmap.MADV_RANDOM)
for line in sys.stdin:
    end = time.monotonic() + {ms} / 1000
    while time.monotonic() < end:
        pages.madvise(mmap.MADV_DONTNEED)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        for at in range(0, len(pages), mmap.PAGESIZE):
            pages[at]
    print(resource.getrusage(resource.RUSAGE_SELF).ru_majflt, flush=True)
"""


class SlowSeen(SlowCase):
    @contextlib.contextmanager
    def crowded(self, pid):
        """The process shares one processor with others that compute."""
        cpu = min(os.sched_getaffinity(0))
        for thread in procs.threads(pid):
            os.sched_setaffinity(thread, {cpu})
        # Each in a session of its own, as the kernel gives each session its share (sched(7), autogroup).
        hogs = [subprocess.Popen([sys.executable, "-S", "-c", HOG.format(cpu=cpu, ms=100 * MS)],
                                 stdout=subprocess.PIPE, text=True, start_new_session=True)
                for _ in range(3)]
        try:
            for hog in hogs:
                self.assertEqual(hog.stdout.readline(), "computing\n")
            yield
        finally:
            for hog in hogs:
                hog.kill()
                hog.wait()
                hog.stdout.close()

    def test_a_worker_without_a_processor_is_named(self):
        """Its service computes in its process."""
        library = plugin.built("work", WORK, [f"-DMS={MS * 2 // 3}"])
        config = self.text_file("services.conf", f"[service work]\nlibrary = {library}\n")
        self.plant("--config", config, n1="work")
        self.user.exec(1, "x")
        pid = self.user.nodes()[1]["pid"]
        with self.crowded(pid):
            self.user.exec(1, "x")
        slow = self.newest(1)
        self.assertEqual(slow["step"], "service")
        self.assertRegex(slow["why"], rf"; process {pid} of node 1 had no processor for \d+ of the "
                         r"last \d+ ms\Z")

    def test_a_dtreed_without_a_processor_is_named(self):
        """It has much to write for others when the answer comes."""
        self.plant(n1="nap")
        self.user.exec(1, "0")
        batch = json.dumps([{"jsonrpc": "2.0", "id": n, "method": "no" * 20}
                            for n in range(BATCH)]).encode() + b"\n"
        first = self.client(self.tree)
        began = time.monotonic()
        first.raw(batch)
        first.line()
        many = 2 * MS / 1000 / (time.monotonic() - began)
        others = [self.client(self.tree) for _ in range(min(200, int(many) + 1))]
        with self.crowded(self.tree.pid):
            asked = self.user.send("exec", id=1, args=[str(MS / 1000)])
            wait_until(self.aged(MS / 2), "it has been looked at")
            # So that it finds all of it at once.
            os.kill(self.tree.pid, signal.SIGSTOP)
            for other in others:
                other.raw(batch)
            os.kill(self.tree.pid, signal.SIGCONT)
            self.user.wait(asked)
        slow = self.newest(1)
        self.assertIn(slow["step"], ("link up", "in order"))
        self.assertRegex(slow["why"], r"; dtreed had no processor for \d+ of the last \d+ ms\Z")

    def test_a_program_without_a_processor_is_named(self):
        """One that needs a processor, on which another process computes."""
        burn = self.text_file("burn", f"""
            import sys, time
            for line in sys.stdin:
                end = time.process_time() + {MS} / 1000
                while time.process_time() < end:
                    pass
                print("done", flush=True)
            """)
        self.plant("--define", f"burn={sys.executable} -S {burn}", n1="burn")
        self.user.exec(1, "x")
        pid = self.user.call("status", id=1)["program"]["pid"]
        with self.crowded(pid):
            self.user.exec(1, "x")
        slow = self.newest(1)
        self.assertEqual(slow["step"], "program")
        self.assertRegex(slow["why"], r"\Athe program of the service burn of node 1; "
                         rf"program {pid} of node 1 had no processor for \d+ of the last \d+ ms\Z")
        self.assertIn("had no processor", self.ctl(self.tree, "slow").stdout)

    def test_a_program_that_reads_pages_from_the_disk_is_named(self):
        """It maps a file that the page cache has dropped."""
        path = self.fresh("mapped")
        with open(path, "wb") as file:
            file.write(os.urandom(4 * 1024 * 1024))
            file.flush()
            os.fsync(file.fileno())
        touch = self.text_file("touch", TOUCH.format(path=path, ms=2 * MS))
        own = subprocess.run([sys.executable, "-S", touch, "once"], input="x\n", text=True,
                             capture_output=True, check=True).stdout
        if int(own) < MS / 4:
            self.skipTest(f"{own.strip()} page faults read from a disk here")
        self.plant("--define", f"touch={sys.executable} -S {touch}", n1="touch")
        self.user.exec(1, "x")
        pid = self.user.call("status", id=1)["program"]["pid"]
        slow = self.newest(1)
        self.assertEqual(slow["step"], "program")
        self.assertRegex(slow["why"], rf"; program {pid} of node 1 had (no processor for|"
                         r"\d+ page faults that read from a disk, in the last) \d+ ")

    def test_a_link_that_is_held_up_is_named_with_the_remedy(self):
        """A relay on it writes in two parts, with Nagle's algorithm."""
        self.tree = self.daemon("--link", "tcp", "--heartbeat", 0, "--slow-request", 30)
        self.user = self.client(self.tree)
        self.user.call("create", id=1)
        put_between(self, self.tree, 1)
        self.user.call("create", id=2, parent=1)
        for _ in range(10):
            self.user.exec(2, "1", "5")
        found = [slow for slow in self.user.call("slow")["newest"] if slow["id"] == 2]
        named = [slow for slow in found if "TCP_NODELAY" in slow["why"]]
        self.assertTrue(named, found)
        for slow in named:
            self.assertEqual(slow["step"], "link down")
            self.assertIn("; on the link of node 2 to its parent, downwards: ", slow["why"])


if __name__ == "__main__":
    main()
