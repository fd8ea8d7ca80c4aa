/*
 * Owns nothing. Invariant: a request on a node's list of sent ones is at_node, and counts in the
 * node's window and in its lane's (a stream of arguments counts in traffic.streams instead).
 */
#include "controller/exec/dispatch.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/exec/answer.h"
#include "controller/exec/internal.h"
#include "controller/exec/result_transfer.h"
#include "controller/exec/slow_word.h"
#include "controller/exec/window.h"
#include "controller/overlay/route.h"

static void dispatch_start(struct controller *c, struct request *r);
static void ping_send(struct controller *c, struct node *n, struct request *r);
static void ping_expire(struct controller *c, struct request *r);

static const struct request_kind exec_kind = {.name = "exec",
                                              .start = dispatch_start,
                                              .expire = dispatch_expire,
                                              .cancel = dispatch_cancel,
                                              .send = dispatch_send,
                                              .finished = dispatch_finished};
static const struct request_kind ping_kind = {.name = "ping",
                                              .is_ping = true,
                                              .start = dispatch_start,
                                              .expire = ping_expire,
                                              .cancel = dispatch_cancel,
                                              .send = ping_send};

/* The message with the arguments from that byte on, as many as it takes. */
static struct message dispatch_part(const struct node *n, const struct request *r, size_t at)
{
	struct message m = {.type = at ? MSG_DATA : MSG_EXEC, .request = r->id};
	uint64_t session = r->session ? r->session->id : 0;
	uint64_t settled = n->traffic.sent->serial;

	if (at) {
		m.data = (struct msg_data){.offset = at,
		                           .session = session,
		                           .deadline = r->deadline,
		                           .serial = r->serial,
		                           .settled = settled};
	} else {
		m.exec = (struct msg_exec){.session = session,
		                           .deadline = r->deadline,
		                           .serial = r->serial,
		                           .settled = settled};
		m.traceparent = r->traceparent;
		m.flags = r->trace ? FLAG_TRACED : 0;
	}
	m.payload = r->args + at;
	m.payload_size = r->args_size - at;
	if (m.payload_size > MESSAGE_PAYLOAD_MAX)
		m.payload_size = MESSAGE_PAYLOAD_MAX;
	if (at + m.payload_size == r->args_size)
		m.flags |= FLAG_LAST;
	return m;
}

/* The first message opens the request, the last one has FLAG_LAST; there is always one. */
void dispatch_send(struct controller *c, struct node *n, struct request *r)
{
	size_t at = 0;

	do {
		struct message m = dispatch_part(n, r, at);
		route_post(c, n, &m);
		at += m.payload_size;
	} while (at < r->args_size);
}

static void ping_send(struct controller *c, struct node *n, struct request *r)
{
	route_post(c, n,
	           &(struct message){
	               .type = MSG_PING, .flags = r->trace ? FLAG_TRACED : 0, .request = r->id});
}

/* Tells the node to forget the request. */
static void dispatch_post_cancel(struct controller *c, struct node *n, const struct request *r)
{
	route_post(c, n, &(struct message){.type = MSG_CANCEL, .request = r->id});
}

