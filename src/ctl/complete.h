/*
 * Completion of a command, on dtreectl's command line and in the shell: commands, options, choices,
 * and what dtreed has: nodes, groups, services, types of events, methods. All but the latter is
 * read from the rows of the commands. No I/O: the caller asks dtreed.
 */
#ifndef CTL_COMPLETE_H
#define CTL_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/verbs.h"
#include "ctl/words.h"
#include "dtree/client.h"

struct complete_source;

struct complete_item {
	char *text;  /* owned */
	char *about; /* owned; NULL: nothing is known of it */
};

/* What the last word may become. Zero-initialise; complete_free() ends it. */
struct completion {
	struct complete_item *items; /* owned; in the order in which they came */
	size_t count;
	struct word word;   /* the last one, whole; borrowed */
	size_t head;        /* so many bytes of it are fixed: "--service=", "10," */
	struct word socket; /* that the words name; s is NULL: none; borrowed */
	const struct complete_source *source; /* NULL: what there is depends on no dtreed */
};

/* The words behind `dtreectl`, or those of a line of the shell; the last one, which may be empty,
 * is to be completed. */
void complete_words(struct completion *all, const struct words *words, enum verb_place place);
/* The same for the n bytes of a line before the cursor. */
void complete_line(struct completion *all, const char *line, size_t n);

/* The method whose result complete_result() takes; NULL: nothing is asked of dtreed. */
const char *complete_method(const struct completion *all);
/* Adds what fits of the result; NULL, where there is none: what is there in any case. */
void complete_result(struct completion *all, const struct dtree_value *result);
/* "files", "directories": the word is one of these, which the caller's own shell knows; NULL. */
const char *complete_kind(const struct completion *all);

/* How many bytes they all begin with; 0: there is none. */
size_t complete_common(const struct completion *all);
void complete_free(struct completion *all);

#endif
