/*
 * The floor: the cost of the same work with only a Unix socket, processes and plain libzmq.
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

/* The value of a chain before it is opened. */
#define FLOOR_CLOSED \
	(struct floor_chain) \
	{ \
		.fd = -1 \
	}

/* Starts the processes. On failure, too, the caller frees it. */
int floor_chain_open(struct floor_chain *chain, size_t depth, const char *name, struct error *err);
/* The same for a chain of one process that writes what it gets to SQLite before it answers: all
 * that has come in one commit. */
int floor_keeper_open(struct floor_chain *chain, struct error *err);
/* The same for a chain of one process that has the word answered by a program, a line for a line,
 * over two pipes. argv is borrowed. */
int floor_lines_open(struct floor_chain *chain, char *const *argv, struct error *err);
/* The same for the process that runs a program again and again; argv is borrowed. */
int floor_runner_open(struct floor_chain *chain, char *const *argv, struct error *err);
/* The same for the process that starts bare workers: `worker` is their program, borrowed. */
int floor_starter_open(struct floor_chain *chain, const char *worker, struct error *err);
/* The same for a tree of `count` processes, each with up to `fan` below it; the head is behind the
 * Unix socket. */
int floor_tree_open(struct floor_chain *tree, size_t count, size_t fan, struct error *err);
/* Call it after all processes are started, so that none inherits the connection. A chain serves one
 * connection at a time. */
int floor_chain_connect(struct floor_chain *chain, struct error *err);
void floor_chain_free(struct floor_chain *chain);

/* `count` round trips one after the other, in microseconds. */
int floor_round_trips(struct floor_chain *chain, size_t count, struct samples *samples,
                      struct error *err);
/* `count` words through the PAIR chain alone, `window` of them under way: one sample, words a
 * second. */
int floor_flood(struct floor_chain *chain, size_t count, size_t window, struct samples *samples,
                struct error *err);
/* Starts `count` workers one after the other, each until its first message has come, in
 * microseconds; then ends them. */
int floor_starts(struct floor_chain *starter, size_t count, struct samples *samples,
                 struct error *err);
/* Starts `count` workers at once, until the first messages of all have come: one sample, in
 * milliseconds. They stay until floor_end(). */
int floor_starts_together(struct floor_chain *starter, size_t count, struct samples *samples,
                          struct error *err);
/* Runs the program `count` times, `window` at once: one sample, runs a second. */
int floor_runs(struct floor_chain *runner, size_t count, size_t window, struct samples *samples,
               struct error *err);
int floor_end(struct floor_chain *starter, struct error *err);
/* `count` times: from the kill -9 of a worker until the report of it has come, in microseconds. */
int floor_deaths(struct floor_chain *starter, size_t count, struct samples *samples,
                 struct error *err);
/* `count` times: one word down each link of the tree and one up, in milliseconds. */
int floor_sweeps(struct floor_chain *tree, size_t count, struct samples *samples,
                 struct error *err);
/* From now on all processes of a tree send a word over each link, both ways, each `ms`; 0: no
 * more. */
int floor_beat(struct floor_chain *tree, uint32_t ms, struct error *err);

#endif
