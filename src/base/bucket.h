/*
 * A bound on how often something is done: `burst` at once, and `second` in a second on the long
 * run. Pure: the time is given.
 */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket_rate {
	int64_t burst;  /* 1 at least */
	int64_t second; /* the same */
};

/* Zeroed memory: nothing was done for long. */
struct bucket {
	int64_t used;  /* thousandths, as of then */
	int64_t since; /* ms */
};

/* May it be done now? Then it counts as `cost`, which is no more than the burst. */
bool bucket_take(struct bucket *b, const struct bucket_rate *rate, int64_t now_ms, int64_t cost);
/* ms from now until it may; 0: now. */
int64_t bucket_wait(const struct bucket *b, const struct bucket_rate *rate, int64_t now_ms,
                    int64_t cost);

#endif