static int dispatch_by_age(const void *a, const void *b)
{
	const struct request *x = *(struct request *const *)a;
	const struct request *y = *(struct request *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

/* In the order in which they were asked for: a stream is sent from its opening on, and what stands
 * before it in its lane may have been sent later, but before its end. */
void dispatch_resend(struct controller *c, struct node *n)
{
	cleanup_free struct request **sent = NULL;
	struct request *r;
	size_t count;

	n->traffic.way++;
	DL_COUNT(n->traffic.sent, r, count);
	sent = mem_new_array(count, sizeof *sent);
	count = 0;
	DL_FOREACH (n->traffic.sent, r)
		sent[count++] = r;
	qsort(sent, count, sizeof *sent, dispatch_by_age);
	for (size_t i = 0; i < count; i++) {
		if ((request_answered(sent[i]) || sent[i]->cancelling) && !sent[i]->kind->is_ping)
			dispatch_post_cancel(c, n, sent[i]);
		else
			sent[i]->kind->send(c, n, sent[i]);
	}
}

/* For a life of the node that is coming. */
static void dispatch_wait(struct node *n, struct request *r)
{
	r->phase = PHASE_BLOCKED;
	r->at.waits = node_state_name(n);
	request_move(r, &n->traffic.waiters);
}

struct node *dispatch_find(struct controller *c, struct request *r)
{
	struct node *n = node_find(c->nodes, r->node);
	struct error err;

	if (n && node_is_coming(n)) {
		dispatch_wait(n, r);
		return NULL;
	}
	if (n && node_available(n))
		return n;
	if (!n)
		error_set(&err, ERR_NOT_FOUND, "no node %d", r->node);
	else
		node_refuse(n, &err);
	if (n && r->kind->is_ping)
		ping_expire(c, r);
	else
		request_fail(c->requests, r, &err);
	return NULL;
}

void dispatch_queue(struct controller *c, struct node *n, struct request *r)
{
	window_queue(n, r);
	window_pump(c, n);
	if (r->phase == PHASE_QUEUED)
		window_waits(n, r);
}

static void dispatch_start(struct controller *c, struct request *r)
{
	struct node *n = dispatch_find(c, r);

	if (n)
		dispatch_queue(c, n, r);
}

void dispatch_finished(struct controller *c, struct request *r, const struct outcome *outcome)
{
	(void)outcome;
	result_transfer_drop(c, r);
}

/* A ping without an answer is no error: it says that the node is not available. */
static void ping_expire(struct controller *c, struct request *r)
{
	request_finish(c->requests, r, &(struct outcome){.id = r->node});
}

void dispatch_cancel(struct controller *c, struct request *r, const struct error *err)
{
	struct node *n = node_find(c->nodes, r->node);

	if (!n || !r->at_node || r->kind->is_ping) {
		request_fail(c->requests, r, err);
		return;
	}
	dispatch_post_cancel(c, n, r);
	request_cancelling(c->requests, r);
}

void dispatch_expire(struct controller *c, struct request *r)
{
	struct node *n = node_find(c->nodes, r->node);
	struct error err;

	error_unavailable(&err, r->at_node ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN,
	                  "node %d did not answer within %lld ms", r->node,
	                  (long long)r->timeout_ms);
	if (n && r->at_node)
		dispatch_post_cancel(c, n, r);
	request_fail(c->requests, r, &err);
}

void dispatch_exec(struct session *s, const struct exec_request *asked, outcome_fn *done, void *arg)
{
	request_submit(s->controller->requests, s,
	               &(struct request_spec){.kind = &exec_kind,
	                                      .node = asked->id,
	                                      .in_lane = true,
	                                      .args = asked->args ? asked->args : "",
	                                      .size = asked->size,
	                                      .timeout_ms = asked->timeout_ms,
	                                      .unordered = asked->unordered,
	                                      .progress = asked->progress,
	                                      .traceparent = asked->traceparent,
	                                      .done = done,
	                                      .arg = arg});
}

void dispatch_ping(struct session *s, struct controller *c, int id, outcome_fn *done, void *arg)
{
	request_submit(
	    c->requests, s,
	    &(struct request_spec){
	        .kind = &ping_kind, .node = id, .in_lane = true, .done = done, .arg = arg});
}

bool dispatch_is_busy(const struct node *n)
{
	return n->traffic.sent || node_has_queue(n);
}

/* The node has answered a request that is finished, or it never will. */
static void dispatch_settle(struct controller *c, struct node *n, struct request *r)
{
	/* The next EXEC tells the node of its oldest answers, SETTLED of others. */
	if (n->life != LIFE_RETIRED && !r->kind->is_ping &&
	    (r != n->traffic.sent || r->result_expected))
		route_post(c, n, &(struct message){.type = MSG_SETTLED, .request = r->id});
	r->at_node = false;
	if (r->kind->input)
		n->traffic.inputs--;
	if (r->kind->stream && !r->kind->input)
		n->traffic.streams--;
	else
		window_settled(n, r);
	request_settle(c->requests, r);
	if (n->life == LIFE_STOPPING && !dispatch_is_busy(n))
		c->exec->handlers->quiet(c, n);
}

/* What its node has not begun may be done by another. */
static bool dispatch_goes_on(const struct request *r, const struct error *err)
{
	return r->kind->pass_on && err->outcome == OUTCOME_NOT_RUN && !r->result_expected &&
	       !request_answered(r) && !r->cancelling;
}

/* It was not begun by a node that is restarted by order, and does as well in its next life. */
static bool dispatch_may_wait(const struct node *n, const struct request *r,
                              const struct error *err)
{
	return n->life == LIFE_STOPPING && n->restart.to_restart &&
	       err->outcome == OUTCOME_NOT_RUN && r->kind->start == dispatch_start &&
	       !r->result_expected && !request_answered(r) && !r->cancelling &&
	       r->deadline > clock_ms();
}

static void dispatch_finish(struct controller *c, struct node *n, struct request *r,
                            const struct message *m)
{
	struct outcome outcome;

	answer_read(n, r, m, m->payload ? m->payload : "", m->payload_size, &outcome);
	if (dispatch_goes_on(r, &outcome.error)) {
		dispatch_settle(c, n, r);
		r->kind->pass_on(c, r, &outcome.error);
		return;
	}
	if (dispatch_may_wait(n, r, &outcome.error)) {
		dispatch_settle(c, n, r);
		dispatch_wait(n, r);
		return;
	}
	request_finish(c->requests, r, &outcome);
	dispatch_settle(c, n, r);
}

/* All parts of a large result have come. */
static void dispatch_finish_large(struct controller *c, struct node *n, struct request *r,
                                  const struct message *m)
{
	struct outcome outcome;

	answer_read(n, r, m, buffer_bytes(&r->result), buffer_size(&r->result), &outcome);
	if (outcome.result) {
		result_transfer_hand_over(c, r);
		request_finish_large(c->requests, r, &outcome);
	} else {
		request_finish(c->requests, r, &outcome);
	}
	dispatch_settle(c, n, r);
	result_transfer_grant(c);
}

static void dispatch_take_result(struct controller *c, struct node *n, struct request *r,
                                 const struct message *m)
{
	if (!r->result_expected || request_answered(r)) {
		if (m->flags & FLAG_LAST)
			dispatch_finish(c, n, r, m);
	} else if (m->flags & (FLAG_LATE | FLAG_REFUSED | FLAG_UNKNOWN)) {
		dispatch_finish(c, n, r, m);
	} else if (result_transfer_part(c, n, r, m)) {
		dispatch_finish_large(c, n, r, m);
	}
}

void dispatch_answer(struct controller *c, struct node *n, const struct message *m)
{
	struct request *r = request_find(c->requests, m->request);

	if (!r || !r->at_node || r->node != n->id || (m->type == MSG_PONG) != r->kind->is_ping) {
		log_debug("dispatch", "node %d: dropped a %s for no request", n->id,
		          message_name(m->type));
		return;
	}
	slow_word_node(r, m);
	if (m->type == MSG_PONG)
		dispatch_finish(c, n, r, m);
	else if (m->type == MSG_RESULT)
		dispatch_take_result(c, n, r, m);
	else if (!result_transfer_offer(c, n, r, m->offer.size))
		dispatch_post_cancel(c, n, r);
	if (node_is_answering(n))
		window_pump(c, n);
}

void dispatch_progress(struct controller *c, const struct node *n, const struct message *m)
{
	const struct request *r = request_find(c->requests, m->request);

	if (r && r->at_node && r->node == n->id)
		request_tell_progress(r, m->payload, m->payload_size);
}

static void dispatch_fail_one(struct controller *c, struct node *n, struct request *r,
                              const char *why)
{
	struct error err;

	error_unavailable(&err, r->at_node ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN, "node %d %s",
	                  r->node, why);
	if (dispatch_may_wait(n, r, &err)) {
		dispatch_wait(n, r);
		return;
	}
	if (r->kind->is_ping) {
		ping_expire(c, r);
		return;
	}
	if (dispatch_goes_on(r, &err))
		r->kind->pass_on(c, r, &err);
	else
		request_fail(c->requests, r, &err);
}

void dispatch_fail(struct controller *c, struct node *n, bool gone, const char *why)
{
	const struct window *w;
	struct request *r;
	struct request *next;

	DL_FOREACH_SAFE (n->traffic.sent, r, next) {
		dispatch_fail_one(c, n, r, why);
		if (gone)
			dispatch_settle(c, n, r);
	}
	DL_FOREACH (n->traffic.waiting, w)
		while (w->queue)
			dispatch_fail_one(c, n, w->queue, why);
	result_transfer_grant(c);
}
