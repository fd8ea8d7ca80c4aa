/*
 * Time. Everything that decides anything runs on the monotonic clock, which all processes of one
 * machine share (clock_gettime(2), CLOCK_MONOTONIC); the wall clock is for people only.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds, microseconds of CLOCK_MONOTONIC. Never 0. Any thread. */
int64_t clock_ms(void);
int64_t clock_us(void);
/* Nanoseconds of the same clock, as other programs of this machine have them. Any thread. */
uint64_t clock_ns(void);
/* A time of clock_ns() as clock_ms() has it. */
static inline int64_t clock_ns_ms(uint64_t ns)
{
	return (int64_t)(ns / 1000000) + 1;
}

/* The time on CLOCK_MONOTONIC that many milliseconds from now: for pthread_cond_timedwait(3). */
struct timespec;
void clock_after(int64_t ms, struct timespec *then);

/* Microseconds of CLOCK_REALTIME, since 1970. Any thread. */
int64_t clock_wall_us(void);
/* Such microseconds as RFC 3339 UTC, "2026-11-20T19:01:05.123456Z". */
#define CLOCK_TEXT_SIZE 40
void clock_text(int64_t wall_us, char text[CLOCK_TEXT_SIZE]);

#endif
