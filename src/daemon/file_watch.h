/*
 * Watches files that must exist: another process may remove them or their directories. inotify(7)
 * tells of it; where it cannot, they are checked from time to time.
 */
#ifndef DAEMON_FILE_WATCH_H
#define DAEMON_FILE_WATCH_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#define FILE_WATCH_DIRS 4

struct file_watch_config {
	const char *dirs[FILE_WATCH_DIRS]; /* copied; NULL: none */
	/* Is a file of that name in dirs[i] watched? */
	bool (*concerns)(void *arg, size_t i, const char *name);
	/* Makes what is missing; called when something may be. false: it cannot be made now. */
	bool (*check)(void *arg);
	void *arg; /* borrowed */
};

struct file_watch;

/* The first check comes at once. */
struct file_watch *file_watch_new(struct ev_loop *loop, const struct file_watch_config *config);
/* w may be NULL. */
void file_watch_free(struct file_watch *w);
/* Checks soon. w may be NULL. */
void file_watch_look(struct file_watch *w);

#endif
