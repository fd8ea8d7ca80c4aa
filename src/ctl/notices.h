/*
 * Events of the tree that the shell prints without a command: which, and how.
 */
#ifndef CTL_NOTICES_H
#define CTL_NOTICES_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/output.h"
#include "ctl/unheard.h"
#include "dtree/client.h"

enum notices_mode {
	NOTICES_LOSSES, /* losses */
	NOTICES_QUIET,  /* losses, after `heartbit` was given */
	NOTICES_ALL,    /* losses, deaths and returns */
};

/* Zero-initialise, but for out and mode. */
struct notices {
	struct output *out; /* borrowed */
	enum notices_mode mode;
	struct unheard unheard; /* QUIET: losses before `heartbit` */
	int64_t due_ms;         /* when they are printed (clock_ms()); 0: not yet */
};

/* Adds the parameter "types" to a `subscribe`. */
void notices_types(const struct notices *notices, struct dtree_request *request);
/* Handles an event. */
void notices_event(struct notices *notices, const struct dtree_reply *event);
/* `heartbit` was given with that interval: earlier losses are printed after four intervals. Only
 * the first call has an effect. */
void notices_heartbit(struct notices *notices, int64_t interval_ms);
/* Milliseconds until something must be printed; -1: nothing. */
int64_t notices_wait(const struct notices *notices);
/* Prints what is due. */
void notices_turn(struct notices *notices);
void notices_free(struct notices *notices);

#endif
