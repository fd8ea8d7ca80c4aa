/*
 * Owns node.health and the list of outages. Invariant: the list holds the dead
 * and the orphaned that are not reported yet, by `counted`.
 */
#include "controller/overlay/liveness.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/probes.h"
#include "controller/node/event.h"
#include "controller/node/persist.h"
#include "controller/overlay/hang.h"
#include "controller/overlay/internal.h"
#include "loop/timer.h"

struct liveness {
	struct node *outages; /* dead or cut off and not reported, by `counted` */
	struct timer timer;   /* the first of them is overdue */
};

/* ms until the outage is published. */
static int64_t left_of(const struct controller *c, const struct node *n)
{
	return n->health.counted + children_patience(c->children) - children_clock(c->children);
}

static void liveness_arm(struct controller *c)
{
	timer_stop(&c->overlay->liveness->timer);
	if (!c->overlay->heartbeat_ms || !c->overlay->liveness->outages)
		return;
	timer_start(&c->overlay->liveness->timer, left_of(c, c->overlay->liveness->outages));
}

static void unlist(struct controller *c, struct node *n)
{
	if (!n->health.listed)
		return;
	n->health.listed = false;
	DL_DELETE2(c->overlay->liveness->outages, n, health.outage_prev, health.outage_next);
}

static void report(struct controller *c, struct node *n, int64_t silent_ms)
{
	struct event event = {.type = EVENT_HEARTBEAT_LOST,
	                      .has_id = true,
	                      .id = n->id,
	                      .name = node_name(n),
	                      .silent_ms = silent_ms};

	unlist(c, n);
	if (n->health.reported)
		return;
	n->health.reported = true;
	PROBE_HEARTBEAT_LOST(n->id, silent_ms);
	persist_node(c, n);
	node_log(n, LOG_LEVEL_WARN, FACT_HEARTBEAT_LOST, "liveness",
	         "node %d: no sign of life for %lld ms", n->id, (long long)silent_ms);
	event_publish(c->events, &event);
}

static void on_outage(void *arg)
{
	struct controller *c = arg;
	int64_t now = clock_ms();

	/* The hello of an orphan may have come and not been read. */
	children_hear(c->children);
	while (c->overlay->liveness->outages && left_of(c, c->overlay->liveness->outages) <= 0) {
		struct node *n = c->overlay->liveness->outages;
		report(c, n, now - n->health.since);
		if (node_is_orphaned(n)) {
			node_set_link(n, LINK_SILENT, "it does not come");
			hang_begin(c, n, children_patience(c->children));
			c->overlay->handlers->overdue(c, n);
		}
	}
	liveness_arm(c);
}

void liveness_init(struct controller *c)
{
	c->overlay->liveness = mem_new(sizeof *c->overlay->liveness);
	timer_init(&c->overlay->liveness->timer, c->loop, on_outage, c);
}

void liveness_stop(struct controller *c)
{
	timer_stop(&c->overlay->liveness->timer);
	free(c->overlay->liveness);
}

void liveness_interval(struct controller *c, int64_t interval_ms)
{
	struct node *n;

	c->overlay->heartbeat_ms = interval_ms;
	children_interval(c->children, interval_ms);
	DL_FOREACH2(c->overlay->liveness->outages, n, health.outage_next)
	{
		if (!n->health.recounted)
			n->health.counted = children_clock(c->children);
		n->health.recounted = true;
	}
	liveness_arm(c);
	hang_look(c);
}

static void begin_outage(struct controller *c, struct node *n)
{
	if (n->health.since)
		return;
	n->health.since = clock_ms();
	n->health.counted = children_clock(c->children);
	n->health.recounted = false;
	n->health.listed = true;
	DL_APPEND2(c->overlay->liveness->outages, n, health.outage_prev, health.outage_next);
	liveness_arm(c);
}

void liveness_found_dead(struct controller *c, struct node *n)
{
	begin_outage(c, n);
}

static void tell_death(struct controller *c, struct node *n, const char *cause)
{
	struct event event = {.type = EVENT_NODE_DIED,
	                      .has_id = true,
	                      .id = n->id,
	                      .name = node_name(n),
	                      .pid = n->worker.pid,
	                      .cause = cause};

	PROBE_NODE_DIED(n->id, n->worker.pid, cause);
	node_set_life(n, LIFE_DEAD, cause);
	node_set_cause(n, cause);
	node_log(n, LOG_LEVEL_WARN, FACT_NODE_DIED, "liveness", "node %d: process %d died: %s",
	         n->id, (int)n->worker.pid, cause);
	event_publish(c->events, &event);
}

void liveness_found_ended(struct controller *c, struct node *n)
{
	tell_death(c, n, "unknown");
}

void liveness_died(struct controller *c, struct node *n, const char *cause)
{
	begin_outage(c, n);
	tell_death(c, n, cause);
}

void liveness_silent(struct controller *c, struct node *n, int64_t silent_ms)
{
	node_set_link(n, LINK_SILENT, "no sign of life");
	n->health.since = n->health.since ? n->health.since : clock_ms();
	report(c, n, silent_ms);
	hang_begin(c, n, silent_ms);
	liveness_arm(c);
}

void liveness_orphaned(struct controller *c, struct node *n)
{
	begin_outage(c, n);
}

void liveness_back(struct controller *c, struct node *n)
{
	struct event event = {
	    .type = EVENT_HEARTBEAT_RESTORED, .has_id = true, .id = n->id, .name = node_name(n)};

	unlist(c, n);
	if (n->health.since) {
		n->health.ended = clock_ms();
		n->health.last = n->health.ended - n->health.since;
	}
	n->health.since = 0;
	if (!n->health.reported)
		return;
	n->health.reported = false;
	persist_node(c, n);
	node_log(n, LOG_LEVEL_INFO, FACT_HEARTBEAT_RESTORED, "liveness",
	         "node %d is available again", n->id);
	event_publish(c->events, &event);
}

void liveness_forget(struct controller *c, struct node *n)
{
	unlist(c, n);
	liveness_arm(c);
}
