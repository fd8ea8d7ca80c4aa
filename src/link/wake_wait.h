/*
 * How long a process had to wait for a processor since its loop slept: the loop's own thread, and
 * libzmq's, which reads for it. Only while it is warm does that cost anything: then both are read
 * before each sleep.
 */
#ifndef LINK_WAKE_WAIT_H
#define LINK_WAKE_WAIT_H

#include <ev.h>
#include <stdint.h>

#include "link/io_thread.h"

struct wake_wait {
	struct ev_loop *loop; /* borrowed */
	ev_prepare asleep;
	uint64_t until; /* clock_ns(): so long it stays warm */
	uint64_t slept; /* clock_ns(): the loop was about to sleep; 0: not known */
	uint64_t delay; /* what both threads had waited then */
	uint64_t own;   /* and the loop's alone */
	struct io_thread io;
	int fd; /* of libzmq's thread; -1: not open */
};

void wake_wait_init(struct wake_wait *w, struct ev_loop *loop);
void wake_wait_stop(struct wake_wait *w);
/* It stays warm for some seconds from now on. */
void wake_wait_warm(struct wake_wait *w, uint64_t now);
/* ns, no more than since it slept; 0 where nothing is known. */
uint64_t wake_wait_ns(struct wake_wait *w, uint64_t now);
/* The same of the loop's own thread alone, for what comes to it without libzmq. */
uint64_t wake_wait_own_ns(const struct wake_wait *w, uint64_t now);

#endif
