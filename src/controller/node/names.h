/*
 * Names and groups of nodes: two indexes of the table of nodes.
 *
 * A name is that of one node in the table at a time, and free again once that is in the table no
 * more. A create that has not begun has a claim: who asks behind it finds the id that it is going
 * to have. A group is there for as long as it has a node.
 */
#ifndef CONTROLLER_NODE_NAMES_H
#define CONTROLLER_NODE_NAMES_H

#include "controller/node/core.h"
#include "controller/node/name_check.h"

/* Lies inside a create. */
struct name_claim {
	struct controller *controller; /* borrowed */
	struct node_name *name;        /* NULL: it claims none */
	int id;
	struct name_claim *prev; /* utlist */
	struct name_claim *next;
};

/* An entry of the index of names. */
struct node_name {
	char *name;                /* the key */
	struct node *node;         /* borrowed; NULL: it has claims only */
	struct name_claim *claims; /* by age; borrowed */
	UT_hash_handle hh;
};

/* What users call a node, and what it has to do as one of its group. One that is there stays as
 * long as its node. */
struct node_label {
	char *name;                /* NULL: it has none */
	char *group;               /* NULL: it is in none */
	struct node_name *entry;   /* borrowed; while it is in the table */
	struct node_group *member; /* the same */
	struct node *group_prev;   /* utlist */
	struct node *group_next;

	/* These are exec's. */
	struct window pool; /* of what came to it as one of its group */
	size_t queued;      /* execs that wait for room in a window */
	uint64_t turn;      /* of its group's choices, the last that fell on it; 0: none */
	uint64_t passed_on; /* the id of the last request that is not to come to it */
};

struct node_group {
	char *name; /* the key */
	size_t count;
	struct node *nodes; /* utlist, label->group_prev and group_next; borrowed */
	uint64_t turns;     /* choices among them so far; see exec/pool.c */
	UT_hash_handle hh;
};

/* The node comes to the table with its name and its group, copied; NULL: it has none. -1 with
 * ERR_NAME_TAKEN that says who has the name: nothing has changed. */
int names_enter(struct controller *c, struct node *n, const char *name, const char *group,
                struct error *err);
/* May the node have that name? Else the same error. */
int names_check(const struct controller *c, const struct node *n, const char *name,
                struct error *err);
/* The node of the table gets another name, copied, which it may have; NULL: it has none. */
void names_set_name(struct controller *c, struct node *n, const char *name);
/* The node of the table comes to another group, copied; NULL: to none. What came to it as one of
 * the former stays with it. */
void names_set_group(struct controller *c, struct node *n, const char *group);
/* The node leaves the table; its name can still be read. */
void names_leave(struct controller *c, struct node *n);
void node_label_free(struct node_label *label);

/* 0, or -1 with ERR_NOT_FOUND. The node of that name; or, where there is none, what the newest
 * claim is for. */
int names_find(const struct controller *c, const char *name, int *id, struct error *err);
/* NULL: no node is in it. */
struct node_group *names_group(const struct controller *c, const char *name);

/* NULL, or what is wrong with the indexes; in names_valid.c. */
const char *names_valid(const struct controller *c);

/* A create that has not begun is to make the node `id` of that name. */
void names_claim(struct controller *c, struct name_claim *claim, const char *name, int id);
/* It has begun, or never will. Nothing for one that claims none. */
void names_unclaim(struct name_claim *claim);

#endif
