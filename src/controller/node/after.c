/* Reads the table of nodes. Invariant: no node is, at last, after itself. */
#include "controller/node/after.h"

#include <stdlib.h>

#include "base/mem.h"
#include "controller/node/core.h"
#include "controller/node/program.h"

/* Nodes that a search looks at, each once, wherever it begins. */
struct after_walk {
	struct node **nodes; /* borrowed; the array is owned */
	size_t count;
	size_t room;
	size_t looked;   /* so many of them were looked at */
	uint64_t number; /* of this walk */
};

static uint64_t after_walks;

static void after_walk_add(struct after_walk *walk, struct node *n)
{
	if (!n || n->after.walk == walk->number)
		return;
	n->after.walk = walk->number;
	if (walk->count == walk->room) {
		walk->room = walk->room ? 2 * walk->room : 64;
		walk->nodes = mem_resize(walk->nodes, walk->room * sizeof(struct node *));
	}
	walk->nodes[walk->count++] = n;
}

/* Is the node, at last, after `id`? Those of which that was asked before are not. */
static bool after_leads_to(const struct controller *c, struct after_walk *walk, struct node *from,
                           int id)
{
	after_walk_add(walk, from);
	while (walk->looked < walk->count) {
		const struct node_after *after = &walk->nodes[walk->looked++]->after;

		for (size_t i = 0; i < after->count; i++) {
			if (after->ids[i] == id)
				return true;
			after_walk_add(walk, node_find(c->nodes, after->ids[i]));
		}
	}
	return false;
}

static int after_check_each(const struct controller *c, struct after_walk *walk, int id,
                            const int *ids, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct node *n = node_find(c->nodes, ids[i]);

		if (ids[i] == id)
			return error_set(err, ERR_PARAMS, "node %d cannot be after itself", id);
		if (!n)
			return error_set(err, ERR_NOT_FOUND,
			                 "no node %d, after which node %d is to start", ids[i], id);
		if (after_leads_to(c, walk, n, id))
			return error_set(err, ERR_PARAMS,
			                 "node %d cannot be after node %d, which is after it", id,
			                 ids[i]);
	}
	return 0;
}

int after_check(const struct controller *c, int id, const int *ids, size_t count, struct error *err)
{
	struct after_walk walk = {.number = ++after_walks};
	int rc;

	if (count > AFTER_MAX)
		return error_set(err, ERR_PARAMS, "after has %zu nodes; at most %d are possible",
		                 count, AFTER_MAX);
	rc = after_check_each(c, &walk, id, ids, count, err);
	free(walk.nodes);
	return rc;
}

/* Its program, too, where it has one. */
static bool after_is_there(const struct node *n)
{
	const struct program_report *report = node_program_report(n);

	return node_available(n) &&
	       (!report || report->state == PROGRAM_READY || report->state == PROGRAM_WAITING);
}

const struct node *after_missing(const struct controller *c, const int *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct node *n = node_find(c->nodes, ids[i]);

		if (n && !after_is_there(n))
			return n;
	}
	return NULL;
}

const struct node *after_awaits(const struct controller *c, const struct node *n)
{
	return after_missing(c, n->after.ids, n->after.count);
}

bool after_is_stuck(const struct controller *c, const struct node *n)
{
	struct after_walk walk = {.number = ++after_walks};
	bool stuck = false;

	after_walk_add(&walk, node_find(c->nodes, n->id));
	for (size_t at = 0; at < walk.count && !stuck; at++) {
		const struct node_after *after = &walk.nodes[at]->after;

		for (size_t i = 0; i < after->count; i++) {
			struct node *other = node_find(c->nodes, after->ids[i]);

			if (!other || node_available(other))
				continue;
			stuck = stuck || !node_is_coming(other);
			after_walk_add(&walk, other);
		}
	}
	free(walk.nodes);
	return stuck;
}
