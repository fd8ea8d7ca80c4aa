/*
 * What a program says, without a program: the engine, with something in place of
 *program/subprocess.c that says what it is told to. Each call is answered once and not before it
 *was asked; each answer is within reply-max; who cannot be trusted is ended; the engine ends in
 *order.
 *
 * Input: what the program writes. A byte 0xfe is not written: the one behind it is a step.
 *
 *	a  a call is asked       c  the oldest one is cancelled, answered or not
 *	h  the engine is held    g  it goes on
 *	x  the program ends      o  it closes its output
 *
 * Any other stands for itself.
 */
#ifndef TESTS_FUZZ_PROGRAM_H
#define TESTS_FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz.h"
#include "program/call.h"

/* Of one input. */
#define PROGRAM_CALLS 64

struct program_run {
	/* Keys of the service and their values, up to a NULL. */
	const char *const *keys;
	const char *protocol;
	const char *const *args; /* of each call, up to a NULL */
	/* A program that has written more than this without a line end has been ended; 0: that may
	 * be. */
	size_t line_max;
	/* Is told each answer, in their order. `call` counts from 0, as they were asked. */
	void (*answered)(size_t call, const struct answer *answer);
};

void program_run(const struct program_run *run, const uint8_t *data, size_t size,
                 struct cuts *cuts);
/* What the program has said and no answer has taken: the next line of it, without its end. False:
 * there is none. */
bool program_line(const char **line, size_t *n);

#endif
