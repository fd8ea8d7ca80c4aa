/* Owns every worker process until it has ended and its cause is known. Invariant: one pidfd watcher
 * for each. */
#include "controller/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_fact.h"
#include "base/mem.h"
#include "controller/process/cause.h"
#include "controller/process/fork_server.h"
#include "controller/process/lookup.h"
#include "controller/process/spawn.h"
#include "loop/timer.h"

/* A parent that does not reap in this time may never. */
#define REAPING_MS 1000

struct process {
	struct processes *all; /* borrowed */
	struct identity id;
	struct worker_file file;
	int pidfd;
	int start_barrier; /* or -1: it was let go */
	ev_io watch;
	struct timer
	    *reaping; /* it has ended; its parent has so long to reap it. NULL: it does not */
	struct process_tag tag;
	struct process *prev; /* utlist */
	struct process *next;
	char socket_path[];
};

struct processes {
	struct ev_loop *loop;   /* borrowed */
	struct worker_log *log; /* borrowed; or NULL */
	process_exit_fn *exited;
	void *arg; /* borrowed */
	struct process *list;
};

struct processes *processes_new(struct ev_loop *loop, struct worker_log *log,
                                process_exit_fn *exited, void *arg)
{
	struct processes *all = mem_new(sizeof *all);

	all->loop = loop;
	all->log = log;
	all->exited = exited;
	all->arg = arg;
	return all;
}

static void process_forget(struct process *p)
{
	ev_io_stop(p->all->loop, &p->watch);
	if (p->reaping)
		timer_stop(p->reaping);
	free(p->reaping);
	close(p->pidfd);
	mem_cleanup_close(&p->start_barrier);
	DL_DELETE(p->all->list, p);
	free(p);
}

static void process_release(struct process *p)
{
	unlink(p->socket_path);
	process_forget(p);
}

/* false: it lives at that time (clock_ms()). */
static bool process_wait_for(const struct process *p, int64_t until)
{
	struct pollfd ended = {.fd = p->pidfd, .events = POLLIN};
	siginfo_t info;
	int64_t left;
	int rc;

	do {
		left = until - clock_ms();
		rc = poll(&ended, 1, left > 0 ? (int)left : 0);
	} while (rc < 0 && errno == EINTR);
	if (rc > 0)
		spawn_reap(p->pidfd, &info);
	return rc > 0;
}

bool process_lives(const struct process *p)
{
	return poll(&(struct pollfd){.fd = p->pidfd, .events = POLLIN}, 1, 0) == 0;
}

bool processes_free(struct processes *all, int64_t limit_ms)
{
	int64_t until = clock_ms() + limit_ms;
	size_t left = 0;
	struct process *p;

	DL_FOREACH (all->list, p) {
		pidfd_send_signal(p->pidfd, SIGKILL, NULL, 0);
	}
	while (all->list) {
		if (!process_wait_for(all->list, until) && ++left)
			log_fact(LOG_LEVEL_ERROR, FACT_LEFT_BEHIND,
			         &(struct log_about){.has_node = true, .node = all->list->tag.node},
			         "end", "left behind: process %d of node %d does not end",
			         (int)all->list->id.pid, all->list->tag.node);
		process_release(all->list);
	}
	free(all);
	return !left;
}

void processes_leave(struct processes *all)
{
	while (all->list)
		process_forget(all->list);
	free(all);
}

static void tell_end(struct process *p, const siginfo_t *info)
{
	char cause[64];

	worker_log_read(p->all->log); /* its last words, while it has a name */
	spawn_describe(info, cause, sizeof cause);
	p->all->exited(p->all->arg, &p->tag, cause);
	process_release(p);
}

static void on_not_reaped(void *arg)
{
	struct process *p = arg;
	siginfo_t info = {.si_pid = 0};

	cause_look(p->pidfd, p->id.pid, &info);
	tell_end(p, &info);
}

/* It is not our child, or another process has to reap it: it is dead, and its parent reaps it
 * first. POLLIN stays from here on; POLLHUP is to come, which libev tells whatever it was asked
 * for. */
static void await_reaping(struct process *p)
{
	struct ev_loop *loop = p->all->loop;

	ev_io_stop(loop, &p->watch);
	ev_io_set(&p->watch, p->pidfd, EV_WRITE);
	ev_io_start(loop, &p->watch);
	p->reaping = mem_new(sizeof *p->reaping);
	timer_init(p->reaping, loop, on_not_reaped, p);
	timer_start(p->reaping, REAPING_MS);
}

static void process_on_ended(struct ev_loop *loop, ev_io *watch, int revents)
{
	struct process *p = watch->data;
	siginfo_t info;
	int rc = spawn_reap(p->pidfd, &info);

	(void)loop;
	(void)revents;
	if (rc == 0 && info.si_pid == 0)
		return;
	if (rc && cause_look(p->pidfd, p->id.pid, &info) == CAUSE_LATER && !p->reaping)
		await_reaping(p);
	else
		tell_end(p, &info);
}

