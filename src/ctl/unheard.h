/*
 * Losses that were not printed because no `heartbit` had been given: each is printed after one is
 * given, if the node has not come back.
 */
#ifndef CTL_UNHEARD_H
#define CTL_UNHEARD_H

#include <stdbool.h>

#include "base/mem.h"

struct unheard_loss {
	int id;
	struct buffer line;
	struct unheard_loss *prev; /* utlist */
	struct unheard_loss *next;
};

/* Zero-initialise. */
struct unheard {
	struct unheard_loss *losses; /* owned; by age */
};

/* Takes the line of the loss. */
void unheard_add(struct unheard *u, int id, struct buffer *line);
/* The node is available again, or was killed. */
void unheard_drop(struct unheard *u, int id);
/* Gives the oldest line, for printing now: true, and the caller owns it. */
bool unheard_take(struct unheard *u, struct buffer *line);
void unheard_free(struct unheard *u);

#endif
