/* Owns every worker process until it is reaped. Invariant: one pidfd watcher for each. */
#include "controller/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"

struct process {
	struct processes *all; /* borrowed */
	pid_t pid;
	int pidfd;
	ev_io watch;
	char *socket_path;
	struct process_tag tag;
	struct process *prev; /* utlist */
	struct process *next;
};

struct processes {
	struct ev_loop *loop; /* borrowed */
	process_exit_fn *exited;
	void *arg; /* borrowed */
	struct process *list;
};

struct processes *processes_new(struct ev_loop *loop, process_exit_fn *exited, void *arg)
{
	struct processes *all = mem_new(sizeof *all);

	all->loop = loop;
	all->exited = exited;
	all->arg = arg;
	return all;
}

static void release(struct process *p)
{
	ev_io_stop(p->all->loop, &p->watch);
	close(p->pidfd);
	unlink(p->socket_path);
	free(p->socket_path);
	DL_DELETE(p->all->list, p);
	free(p);
}

static int reap(struct process *p, int options, siginfo_t *info)
{
	int rc;

	memset(info, 0, sizeof *info);
	do
		rc = waitid(P_PIDFD, (id_t)p->pidfd, info, WEXITED | options);
	while (rc && errno == EINTR);
	return rc;
}

void processes_free(struct processes *all)
{
	struct process *p;
	siginfo_t info;

	DL_FOREACH (all->list, p) {
		pidfd_send_signal(p->pidfd, SIGKILL, NULL, 0);
	}
	while (all->list) {
		reap(all->list, 0, &info);
		release(all->list);
	}
	free(all);
}

static void describe(const siginfo_t *info, char *text, size_t size)
{
	if (info->si_code == CLD_EXITED)
		snprintf(text, size, "exit status %d", info->si_status);
	else
		snprintf(text, size, "signal %d (%s)", info->si_status, strsignal(info->si_status));
}

static void on_ended(struct ev_loop *loop, ev_io *watch, int revents)
{
	struct process *p = watch->data;
	siginfo_t info;
	char cause[64];

	(void)loop;
	(void)revents;
	if (reap(p, WNOHANG, &info) == 0 && info.si_pid == 0)
		return;
	describe(&info, cause, sizeof cause);
	p->all->exited(p->all->arg, &p->tag, cause);
	release(p);
}

/* In the child, between fork and exec: nothing that is not async-signal-safe. All signals are
 * blocked until none has a handler of ours. */
static void become(char *const argv[])
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	execv(argv[0], argv);
	_exit(127);
}

/*
 * The child's pid, or -1. Not posix_spawn: that waits until the child has become the program, and a
 * child that is stopped before it has would stop us too.
 */
static pid_t spawn(char *const argv[], struct error *err)
{
	sigset_t all;
	sigset_t before;
	pid_t pid;

	if (access(argv[0], X_OK))
		return error_set(err, ERR_INTERNAL, "cannot start %s: %s", argv[0],
		                 strerror(errno));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become(argv);
	if (pid < 0)
		error_set(err, ERR_LIMIT, "cannot start %s: %s", argv[0], strerror(errno));
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

struct process *process_start(struct processes *all, char *const argv[], const char *socket_path,
                              const struct process_tag *tag, struct error *err)
{
	struct process *p;
	pid_t pid = spawn(argv, err);
	int pidfd;

	if (pid < 0)
		return NULL;
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		error_set(err, ERR_LIMIT, "cannot watch a worker: %s", strerror(errno));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return NULL;
	}
	p = mem_new(sizeof *p);
	p->all = all;
	p->pid = pid;
	p->pidfd = pidfd;
	p->socket_path = mem_string(socket_path);
	p->tag = *tag;
	ev_io_init(&p->watch, on_ended, pidfd, EV_READ);
	p->watch.data = p;
	ev_io_start(all->loop, &p->watch);
	DL_APPEND(all->list, p);
	return p;
}

pid_t process_pid(const struct process *p)
{
	return p->pid;
}

void process_signal(struct process *p, int signal)
{
	if (pidfd_send_signal(p->pidfd, signal, NULL, 0) && errno != ESRCH)
		log_error("process", "cannot send signal %d to %d: %s", signal, (int)p->pid,
		          strerror(errno));
}

void process_kill(struct process *p, uint64_t killer)
{
	p->tag.killer = killer;
	process_signal(p, SIGKILL);
}
