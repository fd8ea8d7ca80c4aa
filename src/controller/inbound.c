/* Finds the node that a message or an event is for, and the handler. Owns nothing. Invariant: what
 * is not expected changes nothing. */
#include "controller/inbound.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/exec/dispatch.h"
#include "controller/exec/stream.h"
#include "controller/exec/sweep.h"
#include "controller/exec/trace_word.h"
#include "controller/lifecycle/create.h"
#include "controller/lifecycle/failure.h"
#include "controller/lifecycle/last_word.h"
#include "controller/lifecycle/lifecycle.h"
#include "controller/lifecycle/ordered_end.h"
#include "controller/lifecycle/restart.h"
#include "controller/lifecycle/terminate.h"
#include "controller/overlay/digest.h"
#include "controller/overlay/link_events.h"
#include "controller/overlay/orphan.h"
#include "controller/overlay/overlay.h"
#include "controller/overlay/program_word.h"
#include "controller/overlay/rehome.h"
#include "controller/overlay/reload_word.h"
#include "controller/overlay/report.h"

/* Deaths of nodes that were taken over and not heard of count for so long after the start of dtreed
 * as deaths before it. */
#define SAME_END_MS 5000

/* The node of that life, if it is in the table. */
static struct node *find_life(struct controller *c, int id, uint32_t incarnation)
{
	struct node *n = node_find(c->nodes, id);

	return n && n->incarnation == incarnation ? n : NULL;
}

/* It has not followed this dtreed, which has just begun: what killed the former one killed it too,
 * and many processes take their time to end. */
static bool died_with_former(const struct controller *c, const struct node *n)
{
	return n->link.unadopted && lifecycle_uptime_ms(c) < SAME_END_MS;
}

void inbound_process_ended(void *arg, const struct process_tag *tag, const char *cause)
{
	struct controller *c = arg;
	struct node *n = find_life(c, tag->node, tag->incarnation);
	bool was_dying = n && died_with_former(c, n);
	cleanup_free char *why = n ? last_word_cause(n, cause) : NULL;
	struct error err;

	lifecycle_ended(c, tag->incarnation);
	if (tag->departure) {
		/* In the table still: it is stopped, or the whole tree ends. */
		if (n) {
			n->worker.process = NULL;
			reload_word_forget(c, n);
			n->restart.joined = 0;
			if (n->life != LIFE_STOPPING && !node_is_down(n))
				node_set_life(n, LIFE_DEAD, cause);
			/* It may have told of inherited nodes after its stop was ordered. */
			if (n->life == LIFE_STOPPING)
				orphan_parent_lost(c, n);
			if (n->link.state != LINK_NONE)
				overlay_ended(c, n, cause);
			n->departure.former = false;
		}
		terminate_process_gone(c, tag);
	} else if (n && node_is_new(n)) {
		n->worker.process = NULL;
		error_set(&err, ERR_INTERNAL, "the worker ended before it was ready: %s", why);
		create_failed(c, n, &err);
	} else if (n && node_is_down(n)) {
		n->worker.process = NULL;
		reload_word_forget(c, n);
		node_set_link(n, LINK_NONE, cause);
		restart_failed(c, n, why);
	} else if (n) {
		free(why);
		why = restart_cause(n, cause);
		failure_died(c, n, why);
		if (n->link.ending || was_dying)
			restart_revive(c, n);
		else
			restart_died(c, n);
	}
}

/* Did it come of its own accord, because its parent is lost? */
static bool returned(const struct node *n, uint64_t generation)
{
	return node_has_joined(n) && generation > n->link.generation;
}

static bool on_accept(void *arg, const struct peer_name *name)
{
	const struct node *n = find_life(arg, name->id, name->incarnation);

	return n && (link_events_expected(n, NODE_CONTROLLER, name->generation) ||
	             returned(n, name->generation));
}

static void on_linked(void *arg, const struct peer_name *name)
{
	struct controller *c = arg;
	struct node *n = find_life(c, name->id, name->incarnation);

	if (link_events_expected(n, NODE_CONTROLLER, name->generation))
		link_events_made(c, n, name->generation);
	else
		orphan_returned(c, n, name->generation);
}

