#!/bin/sh
# Guess: a program at nice 19 gets next to nothing of a CPU that one at nice 0 wants too, and is harmless
# beside it, whoever started the two: setpriority(2) is about processes, and `nice` before a command, or a
# service manager's setting of that name, does no more.
# Seen: so it is within a session. Between two sessions each gets half, and the nice value does nothing:
# with autogroups (sched(7), on by default) a session is a group of its own for the scheduler, and nice
# counts inside of it only. One setsid() is enough, which supervisors call for what they start, and
# terminals have for each window; ps and top show 19 as ever. The group's own nice value, in
# /proc/PID/autogroup, does what was meant. In a control group with the cpu controller its weight counts.
# Version: observed on Linux 6.18.
. "${0%/*}/common.sh"
[ "$(cat /proc/sys/kernel/sched_autogroup_enabled 2>/dev/null)" = 1 ] || {
	echo 'skipped: no autogroups here'
	exit 77
}
echo "version: Linux $(uname -r)"

built shares <<'C'
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double cpu_of(pid_t pid)
{
	struct rusage used;

	wait4(pid, NULL, 0, &used);
	return (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6;
}

static pid_t busy(int own_session, int nice_is, const char *group_nice)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (own_session)
			setsid();
		if (nice_is)
			setpriority(PRIO_PROCESS, 0, nice_is);
		if (*group_nice) {
			FILE *f = fopen("/proc/self/autogroup", "w");
			fputs(group_nice, f);
			fclose(f);
		}
		for (;;) {
		}
	}
	return pid;
}

int main(int argc, char **argv)
{
	int own = strcmp(argv[1], "one") != 0;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof one, &one);
	pid_t plain = busy(own, 0, ""), yields = busy(own, 19, argc > 2 ? argv[2] : "");
	sleep(2);
	kill(plain, SIGKILL);
	kill(yields, SIGKILL);
	double a = cpu_of(plain), b = cpu_of(yields);
	fprintf(stderr, "output: %s: %.2f s and %.2f s\n", argv[1], a, b);
	printf("%s\n", b < a / 2 ? "yields" : b < a * 1.5 ? "equal" : "takes more");
}
C
same 'nice 19 beside another of its session' yields "$("$work/shares" one)"
same 'nice 19 in a session of its own' equal "$("$work/shares" own)"
same 'the same with 19 in its autogroup file' yields "$("$work/shares" own 19)"
verdict
