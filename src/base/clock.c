/* The two clocks. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int64_t clock_us(void)
{
	return (int64_t)(clock_ns() / 1000) + 1;
}

int64_t clock_ms(void)
{
	return clock_us() / 1000 + 1;
}

void clock_after(int64_t ms, struct timespec *then)
{
	int64_t us = clock_us() + ms * 1000;

	*then = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

int64_t clock_wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void clock_text(int64_t wall_us, char text[CLOCK_TEXT_SIZE])
{
	time_t seconds = wall_us / 1000000;
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, CLOCK_TEXT_SIZE - n, ".%06ldZ", (long)(wall_us % 1000000));
}
