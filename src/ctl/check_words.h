/* The words behind `check-service`. */
#ifndef CTL_CHECK_WORDS_H
#define CTL_CHECK_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/verbs.h"

struct check_words {
	struct word name;
	char **words; /* owned, as their strings: options with their values; NULL behind the last */
	size_t count;
	bool declared; /* by an option */
};

/* False: it is not used so. Room is left for a few words more. check_words_free() ends it in any
 * case. */
bool check_words_read(const struct words *args, struct check_words *w);
/* One more; the text is taken over. */
void check_words_add(struct check_words *w, char *text);
void check_words_free(struct check_words *w);

int arguments_check(const struct words *args, struct order *order, struct error *err);

#endif
