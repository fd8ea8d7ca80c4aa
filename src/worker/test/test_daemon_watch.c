/* The watch over dtreed: how long a worker waits after its death, and for which process. */
#include "worker/daemon_watch.h"

#include <criterion/criterion.h>
#include <ev.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define TIMEOUT_MS 50
/* For times that must not pass in a test. */
#define LONG_MS 3600000

static struct ev_loop *loop;
static struct daemon_watch *watch;
static int orphaned;
static int64_t waited;

static void on_orphaned(void *arg, int64_t waited_ms)
{
	cr_assert_eq(arg, &orphaned);
	orphaned++;
	waited = waited_ms;
	ev_break(loop, EVBREAK_ALL);
}

static void start(int64_t timeout)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	watch = daemon_watch_new(loop, timeout, -1, on_orphaned, &orphaned);
}

static void stop(void)
{
	daemon_watch_free(watch);
	ev_loop_destroy(loop);
}

TestSuite(daemon_watch, .fini = stop, .timeout = 60);

static pid_t process_new(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	cr_assert_gt(pid, 0);
	return pid;
}

static void process_end(pid_t pid)
{
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

static void follow(pid_t pid)
{
	struct error err;

	cr_assert_eq(daemon_watch_follow(watch, pid, &err), 0);
}

/* Runs the loop until the death was noticed. */
static void see_death(void)
{
	for (int i = 0; i < 10; i++)
		ev_run(loop, EVRUN_NOWAIT);
}

Test(daemon_watch, its_death_is_told_when_the_time_has_passed)
{
	pid_t pid = process_new();

	start(TIMEOUT_MS);
	follow(pid);
	see_death();
	cr_assert_eq(orphaned, 0);
	process_end(pid);
	ev_run(loop, 0);
	cr_assert_eq(orphaned, 1);
	cr_assert_geq(waited, TIMEOUT_MS - 1);
}

Test(daemon_watch, a_process_that_nobody_has_waited_for_is_dead)
{
	pid_t pid = process_new();

	start(TIMEOUT_MS);
	follow(pid);
	kill(pid, SIGKILL);
	ev_run(loop, 0);
	cr_assert_eq(orphaned, 1);
	process_end(pid);
}

Test(daemon_watch, another_that_comes_in_time_ends_the_waiting)
{
	pid_t first = process_new();
	pid_t second = process_new();

	start(LONG_MS);
	follow(first);
	process_end(first);
	see_death();
	follow(second);
	ev_run(loop, EVRUN_NOWAIT);
	cr_assert_eq(orphaned, 0);
	process_end(second);
}

Test(daemon_watch, the_death_of_a_former_one_means_nothing)
{
	pid_t first = process_new();
	pid_t second = process_new();

	start(0);
	follow(first);
	follow(second);
	process_end(first);
	see_death();
	cr_assert_eq(orphaned, 0);
	process_end(second);
	ev_run(loop, 0);
	cr_assert_eq(orphaned, 1);
}

Test(daemon_watch, one_that_is_not_there_counts_as_dead)
{
	struct error err;
	pid_t pid = process_new();

	process_end(pid);
	start(TIMEOUT_MS);
	cr_assert_eq(daemon_watch_follow(watch, pid, &err), -1);
	cr_assert_eq(err.code, ERR_INTERNAL);
	ev_run(loop, 0);
	cr_assert_eq(orphaned, 1);
}

Test(daemon_watch, who_was_not_awake_waits_again)
{
	pid_t pid = process_new();
	int64_t asleep;

	start(TIMEOUT_MS);
	follow(pid);
	process_end(pid);
	see_death();
	asleep = clock_ms();
	while (clock_ms() - asleep < TIMEOUT_MS + 1100)
		poll(NULL, 0, 10);
	ev_run(loop, EVRUN_NOWAIT);
	cr_assert_eq(orphaned, 0);
	ev_run(loop, 0);
	cr_assert_eq(orphaned, 1);
}

Test(daemon_watch, while_it_lives_the_end_is_its_own_decision)
{
	pid_t pid = process_new();

	start(LONG_MS);
	follow(pid);
	daemon_watch_asked(watch);
	see_death();
	cr_assert_eq(orphaned, 0);
	/* dtreed dies of the same signal, so the worker must end by itself. */
	process_end(pid);
	ev_run(loop, 0);
	cr_assert_eq(orphaned, 1);
}

Test(daemon_watch, once_it_is_dead_an_end_that_is_asked_for_comes_at_once)
{
	pid_t pid = process_new();

	start(LONG_MS);
	follow(pid);
	process_end(pid);
	/* The same before and after the death was noticed. */
	daemon_watch_asked(watch);
	cr_assert_eq(orphaned, 1);
	see_death();
	cr_assert_eq(orphaned, 1);
}

Test(daemon_watch, an_end_that_a_former_one_was_to_carry_out_is_forgotten)
{
	pid_t first = process_new();
	pid_t second = process_new();

	start(LONG_MS);
	follow(first);
	daemon_watch_asked(watch);
	follow(second);
	process_end(first);
	process_end(second);
	see_death();
	cr_assert_eq(orphaned, 0);
}
