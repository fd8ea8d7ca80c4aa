/*
 * Files that must last: somebody who cleans up may take them away, or the directories that they are
 * in. inotify(7) tells; where it cannot, they are looked at from time to time.
 */
#ifndef DAEMON_FILE_WATCH_H
#define DAEMON_FILE_WATCH_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#define FILE_WATCH_DIRS 4

struct file_watch_config {
	const char *dirs[FILE_WATCH_DIRS]; /* copied; NULL: none */
	/* Is a file of that name in dirs[i] one of those? */
	bool (*concerns)(void *arg, size_t i, const char *name);
	/* Something is missing, or may be: makes it. false: it cannot be made now. */
	bool (*check)(void *arg);
	void *arg; /* borrowed */
};

struct file_watch;

/* Looks at once. */
struct file_watch *file_watch_new(struct ev_loop *loop, const struct file_watch_config *config);
/* NULL: nothing. */
void file_watch_free(struct file_watch *w);
/* Looks soon. w may be NULL. */
void file_watch_look(struct file_watch *w);

#endif
