/* What travels through the floor: a word about as large as a tree message with its payload. */
#ifndef BENCH_FLOOR_WORD_H
#define BENCH_FLOOR_WORD_H

#include <stdint.h>

enum floor_what {
	FLOOR_ECHO = 'E',  /* down the chain and back */
	FLOOR_FLOOD = 'F', /* the head sends `count`, `window` under way; answers with ns */
	FLOOR_START = 'S', /* the starter starts a worker and hears from it */
	FLOOR_END = 'K',   /* the starter ends its workers */
};

struct floor_word {
	uint32_t what;
	uint32_t count;
	uint32_t window;
	uint32_t unused;
	int64_t ns;
	char rest[40];
};

#endif
