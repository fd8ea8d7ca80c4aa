/* The children of a node, as sweeps see them: who can be asked, and how much each owes. */
#ifndef WORKER_MEMBER_H
#define WORKER_MEMBER_H

#include <stdbool.h>
#include <uthash.h>

#include "link/frame.h"

struct member {
	int id; /* the key */
	struct link_name name;
	bool silent;
	unsigned owed; /* sweeps sent since it last answered one */
	UT_hash_handle hh;
};

struct member *member_find(struct member *table, int id);
/* It said hello, or speaks again. */
void member_here(struct member **table, const struct link_name *name);
/* It is silent; it is gone. false: another life or a newer link of it is meant. */
bool member_silent(struct member *table, const struct link_name *name);
bool member_gone(struct member **table, const struct link_name *name);
void members_free(struct member **table);

#endif
