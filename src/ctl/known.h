/*
 * Whether the nodes that a session created run the service search. Pure bookkeeping.
 */
#ifndef CTL_KNOWN_H
#define CTL_KNOWN_H

#include <stdbool.h>
#include <uthash.h>

struct known_service {
	int id;
	bool search;
	bool known;       /* a create has succeeded */
	bool stale;       /* on a former connection: this may be another tree now */
	unsigned pending; /* creates that were not answered yet */
	UT_hash_handle hh;
};

/* NULL: the node is unknown. */
const struct known_service *known_find(struct known_service *const *table, int id);
/* A create was sent. */
void known_begin(struct known_service **table, int id);
/* The create was answered. The entry of a killed node stays: the lines behind a bare `exec` belong
 * to it even if the node is gone. */
void known_end(struct known_service **table, int id, bool good, bool search);
/* The connection has changed: all entries become stale. */
void known_doubt(struct known_service *table);
void known_free(struct known_service **table);

#endif
