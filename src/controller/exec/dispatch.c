/*
 * Invariant: a request on a node's `sent` list is at_node, and counts in the node's window and in
 * its lane's (a stream counts in node.traffic.streams instead).
 */
#include "controller/exec/dispatch.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/log.h"
#include "base/parse.h"
#include "controller/exec/internal.h"
#include "controller/exec/result_transfer.h"
#include "controller/overlay/route.h"

static void exec_start(struct controller *c, struct request *r);
static void send(struct controller *c, struct node *n, struct request *r);

static const struct request_kind exec_kind = {.name = "exec",
                                              .start = exec_start,
                                              .expire = dispatch_expire,
                                              .cancel = dispatch_cancel,
                                              .resend = send};
static void ping_expire(struct controller *c, struct request *r);
static const struct request_kind ping_kind = {.name = "ping",
                                              .start = exec_start,
                                              .expire = ping_expire,
                                              .cancel = dispatch_cancel,
                                              .resend = send};

/* The two windows that a request counts in; *lane is NULL for the controller's own. */
static struct window *windows_of(struct node *n, const struct request *r, struct window **lane)
{
	struct lane *l = r->entries[0].lane;
	bool ping = r->kind == &ping_kind;

	/* What is answered has left its lane, which may be there for others. */
	if (!l && r->session)
		l = lane_find(&r->session->lanes, r->node);
	*lane = NULL;
	if (l)
		*lane = ping ? &l->pings : &l->execs;
	return ping ? &n->traffic.pings : &n->traffic.execs;
}

static bool has_room(const struct window *w, size_t size, size_t requests, size_t bytes)
{
	return w->requests == 0 || (w->requests < requests && w->bytes + size <= bytes);
}

static void count(struct window *w, size_t size, bool more)
{
	if (!w)
		return;
	w->requests = more ? w->requests + 1 : w->requests - 1;
	w->bytes = more ? w->bytes + size : w->bytes - size;
}

void dispatch_sent(struct node *n, struct request *r)
{
	r->at_node = true;
	r->phase = PHASE_SENT;
	r->serial = ++n->traffic.requests;
	request_move(r, &n->traffic.sent);
}

/* What of the arguments begins there. */
static struct message args_from(const struct node *n, const struct request *r, size_t at)
{
	struct message m = {.type = at ? MSG_DATA : MSG_EXEC, .request = r->id};
	uint64_t session = r->session ? r->session->id : 0;
	uint64_t settled = n->traffic.sent->serial;

	if (at)
		m.data = (struct msg_data){.offset = at,
		                           .session = session,
		                           .deadline = r->deadline,
		                           .serial = r->serial,
		                           .settled = settled};
	else
		m.exec = (struct msg_exec){.session = session,
		                           .deadline = r->deadline,
		                           .serial = r->serial,
		                           .settled = settled};
	m.payload = r->args + at;
	m.payload_size = r->args_size - at;
	if (m.payload_size > MESSAGE_PAYLOAD_MAX)
		m.payload_size = MESSAGE_PAYLOAD_MAX;
	if (at + m.payload_size == r->args_size)
		m.flags = FLAG_LAST;
	return m;
}

/* The first part opens the request, the last one says so; there is one even without bytes. */
static void send_args(struct controller *c, struct node *n, const struct request *r)
{
	size_t at = 0;

	do {
		struct message m = args_from(n, r, at);
		route_post(c, n, &m);
		at += m.payload_size;
	} while (at < r->args_size);
}

static void send(struct controller *c, struct node *n, struct request *r)
{
	if (r->kind == &ping_kind)
		route_post(c, n, &(struct message){.type = MSG_PING, .request = r->id});
	else
		send_args(c, n, r);
}

void dispatch_resend(struct controller *c, struct node *n)
{
	struct request *r;

	n->traffic.way++;
	DL_FOREACH (n->traffic.sent, r) {
		if (request_answered(r) && r->kind != &ping_kind)
			route_post(c, n, &(struct message){.type = MSG_CANCEL, .request = r->id});
		else
			r->kind->resend(c, n, r);
	}
}

static void enqueue(struct node *n, struct request *r)
{
	struct window *lane;
	struct window *node = windows_of(n, r, &lane);
	struct window *w = lane ? lane : node;

	r->phase = PHASE_QUEUED;
	request_move(r, &w->queue);
	if (w->ring)
		return;
	w->ring = &n->traffic.waiting;
	DL_APPEND(n->traffic.waiting, w);
}

/* Sends what its windows let through, in order: a small request must not overtake a large one of
 * its session. true: something was sent. */
