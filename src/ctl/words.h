/*
 * Words: a command and its arguments, from a line of the shell or from argv. Pure.
 */
#ifndef CTL_WORDS_H
#define CTL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct word {
	const char *s; /* borrowed; no NUL behind it */
	size_t n;
};

struct words {
	struct word *items; /* owned */
	size_t count;
};

/* Blanks between words: space and tab. */
static inline bool word_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A byte that no line of commands may hold. */
static inline bool word_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* Splits a line at blanks into at most `most` words (0: any number); the last word is the rest of
 * the line, unchanged. -1 with ERR_PARAMS for control bytes and invalid UTF-8. The words point into
 * the line. */
int words_split(const char *line, size_t n, size_t most, struct words *words, struct error *err);
/* The words of an argument vector, which is borrowed. */
void words_from_argv(char *const *argv, size_t count, struct words *words);
void words_free(struct words *words);

/* The value of the option `name` at items[*at], as "--name VALUE" or "--name=VALUE"; *at moves to
 * its last word. False where it is not that option, or has no value. */
bool words_option(const struct words *words, size_t *at, const char *name, struct word *value);

/* Is the word this text? */
bool word_is(const struct word *word, const char *text);
/* Does it say a node by its name: "@NAME"? */
bool word_is_name(const struct word *word);

#endif
