/*
 * Owns the pidfd of dtreed and the orphan timer. Invariant: after daemon_watch_follow() either the
 * pidfd or the place is watched, or the timer runs, until `orphaned` was called.
 */
#include "worker/daemon_watch.h"

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

/* A timer that is this late means that this process was stopped. */
#define LATE_MS 1000
/* How often the place is checked of a dtreed whose process cannot be seen from here. */
#define LOOK_S 1.0
/* Attempts to open the holder of the place, which may end meanwhile. */
#define LOOKS_MAX 100
/* If dtreed dies this soon after the end was requested, it can no longer carry the end out. An
 * orderly end takes less by default. */
#define ASKED_MS 10000

struct daemon_watch {
	struct ev_loop *loop; /* borrowed */
	int64_t orphan_timeout;
	daemon_watch_orphaned_fn *orphaned;
	void *arg; /* borrowed */
	int lives; /* borrowed; or -1 */
	int pidfd; /* -1: there is none */
	ev_io gone;
	ev_timer look; /* without a pidfd: checks the place */
	ev_timer wait;
	int64_t since; /* clock_ms() when the wait began */
	int64_t asked; /* clock_ms() when the end was requested; 0: it was not */
};

static void begin_wait(struct daemon_watch *w)
{
	w->since = clock_ms();
	ev_now_update(w->loop);
	ev_timer_set(&w->wait, (double)w->orphan_timeout / 1000.0, 0.0);
	ev_timer_start(w->loop, &w->wait);
}

static void daemon_watch_let_go(struct daemon_watch *w)
{
	ev_timer_stop(w->loop, &w->wait);
	ev_timer_stop(w->loop, &w->look);
	ev_io_stop(w->loop, &w->gone);
	if (w->pidfd >= 0)
		close(w->pidfd);
	w->pidfd = -1;
}

static void daemon_watch_lose(struct daemon_watch *w)
{
	daemon_watch_let_go(w);
	if (w->asked && clock_ms() - w->asked < ASKED_MS) {
		w->orphaned(w->arg, 0);
		return;
	}
	log_debug("supervisor", "dtreed is gone; another has %lld ms",
	          (long long)w->orphan_timeout);
	begin_wait(w);
}

static void daemon_watch_on_gone(struct ev_loop *loop, ev_io *gone, int revents)
{
	(void)loop;
	(void)revents;
	daemon_watch_lose(gone->data);
}

/* Does a process hold the place of dtreed? */
static bool place_is_held(const struct daemon_watch *w)
{
	pid_t holder;

	return lock_look(w->lives, DAEMON_PLACE, &holder) != LOCK_FREE;
}

static void daemon_watch_on_look(struct ev_loop *loop, ev_timer *look, int revents)
{
	struct daemon_watch *w = look->data;

	(void)loop;
	(void)revents;
	if (!place_is_held(w))
		daemon_watch_lose(w);
}

static void on_waited(struct ev_loop *loop, ev_timer *wait, int revents)
{
	struct daemon_watch *w = wait->data;
	int64_t waited = clock_ms() - w->since;

	(void)loop;
	(void)revents;
	/* A process that was stopped may have missed a new dtreed. */
	if (waited > w->orphan_timeout + LATE_MS)
		begin_wait(w);
	else
		w->orphaned(w->arg, waited);
}

struct daemon_watch *daemon_watch_new(struct ev_loop *loop, int64_t orphan_timeout, int lives,
                                      daemon_watch_orphaned_fn *orphaned, void *arg)
{
	struct daemon_watch *w = mem_new(sizeof *w);

	w->loop = loop;
	w->orphan_timeout = orphan_timeout;
	w->orphaned = orphaned;
	w->arg = arg;
	w->lives = lives;
	w->pidfd = -1;
	ev_init(&w->look, daemon_watch_on_look);
	w->look.repeat = LOOK_S;
	w->look.data = w;
	ev_init(&w->gone, daemon_watch_on_gone);
	w->gone.data = w;
	ev_init(&w->wait, on_waited);
	w->wait.data = w;
	return w;
}

void daemon_watch_free(struct daemon_watch *w)
{
	daemon_watch_let_go(w);
	free(w);
}

/* A pidfd of the process that holds the place of dtreed; -1 with errno: 0 if it cannot be seen from
 * here. */
static int open_holder(const struct daemon_watch *w)
{
	for (int i = 0; i < LOOKS_MAX; i++) {
		pid_t holder;
		enum lock_state state = lock_look(w->lives, DAEMON_PLACE, &holder);
		int pidfd;

		if (state == LOCK_UNKNOWN)
			return -1;
		errno = state == LOCK_FREE ? ESRCH : 0;
		if (!holder)
			return -1;
		pidfd = pidfd_open(holder, 0);
		if (pidfd < 0 && errno != ESRCH)
			return -1;
		if (pidfd >= 0 && lock_is_held_by(w->lives, DAEMON_PLACE, holder))
			return pidfd;
		if (pidfd >= 0)
			close(pidfd);
	}
	errno = ESRCH;
	return -1;
}

int daemon_watch_follow(struct daemon_watch *w, pid_t pid, struct error *err)
{
	daemon_watch_let_go(w);
	w->since = w->asked = 0;
	w->pidfd = w->lives < 0 ? pidfd_open(pid, 0) : open_holder(w);
	if (w->pidfd < 0 && errno == 0) {
		ev_timer_again(w->loop, &w->look);
		return 0;
	}
	if (w->pidfd < 0) {
		error_set(err, ERR_INTERNAL, "cannot watch dtreed, process %d: %s", (int)pid,
		          strerror(errno));
		begin_wait(w);
		return -1;
	}
	ev_io_set(&w->gone, w->pidfd, EV_READ);
	ev_io_start(w->loop, &w->gone);
	return 0;
}

/* Asks the kernel, as the watcher may not have been called yet. */
static bool lives(const struct daemon_watch *w)
{
	struct pollfd ended = {.fd = w->pidfd, .events = POLLIN};

	if (ev_is_active(&w->look))
		return place_is_held(w);
	return w->pidfd >= 0 && poll(&ended, 1, 0) == 0;
}

void daemon_watch_asked(struct daemon_watch *w)
{
	w->asked = clock_ms();
	if (lives(w))
		return; /* daemon_watch_on_gone() looks at the time */
	daemon_watch_let_go(w);
	w->orphaned(w->arg, w->since ? clock_ms() - w->since : 0);
}
