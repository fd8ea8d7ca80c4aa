/* Owns every worker process until it is reaped. Invariant: one pidfd watcher for each. */
#include "controller/process.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
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

/* The signals that we handle or ignore start out as usual in the child. */
static int prepare(posix_spawnattr_t *attr, posix_spawn_file_actions_t *actions)
{
	sigset_t none;
	sigset_t all;

	sigemptyset(&none);
	sigfillset(&all);
	return posix_spawnattr_setsigmask(attr, &none) ||
	       posix_spawnattr_setsigdefault(attr, &all) ||
	       posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) ||
	       posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", 0, 0) ||
	       posix_spawn_file_actions_adddup2(actions, STDERR_FILENO, STDOUT_FILENO) ||
	       posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}

static int spawn(pid_t *pid, char *const argv[])
{
	posix_spawnattr_t attr;
	posix_spawn_file_actions_t actions;
	int rc;

	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_init(&actions);
	rc = prepare(&attr, &actions) ? ENOMEM
	                              : posix_spawn(pid, argv[0], &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return rc;
}

struct process *process_start(struct processes *all, char *const argv[], const char *socket_path,
                              const struct process_tag *tag, struct error *err)
{
	struct process *p;
	pid_t pid;
	int pidfd;
	int rc = spawn(&pid, argv);

	if (rc) {
		error_set(err, rc == EAGAIN || rc == ENOMEM ? ERR_LIMIT : ERR_INTERNAL,
		          "cannot start %s: %s", argv[0], strerror(rc));
		return NULL;
	}
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
