/*
 * The words of a command that is done for each of its ids: the ids, and the options that count for
 * all of them. Pure.
 */
#ifndef CTL_EACH_H
#define CTL_EACH_H

#include "ctl/words.h"

struct each {
	struct words ids;
	struct words with; /* room for an id, then the options */
};

/* The words behind the command, which stay where they are. */
void each_split(const struct words *args, struct each *each);
/* The words of one id: it, and the options. Borrowed until the next. */
const struct words *each_with(struct each *each, const struct word *id);
void each_free(struct each *each);

#endif
