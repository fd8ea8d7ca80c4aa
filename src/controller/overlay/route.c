/* Routes and what is held back. Invariant: a node has something held only while it moves. */
#include "controller/overlay/route.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"

/* Links above most nodes: their route needs no memory of its own. */
#define ROUTE_NEAR 16

struct held {
	int node;          /* for whom */
	struct message m;  /* its payload is `bytes`, with its traceparent behind it */
	struct held *prev; /* utlist */
	struct held *next;
	char bytes[];
};

static size_t links_above(const struct node *n)
{
	size_t count = 0;

	for (; n; n = n->link.up)
		count++;
	return count;
}

void route_now(struct controller *c, struct node *n, const struct message *m)
{
	struct message routed = *m;
	int32_t near[ROUTE_NEAR];
	cleanup_free int32_t *far = NULL;
	int32_t *route = near;
	size_t count = links_above(n);
	const struct node *step = n;

	if (node_unreachable(n))
		return; /* what it did not answer is sent again when it is back */
	if (count > MESSAGE_ROUTE_MAX) {
		log_error("route", "node %d is %zu links away", n->id, count);
		return;
	}
	if (count > ROUTE_NEAR)
		route = far = mem_new_array(count, sizeof *far);
	for (size_t i = count; i-- > 0; step = step->link.up)
		route[i] = step->id;
	/* The first hop is the controller's own. */
	routed.hop = 1;
	routed.route_len = (uint16_t)count;
	routed.route = route;
	routed.node = n->id;
	routed.incarnation = n->incarnation;
	if (!children_send(c->children, route[0], &routed))
		log_debug("route", "no way to node %d", n->id);
}

void route_post(struct controller *c, struct node *n, const struct message *m)
{
	struct node *moving = n;
	struct held *held;

	while (moving && !moving->link.move.leaving)
		moving = moving->link.up;
	if (!moving) {
		route_now(c, n, m);
		return;
	}
	held = mem_new(sizeof *held + m->payload_size + (m->traceparent ? TRACEPARENT_SIZE : 0));
	held->node = n->id;
	held->m = *m;
	held->m.incarnation = n->incarnation;
	if (m->payload_size)
		memcpy(held->bytes, m->payload, m->payload_size);
	held->m.payload = held->bytes;
	if (m->traceparent)
		held->m.traceparent =
		    memcpy(held->bytes + m->payload_size, m->traceparent, TRACEPARENT_SIZE);
	DL_APPEND(moving->link.move.held, held);
}

void route_flush(struct controller *c, struct node *n)
{
	struct held *all = n->link.move.held;
	struct held *held;
	struct held *next;
	struct node *target;

	n->link.move.held = NULL;
	DL_FOREACH_SAFE (all, held, next) {
		target = node_find(c->nodes, held->node);
		if (target && target->incarnation == held->m.incarnation)
			route_post(c, target, &held->m);
		free(held);
	}
}

void route_drop_requests(struct node *n)
{
	struct held *held;
	struct held *next;

	for (struct node *up = n; up; up = up->link.up) {
		DL_FOREACH_SAFE (up->link.move.held, held, next) {
			if (held->node != n->id || !held->m.request)
				continue;
			DL_DELETE(up->link.move.held, held);
			free(held);
		}
	}
}

void route_drop(struct node *n)
{
	struct held *held;
	struct held *next;

	DL_FOREACH_SAFE (n->link.move.held, held, next) {
		free(held);
	}
	n->link.move.held = NULL;
}
