/*
 * Losses that were not told, as no `heartbit` had been said: each waits until it is said, and is
 * told then if the node has not come back.
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

/* Takes the line that tells of the loss. */
void unheard_add(struct unheard *u, int id, struct buffer *line);
/* The node is back, or gone. */
void unheard_drop(struct unheard *u, int id);
/* The oldest line, to be told now: true, and the caller takes it over. */
bool unheard_take(struct unheard *u, struct buffer *line);
void unheard_free(struct unheard *u);

#endif
