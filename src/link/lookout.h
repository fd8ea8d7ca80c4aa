/*
 * Looks out for the silence of others, and has a tick in each interval in which one shows that one
 * lives. What counts as a silence is in lateness.h.
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
	ev_timer look;        /* when the next one counts as silent, if it does not speak */
	int64_t interval;
	struct lateness lateness;
	struct io_thread io;     /* if there is something to hear */
	struct silence *all;     /* of those that are not silent yet; borrowed */
	void (*tell)(void *arg); /* each interval */
	/* Reads what has come. NULL: nothing to read. */
	void (*hear)(void *arg);
	/* It is silent, and not looked out for until it is heard. */
	void (*silent)(void *arg, struct silence *s);
	void *arg;
};

/* *w, in which the functions and arg are set, must stay where it is until lookout_stop(). */
void lookout_start(struct lookout *w, struct ev_loop *loop);
void lookout_stop(struct lookout *w);

/* The interval in ms, 0 for off. Said again it changes nothing: the tick goes on. Whoever is looked
 * out for is expected to answer, see silence_ask(). */
void lookout_interval(struct lookout *w, int64_t interval_ms);
/* It spoke: it is looked out for from now on. */
void lookout_heard(struct lookout *w, struct silence *s);
/* Its silence means nothing. Before it is freed, too. */
void lookout_ignore(struct lookout *w, struct silence *s);

#endif
