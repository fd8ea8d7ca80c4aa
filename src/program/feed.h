/*
 * The standard input of a process: what is written to it goes into the pipe as the process takes
 * it, all of a turn of the loop together.
 *
 * One thread: the loop's.
 */
#ifndef PROGRAM_FEED_H
#define PROGRAM_FEED_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "loop/deferred.h"

struct feed {
	struct ev_loop *loop; /* borrowed */
	int fd;               /* not blocking; -1: closed */
	ev_io writable;
	struct deferred write;
	struct buffer unsent;
	bool ends; /* closed once all is written */
	void (*taken)(void *arg);
	void *arg; /* borrowed */
};

/* The descriptor is taken over. `taken` is called from the loop when the process has taken more, or
 * takes nothing more. *f must stay where it is until feed_close(). */
void feed_init(struct feed *f, struct ev_loop *loop, int fd, void (*taken)(void *arg), void *arg);
/* Closes it at once; what is unsent is dropped. Any number of times. */
void feed_close(struct feed *f);

/* Dropped once it is closed, or is to end. */
void feed_write(struct feed *f, const char *bytes, size_t n);
/* The process finds the end behind what was written. */
void feed_end(struct feed *f);

#endif
