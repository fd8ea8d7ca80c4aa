/*
 * Completion of the shell's line: commands, names of nodes, and groups. What there is of the latter
 * two is read from the result of `tree`. No I/O.
 */
#ifndef CTL_COMPLETE_H
#define CTL_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "dtree/client.h"

/* What the word before the cursor is. */
enum complete_kind {
	COMPLETE_NONE,
	COMPLETE_COMMAND,
	COMPLETE_NAME,  /* "@NAME", whole */
	COMPLETE_GROUP, /* behind --any or --group */
};

/* The last word of n bytes, which may be empty: *word and *size. */
enum complete_kind complete_word(const char *line, size_t n, const char **word, size_t *size);

/* What a word may become. Zero-initialise; complete_free() ends it. */
struct completion {
	char **items; /* owned; each once, in the order in which they came */
	size_t count;
};

/* Adds what begins with the word: of the commands, or of what a tree has. */
void complete_commands(struct completion *all, const char *word, size_t size);
void complete_tree(struct completion *all, enum complete_kind kind, const char *word, size_t size,
                   const struct dtree_value *tree);
/* How many bytes they all begin with; 0: there is none. */
size_t complete_common(const struct completion *all);
void complete_free(struct completion *all);

#endif
