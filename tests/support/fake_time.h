/*
 * In place of base/clock.c, loop/timer.c and loop/deferred.c, for a program that has this file
 * among its sources: time passes when a test says so.
 */
#ifndef SUPPORT_FAKE_TIME_H
#define SUPPORT_FAKE_TIME_H

#include <stddef.h>
#include <stdint.h>

/* Timers that are due meanwhile are called in their order; turn() first, and after each. */
void fake_time_pass(int64_t ms, void (*turn)(void));
/* The process is stopped for so long: what was due meanwhile is called late. */
void fake_time_skip(int64_t ms, void (*turn)(void));
/* How many timers run. */
size_t fake_time_timers(void);

#endif
