#!/bin/sh
# Guess: PR_SET_PDEATHSIG tells of the end of the parent, the process that getppid() names (prctl(2)
# warns: of the thread that made this one). So a child that a fork server bears with
# clone(CLONE_PARENT) for its own parent is bound to that parent, and no thread made it there.
# Seen: it gets the signal when the thread ends that made the *fork server*, though that thread never
# made the child, the parent lives, and getppid() is the same before and after. The child inherits
# not only the fork server's parent but which of its threads that is. So a fork server must be
# started from a thread that lasts, or what it bears is killed for no reason that anybody sees.
# Version: observed on Linux 6.18; glibc 2.36.
. "${0%/*}/common.sh"
echo "version: Linux $(uname -r)"

built bound -lpthread <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int told[2];

static void grandchild(void)
{
	pid_t self = getpid();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(told[1], &self, sizeof self) == sizeof self)
		pause();
	_exit(0);
}

static void *start_server(void *arg)
{
	pid_t *made = arg; /* the fork server, and what it bore */

	made[0] = fork();
	if (made[0] == 0) {
		if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0)
			grandchild();
		pause();
		_exit(0);
	}
	/* The thread lasts until the child has asked for its signal. */
	if (read(told[0], &made[1], sizeof made[1]) != sizeof made[1])
		_exit(1);
	return NULL;
}

/* Does what the fork server bore live on, half a second later? */
static void run(const char *name, int by_thread)
{
	pthread_t thread;
	pid_t made[2];
	int status;
	pid_t gone = 0;

	if (by_thread) {
		pthread_create(&thread, NULL, start_server, made);
		pthread_join(thread, NULL);
	} else {
		start_server(made);
	}
	for (int i = 0; i < 50 && gone == 0; i++) {
		gone = waitpid(made[1], &status, WNOHANG);
		usleep(10000);
	}
	printf("%s: the child %s\n", name,
	       gone == made[1] && WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "lives");
	kill(made[0], SIGKILL);
	waitpid(made[0], NULL, 0);
	if (!gone) {
		kill(made[1], SIGKILL);
		waitpid(made[1], NULL, 0);
	}
}

int main(void)
{
	if (pipe(told))
		return 1;
	run("server made by the main thread", 0);
	run("server made by a thread that has ended", 1);
	return 0;
}
C
"$work/bound" >"$work/said"
sed 's/^/output: /' "$work/said"
same 'fork server of a thread that lasts' 'the child lives' "$(sed -n 's/.*main thread: //p' "$work/said")"
same 'fork server of a thread that ended' 'the child Killed' "$(sed -n 's/.*has ended: //p' "$work/said")"
verdict
