/*
 * Tallies: the merged answers of the nodes of a subtree to a sweep (MSG_SWEEP). A node makes a
 * tally of its own answer and of its children's tallies; the payload of MSG_SWEPT is one.
 *
 *   0 kind (8)   1 is there a value? (8)   2 zero (16)   4 ids (32)   8 value (64)   16 high (64)
 *  24 the ids of the nodes that did it (32 each), then words: id (32)   kind (32)   size (32) text
 *
 * Numbers are little-endian. Merging appends ids and words and combines the values, so the order in
 * which tallies are merged changes nothing but the order of ids and words. A node appears in a
 * tally once; the controller checks that.
 *
 * Pure: no I/O, no clock.
 */
#ifndef WIRE_TALLY_H
#define WIRE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"

enum tally_kind {
	TALLY_PING, /* the ids of the nodes that live */
	TALLY_LIST, /* a word for each */
	TALLY_COUNT,
	TALLY_SUM, /* this and the following: of results that are integers of 64 bits */
	TALLY_MIN,
	TALLY_MAX,
	TALLY_KINDS,
};

/* The largest text of a word, in bytes. */
#define TALLY_TEXT_MAX ((size_t)64 * 1024)

enum tally_word_kind {
	TALLY_TEXT,      /* LIST: the result */
	TALLY_NOTHING,   /* LIST: it has run, without a result */
	TALLY_REFUSED,   /* the text is the service's reason */
	TALLY_LATE,      /* it had not begun at its deadline */
	TALLY_UNKNOWN,   /* it may have run; the text is the reason */
	TALLY_LARGE,     /* LIST: the result is larger than may be sent */
	TALLY_NO_NUMBER, /* SUM, MIN, MAX: the text is the beginning of the result */
	TALLY_BUSY,      /* the node has too many sweeps under way, and did not begin this one */
	TALLY_WORDS,
};

/* The answer of one node. */
struct tally_word {
	int id;
	enum tally_word_kind kind;
	const char *text; /* borrowed */
	size_t size;
};

/* The sum, the minimum or the maximum of integers of 64 bits. A sum over all ids fits into 128
 * bits. */
struct tally_value {
	bool any;
	__int128 number;
};

/* Zero-initialise, and set the kind. */
struct tally {
	enum tally_kind kind;
	struct tally_value value;
	struct buffer ids;   /* encoded */
	struct buffer words; /* encoded */
};

/* Makes it an empty tally of its kind. */
void tally_clear(struct tally *t);

/* The node lives, or has run it. */
void tally_add_id(struct tally *t, int id);
/* text: at most TALLY_TEXT_MAX bytes. */
void tally_add_word(struct tally *t, const struct tally_word *word);
/* The result of a service, in the form of the kind; text is NULL for none. A listed result of more
 * than `most` bytes becomes TALLY_LARGE. Not for TALLY_PING. */
void tally_add_result(struct tally *t, int id, const char *text, size_t size, size_t most);

/* Bytes that tally_write() adds. */
size_t tally_size(const struct tally *t);
void tally_write(const struct tally *t, struct buffer *out);

/* A received tally. Pointers point into its bytes. */
struct tally_view {
	enum tally_kind kind;
	struct tally_value value;
	const char *ids;
	size_t id_count;
	const char *words;
	size_t words_size;
};

/* Reads a child's whole tally: 0, or -1 with ERR_PARSE for an inconsistent tally or one of another
 * kind. */
int tally_read(const char *bytes, size_t size, enum tally_kind kind, struct tally_view *view,
               struct error *err);
/* The id at an index. */
int tally_id(const struct tally_view *view, size_t index);
/* The word at *at, which starts at 0 and is advanced; false behind the last. */
bool tally_word(const struct tally_view *view, size_t *at, struct tally_word *word);

/* Both are of one kind. */
void tally_merge(struct tally *into, const struct tally_view *view);
void tally_combine(enum tally_kind kind, struct tally_value *into, const struct tally_value *value);
/* By how much tally_size() grows when it is merged. */
size_t tally_growth(const struct tally_view *view);

/* The reductions that a user may name, by number; NULL past the last: a choice_fn. */
const char *tally_reduction_at(size_t i);
/* One of them: 0, or -1. */
int tally_kind_find(const char *name, enum tally_kind *kind);

#endif
