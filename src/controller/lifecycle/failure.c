/* What follows from the loss of a node. Owns nothing. */
#include "controller/lifecycle/failure.h"

#include "base/log.h"
#include "controller/exec/dispatch.h"
#include "controller/lifecycle/create.h"
#include "controller/lifecycle/restart.h"
#include "controller/node/persist.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/orphan.h"
#include "controller/overlay/overlay.h"
#include "controller/overlay/rehome.h"

static void lose(struct controller *c, struct node *n, bool gone, const char *why)
{
	orphan_parent_lost(c, n);
	create_parent_lost(c, n);
	dispatch_fail(c, n, gone, why);
	rehome_all(c);
}

void failure_leaving(struct controller *c, struct node *n)
{
	orphan_parent_lost(c, n);
	create_parent_lost(c, n);
	rehome_all(c);
}

void failure_died(struct controller *c, struct node *n, const char *cause)
{
	n->worker.process = NULL;
	liveness_died(c, n, cause);
	persist_node(c, n);
	overlay_ended(c, n, cause);
	lose(c, n, true, "died");
}

void failure_silent(struct controller *c, struct node *n, int64_t silent_ms)
{
	if (!node_has_joined(n) || node_is_silent(n))
		return;
	orphan_recall(c, n, "nothing is heard from it");
	liveness_silent(c, n, silent_ms);
	lose(c, n, false, "is silent");
}

void failure_hung(struct controller *c, struct node *n, int64_t silent_ms)
{
	(void)c;
	log_warn("liveness", "node %d hangs: no sign of life for %lld ms; process %d is killed",
	         n->id, (long long)silent_ms, (int)n->worker.pid);
	restart_hung(n, silent_ms);
}

void failure_overdue(struct controller *c, struct node *n)
{
	lose(c, n, false, "is silent");
}