static struct process *process_watch(struct processes *all, pid_t pid, int pidfd,
                                     const char *socket_path, const struct process_tag *tag)
{
	size_t path_size = strlen(socket_path) + 1;
	struct process *p = mem_new(sizeof *p + path_size);

	p->all = all;
	p->id = identity_of(pidfd, pid);
	p->pidfd = pidfd;
	p->start_barrier = -1;
	memcpy(p->socket_path, socket_path, path_size);
	p->tag = *tag;
	ev_io_init(&p->watch, process_on_ended, pidfd, EV_READ);
	p->watch.data = p;
	ev_io_start(all->loop, &p->watch);
	DL_APPEND(all->list, p);
	return p;
}

/* By the fork server where there is one and it can; else from the program. */
static pid_t process_make(const struct processes *all, struct fork_server *fork_server,
                          char *const argv[], int start_barrier, struct error *err)
{
	pid_t pid = fork_server ? fork_server_fork(fork_server, argv, start_barrier, err) : 0;
	cleanup_close int output = -1;

	if (pid)
		return pid;
	output = worker_log_speaker(all->log);
	if (output < 0)
		return error_set(err, ERR_LIMIT, "no socket for a worker: %s", strerror(errno));
	return spawn_program(argv, start_barrier, output, err);
}

struct process *process_start(struct processes *all, struct fork_server *fork_server,
                              char *const argv[], const char *socket_path,
                              const struct process_tag *tag, struct error *err)
{
	/* Before it is started: a file that takes its place meanwhile makes it an older one. */
	struct worker_file file = worker_file_at(argv[0]);
	struct process *p;
	int start_barrier[2];
	int pidfd;
	pid_t pid;

	if (pipe2(start_barrier, O_CLOEXEC)) {
		error_set(err, ERR_LIMIT, "no pipe for a worker: %s", strerror(errno));
		return NULL;
	}
	pid = process_make(all, fork_server, argv, start_barrier[0], err);
	close(start_barrier[0]);
	if (pid < 0) {
		close(start_barrier[1]);
		return NULL;
	}
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		error_set(err, ERR_LIMIT, "cannot watch a worker: %s", strerror(errno));
		close(start_barrier[1]);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return NULL;
	}
	p = process_watch(all, pid, pidfd, socket_path, tag);
	p->file = file;
	p->start_barrier = start_barrier[1];
	return p;
}

void process_let_go(struct process *p)
{
	if (p->start_barrier >= 0 && write(p->start_barrier, "g", 1) < 0)
		log_debug("process", "%d has ended before it could begin", (int)p->id.pid);
	mem_cleanup_close(&p->start_barrier);
	p->start_barrier = -1;
}

enum process_found process_find(struct processes *all, const struct process_record *record,
                                const char *socket_path, const struct process_tag *tag,
                                struct process **found, struct error *err)
{
	cleanup_close int pidfd = -1;
	pid_t pid = 0;
	enum process_found what = lookup_process(record, &pid, &pidfd, err);

	*found = NULL;
	if (what != PROCESS_LIVES && what != PROCESS_APART)
		return what;
	*found = process_watch(all, pid, pidfd, socket_path, tag);
	(*found)->file = worker_file_of(pid);
	pidfd = -1;
	return what;
}

void process_leave(struct process *p)
{
	process_forget(p);
}

const struct process_tag *processes_find(const struct processes *all, pid_t pid)
{
	const struct process *p;

	DL_FOREACH (all->list, p) {
		if (p->id.pid == pid)
			return &p->tag;
	}
	return NULL;
}

int process_node(const struct process *p)
{
	return p->tag.node;
}

pid_t process_pid(const struct process *p)
{
	return p->id.pid;
}

const struct identity *process_identity(const struct process *p)
{
	return &p->id;
}

const struct worker_file *process_file(const struct process *p)
{
	return &p->file;
}

int64_t process_age_ms(const struct process *p)
{
	struct timespec now;
	int64_t ticks = sysconf(_SC_CLK_TCK);

	if (!p->id.start)
		return 0;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 -
	       (int64_t)p->id.start * 1000 / ticks;
}

void process_depart(struct process *p, uint64_t departure, size_t place)
{
	p->tag.departure = departure;
	p->tag.place = place;
}

void process_signal(struct process *p, int signal)
{
	if (pidfd_send_signal(p->pidfd, signal, NULL, 0) && errno != ESRCH)
		log_error("process", "cannot send signal %d to %d: %s", signal, (int)p->id.pid,
		          strerror(errno));
}
