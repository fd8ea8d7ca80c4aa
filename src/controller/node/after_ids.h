/* The ids of the nodes that a node is started after (after.h). */
#ifndef CONTROLLER_NODE_AFTER_IDS_H
#define CONTROLLER_NODE_AFTER_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Ids of one node. */
#define AFTER_MAX 32
/* Of their text, with the NUL. */
#define AFTER_TEXT ((size_t)AFTER_MAX * 12 + 1)

/* Zero: there are none. */
struct node_after {
	int *ids; /* owned */
	size_t count;
	uint64_t walk; /* the last search that came by */
};

/* Copies them, in the place of those that were there. */
void after_set(struct node_after *after, const int *ids, size_t count);
void after_free(struct node_after *after);
bool after_same(const struct node_after *after, const int *ids, size_t count);

/* "10,11"; "" for none. */
void after_text(const struct node_after *after, char text[AFTER_TEXT]);
/* Of such a text: 0, or -1 with ERR_PARAMS. */
int after_parse(const char *text, int ids[AFTER_MAX], size_t *count, struct error *err);

#endif
