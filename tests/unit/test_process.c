/* Processes that were not started by us: taken over only if they are what they were. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "controller/process.h"

struct seen {
	int count;
	struct process_tag tag;
	char cause[64];
};

static void on_exit_seen(void *arg, const struct process_tag *tag, const char *cause)
{
	struct seen *seen = arg;

	seen->count++;
	seen->tag = *tag;
	snprintf(seen->cause, sizeof seen->cause, "%s", cause);
}

static struct ev_loop *loop;
static struct processes *all;
static struct seen seen;

static void set_up(void)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	all = processes_new(loop, NULL, on_exit_seen, &seen);
}

static void tear_down(void)
{
	processes_free(all, 60000);
	ev_loop_destroy(loop);
}

TestSuite(process, .init = set_up, .fini = tear_down, .timeout = 60);

static const struct process_tag tag = {.node = 7, .incarnation = 3};

static struct process *start(const char *script)
{
	char *argv[] = {"/bin/sh", "-c", (char *)(uintptr_t)script, NULL};
	struct error err;
	struct process *p = process_start(all, NULL, argv, "/nonexistent/socket", &tag, &err);

	cr_assert(p, "%s", err.text);
	return p;
}

static void await(int count)
{
	while (seen.count < count)
		ev_run(loop, EVRUN_ONCE);
}

Test(process, its_end_is_told_with_its_cause)
{
	process_let_go(start("read gate; exit 3"));
	await(1);
	cr_assert_str_eq(seen.cause, "exit status 3");
	cr_assert_eq(seen.tag.node, 7);
}

Test(process, it_waits_at_its_gate)
{
	struct process *p = start("read -n 1 gate 2>/dev/null || read gate; exit 4");

	cr_assert_eq(seen.count, 0);
	process_let_go(p);
	await(1);
	cr_assert_str_eq(seen.cause, "exit status 4");
}

/* A process that is not our child, as one that a former dtreed left. Gives its pid. */
static pid_t stranger(void)
{
	int out[2];
	pid_t pid = 0;

	cr_assert_eq(pipe(out), 0);
	if (fork() == 0) {
		pid_t child = fork();
		if (child == 0) {
			close(out[0]);
			close(out[1]);
			execlp("sleep", "sleep", "600", (char *)NULL);
			_exit(127);
		}
		if (write(out[1], &child, sizeof child) != sizeof child)
			_exit(1);
		_exit(0);
	}
	close(out[1]);
	cr_assert_eq(read(out[0], &pid, sizeof pid), (ssize_t)sizeof pid);
	close(out[0]);
	wait(NULL);
	return pid;
}

/* From /proc/PID/stat, in another way than the code under test. */
static uint64_t start_of(pid_t pid)
{
	cleanup_free char *path = mem_format("/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	unsigned long long start = 0;

	cr_assert_not_null(f);
	cr_assert_eq(fscanf(f,
	                    "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
	                    "%*d %*d %*d %*d %llu",
	                    &start),
	             1);
	fclose(f);
	return start;
}

static struct process *adopt(pid_t pid, uint64_t start)
{
	struct error err;
	struct process *p = process_adopt(all, pid, start, "/nonexistent/socket", &tag, &err);

	cr_assert_eq(err.code, ERR_NONE);
	return p;
}

Test(process, one_that_was_left_is_taken_over_and_its_end_is_told)
{
	pid_t pid = stranger();
	struct process *p = adopt(pid, start_of(pid));

	cr_assert_not_null(p);
	cr_assert_eq(process_pid(p), pid);
	cr_assert_eq(process_start_time(p), start_of(pid));
	cr_assert_lt(process_age_ms(p), 60000);
	process_signal(p, SIGKILL);
	await(1);
	cr_assert_str_eq(seen.cause, "unknown");
	cr_assert_eq(seen.tag.incarnation, 3);
}

Test(process, one_that_only_has_the_pid_is_not)
{
	pid_t pid = stranger();
	uint64_t began = start_of(pid);

	cr_assert_null(adopt(pid, began + 1));
	cr_assert_null(adopt(pid, began - 1));
	cr_assert_null(adopt(pid, 0));
	cr_assert_eq(kill(pid, SIGKILL), 0, "it was harmed");
}

Test(process, one_that_has_ended_is_not)
{
	pid_t pid = fork();
	uint64_t began;

	if (pid == 0)
		pause();
	began = start_of(pid);
	kill(pid, SIGKILL);
	/* A zombie still has its pid and its start time. */
	waitid(P_PID, (id_t)pid, &(siginfo_t){0}, WEXITED | WNOWAIT);
	cr_assert_null(adopt(pid, began));
	waitpid(pid, NULL, 0);
	cr_assert_null(adopt(pid, began));
}

Test(process, those_that_are_left_live_on)
{
	struct processes *others = processes_new(loop, NULL, on_exit_seen, &seen);
	pid_t pid = stranger();
	struct error err;

	cr_assert_not_null(
	    process_adopt(others, pid, start_of(pid), "/nonexistent/socket", &tag, &err));
	processes_leave(others);
	cr_assert_eq(kill(pid, 0), 0);
	kill(pid, SIGKILL);
}
