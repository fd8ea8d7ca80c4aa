/*
 * Owns a process, its pidfd, and our ends of its streams. Invariant: the watcher of a stream runs
 * only while its descriptor is open.
 */
#include "program/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/timer.h"
#include "program/error_log.h"
#include "program/feed.h"
#include "program/gather.h"
#include "program/place.h"
#include "program/spawn.h"
#include "program/streams.h"

/* Bytes read of a stream in a turn of the loop. */
#define READ_MAX ((size_t)64 * 1024)
/* Standard error is read no sooner than so long after it was read last: what comes meanwhile waits
 * in the pipe, so that many small lines, or a flood, cost few turns of the loop. */
#define COMPLAINT_REST_MS 5
/* Between the end of standard input and SIGTERM. */
#define TERM_AFTER_MS 200
/* At its end: what it wrote is in pipes, which hold no more than this together. */
#define DRAIN_READS 64

/* What was read last, of any child: no handler reads. Not on the stack, where each page of it would
 * be touched by each call (-fstack-clash-protection) and stay in memory. */
static char read_bytes[READ_MAX];

struct child {
	struct ev_loop *loop; /* borrowed */
	const struct program_spec *spec;
	const struct child_handlers *handlers;
	void *arg;
	pid_t pid;
	int pidfd; /* or -1: it was reaped */
	struct feed feed;
	int output; /* or -1: closed; the same */
	int error;
	ev_io ended;
	ev_io readable;
	ev_io complains;
	struct timer rest;    /* before standard error is read again */
	struct gather gather; /* its output */
	bool paused;
	struct timer stop;
	bool stopping;
	bool asked;      /* SIGTERM was sent */
	int64_t kill_at; /* clock_ms() */
	struct error_log log;
	struct place place;
};

static void close_stream(struct child *c, int *fd, ev_io *watcher)
{
	if (*fd < 0)
		return;
	ev_io_stop(c->loop, watcher);
	close(*fd);
	*fd = -1;
}

static void close_output(struct child *c)
{
	gather_close(&c->gather);
	close_stream(c, &c->output, &c->readable);
}

/* 1: something was read; 0: there is nothing now; -1: there will be nothing more. */
static int child_read(int fd, char *bytes, size_t size, size_t *n)
{
	ssize_t got;

	do
		got = read(fd, bytes, size);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		return 0;
	/* A terminal without a program at its other end says EIO. */
	if (got <= 0)
		return -1;
	*n = (size_t)got;
	return 1;
}

static int read_output(struct child *c)
{
	size_t n = 0;
	int rc = child_read(c->output, read_bytes, sizeof read_bytes, &n);

	if (rc > 0)
		c->handlers->output(c->arg, read_bytes, n);
	if (rc < 0) {
		close_output(c);
		c->handlers->output(c->arg, NULL, 0);
	}
	return rc;
}

static int read_error(struct child *c)
{
	size_t n = 0;
	int rc = child_read(c->error, read_bytes, sizeof read_bytes, &n);

	if (rc > 0)
		error_log_take(&c->log, read_bytes, n);
	if (rc < 0)
		close_stream(c, &c->error, &c->complains);
	return rc;
}

/* What was said before an answer is kept before that. */
static void read_both(struct child *c)
{
	if (c->error >= 0)
		read_error(c);
	read_output(c);
}

static void child_on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	read_both(w->data);
}

static void child_on_gathered(void *arg)
{
	struct child *c = arg;

	ev_io_start(c->loop, &c->readable);
	read_both(c);
}

static void child_on_complaint(struct ev_loop *loop, ev_io *w, int revents)
{
	struct child *c = w->data;

	(void)revents;
	if (read_error(c) < 0)
		return;
	ev_io_stop(loop, w);
	timer_start(&c->rest, COMPLAINT_REST_MS);
}

static void child_on_rested(void *arg)
{
	struct child *c = arg;

	/* It may have been closed while an answer was read. */
	if (c->error >= 0)
		ev_io_start(c->loop, &c->complains);
}

static void child_on_taken(void *arg)
{
	const struct child *c = arg;

	if (c->handlers->taken)
		c->handlers->taken(c->arg);
}

/* With all that it has started and that can be found. Its number is its own until it is reaped, and
 * so is that of its group. */
static void child_kill(const struct child *c)
{
	kill(-c->pid, SIGKILL);
	place_kill(&c->place);
}

/* After child_kill(). */
static bool child_reap(struct child *c, siginfo_t *info, struct rusage *used)
{
	long rc;

	memset(info, 0, sizeof *info);
	do
		/* waitid() of the C library has no place for what it used. */
		rc = syscall(SYS_waitid, P_PIDFD, c->pidfd, info, WEXITED, used);
	while (rc && errno == EINTR);
	close_stream(c, &c->pidfd, &c->ended);
	place_leave(&c->place);
	return rc == 0;
}

static void child_on_ended(struct ev_loop *loop, ev_io *w, int revents)
{
	struct child *c = w->data;
	struct child_end end = {.status = -1, .cause = "unknown"};
	struct rusage used;
	siginfo_t info;

	(void)loop;
	(void)revents;
	child_kill(c);
	for (int i = 0; i < DRAIN_READS && c->output >= 0 && read_output(c) > 0; i++)
		;
	for (int i = 0; i < DRAIN_READS && c->error >= 0 && read_error(c) > 0; i++)
		;
	error_log_end(&c->log);
	timer_stop(&c->rest);
	timer_stop(&c->stop);
	feed_close(&c->feed);
	close_output(c);
	close_stream(c, &c->error, &c->complains);
	if (child_reap(c, &info, &used))
		end = child_end_of(&info, &used);
	c->handlers->ended(c->arg, &end);
}

