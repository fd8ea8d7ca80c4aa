/* Owns the watch for SIGCHLD. Invariant: as long as an awaited child that has ended hides others,
 * the timer runs. */
#include "controller/process/reaper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child_wait.h"
#include "base/clock.h"
#include "base/descendants.h"
#include "base/log.h"
#include "base/mem.h"
#include "loop/timer.h"

/* An awaited child is reaped in the turn of the loop that sees its end. */
#define AGAIN_MS 20
/* Reaped in a turn of the loop. */
#define TURN_MAX 256
/* Between two looks at all children, however many end meanwhile. */
#define STRAYS_MS 20

struct reaper {
	struct ev_loop *loop; /* borrowed */
	reaper_awaited_fn *awaited;
	void *arg; /* borrowed */
	ev_signal child;
	struct timer again;
	struct timer strays;
};

/* The first child that has ended; it stays as it is. 0: there is none. */
static pid_t reaper_first_ended(void)
{
	siginfo_t info;
	int rc;

	memset(&info, 0, sizeof info);
	do
		rc = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL);
	while (rc && errno == EINTR);
	return rc ? 0 : info.si_pid;
}

/* Does other code wait for this child? */
static bool reaper_spares(const struct reaper *r, pid_t pid)
{
	return r->awaited(r->arg, pid) || child_wait_has(pid);
}

static void reaper_reap(void *arg)
{
	struct reaper *r = arg;

	for (int i = 0; i < TURN_MAX; i++) {
		pid_t pid = reaper_first_ended();

		if (!pid)
			return;
		if (reaper_spares(r, pid))
			break;
		waitpid(pid, NULL, WNOHANG | __WALL);
		log_debug("reaper", "process %d, not started here, has ended", (int)pid);
	}
	timer_start(&r->again, AGAIN_MS);
}

/* What it has started comes here with its end, which is a SIGCHLD. */
static void reaper_visit(void *arg, pid_t pid)
{
	struct reaper *r = arg;

	if (!descendants_marked(pid, getpid()) || reaper_spares(r, pid))
		return;
	log_debug("reaper", "process %d is left of a program whose node has died: it is killed",
	          (int)pid);
	descendants_kill(pid);
}

static void reaper_end_strays(void *arg)
{
	descendants_visit(reaper_visit, arg);
}

static void reaper_on_child(struct ev_loop *loop, ev_signal *child, int revents)
{
	struct reaper *r = child->data;

	(void)loop;
	(void)revents;
	timer_stop(&r->again);
	reaper_reap(r);
	if (!timer_runs(&r->strays))
		timer_start(&r->strays, STRAYS_MS);
}

struct reaper *reaper_new(struct ev_loop *loop, reaper_awaited_fn *awaited, void *arg)
{
	struct reaper *r = mem_new(sizeof *r);

	r->loop = loop;
	r->awaited = awaited;
	r->arg = arg;
	ev_signal_init(&r->child, reaper_on_child, SIGCHLD);
	r->child.data = r;
	ev_signal_start(loop, &r->child);
	/* For those that had ended before. */
	timer_init(&r->again, loop, reaper_reap, r);
	timer_start(&r->again, 0);
	timer_init(&r->strays, loop, reaper_end_strays, r);
	descendants_adopt();
	return r;
}

struct reaper_end {
	struct reaper *reaper;
	int64_t until; /* clock_ms() */
	bool found;
};

static void reaper_end_visit(void *arg, pid_t pid)
{
	struct reaper_end *end = arg;
	struct pollfd ended = {.events = POLLIN};
	int64_t left = end->until - clock_ms();

	if (left <= 0 || !descendants_marked(pid, getpid()) || reaper_spares(end->reaper, pid))
		return;
	ended.fd = pidfd_open(pid, 0);
	if (ended.fd < 0)
		return;
	descendants_kill(pid);
	poll(&ended, 1, (int)left);
	close(ended.fd);
	if (waitpid(pid, NULL, WNOHANG) == pid)
		end->found = true;
}

void reaper_end(struct reaper *r, int64_t limit_ms)
{
	struct reaper_end end = {.reaper = r, .until = clock_ms() + limit_ms};

	/* What has ended leaves its children here. */
	do {
		end.found = false;
		descendants_visit(reaper_end_visit, &end);
	} while (end.found);
}

void reaper_free(struct reaper *r)
{
	if (!r)
		return;
	ev_signal_stop(r->loop, &r->child);
	timer_stop(&r->again);
	timer_stop(&r->strays);
	free(r);
}
