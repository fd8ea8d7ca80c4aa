/* What a process has had to wait for. */
#include "base/proc_usage.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

TestSuite(proc_usage, .timeout = 60);

#define PAGES ((size_t)1000)

Test(proc_usage, counts_page_faults)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct proc_usage before;
	struct proc_usage after;
	volatile char *memory =
	    mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(memory, MAP_FAILED);
	cr_assert_eq(madvise((void *)memory, PAGES * page, MADV_NOHUGEPAGE), 0);
	cr_assert_eq(proc_usage_read(getpid(), &before), 0);
	for (size_t i = 0; i < PAGES; i++)
		memory[i * page] = 1;
	cr_assert_eq(proc_usage_read(getpid(), &after), 0);
	cr_expect_geq(after.minor - before.minor, PAGES);
	cr_expect_geq(after.major, before.major);
	cr_expect_geq(after.wait_ns, before.wait_ns);
}

/* Keeps its processor for so long. */
static void hog(int64_t ms)
{
	for (int64_t end = clock_ms() + ms; clock_ms() < end;)
		;
}

Test(proc_usage, knows_what_waits_for_a_processor)
{
	struct proc_usage usage;
	cpu_set_t all, one;
	uint64_t first;
	pid_t child;

	CPU_ZERO(&one);
	cr_assert_eq(sched_getaffinity(0, sizeof all, &all), 0);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (!CPU_COUNT(&one) && CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
	cr_assert_eq(proc_usage_read(getpid(), &usage), 0);
	first = usage.wait_ns;
	child = fork();
	if (child == 0) {
		hog(200);
		_exit(0);
	}
	/* Both want the same. */
	hog(200);
	cr_assert_eq(proc_usage_read(getpid(), &usage), 0);
	cr_expect_gt(usage.wait_ns - first, 10000000);
	waitpid(child, NULL, 0);
}

Test(proc_usage, knows_nothing_of_a_process_that_is_gone)
{
	struct proc_usage usage = {1, 1, 1};
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	waitpid(child, NULL, 0);
	cr_expect_eq(proc_usage_read(child, &usage), -1);
	cr_expect_eq(usage.wait_ns + usage.minor + usage.major, 0);
}
