/*
 * Tallies: what the nodes of a part of the tree said to a sweep (MSG_SWEEP), merged. A node makes
 * one of its own word and of its children's tallies; the payload of MSG_SWEPT is one.
 *
 *   0 kind (8)   1 is there a value? (8)   2 zero (16)   4 ids (32)   8 value (64)   16 high (64)
 *  24 the ids of those that did it (32 each), then words: id (32)   kind (32)   size (32)   text
 *
 * Numbers are little-endian. Merging appends ids and words and combines the values, so the order in
 * which tallies are merged changes nothing but the order of ids and words. A node stands in a tally
 * once; whoever knows the nodes checks that.
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
	TALLY_PING, /* the ids of those that live */
	TALLY_LIST, /* a word for each */
	TALLY_COUNT,
	TALLY_SUM, /* and what follows: of results that are integers of 64 bits */
	TALLY_MIN,
	TALLY_MAX,
	TALLY_KINDS,
};

/* The bytes of a word's text at the most. */
#define TALLY_TEXT_MAX ((size_t)64 * 1024)

enum tally_word_kind {
	TALLY_TEXT,      /* LIST: the result */
	TALLY_NOTHING,   /* LIST: it has done it, and has nothing to say */
	TALLY_REFUSED,   /* the text is the service's reason */
	TALLY_LATE,      /* it did not begin before its deadline */
	TALLY_UNKNOWN,   /* it may have been done; the text is the reason */
	TALLY_LARGE,     /* LIST: the result is larger than may be sent */
	TALLY_NO_NUMBER, /* SUM, MIN, MAX: the text is the beginning of the result */
	TALLY_BUSY,      /* it has too many sweeps to answer, and did not begin */
	TALLY_WORDS,
};

/* What one node said. */
struct tally_word {
	int id;
	enum tally_word_kind kind;
	const char *text; /* borrowed */
	size_t size;
};

/* The sum, the least or the greatest of integers of 64 bits. A sum of as many as there are ids
 * cannot leave 128 bits. */
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

/* Back to an empty one of its kind. */
void tally_clear(struct tally *t);

/* The node lives, or has done it. */
void tally_add_id(struct tally *t, int id);
/* text: at most TALLY_TEXT_MAX bytes. */
void tally_add_word(struct tally *t, const struct tally_word *word);
/* A service's good answer in the form of its kind; text is NULL for none. A listed one with more
 * than `most` bytes becomes TALLY_LARGE. Not for TALLY_PING. */
void tally_add_result(struct tally *t, int id, const char *text, size_t size, size_t most);

/* Bytes that tally_write() adds. */
size_t tally_size(const struct tally *t);
void tally_write(const struct tally *t, struct buffer *out);

/* A tally as it came. Pointers go into its bytes. */
struct tally_view {
	enum tally_kind kind;
	struct tally_value value;
	const char *ids;
	size_t id_count;
	const char *words;
	size_t words_size;
};

/* Reads what came from a child, whole: 0, or -1 with ERR_PARSE for whatever does not add up, or is
 * of another kind. */
int tally_read(const char *bytes, size_t size, enum tally_kind kind, struct tally_view *view,
               struct error *err);
/* The id at an index. */
int tally_id(const struct tally_view *view, size_t index);
/* The word at *at, which begins at 0 and moves on; false behind the last. */
bool tally_word(const struct tally_view *view, size_t *at, struct tally_word *word);

/* Both are of one kind. */
void tally_merge(struct tally *into, const struct tally_view *view);
void tally_combine(enum tally_kind kind, struct tally_value *into, const struct tally_value *value);
/* How much tally_size() grows by merging it. */
size_t tally_growth(const struct tally_view *view);

/* The reductions that a user may name, by number; NULL past the last: a choice_fn. */
const char *tally_reduction_at(size_t i);
/* One of them: 0, or -1. */
int tally_kind_find(const char *name, enum tally_kind *kind);

#endif