static bool pump_queue(struct controller *c, struct node *n, struct window *w)
{
	struct window *lane;
	struct window *node;
	struct request *r;
	bool sent = false;

	while ((r = w->queue)) {
		node = windows_of(n, r, &lane);
		if (!has_room(node, r->args_size, NODE_REQUESTS, NODE_BYTES) ||
		    (lane && !has_room(lane, r->args_size, LANE_REQUESTS, LANE_BYTES)))
			break;
		count(node, r->args_size, true);
		count(lane, r->args_size, true);
		dispatch_sent(n, r);
		send(c, n, r);
		sent = true;
	}
	return sent;
}

/* A full lane holds up no other. Whoever had room goes to the end, so that the others come first
 * next time that the node has some. */
static void pump(struct controller *c, struct node *n)
{
	struct window *w;
	struct window *next;

	DL_FOREACH_SAFE (n->traffic.waiting, w, next) {
		bool sent = pump_queue(c, n, w);
		if (!w->queue) {
			window_leave(w);
		} else if (sent) {
			DL_DELETE(n->traffic.waiting, w);
			DL_APPEND(n->traffic.waiting, w);
		}
	}
}

struct node *dispatch_find(struct controller *c, struct request *r)
{
	struct node *n = node_find(c->nodes, r->node);
	struct error err;

	if (n && node_is_coming(n)) {
		r->phase = PHASE_BLOCKED;
		request_move(r, &n->traffic.waiters);
		return NULL;
	}
	if (n && node_available(n))
		return n;
	if (!n)
		error_set(&err, ERR_NOT_FOUND, "no node %d", r->node);
	else
		node_refuse(n, &err);
	if (n && r->kind == &ping_kind)
		request_finish(c->requests, r, &(struct outcome){.id = r->node});
	else
		request_fail(c->requests, r, &err);
	return NULL;
}

static void exec_start(struct controller *c, struct request *r)
{
	struct node *n = dispatch_find(c, r);

	if (!n)
		return;
	enqueue(n, r);
	pump(c, n);
}

static void ping_expire(struct controller *c, struct request *r)
{
	request_finish(c->requests, r, &(struct outcome){.id = r->node});
}

void dispatch_cancel(struct controller *c, struct request *r, const struct error *err)
{
	struct node *n = node_find(c->nodes, r->node);

	if (n && r->at_node && r->kind != &ping_kind)
		route_post(c, n, &(struct message){.type = MSG_CANCEL, .request = r->id});
	result_transfer_drop(c, r);
	request_fail(c->requests, r, err);
}

void dispatch_expire(struct controller *c, struct request *r)
{
	struct error err;

	error_unavailable(&err, r->at_node ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN,
	                  "node %d did not answer within %lld ms", r->node,
	                  (long long)c->config.request_timeout_ms);
	dispatch_cancel(c, r, &err);
}

static void ask(struct session *s, struct controller *c, const struct request_kind *kind, int id,
                const char *args, size_t size, outcome_fn *done, void *arg)
{
	struct outcome refused = {.id = id};
	struct request *r =
	    request_new(c->requests, s, kind, id, args, size, done, arg, &refused.error);

	if (!r) {
		done(arg, &refused);
		return;
	}
	request_names(r, id);
	request_enter(c->requests, r);
}

void dispatch_exec(struct session *s, int id, const char *args, size_t size, outcome_fn *done,
                   void *arg)
{
	ask(s, s->controller, &exec_kind, id, args ? args : "", size, done, arg);
}

void dispatch_ping(struct session *s, struct controller *c, int id, outcome_fn *done, void *arg)
{
	ask(s, c, &ping_kind, id, NULL, 0, done, arg);
}

bool dispatch_is_busy(const struct node *n)
{
	return n->traffic.sent || node_has_queue(n);
}

/* The node's last word on a request, or that there will be none. */
static void settle(struct controller *c, struct node *n, struct request *r)
{
	struct window *lane;
	struct window *node = windows_of(n, r, &lane);

	/* With its next EXEC the node hears that the oldest answers have arrived; of others, now.
	 */
	if (n->life != LIFE_RETIRED && r->kind != &ping_kind &&
	    (r != n->traffic.sent || r->result_expected))
		route_post(c, n, &(struct message){.type = MSG_SETTLED, .request = r->id});
	result_transfer_drop(c, r);
	if (r->kind != &exec_kind && r->kind != &ping_kind) {
		n->traffic.streams--;
	} else {
		count(node, r->args_size, false);
		count(lane, r->args_size, false);
	}
	r->at_node = false;
	if (lane && r->phase == PHASE_OVER)
		lane_drop_if_empty(lane_find(&r->session->lanes, r->node));
	request_settle(c->requests, r);
	if (n->life == LIFE_STOPPING && !dispatch_is_busy(n))
		c->exec->quiet(c, n);
}

