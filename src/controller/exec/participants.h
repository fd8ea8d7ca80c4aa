/*
 * The participants of an exec_all: what each of its nodes did. Pure: no I/O, no request.
 */
#ifndef CONTROLLER_EXEC_PARTICIPANTS_H
#define CONTROLLER_EXEC_PARTICIPANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/request/types.h"
#include "wire/tally.h"

enum participant_state {
	PARTICIPANT_DUE,
	PARTICIPANT_DONE,
	PARTICIPANT_FAILED,
	PARTICIPANT_OUT, /* it does not take part, and is not in the result */
};

struct participant {
	int id;
	enum participant_state state;
	uint32_t incarnation; /* that was asked */
	uint64_t request;     /* its place in the lane; 0: it has none */
	bool reached;         /* it may have been asked */
	bool alone;           /* asked by itself */
	uint64_t way;         /* node.traffic.way then */
	unsigned stamp;
	char *text; /* owned; its result */
	size_t size;
	struct error *error; /* owned */
};

/* Zero-initialise, and set the kind. */
struct participants {
	enum tally_kind kind;
	struct participant **items; /* owned; ascending by id */
	size_t count;
	size_t room;
	size_t due;
	size_t done;
	size_t bytes; /* of texts */
	struct tally_value value;
	unsigned stamp;
};

void participants_free(struct participants *all);
struct participant *participants_find(const struct participants *all, int id);
/* A new one, or one that was out, which is due now; NULL where there is another. */
struct participant *participants_add(struct participants *all, int id);

/* How it ended. Only of one that is due. */
void participant_done(struct participants *all, struct participant *p);
void participant_failed(struct participants *all, struct participant *p, const struct error *err);
void participant_out(struct participants *all, struct participant *p);
/* The same as the node says; a text is copied. `most` as it was told, among `nodes`. */
void participant_hear(struct participants *all, struct participant *p,
                      const struct tally_word *word, size_t most, size_t nodes);

/* May the ids of this tally be counted: are all due, and each there once? */
bool participants_accept(struct participants *all, const struct tally_view *view);

/* 0 and what all of them did; its words are new memory, and what they point to borrowed. -1 with
 * ERR_SERVICE for a sum that leaves 64 bits. */
int participants_result(const struct participants *all, struct exec_all_result *result,
                        struct error *err);

#endif
