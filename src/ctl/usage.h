/*
 * What a command takes, as its usage says it: "ID [PARENT] [--restart no|always] [ARG...]". Pure.
 */
#ifndef CTL_USAGE_H
#define CTL_USAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/words.h"

/* A usage has fewer items than this. */
#define USAGE_ITEMS 32

/* An option with its value, or a word in its place. The words point into the usage. */
struct usage_item {
	struct word option; /* "--restart"; s is NULL: it stands in its place */
	struct word value;  /* "ID", "no|always"; s is NULL: the option has none */
	bool optional;
	bool instead; /* an option in the place of the word before it: "ID|--any GROUP" */
	bool repeats; /* "ID..." */
	bool listed;  /* "ID[,ID...]" */
};

struct usage {
	struct usage_item items[USAGE_ITEMS];
	size_t count;
};

/* Reads a usage; call it again for another form of the same command: an option that is there
 * already is not added. Zero-initialise. */
void usage_read(struct usage *usage, const char *text);
/* The option that the word is, as "--name" or "--name=VALUE"; NULL: none. */
const struct usage_item *usage_option(const struct usage *usage, const struct word *word);
/* The item that the word number `at` behind the command is, options not counted, from 0; NULL:
 * none. */
const struct usage_item *usage_place(const struct usage *usage, size_t at);
/* The option that a word which is none was probably meant to be. New memory; NULL: none is like
 * it. */
char *usage_nearest(const struct usage *usage, const struct word *word);

#endif
