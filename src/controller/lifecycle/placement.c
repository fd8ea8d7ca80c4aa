/* Owns node.order. Invariant: of two edits the later one has the higher order. */
#include "controller/lifecycle/placement.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/parse.h"
#include "controller/lifecycle/internal.h"
#include "controller/node/persist.h"

static bool placement_may_be_parent(void *arg, int id)
{
	const struct controller *c = arg;
	const struct node *n;

	if (id == NODE_CONTROLLER)
		return true;
	n = node_find(c->nodes, id);
	/* One that is starting is waited for. */
	return n && (node_available(n) || node_is_coming(n));
}

int placement_choose(struct controller *c, int id, const int *parent, struct tree_edits *edits,
                     struct error *err)
{
	const struct topology_request request = {.id = id,
	                                         .has_parent = parent,
	                                         .parent = parent ? *parent : 0,
	                                         .available = placement_may_be_parent,
	                                         .arg = c};

	return c->lifecycle->topology->place(c->tree, &request, edits, err);
}

int placement_move(const struct controller *c, int id, int parent, struct tree_edits *edits,
                   struct error *err)
{
	return topology_move(c->lifecycle->topology, c->tree, id, parent, edits, err);
}

void placement_apply(struct controller *c, const struct tree_edits *edits)
{
	struct error err;

	for (size_t i = 0; i < edits->count; i++) {
		struct node *n = node_find(c->nodes, edits->items[i].child);
		if (tree_apply(c->tree, &edits->items[i], &err)) {
			log_error("tree", "the tree is broken: %s", err.text);
			abort();
		}
		if (!n || edits->items[i].kind == EDIT_REMOVE)
			continue;
		n->record.order = ++c->lifecycle->last_order;
		persist_node(c, n);
	}
}

void placement_remove(struct controller *c, int id)
{
	struct tree_edits edits = {0};

	topology_remove(c->tree, id, &edits);
	placement_apply(c, &edits);
	tree_edits_free(&edits);
}

void placement_withdraw(struct controller *c, int id)
{
	struct tree_edits edits = {0};

	topology_withdraw(c->tree, id, &edits);
	placement_apply(c, &edits);
	tree_edits_free(&edits);
}
