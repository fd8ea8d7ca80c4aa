/* Owns nothing. Invariant: a create that is answered here has its node in the table. */
#include "controller/lifecycle/postponed.h"

#include "base/clock.h"
#include "base/parse.h"
#include "controller/lifecycle/head.h"
#include "controller/lifecycle/launch.h"
#include "controller/lifecycle/placement.h"
#include "controller/lifecycle/restart.h"
#include "controller/lifecycle/wait.h"
#include "controller/node/event.h"
#include "controller/node/persist.h"

static void postponed_on_recorded(void *arg, uint64_t number, const struct error *err)
{
	struct controller *c = arg;
	struct request *r = request_find(c->requests, number);
	struct error why;

	if (!r || request_answered(r))
		return;
	if (err) {
		error_set(&why, ERR_INTERNAL, "node %d is there, but not recorded: %s", r->node,
		          err->text);
		why.outcome = err->outcome;
		request_fail(c->requests, r, &why);
		return;
	}
	request_finish(c->requests, r,
	               &(struct outcome){.id = r->node,
	                                 .parent = tree_has(c->tree, r->node)
	                                               ? tree_parent(c->tree, r->node)
	                                               : NODE_CONTROLLER});
}

int postponed_add(struct controller *c, struct request *r, struct node *n,
                  const struct tree_edits *edits, struct error *err)
{
	if (node_promise(n, err))
		return -1;
	launch_reserve(c, n);
	node_begin_life(n, LIFE_DEAD);
	n->record.phase = REGISTRY_KEPT;
	n->worker.started = clock_ms();
	node_enter(c, n);
	placement_apply(c, edits);
	restart_revive(c, n);
	persist_node(c, n);
	head_record(c);
	wait_node_added(c, n);
	event_publish(c->events, &(struct event){.type = EVENT_NODE_CREATED,
	                                         .has_id = true,
	                                         .id = n->id,
	                                         .name = node_name(n),
	                                         .has_parent = true,
	                                         .parent = tree_parent(c->tree, n->id)});
	r->phase = PHASE_SENT;
	registry_then(c->registry, postponed_on_recorded, c, r->id);
	return 0;
}
