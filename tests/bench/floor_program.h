/* A program that is driven with nothing between: over two pipes, messages written as dtree does. */
#ifndef BENCH_FLOOR_PROGRAM_H
#define BENCH_FLOOR_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/mem.h"
#include "stats.h"
#include "talk.h"

struct bare {
	int to;           /* its standard input; -1: not started */
	struct talk from; /* its standard output */
};

/* The value of a program before it is started. */
#define BARE_CLOSED \
	(struct bare) \
	{ \
		.to = -1, .from.fd = -1 \
	}

/* A program with pipes as its standard input and output, of which `to` and `from` are the other
 * ends; -1 on failure, with errno. */
pid_t bare_spawn(char *const *argv, int *to, int *from);

/* On failure, too, the caller closes. */
int bare_open(struct bare *bare, char *const *argv, struct error *err);
void bare_close(struct bare *bare);
/* `count` messages, `window` of them under way: one sample, answers a second. `wanted` is a part of
 * each. */
int bare_flood(struct bare *bare, void (*write)(struct buffer *out, size_t number),
               const char *wanted, size_t count, size_t window, struct samples *samples,
               struct error *err);

#endif
