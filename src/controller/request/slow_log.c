/* Owns the log of slow requests. Invariant: `slowest` is sorted, the slowest first. */
#include "controller/request/slow_log.h"

#include <stdlib.h>

#include "base/mem.h"

struct slow_log {
	int64_t ms;
	uint64_t count;
	struct slow_request newest[SLOW_NEWEST]; /* number n stands at n % SLOW_NEWEST */
	struct slow_request slowest[SLOW_SLOWEST];
	size_t slowest_count;
};

struct slow_log *slow_log_new(int64_t ms)
{
	struct slow_log *log = mem_new(sizeof *log);

	log->ms = ms;
	return log;
}

void slow_log_free(struct slow_log *log)
{
	free(log);
}

void slow_log_add(struct slow_log *log, const struct slow_request *slow)
{
	size_t i = log->slowest_count;

	log->newest[log->count++ % SLOW_NEWEST] = *slow;
	if (i == SLOW_SLOWEST && slow->ns <= log->slowest[i - 1].ns)
		return;
	if (i < SLOW_SLOWEST)
		log->slowest_count++;
	else
		i--;
	for (; i > 0 && log->slowest[i - 1].ns < slow->ns; i--)
		log->slowest[i] = log->slowest[i - 1];
	log->slowest[i] = *slow;
}

void slow_log_set(struct slow_log *log, int64_t ms)
{
	log->ms = ms;
}

int64_t slow_log_ms(const struct slow_log *log)
{
	return log->ms;
}

uint64_t slow_log_count(const struct slow_log *log)
{
	return log->count;
}

const struct slow_request *slow_log_newest(const struct slow_log *log, size_t i)
{
	uint64_t first = log->count > SLOW_NEWEST ? log->count - SLOW_NEWEST : 0;

	return first + i < log->count ? &log->newest[(first + i) % SLOW_NEWEST] : NULL;
}

const struct slow_request *slow_log_slowest(const struct slow_log *log, size_t i)
{
	return i < log->slowest_count ? &log->slowest[i] : NULL;
}
