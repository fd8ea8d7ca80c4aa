/*
 * What happens in the tree and is told in the shell on its own: which events, and how.
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
	NEWS_QUIET,  /* losses, once `heartbit` was said */
	NEWS_ALL,    /* losses, deaths and returns */
};

/* Zero-initialise, but for out and mode. */
struct news {
	struct output *out; /* borrowed */
	enum news_mode mode;
	struct unheard unheard; /* QUIET: losses of before */
	int64_t due_ms;         /* when they are told (clock_ms()); 0: not yet */
};

/* Adds the parameter "types" to a `subscribe`. */
void news_types(const struct news *news, struct dtree_request *request);
/* An event came. */
void news_event(struct news *news, const struct dtree_reply *event);
/* `heartbit` was said with that interval: nodes that were lost before are told of when four of them
 * have passed. Only the first counts. */
void news_heartbit(struct news *news, int64_t interval_ms);
/* The milliseconds until something is to be told, -1: nothing is. */
int64_t news_wait(const struct news *news);
/* Tells what is due. */
void news_turn(struct news *news);
void news_free(struct news *news);

#endif