static void on_silent(void *arg, const struct peer_name *name, int64_t silent_ms)
{
	struct controller *c = arg;
	/* The child whose name it is may be gone behind link_events_silent(). */
	const struct peer_name own = *name;
	struct node *n = find_life(c, own.id, own.incarnation);

	if (!n || !link_events_silent(c, n, NULL, own.generation, silent_ms))
		children_forget(c->children, &own);
}

static void on_beat(void *arg, const struct peer_name *name, uint64_t digest)
{
	struct node *n = find_life(arg, name->id, name->incarnation);

	if (n && node_has_joined(n) && !n->link.up && n->link.generation == name->generation)
		digest_heard(arg, n, digest);
}

static void on_back(void *arg, const struct peer_name *name)
{
	struct node *n = find_life(arg, name->id, name->incarnation);

	/* It joins: one that was available came back over a new link. */
	if (n)
		n->link.hushed = false;
}

static void hear_taken(struct controller *c, const struct node *n, const struct message *m)
{
	struct request *r = request_find(c->requests, m->request);

	if (r && r->at_node && r->node == n->id)
		stream_taken(r, m->taken.bytes, m->flags & FLAG_LAST);
}

static void hear(struct controller *c, const struct peer_name *from, struct node *n,
                 const struct message *m)
{
	switch (m->type) {
	case MSG_PONG:
	case MSG_OFFER:
	case MSG_RESULT:
		dispatch_answer(c, n, m);
		break;
	case MSG_PROGRESS:
		dispatch_progress(c, n, m);
		break;
	case MSG_TRACE:
		trace_word_take(c, n, m);
		break;
	case MSG_TAKEN:
		hear_taken(c, n, m);
		break;
	case MSG_LEFT:
		if (m->node == from->id)
			children_leaving(c->children, from);
		rehome_left(c, n, m->left.link_generation);
		break;
	case MSG_ARRIVED:
		link_events_arrived(c, n, m->arrived.link_generation);
		break;
	case MSG_REPORT:
		report_take(c, n, m);
		break;
	case MSG_EVENT:
		program_word_event(c, n, m);
		break;
	case MSG_RELOADED:
		reload_word_take(c, n, m);
		break;
	case MSG_HELLO:
	case MSG_WELCOME:
	case MSG_HEARTBEAT:
	case MSG_INTERVAL:
	case MSG_PING:
	case MSG_EXEC:
	case MSG_DATA:
	case MSG_CANCEL:
	case MSG_CREDIT:
	case MSG_SETTLED:
	case MSG_REHOME:
	case MSG_LEAVE:
	case MSG_RESUME:
	case MSG_FORGET:
	case MSG_ADOPT:
	case MSG_SEEN:
	case MSG_SWEEP:
	case MSG_SWEPT:
	case MSG_PROGRAM_SEEN:
	case MSG_RELOAD:
	case MSG_PROGRAM: /* on_message() has it */
	case MSG_TYPES:
		break; /* none of them goes up */
	}
}

static void on_message(void *arg, const struct peer_name *from, const struct message *m,
                       const struct frame *frame)
{
	struct controller *c = arg;
	struct node *n = find_life(c, m->node, m->incarnation);

	(void)frame;
	/* What a sweep gathered below it is good also if it has died since. */
	if (n && m->type == MSG_SWEPT)
		sweep_swept(c, n, m);
	else if (n && m->type == MSG_PROGRAM)
		program_word_take(c, n, m);
	else if (n && node_has_joined(n))
		hear(c, from, n, m);
}

static void on_joined(struct controller *c, struct node *n)
{
	if (node_is_new(n))
		create_joined(c, n);
	else
		restart_joined(c, n);
}

static void on_resend(struct controller *c, struct node *n)
{
	terminate_resend(c, n);
	dispatch_resend(c, n);
}

const struct overlay_handlers inbound_overlay = {
    .joined = on_joined,
    .silent = failure_silent,
    .overdue = failure_overdue,
    .hung = failure_hung,
    .resend = on_resend,
};

const struct exec_handlers inbound_exec = {
    .quiet = ordered_end_quiet,
};

const struct children_handlers inbound_handlers = {
    .accept = on_accept,
    .linked = on_linked,
    .message = on_message,
    .beat = on_beat,
    .silent = on_silent,
    .back = on_back,
};
