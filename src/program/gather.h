/*
 * What comes often is taken together: a wake-up for each of many answers costs more than the
 * answers do, here and on all ways up to the client. What comes now and then waits for nothing.
 */
#ifndef PROGRAM_GATHER_H
#define PROGRAM_GATHER_H

#include <ev.h>
#include <stdbool.h>

struct gather {
	struct ev_loop *loop; /* borrowed */
	int fd; /* a timer that knows microseconds, as libev's do not; -1: not needed yet */
	ev_io over;
	ev_tstamp last; /* call of gather_begin() */
	long leave;     /* ns: how long the next is left */
	bool left;      /* the last was */
	bool few;       /* and little came */
	void (*fn)(void *arg);
	void *arg; /* borrowed */
};

/* *g must stay where it is until gather_close(). */
void gather_init(struct gather *g, struct ev_loop *loop, void (*fn)(void *arg), void *arg);
/* Something has come; few: little, for what is still to come. True: it comes often; leave the next
 * one until fn is called, soon. */
bool gather_begin(struct gather *g, bool few);
/* fn is not called. */
void gather_stop(struct gather *g);
void gather_close(struct gather *g);

#endif