static void child_on_stop(void *arg)
{
	struct child *c = arg;

	if (c->pidfd < 0)
		return;
	if (c->asked) {
		child_kill(c);
		return;
	}
	c->asked = true;
	kill(-c->pid, SIGTERM);
	timer_start(&c->stop, c->kill_at - clock_ms());
}

static void child_watch(struct child *c, ev_io *w, void (*on)(struct ev_loop *, ev_io *, int),
                        int fd, int events)
{
	ev_io_init(w, on, fd, events);
	w->data = c;
}

static void child_begin(struct child *c)
{
	child_watch(c, &c->ended, child_on_ended, c->pidfd, EV_READ);
	child_watch(c, &c->readable, child_on_readable, c->output, EV_READ);
	child_watch(c, &c->complains, child_on_complaint, c->error, EV_READ);
	gather_init(&c->gather, c->loop, child_on_gathered, c);
	ev_io_start(c->loop, &c->ended);
	ev_io_start(c->loop, &c->readable);
	/* Requests come first. */
	ev_set_priority(&c->complains, EV_MINPRI);
	ev_io_start(c->loop, &c->complains);
	timer_init(&c->rest, c->loop, child_on_rested, c);
	timer_init(&c->stop, c->loop, child_on_stop, c);
}

static pid_t child_launch(const struct program_spec *spec, const struct program_node *node,
                          char *const *argv, const struct streams *streams,
                          const struct place *place, struct error *err)
{
	struct environment environment;
	cleanup_close int door = place_door(place);
	struct spawn_plan plan = {.spec = spec,
	                          .home = node->state_dir,
	                          .argv = argv,
	                          .input = streams->theirs[STDIN_FILENO],
	                          .output = streams->theirs[STDOUT_FILENO],
	                          .error = streams->theirs[STDERR_FILENO],
	                          .door = door,
	                          .terminal = spec->terminal_output};
	pid_t pid = -1;

	if (environment_make(&environment, spec, node, place->credentials, err) == 0) {
		plan.environment = environment.items;
		pid = spawn_start(&plan, err);
	}
	environment_free(&environment);
	return pid;
}

struct child *child_start(struct ev_loop *loop, const struct program_spec *spec,
                          const struct program_node *node, char *const *argv,
                          const struct child_handlers *handlers, void *arg, struct error *err)
{
	struct streams streams;
	struct place place = {0};
	struct child *c;
	pid_t pid;
	int pidfd;

	if (streams_open(&streams, spec->terminal_output)) {
		error_set(err, ERR_LIMIT, "cannot make the streams of %s: %s", argv[0],
		          strerror(errno));
		return NULL;
	}
	pid = -1;
	if (place_make(&place, spec, node, err) == 0)
		pid = child_launch(spec, node, argv, &streams, &place, err);
	pidfd = pid < 0 ? -1 : pidfd_open(pid, 0);
	if (pidfd < 0) {
		if (pid > 0) {
			error_set(err, ERR_LIMIT, "cannot watch %s: %s", argv[0], strerror(errno));
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		streams_close(&streams);
		place_leave(&place);
		return NULL;
	}
	streams_close_theirs(&streams);
	c = mem_new(sizeof *c);
	c->loop = loop;
	c->spec = spec;
	c->handlers = handlers;
	c->arg = arg;
	c->pid = pid;
	c->pidfd = pidfd;
	c->place = place;
	feed_init(&c->feed, loop, streams.ours[STDIN_FILENO], child_on_taken, c);
	c->output = streams.ours[STDOUT_FILENO];
	c->error = streams.ours[STDERR_FILENO];
	error_log_begin(&c->log, node->ring, spec->name, pid);
	child_begin(c);
	return c;
}

void child_free(struct child *c)
{
	struct rusage used;
	siginfo_t info;

	if (!c)
		return;
	timer_stop(&c->rest);
	timer_stop(&c->stop);
	feed_close(&c->feed);
	close_output(c);
	close_stream(c, &c->error, &c->complains);
	if (c->pidfd >= 0) {
		child_kill(c);
		child_reap(c, &info, &used);
	}
	error_log_free(&c->log);
	free(c);
}

pid_t child_pid(const struct child *c)
{
	return c->pid;
}

char *child_last_word(const struct child *c)
{
	return error_log_last(&c->log);
}

void child_say(struct child *c, enum log_level level, const char *text, size_t n)
{
	error_log_say(&c->log, level, text, n);
}

void child_write(struct child *c, const char *bytes, size_t n)
{
	feed_write(&c->feed, bytes, n);
}

size_t child_unsent(const struct child *c)
{
	return buffer_size(&c->feed.unsent);
}

bool child_input_closed(const struct child *c)
{
	return c->feed.fd < 0;
}

void child_close_input(struct child *c)
{
	feed_end(&c->feed);
}

void child_pause(struct child *c, bool pause)
{
	c->paused = pause;
	if (c->output < 0)
		return;
	gather_stop(&c->gather);
	if (pause)
		ev_io_stop(c->loop, &c->readable);
	else
		ev_io_start(c->loop, &c->readable);
}

void child_gather(struct child *c, bool few)
{
	if (c->output >= 0 && !c->paused && gather_begin(&c->gather, few))
		ev_io_stop(c->loop, &c->readable);
}

void child_stop(struct child *c, bool now)
{
	int64_t first = TERM_AFTER_MS;

	if (c->pidfd < 0 || (c->stopping && !now))
		return;
	if (!c->stopping)
		c->kill_at = clock_ms() + c->spec->stop_grace_ms;
	c->stopping = true;
	feed_close(&c->feed);
	if (c->asked)
		return;
	if (first > c->spec->stop_grace_ms / 2)
		first = c->spec->stop_grace_ms / 2;
	timer_start(&c->stop, now ? 0 : first);
}
