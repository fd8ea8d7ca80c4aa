/* Owns nothing. Invariant: a node is STOPPING while the departure of its process is ordered. */
#include "controller/lifecycle/ordered_end.h"

#include "base/log.h"
#include "controller/exec/dispatch.h"
#include "controller/lifecycle/failure.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/life_times.h"
#include "controller/lifecycle/restart.h"
#include "controller/lifecycle/terminate.h"
#include "controller/node/event.h"
#include "controller/node/persist.h"
#include "controller/overlay/liveness.h"

static void ordered_end_tell(struct controller *c, struct node *n)
{
	restart_never(c, n);
	node_log(n, LOG_LEVEL_INFO, FACT_NODE_STOPPED, "orders", "node %d is stopped", n->id);
	event_publish(c->events, &(struct event){.type = EVENT_NODE_STOPPED,
	                                         .has_id = true,
	                                         .id = n->id,
	                                         .name = node_name(n),
	                                         .pid = n->worker.pid});
}

/* Its process is gone. */
static void ordered_end_on_gone(struct controller *c, uint64_t number, const struct error *err)
{
	struct node *n = persist_find(c, number);
	bool stays;

	if (!n || n->life != LIFE_STOPPING)
		return;
	if (err)
		node_log(n, LOG_LEVEL_ERROR, FACT_NONE, "lifecycle", "node %d: %s", n->id,
		         err->text);
	stays = !n->restart.to_restart;
	life_times_ended(c, n);
	n->departure.id = 0;
	node_set_cause(n, "");
	liveness_forget(c, n);
	if (stays)
		ordered_end_tell(c, n);
	dispatch_fail(c, n, true, stays ? "was stopped" : "is restarting");
	if (stays)
		persist_node(c, n);
	else
		restart_by_order(c, n);
	requests_restart(c->requests, &n->traffic.waiters);
}

void ordered_end(struct controller *c, struct node *n, bool to_restart)
{
	struct departure *leaving =
	    terminate_new(c, terminate_grace(c), false, ordered_end_on_gone, persist_number(n));
	uint64_t id = terminate_id(leaving);

	terminate_add(leaving, n);
	/* What it was asked before is answered first. */
	if (node_is_answering(n) && dispatch_is_busy(n))
		terminate_hold(leaving);
	restart_stopping(n, to_restart);
	if (!to_restart)
		n->restart.recorded = REGISTRY_LIFE_STOPPED;
	persist_node(c, n);
	failure_leaving(c, n);
	/* A create that fails with it may let a kill begin, with which the node leaves then. */
	if (n->departure.id == id)
		terminate_begin(leaving);
}

void ordered_end_quiet(struct controller *c, struct node *n)
{
	terminate_release(c, n->departure.id);
}

void ordered_end_inherited(struct controller *c, struct node *n)
{
	n->restart.joined = 0; /* it has no link to us */
	ordered_end(c, n, false);
}