static void finish(struct controller *c, struct node *n, struct request *r, const struct message *m,
                   const char *text, size_t size)
{
	struct outcome outcome = {.id = n->id, .available = true};
	cleanup_free char *why = NULL;
	uint64_t id = r->id;

	if ((m->flags & (FLAG_LATE | FLAG_REFUSED)) == FLAG_LATE)
		error_unavailable(&outcome.error, OUTCOME_NOT_RUN,
		                  "node %d came to it after its deadline", n->id);
	else if (m->flags & (FLAG_REFUSED | FLAG_UNKNOWN)) {
		why = parse_printable(text, size, sizeof outcome.error.text - 16);
		if (m->flags & FLAG_REFUSED)
			error_set(&outcome.error, ERR_SERVICE, "%s", why);
		else
			error_unavailable(&outcome.error, OUTCOME_UNKNOWN, "%s", why);
		if (m->flags & FLAG_UNKNOWN)
			outcome.error.outcome = OUTCOME_UNKNOWN;
		else if (m->flags & FLAG_LATE)
			outcome.error.outcome = OUTCOME_NOT_RUN;
	} else if (!parse_utf8(text, size) || memchr(text, '\0', size)) {
		error_set(&outcome.error, ERR_SERVICE, "the result is not text");
	} else if (!(m->flags & FLAG_NONE)) {
		outcome.result = text;
		outcome.result_size = size;
	}
	request_finish(c->requests, r, &outcome);
	/* The asker's callback may have ended anything. */
	r = request_find(c->requests, id);
	if (r && r->at_node)
		settle(c, n, r);
}

static void take_result(struct controller *c, struct node *n, struct request *r,
                        const struct message *m)
{
	if (!r->result_expected || request_answered(r)) {
		if (m->flags & FLAG_LAST)
			finish(c, n, r, m, m->payload, m->payload_size);
	} else if (m->flags & FLAG_LATE) {
		finish(c, n, r, m, NULL, 0);
	} else if (result_transfer_part(c, n, r, m)) {
		finish(c, n, r, m, buffer_bytes(&r->result), buffer_size(&r->result));
		result_transfer_grant(c);
	}
}

void dispatch_answer(struct controller *c, struct node *n, const struct message *m)
{
	struct request *r = request_find(c->requests, m->request);

	if (!r || !r->at_node || r->node != n->id ||
	    (m->type == MSG_PONG) != (r->kind == &ping_kind)) {
		log_debug("dispatch", "node %d: dropped a %s for no request", n->id,
		          message_name(m->type));
		return;
	}
	if (m->type == MSG_PONG)
		finish(c, n, r, m, "", 0);
	else if (m->type == MSG_RESULT)
		take_result(c, n, r, m);
	else if (!result_transfer_offer(c, n, r, m->offer.size))
		route_post(c, n, &(struct message){.type = MSG_CANCEL, .request = r->id});
	if (node_is_answering(n))
		pump(c, n);
}

static void fail_one(struct controller *c, struct request *r, const char *why)
{
	struct error err;

	if (r->kind == &ping_kind) {
		ping_expire(c, r);
		return;
	}
	result_transfer_drop(c, r);
	error_unavailable(&err, r->at_node ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN, "node %d %s",
	                  r->node, why);
	request_fail(c->requests, r, &err);
}

/* Their ids first: a callback may change either list. */
static size_t ids_of(const struct node *n, uint64_t **ids)
{
	const struct window *w;
	const struct request *r;
	size_t total = 0;
	size_t queued;

	DL_COUNT(n->traffic.sent, r, total);
	DL_FOREACH (n->traffic.waiting, w) {
		DL_COUNT(w->queue, r, queued);
		total += queued;
	}
	*ids = mem_new_array(total, sizeof **ids);
	total = 0;
	DL_FOREACH (n->traffic.sent, r) {
		(*ids)[total++] = r->id;
	}
	DL_FOREACH (n->traffic.waiting, w) {
		DL_FOREACH (w->queue, r) {
			(*ids)[total++] = r->id;
		}
	}
	return total;
}

void dispatch_fail(struct controller *c, struct node *n, bool gone, const char *why)
{
	cleanup_free uint64_t *ids = NULL;
	size_t total = ids_of(n, &ids);

	for (size_t i = 0; i < total; i++) {
		struct request *r = request_find(c->requests, ids[i]);
		if (r)
			fail_one(c, r, why);
		r = request_find(c->requests, ids[i]);
		if (r && gone && r->at_node)
			settle(c, n, r);
	}
	result_transfer_grant(c);
}
