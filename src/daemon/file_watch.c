/* Owns the inotify descriptor. Invariant: after each check every directory is watched, or the timer
 * runs. */
#include "daemon/file_watch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define AREA "files"
/* Files are often removed several at a time: waits this long for the others. */
#define SETTLE_S 0.02
/* Files that could not be made, and directories that are not watched, are checked again after
 * this. */
#define RETRY_S 1.0
#define LOOK_S  10.0

#define EVENTS (IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

struct file_watch {
	struct ev_loop *loop; /* borrowed */
	struct file_watch_config config;
	char *dirs[FILE_WATCH_DIRS];
	int fd;
	int watched[FILE_WATCH_DIRS]; /* descriptors of watches; -1: it is not watched */
	bool told;                    /* its failure was logged */
	ev_io readable;
	ev_timer timer;
};

static void file_watch_look_in(struct file_watch *w, double seconds)
{
	if (ev_is_active(&w->timer) && ev_timer_remaining(w->loop, &w->timer) <= seconds)
		return;
	ev_timer_stop(w->loop, &w->timer);
	ev_now_update(w->loop);
	ev_timer_set(&w->timer, seconds, 0.0);
	ev_timer_start(w->loop, &w->timer);
}

static void tell_unwatched(struct file_watch *w, const char *dir, int why)
{
	if (!w->told)
		log_warn(AREA, "%s is not watched (%s), but looked at each %.0f s", dir,
		         strerror(why), LOOK_S);
	w->told = true;
}

/* inotify gives the same directory the same number again. tell: the directories should exist.
 * false: one is not watched. */
static bool watch_all(struct file_watch *w, bool tell)
{
	bool all = true;

	for (size_t i = 0; i < FILE_WATCH_DIRS; i++) {
		int number;

		if (!w->dirs[i])
			continue;
		number = inotify_add_watch(w->fd, w->dirs[i], EVENTS);
		if (number < 0) {
			if (tell)
				tell_unwatched(w, w->dirs[i], errno);
			all = false;
		}
		if (w->watched[i] >= 0 && w->watched[i] != number)
			inotify_rm_watch(w->fd, w->watched[i]);
		w->watched[i] = number;
	}
	w->told = w->told && !all;
	return all;
}

static void file_watch_look_now(struct file_watch *w)
{
	bool good;
	bool watched;

	/* Watches before the check, so that no change is missed, and after it, as a directory that
	 * was made is another one. */
	watch_all(w, false);
	good = w->config.check(w->config.arg);
	watched = watch_all(w, good);
	if (!good)
		file_watch_look_in(w, RETRY_S);
	else if (!watched)
		file_watch_look_in(w, LOOK_S);
}

static void file_watch_on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)revents;
	file_watch_look_now(timer->data);
}

static bool file_watch_concerns(const struct file_watch *w, const struct inotify_event *event)
{
	/* The event is of the directory itself, or the queue has overflowed. */
	if (!event->len)
		return true;
	for (size_t i = 0; i < FILE_WATCH_DIRS; i++)
		if (w->watched[i] == event->wd && w->config.concerns(w->config.arg, i, event->name))
			return true;
	return false;
}

static void file_watch_on_readable(struct ev_loop *loop, ev_io *readable, int revents)
{
	struct file_watch *w = readable->data;
	_Alignas(
	    struct inotify_event) char bytes[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];
	ssize_t n = read(w->fd, bytes, sizeof bytes);
	bool any = false;

	(void)loop;
	(void)revents;
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *event = (const void *)(bytes + at);

		any = any || file_watch_concerns(w, event);
		at += (ssize_t)(sizeof *event + event->len);
	}
	if (any)
		file_watch_look_in(w, SETTLE_S);
}

struct file_watch *file_watch_new(struct ev_loop *loop, const struct file_watch_config *config)
{
	struct file_watch *w = mem_new(sizeof *w);

	w->loop = loop;
	w->config = *config;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (size_t i = 0; i < FILE_WATCH_DIRS; i++) {
		w->watched[i] = -1;
		w->dirs[i] = config->dirs[i] ? mem_string(config->dirs[i]) : NULL;
	}
	ev_init(&w->readable, file_watch_on_readable);
	w->readable.data = w;
	if (w->fd >= 0) {
		ev_io_set(&w->readable, w->fd, EV_READ);
		ev_io_start(loop, &w->readable);
	}
	ev_init(&w->timer, file_watch_on_timer);
	w->timer.data = w;
	file_watch_look_in(w, 0.0);
	return w;
}

void file_watch_free(struct file_watch *w)
{
	if (!w)
		return;
	ev_io_stop(w->loop, &w->readable);
	ev_timer_stop(w->loop, &w->timer);
	mem_cleanup_close(&w->fd);
	for (size_t i = 0; i < FILE_WATCH_DIRS; i++)
		free(w->dirs[i]);
	free(w);
}

void file_watch_look(struct file_watch *w)
{
	if (w)
		file_watch_look_in(w, 0.0);
}
