/*
 * Owns a process, its pidfd, and our ends of its streams. Invariant: the watcher of a stream runs
 * only while its descriptor is open.
 */
#include "program/subprocess.h"

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
#include "program/error_reader.h"
#include "program/feed.h"
#include "program/gather.h"
#include "program/place.h"
#include "program/spawn.h"
#include "program/streams.h"

/* Between the end of standard input and SIGTERM. */
#define TERM_AFTER_MS 200

struct subprocess {
	struct ev_loop *loop; /* borrowed */
	const struct program_spec *spec;
	const struct subprocess_handlers *handlers;
	void *arg;
	pid_t pid;
	int pidfd; /* or -1: it was reaped */
	struct feed feed;
	int output; /* or -1: closed */
	struct error_reader error;
	ev_io ended;
	ev_io readable;       /* its output */
	struct gather gather; /* the same */
	bool paused;
	struct timer stop;
	bool stopping;
	bool asked;      /* SIGTERM was sent */
	int64_t kill_at; /* clock_ms() */
	struct place place;
};

static void close_stream(struct subprocess *p, int *fd, ev_io *watcher)
{
	if (*fd < 0)
		return;
	ev_io_stop(p->loop, watcher);
	close(*fd);
	*fd = -1;
}

static void close_output(struct subprocess *p)
{
	gather_close(&p->gather);
	close_stream(p, &p->output, &p->readable);
}

static int read_output(struct subprocess *p)
{
	const char *bytes;
	size_t n;
	int rc = streams_read(p->output, &bytes, &n);

	if (rc > 0)
		p->handlers->output(p->arg, bytes, n);
	if (rc < 0) {
		close_output(p);
		p->handlers->output(p->arg, NULL, 0);
	}
	return rc;
}

/* What was said before an answer is kept before that. */
static void read_both(struct subprocess *p)
{
	error_reader_read(&p->error);
	read_output(p);
}

static void subprocess_on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	read_both(w->data);
}

static void subprocess_on_gathered(void *arg)
{
	struct subprocess *p = arg;

	ev_io_start(p->loop, &p->readable);
	read_both(p);
}

static void subprocess_on_taken(void *arg)
{
	const struct subprocess *p = arg;

	if (p->handlers->taken)
		p->handlers->taken(p->arg);
}

/* With all that it has started and that can be found. Its number is its own until it is reaped, and
 * so is that of its group. */
static void subprocess_kill(const struct subprocess *p)
{
	kill(-p->pid, SIGKILL);
	place_kill(&p->place);
}

/* After subprocess_kill(). */
static bool subprocess_reap(struct subprocess *p, siginfo_t *info, struct rusage *used)
{
	long rc;

	memset(info, 0, sizeof *info);
	do
		/* waitid() of the C library has no place for what it used. */
		rc = syscall(SYS_waitid, P_PIDFD, p->pidfd, info, WEXITED, used);
	while (rc && errno == EINTR);
	close_stream(p, &p->pidfd, &p->ended);
	place_leave(&p->place);
	return rc == 0;
}

static void subprocess_on_ended(struct ev_loop *loop, ev_io *w, int revents)
{
	struct subprocess *p = w->data;
	struct subprocess_end end = {.status = -1, .cause = "unknown"};
	struct rusage used;
	siginfo_t info;

	(void)loop;
	(void)revents;
	subprocess_kill(p);
	for (int i = 0; i < STREAMS_DRAIN && p->output >= 0 && read_output(p) > 0; i++)
		;
	error_reader_end(&p->error);
	timer_stop(&p->stop);
	feed_close(&p->feed);
	close_output(p);
	if (subprocess_reap(p, &info, &used))
		end = subprocess_end_of(&info, &used);
	p->handlers->ended(p->arg, &end);
}

static void subprocess_on_stop(void *arg)
{
	struct subprocess *p = arg;

	if (p->pidfd < 0)
		return;
	if (p->asked) {
		subprocess_kill(p);
		return;
	}
	p->asked = true;
	kill(-p->pid, SIGTERM);
	timer_start(&p->stop, p->kill_at - clock_ms());
}

static void subprocess_watch(struct subprocess *p, ev_io *w,
                             void (*on)(struct ev_loop *, ev_io *, int), int fd, int events)
{
	ev_io_init(w, on, fd, events);
	w->data = p;
}

