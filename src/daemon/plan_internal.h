/* What the parts of a plan share: plan_match.c says who is who, plan_place.c where each goes,
 * plan.c makes the steps. */
#ifndef DAEMON_PLAN_INTERNAL_H
#define DAEMON_PLAN_INTERNAL_H

#include <uthash.h>

#include "controller/node/after_ids.h"
#include "daemon/plan.h"

enum item_walk { ITEM_UNSEEN, ITEM_ON_THE_WAY, ITEM_PLACED };

/* A node that is declared, or there, or both. */
struct plan_item {
	int id;                             /* the key */
	const struct declared_node *wanted; /* NULL: it is not declared */
	const struct plan_node *there;      /* NULL: it is not there yet */
	bool left;                          /* it stays as it is, or is not made */
	bool has_target;                    /* its parent is said, */
	int target;                         /* and is this */
	enum item_walk walk;                /* of the ordering */
	int parent;                         /* as it is behind the steps so far; of a list */
	struct plan_item *behind;           /* in a list, the same; NULL: it is the last */
	size_t step;                        /* its last step, from 1; 0: none */
	bool planned;                       /* its steps are made */
	const struct plan_item *awaits;     /* what must be there before it; NULL: not known */
	const struct plan_item *kept;       /* what keeps it from being removed; NULL: nothing */
	UT_hash_handle hh;
};

/* A name, and whose it is. */
struct plan_name {
	const char *name; /* the key */
	struct plan_item *there;
	struct plan_item *wanted;
	UT_hash_handle hh;
};

struct planning {
	const struct plan_input *in;
	struct plan *plan;
	struct plan_item *items; /* by id */
	struct plan_name *names;
	struct plan_item **wanted; /* those of the declared nodes, in their order; NULL: left */
	struct plan_item **order;  /* all items, parents before children */
	size_t count;
	struct plan_item *head; /* of a list, behind the steps so far */
};

struct plan_item *plan_find(const struct planning *p, int id);
struct plan_name *plan_find_name(const struct planning *p, const char *name);
/* What is declared of the key, or its default. */
const char *plan_wanted(const struct planning *p, const struct plan_item *item, enum node_key key);
/* The ids that it is started after: how many they are. */
size_t plan_after(const struct planning *p, const struct plan_item *item, int ids[AFTER_MAX]);
/* The item stays as it is: a line, once for each item. */
void plan_leave(struct planning *p, struct plan_item *item, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Fills items and names. */
void plan_match(struct planning *p);
/* Fills the targets and `order`. What has no place is left. */
void plan_place(struct planning *p);
/* Of a list: the item is moved behind that parent; it is put there if it is new. */
void plan_put_behind(struct planning *p, struct plan_item *item, int parent);
/* Of a list: `order` is made anew, as it is behind the steps so far. */
void plan_order_list(struct planning *p);

#endif
