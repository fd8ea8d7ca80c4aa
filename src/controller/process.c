/* Owns every worker process until it is reaped. Invariant: one pidfd watcher for each. */
#include "controller/process.h"

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
#include "base/mem.h"
#include "base/parse.h"
#include "controller/nursery.h"
#include "controller/spawn.h"

struct process {
	struct processes *all; /* borrowed */
	pid_t pid;
	uint64_t start;
	int pidfd;
	int gate; /* or -1: it was let go */
	ev_io watch;
	char *socket_path;
	struct process_tag tag;
	struct process *prev; /* utlist */
	struct process *next;
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

static void forget(struct process *p)
{
	ev_io_stop(p->all->loop, &p->watch);
	close(p->pidfd);
	mem_cleanup_close(&p->gate);
	free(p->socket_path);
	DL_DELETE(p->all->list, p);
	free(p);
}

static void release(struct process *p)
{
	unlink(p->socket_path);
	forget(p);
}

/* false: it lives at that time (clock_ms()). */
static bool wait_for(const struct process *p, int64_t until)
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
	struct pollfd ended = {.fd = p->pidfd, .events = POLLIN};

	return poll(&ended, 1, 0) == 0;
}

void processes_free(struct processes *all, int64_t limit_ms)
{
	int64_t until = clock_ms() + limit_ms;
	struct process *p;

	DL_FOREACH (all->list, p) {
		pidfd_send_signal(p->pidfd, SIGKILL, NULL, 0);
	}
	while (all->list) {
		if (!wait_for(all->list, until))
			log_error("end", "left behind: process %d of node %d does not end",
			          (int)all->list->pid, all->list->tag.node);
		release(all->list);
	}
	free(all);
}

void processes_leave(struct processes *all)
{
	while (all->list)
		forget(all->list);
	free(all);
}

static void on_ended(struct ev_loop *loop, ev_io *watch, int revents)
{
	struct process *p = watch->data;
	siginfo_t info;
	char cause[64];

	(void)loop;
	(void)revents;
	if (spawn_reap(p->pidfd, &info) == 0 && info.si_pid == 0)
		return;
	worker_log_read(p->all->log); /* its last words, while it has a name */
	spawn_describe(&info, cause, sizeof cause);
	p->all->exited(p->all->arg, &p->tag, cause);
	release(p);
}

static struct process *watch(struct processes *all, pid_t pid, int pidfd, const char *socket_path,
                             const struct process_tag *tag)
{
	struct process *p = mem_new(sizeof *p);

	p->all = all;
	p->pid = pid;
	p->pidfd = pidfd;
	p->gate = -1;
	p->socket_path = mem_string(socket_path);
	p->tag = *tag;
	ev_io_init(&p->watch, on_ended, pidfd, EV_READ);
	p->watch.data = p;
	ev_io_start(all->loop, &p->watch);
	DL_APPEND(all->list, p);
	return p;
}

/* The fields of /proc/PID/stat, from the third on: the second may hold anything but is followed by
 * the last ')' (proc_pid_stat(5)). -1: there is no such process, or it has ended already. */
static int look_up(pid_t pid, uint64_t *start)
{
	cleanup_free char *path = mem_format("/proc/%d/stat", (int)pid);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[1024];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	int64_t ticks;
	char *at;

	if (n <= 0)
		return -1;
	text[n] = '\0';
	at = strrchr(text, ')');
	if (!at || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X')
		return -1;
	at += 2;
	for (int field = 3; field < 22; field++) {
		at = strchr(at, ' ');
		if (!at++)
			return -1;
	}
	if (parse_int64(at, strspn(at, "0123456789"), &ticks))
		return -1;
	*start = (uint64_t)ticks;
	return 0;
}

/* By the fork server where there is one and it can; else from the program. */
static pid_t make(const struct processes *all, struct nursery *nursery, char *const argv[],
                  int gate, struct error *err)
{
	pid_t pid = nursery ? nursery_fork(nursery, argv, gate, err) : 0;
	cleanup_close int output = -1;

	if (pid)
		return pid;
	output = worker_log_speaker(all->log);
	if (output < 0)
		return error_set(err, ERR_LIMIT, "no socket for a worker: %s", strerror(errno));
	return spawn_program(argv, gate, output, err);
}

struct process *process_start(struct processes *all, struct nursery *nursery, char *const argv[],
                              const char *socket_path, const struct process_tag *tag,
                              struct error *err)
{
	struct process *p;
	int gate[2];
	int pidfd;
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC)) {
		error_set(err, ERR_LIMIT, "no pipe for a worker: %s", strerror(errno));
		return NULL;
	}
	pid = make(all, nursery, argv, gate[0], err);
	close(gate[0]);
	if (pid < 0) {
		close(gate[1]);
		return NULL;
	}
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) {
		error_set(err, ERR_LIMIT, "cannot watch a worker: %s", strerror(errno));
		close(gate[1]);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return NULL;
	}
	p = watch(all, pid, pidfd, socket_path, tag);
	p->gate = gate[1];
	/* One that has ended already has no start time, and needs none. */
	if (look_up(pid, &p->start))
		p->start = 0;
	return p;
}

void process_let_go(struct process *p)
{
	if (p->gate >= 0 && write(p->gate, "g", 1) < 0)
		log_debug("process", "%d has ended before it could begin", (int)p->pid);
	mem_cleanup_close(&p->gate);
	p->gate = -1;
}

struct process *process_adopt(struct processes *all, pid_t pid, uint64_t start,
                              const char *socket_path, const struct process_tag *tag,
                              struct error *err)
{
	struct process *p;
	uint64_t found;
	int pidfd = pidfd_open(pid, 0);

	*err = (struct error){0};
	if (pidfd < 0) {
		if (errno != ESRCH && errno != EINVAL)
			error_set(err, ERR_LIMIT, "cannot watch process %d: %s", (int)pid,
			          strerror(errno));
		return NULL;
	}
	/* Looked at with the descriptor in hand: it is that process, or none, for good. */
	if (look_up(pid, &found) || found != start) {
		close(pidfd);
		return NULL;
	}
	p = watch(all, pid, pidfd, socket_path, tag);
	p->start = start;
	return p;
}

const struct process_tag *processes_find(const struct processes *all, pid_t pid)
{
	const struct process *p;

	DL_FOREACH (all->list, p) {
		if (p->pid == pid)
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
	return p->pid;
}

uint64_t process_start_time(const struct process *p)
{
	return p->start;
}

int64_t process_age_ms(const struct process *p)
{
	struct timespec now;
	int64_t ticks = sysconf(_SC_CLK_TCK);

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 -
	       (int64_t)p->start * 1000 / ticks;
}

void process_depart(struct process *p, uint64_t departure, size_t place)
{
	p->tag.departure = departure;
	p->tag.place = place;
}

void process_signal(struct process *p, int signal)
{
	if (pidfd_send_signal(p->pidfd, signal, NULL, 0) && errno != ESRCH)
		log_error("process", "cannot send signal %d to %d: %s", signal, (int)p->pid,
		          strerror(errno));
}