static void subprocess_begin(struct subprocess *p)
{
	subprocess_watch(p, &p->ended, subprocess_on_ended, p->pidfd, EV_READ);
	subprocess_watch(p, &p->readable, subprocess_on_readable, p->output, EV_READ);
	gather_init(&p->gather, p->loop, subprocess_on_gathered, p);
	ev_io_start(p->loop, &p->ended);
	ev_io_start(p->loop, &p->readable);
	timer_init(&p->stop, p->loop, subprocess_on_stop, p);
}

static pid_t subprocess_launch(const struct program_spec *spec, const struct program_node *node,
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

struct subprocess *subprocess_start(struct ev_loop *loop, const struct program_spec *spec,
                                    const struct program_node *node, char *const *argv,
                                    const struct subprocess_handlers *handlers, void *arg,
                                    struct error *err)
{
	struct streams streams;
	struct place place = {0};
	struct subprocess *p;
	pid_t pid;
	int pidfd;

	if (streams_open(&streams, spec->terminal_output)) {
		error_set(err, ERR_LIMIT, "cannot make the streams of %s: %s", argv[0],
		          strerror(errno));
		return NULL;
	}
	pid = -1;
	if (place_make(&place, spec, node, err) == 0)
		pid = subprocess_launch(spec, node, argv, &streams, &place, err);
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
	p = mem_new(sizeof *p);
	p->loop = loop;
	p->spec = spec;
	p->handlers = handlers;
	p->arg = arg;
	p->pid = pid;
	p->pidfd = pidfd;
	p->place = place;
	feed_init(&p->feed, loop, streams.ours[STDIN_FILENO], subprocess_on_taken, p);
	p->output = streams.ours[STDOUT_FILENO];
	error_reader_begin(&p->error, loop, streams.ours[STDERR_FILENO], node->ring, spec->name,
	                   pid);
	subprocess_begin(p);
	return p;
}

void subprocess_free(struct subprocess *p)
{
	struct rusage used;
	siginfo_t info;

	if (!p)
		return;
	timer_stop(&p->stop);
	feed_close(&p->feed);
	close_output(p);
	if (p->pidfd >= 0) {
		subprocess_kill(p);
		subprocess_reap(p, &info, &used);
	}
	error_reader_free(&p->error);
	free(p);
}

pid_t subprocess_pid(const struct subprocess *p)
{
	return p->pid;
}

char *subprocess_last_word(const struct subprocess *p)
{
	return error_log_last(&p->error.log);
}

void subprocess_say(struct subprocess *p, enum log_level level, const char *text, size_t n)
{
	error_log_say(&p->error.log, level, text, n);
}

void subprocess_write(struct subprocess *p, const char *bytes, size_t n)
{
	feed_write(&p->feed, bytes, n);
}

size_t subprocess_unsent(const struct subprocess *p)
{
	return buffer_size(&p->feed.unsent);
}

bool subprocess_input_closed(const struct subprocess *p)
{
	return p->feed.fd < 0;
}

void subprocess_close_input(struct subprocess *p)
{
	feed_end(&p->feed);
}

void subprocess_pause(struct subprocess *p, bool pause)
{
	p->paused = pause;
	if (p->output < 0)
		return;
	gather_stop(&p->gather);
	if (pause)
		ev_io_stop(p->loop, &p->readable);
	else
		ev_io_start(p->loop, &p->readable);
}

void subprocess_gather(struct subprocess *p, bool few)
{
	if (p->output >= 0 && !p->paused && gather_begin(&p->gather, few))
		ev_io_stop(p->loop, &p->readable);
}

void subprocess_stop(struct subprocess *p, bool now)
{
	int64_t first = TERM_AFTER_MS;

	if (p->pidfd < 0 || (p->stopping && !now))
		return;
	if (!p->stopping)
		p->kill_at = clock_ms() + p->spec->stop_grace_ms;
	p->stopping = true;
	feed_close(&p->feed);
	if (p->asked)
		return;
	if (first > p->spec->stop_grace_ms / 2)
		first = p->spec->stop_grace_ms / 2;
	timer_start(&p->stop, now ? 0 : first);
}
