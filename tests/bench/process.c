/*
 * Owns every process below this one: as their subreaper it inherits those whose parents died.
 * Invariant: processes that it forked die with it (PR_SET_PDEATHSIG).
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

/* A tree takes at most 2 s to end; longer on a busy machine. */
#define END_MS 10000
/* No program that is run from start to end takes longer. */
#define RUN_SECONDS 120

static volatile sig_atomic_t stopped;
static char *directory; /* owned */

static void on_signal(int signal)
{
	if (signal != SIGALRM)
		stopped = 1;
}

bool process_stopped(void)
{
	return stopped;
}

const char *process_directory(void)
{
	return directory;
}

long long process_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

int process_open(struct error *err)
{
	/* No SA_RESTART, so that waiting functions check process_stopped(). */
	const struct sigaction stop = {.sa_handler = on_signal};
	const char *tmp = getenv("TMPDIR");

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
	sigaction(SIGALRM, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		return error_set(err, ERR_INTERNAL, "cannot become a subreaper: %s",
		                 strerror(errno));
	directory = mem_format("%s/dtree-bench-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(directory)) {
		error_set(err, ERR_INTERNAL, "%s: %s", directory, strerror(errno));
		free(directory);
		directory = NULL;
		return -1;
	}
	return 0;
}

static void become_child(pid_t parent)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(EXIT_FAILURE);
}

int process_fork(void (*fn)(void *arg), void *arg, struct error *err)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return error_set(err, ERR_INTERNAL, "cannot fork: %s", strerror(errno));
	if (pid)
		return 0;
	become_child(parent);
	fn(arg);
	_exit(EXIT_SUCCESS);
}

static int start(char *const argv[], bool apart, pid_t *pid, struct error *err)
{
	pid_t parent = getpid();

	*pid = fork();
	if (*pid < 0)
		return error_set(err, ERR_INTERNAL, "cannot fork: %s", strerror(errno));
	if (*pid)
		return 0;
	become_child(parent);
	if (apart)
		setsid();
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0)
		execv(argv[0], argv);
	fprintf(stderr, "bench: %s: %s\n", argv[0], strerror(errno));
	_exit(EXIT_FAILURE);
}

int process_start(char *const argv[], pid_t *pid, struct error *err)
{
	return start(argv, false, pid, err);
}

int process_start_apart(char *const argv[], pid_t *pid, struct error *err)
{
	return start(argv, true, pid, err);
}

bool process_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid == pid;
}

void process_reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

void process_end(pid_t pid)
{
	cleanup_close int fd = pidfd_open(pid, 0);
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	long long until = process_clock() + END_MS * 1000000LL;

	kill(pid, SIGTERM);
	while (fd >= 0 && process_clock() < until && poll(&wait, 1, END_MS) < 0 && errno == EINTR)
		continue;
	kill(pid, SIGKILL);
	process_reap(pid);
}

/* Gives the wait status. A program that takes too long, or runs when a signal comes, is killed. */
static int run_wait(pid_t pid, struct rusage *usage)
{
	int status;

	alarm(RUN_SECONDS);
	while (wait4(pid, &status, 0, usage) < 0)
		kill(pid, SIGKILL);
	alarm(0);
	return status;
}

int process_run(char *const argv[], int in, int out, struct process_cost *cost, struct error *err)
{
	posix_spawn_file_actions_t files;
	struct rusage usage;
	long long began;
	int status;
	int rc;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	else
		posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	began = process_clock();
	rc = posix_spawn(&pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (rc)
		return error_set(err, ERR_INTERNAL, "%s: %s", argv[0], strerror(rc));
	status = run_wait(pid, &usage);
	*cost = (struct process_cost){.us = (double)(process_clock() - began) / 1000,
	                              .kib = usage.ru_maxrss};
	if (status)
		return error_set(err, ERR_INTERNAL, "%s failed: wait status %#x", argv[0],
		                 (unsigned)status);
	return 0;
}

/* Kills the present children: how many. */
static size_t kill_children(void)
{
	cleanup_free char *path = mem_format("/proc/self/task/%d/children", (int)getpid());
	FILE *file = fopen(path, "re");
	size_t count = 0;
	int pid;

	if (!file)
		return 0;
	for (; fscanf(file, "%d", &pid) == 1; count++)
		kill(pid, SIGKILL);
	fclose(file);
	return count;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	if (ftw->level)
		remove(path);
	return 0;
}

void process_clear(void)
{
	size_t count;

	/* This process inherits the children of a killed child. */
	while ((count = kill_children()))
		for (; count; count--)
			process_reap(-1);
	if (directory)
		nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void process_close(void)
{
	process_clear();
	if (directory)
		rmdir(directory);
	free(directory);
	directory = NULL;
}
