/* Signals and the lifeline, as watchers of the loop. Invariant: one struct daemon_signals in a
 * process. */
#include "daemon/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

/* SIGXCPU: the soft limit of CPU time (setrlimit(2)); it comes each second from then on. */
static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGXCPU};

struct daemon_signals {
	struct ev_loop *loop; /* borrowed */
	int fd;               /* the lifeline, or -1 */
	ev_io lifeline;
	ev_signal signals[ARRAY_SIZE(numbers)];
	bool hangup_ends;
	void (*end)(void *arg, const char *why);
	void (*hangup)(void *arg);
	void *arg;
};

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int revents)
{
	struct daemon_signals *e = watcher->data;
	cleanup_free char *why = mem_format("SIG%s", sigabbrev_np(watcher->signum));

	(void)loop;
	(void)revents;
	if (watcher->signum != SIGHUP || e->hangup_ends) {
		e->end(e->arg, why);
		return;
	}
	log_info("signal", "SIGHUP: the configuration is read again");
	e->hangup(e->arg);
}

static void on_lifeline(struct ev_loop *loop, ev_io *watcher, int revents)
{
	struct daemon_signals *e = watcher->data;
	char ignored[64];
	ssize_t n = recv(e->fd, ignored, sizeof ignored, MSG_DONTWAIT);

	(void)revents;
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	ev_io_stop(loop, watcher);
	e->end(e->arg, "the shell has ended");
}

static void watch_signal(struct daemon_signals *e, ev_signal *watcher)
{
	struct sigaction old;

	if (watcher->signum == SIGHUP && sigaction(SIGHUP, NULL, &old) == 0 &&
	    old.sa_handler == SIG_IGN)
		return;
	ev_signal_start(e->loop, watcher);
}

static int watch_lifeline(struct daemon_signals *e, struct error *err)
{
	struct stat st;

	if (fstat(e->fd, &st) || !S_ISSOCK(st.st_mode))
		return error_set(err, ERR_PARAMS, "--lifeline '%d' is not an open socket", e->fd);
	if (fcntl(e->fd, F_SETFD, FD_CLOEXEC))
		return error_set(err, ERR_INTERNAL, "--lifeline '%d': %s", e->fd, strerror(errno));
	ev_io_init(&e->lifeline, on_lifeline, e->fd, EV_READ);
	e->lifeline.data = e;
	ev_io_start(e->loop, &e->lifeline);
	return 0;
}

struct daemon_signals *daemon_signals_new(struct ev_loop *loop, int lifeline,
                                          void (*end)(void *arg, const char *why),
                                          void (*hangup)(void *arg), void *arg, struct error *err)
{
	struct daemon_signals *e = mem_new(sizeof *e);

	e->loop = loop;
	e->fd = lifeline;
	e->end = end;
	e->hangup = hangup;
	e->arg = arg;
	e->hangup_ends = lifeline >= 0 || isatty(STDIN_FILENO) || isatty(STDERR_FILENO);
	if (lifeline >= 0 && watch_lifeline(e, err)) {
		mem_cleanup_close(&e->fd);
		free(e);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		ev_signal_init(&e->signals[i], on_signal, numbers[i]);
		e->signals[i].data = e;
		if (numbers[i] == SIGHUP && !e->hangup_ends)
			watch_signal(e, &e->signals[i]);
	}
	return e;
}

void daemon_signals_watch(struct daemon_signals *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		watch_signal(e, &e->signals[i]);
}

void daemon_signals_free(struct daemon_signals *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		ev_signal_stop(e->loop, &e->signals[i]);
	if (e->fd >= 0) {
		ev_io_stop(e->loop, &e->lifeline);
		close(e->fd);
	}
	free(e);
}

void daemon_signals_announce(struct daemon_signals *e)
{
	/* If the shell cannot be reached, it is gone, which the watcher will find. */
	if (e->fd >= 0 && send(e->fd, "R", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_warn("start", "the shell does not listen: %s", strerror(errno));
}
