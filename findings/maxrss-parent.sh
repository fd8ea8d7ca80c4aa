#!/bin/sh
# Guess: ru_maxrss in what wait4(2) or getrusage(RUSAGE_CHILDREN) says of a child is the most memory that
# the program in it had, "the maximum resident set size used", as VmHWM in /proc/PID/status is, which each
# exec() starts anew. So a supervisor may say from it how much a program took.
# Seen: it is never less than the memory of the process that *started* it. A small program, started by one
# of 200 MB, has taken 200 MB, by fork() as by posix_spawn(): exec() keeps the most of what was in the
# address space before, which is a copy of the starter's or the starter's own. VmHWM of the same child is
# right, as long as it lives. So the number is the program's own only where the starter is the smaller one.
# Version: observed on Linux 6.18; glibc 2.36.
. "${0%/*}/common.sh"
echo "version: Linux $(uname -r)"

built starts <<'C'
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char *cat[] = { "cat", NULL };

/* Starts cat, which says a line and then waits for the end of its input: VmHWM and ru_maxrss in MB. */
static void child(const char *how)
{
	int in[2], out[2];
	char path[64], line[256];
	struct rusage used;
	long high = 0;
	pid_t pid;

	pipe2(in, 0x80000);
	pipe2(out, 0x80000);
	if (strcmp(how, "fork") == 0) {
		pid = fork();
		if (pid == 0) {
			dup2(in[0], 0);
			dup2(out[1], 1);
			execv("/bin/cat", cat);
			_exit(127);
		}
	} else {
		posix_spawn_file_actions_t actions;

		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_adddup2(&actions, in[0], 0);
		posix_spawn_file_actions_adddup2(&actions, out[1], 1);
		posix_spawn(&pid, "/bin/cat", &actions, NULL, cat, environ);
	}
	write(in[1], "x", 1);
	read(out[0], line, 1);
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *f = fopen(path, "r");
	while (fgets(line, sizeof line, f))
		sscanf(line, "VmHWM: %ld", &high);
	fclose(f);
	close(in[1]);
	wait4(pid, NULL, 0, &used);
	fprintf(stderr, "output: %s: VmHWM %ld kB, ru_maxrss %ld kB\n", how, high, used.ru_maxrss);
	printf("%s: VmHWM %s, ru_maxrss %s; ", how, high > 150000 ? "large" : "small",
	       used.ru_maxrss > 150000 ? "large" : "small");
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		size_t size = 200 << 20;
		memset(malloc(size), 1, size);
	}
	child("fork");
	child("spawn");
	puts("");
}
C
same 'by a small one' 'fork: VmHWM small, ru_maxrss small; spawn: VmHWM small, ru_maxrss small; ' \
	"$("$work/starts")"
same 'by one of 200 MB' 'fork: VmHWM small, ru_maxrss large; spawn: VmHWM small, ru_maxrss large; ' \
	"$("$work/starts" large)"
verdict
