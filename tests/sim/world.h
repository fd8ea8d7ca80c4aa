/*
 * The simulated world: one clock, one queue of what is to happen, one stream of random numbers.
 * Everything in a run follows from its seed; the log of two runs of one seed is the same.
 *
 * One thread. One world at a time.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Microseconds and milliseconds of the world. */
#define MS     INT64_C(1000)
#define SECOND INT64_C(1000000)

void world_begin(uint64_t seed);
/* Drops what was still to happen. */
void world_end(void);

/* Microseconds, also what base/clock.h gives. */
int64_t world_now(void);
/* Calls fn at that time, or now if it is over; what comes at one time comes in the order of these
 * calls. arg stays valid until world_end(); number is the caller's. */
typedef void world_fn(void *arg, uint64_t number);
void world_at(int64_t when, world_fn *fn, void *arg, uint64_t number);
/* Lets the next thing happen. false: there is none before that time, which it is now. */
bool world_step(int64_t until);
/* Things that happened so far. */
uint64_t world_steps(void);

/* From 0 to below - 1. */
uint64_t world_random(uint64_t below);
/* From low to high, both included. */
int64_t world_between(int64_t low, int64_t high);
bool world_chance(unsigned per_mille);

/* A line of the log, without a newline; who is NULL for the world itself. Nothing unless the log
 * goes somewhere: most seeds are run without. */
void world_log(const char *who, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Lines of the log go there, too; NULL: nowhere. With debug, also those of level debug. */
void world_trace(FILE *to, bool debug);
bool world_traces(void);
bool world_traces_debug(void);
/* Of all that was logged and of all that happened; the same for each run whose log goes to where
 * that of the other went. */
uint64_t world_hash(void);
void world_mix(uint64_t value);

/* What must not be: the first is kept and told. */
void world_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* NULL: nothing failed. */
const char *world_failure(void);

#endif
