/* The messages of the floor: words about as large as a tree message with its payload. */
#ifndef BENCH_FLOOR_WORD_H
#define BENCH_FLOOR_WORD_H

#include <stdint.h>

enum floor_what {
	FLOOR_ECHO = 'E',  /* down the chain and back */
	FLOOR_FLOOD = 'F', /* the head sends `count`, `window` under way; answers with ns */
	FLOOR_START = 'S', /* the starter starts `count` workers and hears from all */
	FLOOR_WATCH = 'W', /* it starts one; answers with its pid, and once more when it is dead */
	FLOOR_RUN = 'R',   /* the runner runs its program `count` times, `window` at once */
	FLOOR_END = 'K',   /* it ends its workers */
	FLOOR_SWEEP = 'P', /* the head asks all of a tree */
	FLOOR_BEAT = 'B',  /* all of a tree beat with their neighbours, each `ms`; 0: no more */
	FLOOR_PULSE = 'H', /* such a beat */
};

struct floor_word {
	uint32_t what;
	uint32_t count;
	uint32_t window;
	uint32_t ms;
	int64_t ns;
	int64_t pid;
	char rest[32];
};

#endif
