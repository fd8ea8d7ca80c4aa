/*
 * Owns the queues of a node's traffic. Invariant: a window that has a queue is in traffic.waiting,
 * and has a ring exactly while it is there.
 */
#include "controller/exec/window.h"

#include <utlist.h>

#include "base/clock.h"
#include "controller/node/names.h"

/* The lane that it counts in; NULL: it is of the controller's own, or of a pool. */
static struct lane *window_lane(const struct request *r)
{
	if (r->kind->pooled)
		return NULL;
	/* What is told has left its lane, which may be there for others. */
	if (!r->entries[0].lane && r->session)
		return lane_find(&r->session->lanes, r->node);
	return r->entries[0].lane;
}

/* The two windows that a request of that lane counts in: the node's, and its lane's or its pool's;
 * *own is NULL for the controller's own. */
static struct window *windows_of(struct node *n, const struct request *r, struct lane *lane,
                                 struct window **own)
{
	bool ping = r->kind->is_ping;

	if (r->kind->pooled) {
		*own = &n->label->pool;
		return &n->traffic.execs;
	}
	*own = NULL;
	if (lane)
		*own = ping ? &lane->pings : &lane->execs;
	return ping ? &n->traffic.pings : &n->traffic.execs;
}

static bool window_has_room(const struct window *w, size_t size, size_t requests, size_t bytes)
{
	return w->requests == 0 || (w->requests < requests && w->bytes + size <= bytes);
}

static void window_count(struct window *w, size_t size, bool more)
{
	w->requests = more ? w->requests + 1 : w->requests - 1;
	w->bytes = more ? w->bytes + size : w->bytes - size;
}

/* A lane that has something at the node is one of its sessions. */
static void window_count_lane(struct node *n, struct window *lane, const struct request *r,
                              bool more)
{
	if (!lane)
		return;
	window_count(lane, r->args_size, more);
	if (!r->kind->is_ping && lane->requests == more)
		n->traffic.sessions += more ? 1u : -1u;
}

void window_sent(struct controller *c, struct node *n, struct request *r)
{
	r->at_node = true;
	r->phase = PHASE_SENT;
	r->at.sent = clock_ns();
	r->at.way = n->traffic.way;
	r->serial = ++n->traffic.requests;
	request_move(r, &n->traffic.sent);
	request_sent(c->requests, r);
}

/* It was not sent at once. */
void window_waits(struct node *n, struct request *r)
{
	struct window *lane;
	const struct window *node = windows_of(n, r, window_lane(r), &lane);
	const struct window *w =
	    lane && !window_has_room(lane, r->args_size, LANE_REQUESTS, LANE_BYTES) ? lane : node;

	if (!r->at.ready)
		r->at.ready = clock_ns();
	r->at.own = w == lane && !r->kind->pooled;
	r->at.behind_of = n->traffic.sessions;
	r->at.behind = (uint32_t)(w->requests ? w->requests : 1);
}

void window_queue(struct node *n, struct request *r)
{
	struct window *lane;
	struct window *node = windows_of(n, r, window_lane(r), &lane);
	struct window *w = lane ? lane : node;

	r->phase = PHASE_QUEUED;
	if (n->label && !r->kind->is_ping)
		request_move_counted(r, &w->queue, &n->label->queued);
	else
		request_move(r, &w->queue);
	if (w->ring)
		return;
	w->ring = &n->traffic.waiting;
	DL_APPEND(n->traffic.waiting, w);
}

/* In order: a small request does not overtake a large one of its session. true: something was sent.
 */
static bool window_pump_one(struct controller *c, struct node *n, struct window *w)
{
	struct window *lane;
	struct window *node;
	struct request *r;
	bool sent = false;

	while ((r = w->queue)) {
		node = windows_of(n, r, window_lane(r), &lane);
		if (!window_has_room(node, r->args_size, NODE_REQUESTS, NODE_BYTES) ||
		    (lane && !window_has_room(lane, r->args_size, LANE_REQUESTS, LANE_BYTES)))
			break;
		r->at.before = (uint32_t)n->traffic.execs.requests;
		r->at.before_of = n->traffic.sessions;
		window_count(node, r->args_size, true);
		window_count_lane(n, lane, r, true);
		window_sent(c, n, r);
		r->kind->send(c, n, r);
		sent = true;
	}
	return sent;
}

/* A full lane holds up no other. One that had room goes to the end, so that the others come first
 * next time that the node has some. */
void window_pump(struct controller *c, struct node *n)
{
	struct window *w;
	struct window *next;

	DL_FOREACH_SAFE (n->traffic.waiting, w, next) {
		bool sent = window_pump_one(c, n, w);
		if (!w->queue) {
			window_leave(w);
		} else if (sent) {
			DL_DELETE(n->traffic.waiting, w);
			DL_APPEND(n->traffic.waiting, w);
		}
	}
}

void window_settled(struct node *n, const struct request *r)
{
	struct lane *lane = window_lane(r);
	struct window *own;
	struct window *node = windows_of(n, r, lane, &own);

	window_count(node, r->args_size, false);
	window_count_lane(n, own, r, false);
	if (lane)
		lane_drop_if_empty(lane);
}
