/* fork, exec and wait. */
#include "controller/process/spawn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/inherit.h"

/* In the child, between fork and exec: nothing that is not async-signal-safe. All signals are
 * blocked until none has a handler of ours. What is open here is open as long as this takes: if
 * dtreed is killed meanwhile, so is the child. */
static void become(char *const argv[], int input, int output, pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	inherit_default_signals();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(argv[0], argv);
	_exit(127);
}

/* Not posix_spawn: that waits until the child has become the program, and a child that is stopped
 * before it has would stop us too. */
pid_t spawn_program(char *const argv[], int input, int output, struct error *err)
{
	sigset_t all;
	sigset_t before;
	pid_t self = getpid();
	pid_t pid;

	if (access(argv[0], X_OK))
		return error_set(err, ERR_INTERNAL, "cannot start %s: %s", argv[0],
		                 strerror(errno));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become(argv, input, output, self);
	if (pid < 0)
		error_set(err, ERR_LIMIT, "cannot start %s: %s", argv[0], strerror(errno));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

int spawn_reap(int pidfd, siginfo_t *info)
{
	int rc;

	memset(info, 0, sizeof *info);
	do
		rc = waitid(P_PIDFD, (id_t)pidfd, info, WEXITED | WNOHANG);
	while (rc && errno == EINTR);
	return rc;
}

void spawn_describe(const siginfo_t *info, char *text, size_t size)
{
	if (!info->si_pid)
		snprintf(text, size, "unknown");
	else if (info->si_code == CLD_EXITED)
		snprintf(text, size, "exit status %d", info->si_status);
	else
		snprintf(text, size, "signal %d (%s)", info->si_status, strsignal(info->si_status));
}
