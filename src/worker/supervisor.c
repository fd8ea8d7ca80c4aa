/*
 * Owns the pidfd of dtreed and the orphan timer. Invariant: once one was followed, either its pidfd
 * is watched or the timer runs, until that has told.
 */
#include "worker/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"

/* A timer that is so late tells of a process that was stopped. */
#define LATE_MS 1000
/* How often the place of a dtreed is looked at that cannot be seen from here. */
#define LOOK_S 1.0
/* A holder of the place that ends while it is looked at is looked at again. */
#define LOOKS_MAX 100
/* If dtreed dies so soon after the end was asked for, it cannot carry the end out any more. It is
 * longer than an orderly end takes by default. */
#define ASKED_MS 10000

struct supervisor {
	struct ev_loop *loop; /* borrowed */
	int64_t orphan_timeout;
	supervisor_orphaned_fn *orphaned;
	void *arg; /* borrowed */
	int lives; /* borrowed; or -1 */
	int pidfd; /* -1: there is none */
	ev_io gone;
	ev_timer look; /* in its stead */
	ev_timer wait;
	int64_t since; /* clock_ms() when the wait began */
	int64_t asked; /* clock_ms() when the end was asked for; 0: it was not */
};

static void begin_wait(struct supervisor *s)
{
	s->since = clock_ms();
	ev_now_update(s->loop);
	ev_timer_set(&s->wait, (double)s->orphan_timeout / 1000.0, 0.0);
	ev_timer_start(s->loop, &s->wait);
}

static void let_go(struct supervisor *s)
{
	ev_timer_stop(s->loop, &s->wait);
	ev_timer_stop(s->loop, &s->look);
	ev_io_stop(s->loop, &s->gone);
	if (s->pidfd >= 0)
		close(s->pidfd);
	s->pidfd = -1;
}

static void lose(struct supervisor *s)
{
	let_go(s);
	if (s->asked && clock_ms() - s->asked < ASKED_MS) {
		s->orphaned(s->arg, 0);
		return;
	}
	log_debug("supervisor", "dtreed is gone; another has %lld ms",
	          (long long)s->orphan_timeout);
	begin_wait(s);
}

static void on_gone(struct ev_loop *loop, ev_io *gone, int revents)
{
	(void)loop;
	(void)revents;
	lose(gone->data);
}

/* Does somebody hold the place of dtreed? */
static bool place_is_held(const struct supervisor *s)
{
	pid_t holder;

	return lock_look(s->lives, DAEMON_PLACE, &holder) != LOCK_FREE;
}

static void on_look(struct ev_loop *loop, ev_timer *look, int revents)
{
	struct supervisor *s = look->data;

	(void)loop;
	(void)revents;
	if (!place_is_held(s))
		lose(s);
}

static void on_waited(struct ev_loop *loop, ev_timer *wait, int revents)
{
	struct supervisor *s = wait->data;
	int64_t waited = clock_ms() - s->since;

	(void)loop;
	(void)revents;
	/* Who was not awake cannot know who called meanwhile. */
	if (waited > s->orphan_timeout + LATE_MS)
		begin_wait(s);
	else
		s->orphaned(s->arg, waited);
}

struct supervisor *supervisor_new(struct ev_loop *loop, int64_t orphan_timeout, int lives,
                                  supervisor_orphaned_fn *orphaned, void *arg)
{
	struct supervisor *s = mem_new(sizeof *s);

	s->loop = loop;
	s->orphan_timeout = orphan_timeout;
	s->orphaned = orphaned;
	s->arg = arg;
	s->lives = lives;
	s->pidfd = -1;
	ev_init(&s->look, on_look);
	s->look.repeat = LOOK_S;
	s->look.data = s;
	ev_init(&s->gone, on_gone);
	s->gone.data = s;
	ev_init(&s->wait, on_waited);
	s->wait.data = s;
	return s;
}

void supervisor_free(struct supervisor *s)
{
	let_go(s);
	free(s);
}

/* A pidfd of whoever holds the place of dtreed; -1 with errno: 0 if he cannot be seen from here. */
static int open_holder(const struct supervisor *s)
{
	for (int i = 0; i < LOOKS_MAX; i++) {
		pid_t holder;
		enum lock_state state = lock_look(s->lives, DAEMON_PLACE, &holder);
		int pidfd;

		if (state == LOCK_UNKNOWN)
			return -1;
		errno = state == LOCK_FREE ? ESRCH : 0;
		if (!holder)
			return -1;
		pidfd = pidfd_open(holder, 0);
		if (pidfd < 0 && errno != ESRCH)
			return -1;
		if (pidfd >= 0 && lock_is_held_by(s->lives, DAEMON_PLACE, holder))
			return pidfd;
		if (pidfd >= 0)
			close(pidfd);
	}
	errno = ESRCH;
	return -1;
}

int supervisor_follow(struct supervisor *s, pid_t pid, struct error *err)
{
	let_go(s);
	s->since = s->asked = 0;
	s->pidfd = s->lives < 0 ? pidfd_open(pid, 0) : open_holder(s);
	if (s->pidfd < 0 && errno == 0) {
		ev_timer_again(s->loop, &s->look);
		return 0;
	}
	if (s->pidfd < 0) {
		error_set(err, ERR_INTERNAL, "cannot watch dtreed, process %d: %s", (int)pid,
		          strerror(errno));
		begin_wait(s);
		return -1;
	}
	ev_io_set(&s->gone, s->pidfd, EV_READ);
	ev_io_start(s->loop, &s->gone);
	return 0;
}

/* Its watcher may not have been called yet. */
static bool lives(const struct supervisor *s)
{
	struct pollfd ended = {.fd = s->pidfd, .events = POLLIN};

	if (ev_is_active(&s->look))
		return place_is_held(s);
	return s->pidfd >= 0 && poll(&ended, 1, 0) == 0;
}

void supervisor_asked(struct supervisor *s)
{
	s->asked = clock_ms();
	if (lives(s))
		return; /* on_gone() looks at the time */
	let_go(s);
	s->orphaned(s->arg, s->since ? clock_ms() - s->since : 0);
}
