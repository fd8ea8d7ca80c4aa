/*
 * Watches peers for silence, and ticks in each interval, so that the owner sends a sign of life.
 * lateness.h defines silence.
 *
 * One thread: the loop's.
 */
#ifndef LINK_LOOKOUT_H
#define LINK_LOOKOUT_H

#include <ev.h>

#include "link/io_thread.h"
#include "link/lateness.h"

struct lookout {
	struct ev_loop *loop; /* borrowed */
	ev_timer tick;        /* each interval */
	ev_timer look;        /* when the next peer counts as silent */
	int64_t interval;
	struct lateness lateness;
	struct io_thread io;     /* if `hear` is set */
	struct silence *all;     /* of the peers that are not silent; borrowed */
	void (*tell)(void *arg); /* each interval */
	/* Handles what has come. NULL: there is nothing to read. */
	void (*hear)(void *arg);
	/* The peer is silent; it is not watched until lookout_heard(). */
	void (*silent)(void *arg, struct silence *s);
	void *arg;
};

/* *The functions and arg in w are set. w must stay where it is until lookout_stop(). */
void lookout_start(struct lookout *w, struct ev_loop *loop);
void lookout_stop(struct lookout *w);

/* Sets the interval in ms, 0 for off. Setting the same one again does not disturb the tick. Watched
 * peers must answer, see silence_ask(). */
void lookout_interval(struct lookout *w, int64_t interval_ms);
/* The peer has sent something: it is watched from now on. */
void lookout_heard(struct lookout *w, struct silence *s);
/* The peer is not watched any more. Call it also before s is freed. */
void lookout_ignore(struct lookout *w, struct silence *s);

#endif
