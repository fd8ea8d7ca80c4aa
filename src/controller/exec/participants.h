/*
 * The parts of an exec_all: what each of its nodes did. Pure: no I/O, no request.
 */
#ifndef CONTROLLER_EXEC_PARTICIPANTS_H
#define CONTROLLER_EXEC_PARTICIPANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/request/types.h"
#include "wire/tally.h"

enum part_state {
	PART_DUE,
	PART_DONE,
	PART_FAILED,
	PART_OUT, /* is none: it is not part of the result */
};

struct part {
	int id;
	enum part_state state;
	uint32_t incarnation; /* that was asked */
	uint64_t task;        /* its place in the lane; 0: it has none */
	bool reached;         /* it may have been asked */
	bool alone;           /* asked by itself */
	uint64_t way;         /* node.way then */
	unsigned stamp;
	char *text; /* owned; its result */
	size_t size;
	struct error *error; /* owned */
};

/* Zero-initialise, and set the kind. */
struct parts {
	enum tally_kind kind;
	struct part **items; /* owned; ascending by id */
	size_t count;
	size_t room;
	size_t due;
	size_t done;
	size_t bytes; /* of texts */
	struct tally_value value;
	unsigned stamp;
};

void parts_free(struct parts *parts);
struct part *parts_find(const struct parts *parts, int id);
/* A new one, or one that was out, which is due now; NULL where there is another. */
struct part *parts_add(struct parts *parts, int id);

/* How it ended. Only of one that is due. */
void part_done(struct parts *parts, struct part *part);
void part_failed(struct parts *parts, struct part *part, const struct error *err);
void part_out(struct parts *parts, struct part *part);
/* The same as the node says; a text is copied. `most` as it was told, among `nodes`. */
void part_hear(struct parts *parts, struct part *part, const struct tally_word *word, size_t most,
               size_t nodes);

/* May the ids of this tally be counted: are all due, and each there once? */
bool parts_accept(struct parts *parts, const struct tally_view *view);

/* 0 and what all of them did; its words are new memory, and what they point to borrowed. -1 with
 * ERR_SERVICE for a sum that leaves 64 bits. */
int parts_result(const struct parts *parts, struct gathered *gathered, struct error *err);

#endif
