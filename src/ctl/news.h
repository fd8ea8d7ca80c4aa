/*
 * Events of the tree that the shell prints without a command: which, and how.
 */
#ifndef CTL_NEWS_H
#define CTL_NEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/output.h"
#include "ctl/unheard.h"
#include "dtree/client.h"

enum news_mode {
	NEWS_LOSSES, /* losses */
	NEWS_QUIET,  /* losses, after `heartbit` was given */
	NEWS_ALL,    /* losses, deaths and returns */
};

/* Zero-initialise, but for out and mode. */
struct news {
	struct output *out; /* borrowed */
	enum news_mode mode;
	struct unheard unheard; /* QUIET: losses before `heartbit` */
	int64_t due_ms;         /* when they are printed (clock_ms()); 0: not yet */
};

/* Adds the parameter "types" to a `subscribe`. */
void news_types(const struct news *news, struct dtree_request *request);
/* Handles an event. */
void news_event(struct news *news, const struct dtree_reply *event);
/* `heartbit` was given with that interval: earlier losses are printed after four intervals. Only
 * the first call has an effect. */
void news_heartbit(struct news *news, int64_t interval_ms);
/* Milliseconds until something must be printed; -1: nothing. */
int64_t news_wait(const struct news *news);
/* Prints what is due. */
void news_turn(struct news *news);
void news_free(struct news *news);

#endif
