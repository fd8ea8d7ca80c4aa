/* Nothing is kept. */
#include "daemon/reload_nodes.h"

#include "base/mem.h"
#include "controller/node/after_ids.h"

struct gathering {
	struct plan_node *nodes;
	size_t count;
	size_t room;
};

static void gather_node(void *arg, const struct node_view *view)
{
	struct gathering *g = arg;
	char after[AFTER_TEXT];
	char *timeout = mem_format("%lld", (long long)view->hang_timeout_ms);

	after_text(view->after, after);
	if (g->count == g->room) {
		g->room = g->room ? 2 * g->room : 64;
		g->nodes = mem_resize(g->nodes, g->room * sizeof *g->nodes);
	}
	g->nodes[g->count++] =
	    (struct plan_node){.id = view->id,
	                       .parent = view->parent,
	                       .values = {[NODE_SERVICE] = view->service,
	                                  [NODE_RESTART] = view->restart,
	                                  [NODE_ON_HANG] = view->on_hang,
	                                  [NODE_HANG_TIMEOUT] = timeout,
	                                  [NODE_AFTER] = *after ? mem_string(after) : NULL,
	                                  [NODE_NAME] = view->name,
	                                  [NODE_GROUP] = view->group},
	                       .declared = view->declared};
}

void reload_nodes_plan(const struct controller *c, const struct config *config, bool prune,
                       struct plan *plan)
{
	struct gathering g = {0};
	struct controller_view view;
	cleanup_free char *timeout = mem_format("%lld", (long long)config->hang_timeout);
	struct plan_input in = {.declared = &config->nodes,
	                        .defaults = {[NODE_SERVICE] = config->service,
	                                     [NODE_RESTART] = config->restart,
	                                     [NODE_ON_HANG] = config->on_hang,
	                                     [NODE_HANG_TIMEOUT] = timeout},
	                        .prune = prune};

	/* Another topology counts at the next start. */
	controller_view_self(c, &view);
	in.place = node_place_of(view.topology);
	if (in.place == NODE_PLACE_BELOW)
		in.defaults[NODE_PARENT] = "-1";
	controller_each_node(c, gather_node, &g);
	in.nodes = g.nodes;
	in.count = g.count;
	plan_make(&in, plan);
	for (size_t i = 0; i < g.count; i++) {
		free((char *)g.nodes[i].values[NODE_HANG_TIMEOUT]);
		free((char *)g.nodes[i].values[NODE_AFTER]);
	}
	free(g.nodes);
}
