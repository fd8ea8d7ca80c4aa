/*
 * The probe of a service: a request of the engine's own, which shows whether the program answers.
 *
 * A program that stays gets it in its turn among the requests, one at a time. Its time passes while
 * the program owes it an answer: with answers in order, from when nothing is before it; else from
 * when it was given, and anew with each answer. With a process for each request it is a process
 * beside those, which takes none of their places.
 *
 * What comes of it is told (announce.h) and logged, and changes nothing else. While an engine
 * finishes, nothing here does anything.
 */
#ifndef PROGRAM_PROBE_H
#define PROGRAM_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "loop/timer.h"

struct call;
struct engine;

/* The engine's. */
struct probe {
	struct timer timer;
	struct call *call; /* borrowed; under way; NULL: none */
	struct call *late; /* borrowed; is over, and may still be answered; NULL: none */
	int64_t due;       /* clock_ms(): when the timer ends, while there is a call */
	int64_t since;     /* clock_ms(): before that the call's time did not pass */
	bool unread;       /* since then it waits for the program to read */
	bool open;         /* the program can be asked */
	bool passed;       /* since it began to be */
};

void probe_init(struct engine *e);

/* What the engine's spec says of it counts from now on. */
void probe_declared(struct engine *e);
/* The program can be asked: it is, in the next turn of the loop, and then in each interval. */
void probe_begin(struct engine *e);
/* It is to be asked no more, and of what it was asked nothing comes. */
void probe_end(struct engine *e);
/* It is gone, or ended for what it did. What it was asked has not been answered yet. */
void probe_gone(struct engine *e);
/* The program has answered one that was over. */
void probe_late(struct engine *e);

#endif
