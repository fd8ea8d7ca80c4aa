/*
 * What services the nodes that a session created have: is it search? Pure bookkeeping.
 */
#ifndef CTL_KNOWN_H
#define CTL_KNOWN_H

#include <stdbool.h>
#include <uthash.h>

struct known_service {
	int id;
	bool search;
	bool known;       /* a create was answered well */
	bool stale;       /* on a former connection: another tree may be there now */
	unsigned pending; /* creates that were not answered yet */
	UT_hash_handle hh;
};

/* NULL: nothing is known of that node. */
const struct known_service *known_find(struct known_service *const *table, int id);
/* A create was sent. */
void known_begin(struct known_service **table, int id);
/* It was answered. What a killed node had is kept: the lines behind a bare `exec` belong to it also
 * when the node is gone. */
void known_end(struct known_service **table, int id, bool good, bool search);
/* The connection is another one. */
void known_doubt(struct known_service *table);
void known_free(struct known_service **table);

#endif
