/*
 * The floor: what the same work costs with nothing but a Unix socket, processes and raw libzmq.
 *
 * A chain of depth D is a head process behind a Unix socket and D processes below it, joined by
 * PAIR sockets over ipc; a word goes down to the last one and comes back. No JSON, no routing, no
 * deadlines, no ids. Each process makes its libzmq context after it was forked; this one has none.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "floor_word.h"
#include "stats.h"

struct floor_chain {
	char *path; /* of its Unix socket; owned */
	int fd;     /* connected to it; -1: not */
};

/* Starts the processes. On failure, too, the caller frees it. */
int floor_chain_open(struct floor_chain *chain, size_t depth, const char *name, struct error *err);
/* The same for the process that starts bare workers: `worker` is their program, borrowed. */
int floor_starter_open(struct floor_chain *chain, const char *worker, struct error *err);
/* Once all processes are started, lest one inherits the connection. A chain serves one at a time.
 */
int floor_chain_connect(struct floor_chain *chain, struct error *err);
void floor_chain_free(struct floor_chain *chain);

/* `count` round trips one after the other, in microseconds. */
int floor_round_trips(struct floor_chain *chain, size_t count, struct samples *samples,
                      struct error *err);
/* `count` words through the PAIR chain alone, `window` of them under way: one sample, words a
 * second. */
int floor_flood(struct floor_chain *chain, size_t count, size_t window, struct samples *samples,
                struct error *err);
/* `count` workers one after the other, each until its first message is there, in microseconds;
 * then ends them. */
int floor_starts(struct floor_chain *starter, size_t count, struct samples *samples,
                 struct error *err);

#endif
