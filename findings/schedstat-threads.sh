#!/bin/sh
# Guess: /proc/PID/schedstat has the time on a CPU and the time of waiting for one "on a per-process level"
# (Documentation/scheduler/sched-stats.rst), of all threads together, as utime in /proc/PID/stat is. Who
# reads it twice while a request is late sees how long the process wanted a CPU meanwhile and got none.
# Seen: it is the main thread's alone, and no word in it says so: a process whose second thread ran for
# 0.3 s has 0.3 s in stat and next to nothing in schedstat; task/TID/schedstat has them. And the time of
# waiting is added when the wait *ends*: of a task that is runnable and waits now it stands still, so that
# a reader sees 0 for as long as the trouble lasts. The state R and a first number that stands still, too,
# tell of it.
# Version: observed on Linux 6.18.
. "${0%/*}/common.sh"
[ -r /proc/self/schedstat ] || {
	echo 'skipped: no schedstat here'
	exit 77
}
echo "version: Linux $(uname -r)"

built threads -pthread <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double clock_of(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *runs(void *done)
{
	while (clock_of(CLOCK_THREAD_CPUTIME_ID) < 0.3) {
	}
	write(*(int *)done, "x", 1);
	pause();
	return NULL;
}

/* The n-th number of /proc/PID/FILE, from 1, behind the name in parentheses if there is one. */
static double number(pid_t pid, const char *file, int n)
{
	char path[64], text[1024];

	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	FILE *f = fopen(path, "r");
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	char *at = strrchr(text, ')') ? strrchr(text, ')') + 2 : text;
	while (--n > 0)
		at = strchr(at, ' ') + 1;
	return *at == 'R' || *at == 'S' ? *at : strtod(at, NULL);
}

static void threads(void)
{
	int done[2];
	pthread_t thread;
	char c;

	pipe(done);
	pthread_create(&thread, NULL, runs, &done[1]);
	read(done[0], &c, 1);
	double stat = (number(getpid(), "stat", 12) + number(getpid(), "stat", 13)) / (double)sysconf(_SC_CLK_TCK);
	double schedstat = number(getpid(), "schedstat", 1) / 1e9;
	fprintf(stderr, "output: stat %.2f s, schedstat %.3f s\n", stat, schedstat);
	printf("stat %s, schedstat %s\n", stat > 0.2 ? "has it" : "lacks it",
	       schedstat > 0.2 ? "has it" : "lacks it");
}

static pid_t busy(int policy)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct sched_param none = { 0 };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sched_setscheduler(0, policy, &none);
		for (;;) {
		}
	}
	return pid;
}

static void waits(void)
{
	int cpu = sched_getcpu(), still = 0, waiting = 0;
	cpu_set_t one, all;

	sched_getaffinity(0, sizeof all, &all);
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof one, &one);
	pid_t other = busy(SCHED_OTHER), idle = busy(SCHED_IDLE);
	sched_setaffinity(0, sizeof all, &all);
	usleep(300000);
	for (int i = 0; i < 20; i++) {
		double ran = number(idle, "schedstat", 1), waited = number(idle, "schedstat", 2);

		usleep(50000);
		if (number(idle, "stat", 1) != 'R' || number(idle, "schedstat", 1) != ran)
			continue;
		waiting++;
		still += number(idle, "schedstat", 2) == waited;
	}
	double before = number(idle, "schedstat", 2);
	kill(other, SIGKILL);
	usleep(300000);
	double after = number(idle, "schedstat", 2);
	kill(idle, SIGKILL);
	while (wait(NULL) > 0) {
	}
	fprintf(stderr, "output: %d windows of waiting, the wait stood still in %d; %.2f s came at the end\n",
		waiting, still, (after - before) / 1e9);
	printf("%s\n", waiting > 4 && still == waiting ? "stands still" : "grows");
}

int main(int argc, char **argv)
{
	(void)argc;
	(*argv[1] == 't' ? threads : waits)();
	fflush(stdout);
	return 0;
}
C
same 'time of the second thread' 'stat has it, schedstat lacks it' "$("$work/threads" threads)"
same 'the wait of one that waits' 'stands still' "$("$work/threads" waits)"
verdict
