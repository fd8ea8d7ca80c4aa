/* The rows of the registry as texts: what each should be, and what is written. The head is one. */
#ifndef CONTROLLER_REGISTRY_CACHE_H
#define CONTROLLER_REGISTRY_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "base/error.h"

/* The head's key; a row's is its data id. */
#define ITEM_HEAD (-1)

struct item {
	int64_t key;
	char *wanted;      /* its text; NULL: it is not to be */
	char *written;     /* in the store; NULL: it is not there; may be the same memory */
	bool dirty;        /* it is on the list */
	struct item *prev; /* utlist */
	struct item *next;
	UT_hash_handle hh;
};

/* What the item is called in the store. */
struct item_name {
	char text[16];
};

struct item_name item_name(const struct item *item);

/* Zero-initialise. */
struct items {
	struct item *all;   /* a hash table */
	struct item *dirty; /* a list */
};

void items_free(struct items *items);

/* One that is written already. -1 with ERR_INTERNAL: there can be none like this. */
int item_load(struct items *items, const char *name, size_t name_size, const char *text,
              size_t text_size, struct error *err);
/* NULL: there is none. Borrowed. */
struct item *item_find(const struct items *items, int64_t key);
/* Sets what the item should be from now on. text: taken; NULL: none. false: it is so
 * already. */
bool item_want(struct items *items, int64_t key, char *text);
void item_soil(struct items *items, struct item *item);
/* Takes it off the list. false: there is nothing to write; it may be freed. */
bool item_clean(struct items *items, struct item *item);
/* That text (taken; NULL: none) is written now; the item may be freed. */
void item_wrote(struct items *items, struct item *item, char *text);

#endif
