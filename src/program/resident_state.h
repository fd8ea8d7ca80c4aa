/* What the two files of a program that stays share: its life, and what the engine asks of it. */
#ifndef PROGRAM_RESIDENT_STATE_H
#define PROGRAM_RESIDENT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/timer.h"
#include "program/internal.h"

/* While the program has not taken so much, it is given no further call. As much again may wait of
 * answers to what it asks itself; then it is one that does not read. */
#define UNSENT_MAX ((size_t)1024 * 1024)

enum resident_state {
	RESIDENT_NONE,     /* nobody asked for it, or the loop is yet to run */
	RESIDENT_STARTING, /* it has not said yet that it is ready */
	RESIDENT_READY,
	RESIDENT_ENDING,  /* it is being ended */
	RESIDENT_BACKOFF, /* it will be started again, by the timer */
};

struct resident {
	struct engine *engine; /* borrowed */
	const struct dialect *dialect;
	enum resident_state state;
	struct subprocess *subprocess;
	void *memory; /* the dialect's, of this life */
	struct timer timer;
	struct buffer asked; /* what a call says, while it begins */
	bool answered;       /* in this life */
	bool complained;     /* in this life */
	bool wanted;         /* also without a call */
	bool closed;         /* its output is, in this life */
	size_t last;         /* bytes of the newest call's message */
	unsigned failures;   /* lives in a row without an answer */
	int64_t delay;       /* ms: BACKOFF */
	int64_t due;         /* clock_ms(): its end */
	char cause[520];     /* of the last end */
};

/* Starts its process; where that fails, it waits for the next try. */
void resident_begin(struct resident *r);
/* Ends it: in order, or at once. It has ended once RESIDENT_ENDING is left. */
void resident_stop(struct resident *r, bool now);
/* Refuses every call that waits, or only those that came since the program ended. */
void resident_refuse(struct resident *r, bool kept_too);
/* The time until what is waited for is overdue; 0: nothing has a limit now. */
void resident_arm(struct resident *r, int64_t ms);
/* Frees what is of this life. */
void resident_clear(struct resident *r);

#endif
