/* The settings of a node as they are kept: words are read, strings copied. */
#ifndef CONTROLLER_LIFECYCLE_TERMS_H
#define CONTROLLER_LIFECYCLE_TERMS_H

#include "controller/node/core.h"
#include "controller/request/types.h"

/* Zero: nothing is owned. */
struct node_terms {
	enum restart_policy restart;
	char *name; /* these two owned; NULL: none */
	char *group;
	enum node_declared declared;
	enum on_hang on_hang;
	int64_t hang_timeout_ms;
	struct node_after after; /* owned */
};

/* Of settings without a policy of restarts, `restart` is it. 0; or -1 with ERR_PARAMS that names
 * the culprit: terms_free() is due all the same. */
int terms_read(const struct node_settings *settings, enum restart_policy restart,
               struct node_terms *terms, struct error *err);
void terms_free(struct node_terms *terms);

/* A node that is being made gets them, but for the name and the group, which names_enter() gives.
 */
void terms_give(const struct node_terms *terms, struct node *n);

#endif
