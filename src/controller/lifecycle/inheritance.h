/*
 * What a former dtreed wrote down, as it was read of the registry: the tree and its nodes are made
 * of it, and no process is touched. adopt.h goes on with it.
 */
#ifndef CONTROLLER_LIFECYCLE_INHERITANCE_H
#define CONTROLLER_LIFECYCLE_INHERITANCE_H

#include "controller/lifecycle/terms.h"
#include "controller/node/core.h"

struct departure;

/* A row, with strings that stay. */
struct heir {
	struct registry_row row; /* of its strings only the cause */
	const char *service;     /* static */
	struct node_terms terms;
	char *cause; /* owned */
};

struct adoption {
	struct controller *controller; /* borrowed */
	struct heir *heirs;
	size_t count;
	size_t room;
	bool same_boot;            /* the machine has not started anew */
	bool same_links;           /* the links are where they were */
	bool same_form;            /* and are made in the same way */
	bool here;                 /* it was written in this very directory, and is no copy */
	bool ended;                /* in order */
	bool epoch_kept;           /* outside of the registry */
	struct departure *strays;  /* whose nodes are not to be */
	struct departure *formers; /* whose nodes get another process */
};

/* dir NULL: there is nothing, and nothing will be kept. ERR_INTERNAL and the file's name where the
 * registry cannot be had, does not add up, or is another topology's. */
struct adoption *adopt_load(struct controller *c, const char *dir, struct error *err);
void adopt_free(struct adoption *a);

#endif
