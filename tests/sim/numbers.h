/* Things by number, in the order in which they came. */
#ifndef SIM_NUMBERS_H
#define SIM_NUMBERS_H

#include <stddef.h>

/* Zero-initialise. */
struct numbers {
	void **items; /* owned, with what they point to */
	size_t count;
	size_t room;
};

/* Its number, from 0 on. item: from malloc(); taken. */
size_t numbers_add(struct numbers *numbers, void *item);
void numbers_free(struct numbers *numbers);

#endif
