/*
 * Memory of one size that is taken and given back with each request. What is given back is kept for
 * the next: malloc(3) of the C library keeps only seven pieces of a size at hand (glibc 2.36), and
 * puts more together and cuts them up anew.
 *
 * A struct pieces belongs to one thread. Built with AddressSanitizer it keeps nothing, so that a
 * use of what was given back is seen.
 */
#ifndef BASE_PIECES_H
#define BASE_PIECES_H

#include <stddef.h>

/* As many as are usually at work at once. */
#define PIECES_MOST 64

struct piece {
	struct piece *next;
};

struct pieces {
	size_t size; /* set by the owner; of a struct piece at least */
	struct piece *kept;
	size_t count; /* of them: PIECES_MOST at most */
};

/* Never NULL; not zeroed. For pieces_give(), or free(). */
void *pieces_take(struct pieces *p);
/* The same, zeroed. */
void *pieces_new(struct pieces *p);
/* piece: of these. */
void pieces_give(struct pieces *p, void *piece);

#endif
