/*
 * Owns streams, by session: how they begin and end. A stream is there from its opening until its
 * close is asked, or its session ends; its request may be answered before it (the node died, the
 * service refused, the process needed no more input): then `over` is set, and `why` says why.
 * Invariant: an opened stream that is not over has a request at its node, or, of an input, on its
 * way there.
 */
#include "controller/exec/stream.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "controller/exec/dispatch.h"
#include "controller/exec/result_transfer.h"
#include "controller/exec/stream_state.h"
#include "controller/exec/window.h"
#include "controller/overlay/route.h"

static void stream_start(struct controller *c, struct request *r);
static void input_start(struct controller *c, struct request *r);
static void input_expire(struct controller *c, struct request *r);
static void stream_resend(struct controller *c, struct node *n, struct request *r);
static void stream_finished(struct controller *c, struct request *r, const struct outcome *outcome);

static const struct request_kind stream_kind = {.name = "exec_open",
                                                .stream = true,
                                                .start = stream_start,
                                                .expire = dispatch_expire,
                                                .cancel = dispatch_cancel,
                                                .send = stream_resend,
                                                .finished = stream_finished};

/* Its process begins with its arguments: nothing behind it waits for the end of its input. */
static const struct request_kind input_kind = {.name = "exec_open",
                                               .stream = true,
                                               .input = true,
                                               .start = input_start,
                                               .expire = input_expire,
                                               .cancel = dispatch_cancel,
                                               .send = stream_resend,
                                               .finished = stream_finished};

static void stream_free(struct stream *st)
{
	DL_DELETE(st->session->streams, st);
	st->session->stream_count--;
	stream_drop_bytes(st);
	free(st);
}

static void stream_finished(struct controller *c, struct request *r, const struct outcome *outcome)
{
	struct stream *st = r->detail;

	result_transfer_drop(c, r);
	if (!st)
		return; /* it was abandoned */
	r->detail = NULL;
	if (!st->opened) {
		stream_free(st); /* that is the answer to its open, or to its close */
		return;
	}
	st->over = true;
	st->why = outcome->error;
	stream_answer_feeds(st);
}

static void stream_begin(struct controller *c, struct node *n, const struct request *r)
{
	route_post(c, n,
	           &(struct message){.type = MSG_EXEC,
	                             .request = r->id,
	                             .flags = (r->kind->input ? FLAG_INPUT : 0U) |
	                                      (r->trace ? FLAG_TRACED : 0U),
	                             .exec.session = r->session->id,
	                             .exec.serial = r->serial,
	                             .exec.settled = n->traffic.sent->serial,
	                             .exec.deadline = r->kind->input ? 0 : r->deadline,
	                             .traceparent = r->traceparent,
	                             .payload = r->args,
	                             .payload_size = r->args_size});
}

static void stream_complete(struct stream *st, struct request *r);

/* The node, if it has room for one more stream; NULL: the request waits, or is answered, and the
 * stream is gone. */
static struct node *stream_node(struct controller *c, struct request *r)
{
	struct node *n = dispatch_find(c, r);
	struct error err;
	size_t open = n ? n->traffic.streams + n->traffic.inputs : 0;

	if (!n || open < NODE_STREAMS)
		return n;
	error_set(&err, ERR_LIMIT, "node %d has %zu open streams", n->id, open);
	request_fail(c->requests, r, &err);
	return NULL;
}

static void stream_opened(struct stream *st, struct request *r)
{
	st->id = r->id;
	st->opened = true;
	stream_tell(st->session, r->done, r->arg,
	            &(struct outcome){.id = st->node, .stream = st->id, .credit = stream_room(st)});
	r->done = NULL;
}

static void stream_start(struct controller *c, struct request *r)
{
	struct stream *st = r->detail;
	struct node *n;

	if (st->closing) {
		stream_complete(st, r);
		return;
	}
	n = stream_node(c, r);
	if (!n)
		return;
	n->traffic.streams++;
	window_sent(c, n, r);
	stream_begin(c, n, r);
	stream_opened(st, r);
}

/* It goes to the node in the order of its session, as an exec with these arguments. */
static void input_start(struct controller *c, struct request *r)
{
	struct stream *st = r->detail;
	struct node *n = stream_node(c, r);

	if (!n)
		return;
	r->held = true;
	stream_opened(st, r);
	window_queue(n, r);
	window_pump(c, n);
}

/* While its process has taken all that was fed, it waits for its asker, and not the other way. */
static void input_expire(struct controller *c, struct request *r)
{
	const struct stream *st = r->detail;

	if (st && st->sent && !st->closing && !buffer_size(&st->onward))
		request_renew(c->requests, r);
	else
		dispatch_expire(c, r);
}

static void stream_submit(struct session *s, const struct request_kind *kind,
                          const struct exec_request *asked, const char *args, size_t size,
                          outcome_fn *done, void *arg)
{
	struct request_spec spec = {.kind = kind,
	                            .node = asked->id,
	                            .in_lane = true,
	                            .args = args,
	                            .size = size,
	                            .timeout_ms = asked->timeout_ms,
	                            .unordered = asked->unordered,
	                            .progress = asked->progress,
	                            .traceparent = asked->traceparent,
	                            .done = done,
	                            .arg = arg};
	const struct request *r;
	struct stream *st;
	struct error err;

	if (s->stream_count >= SESSION_STREAMS) {
		error_set(&err, ERR_LIMIT, "%zu streams are open", s->stream_count);
		spec.refusal = &err;
	}
	spec.detail = st = mem_new(sizeof *st);
	st->session = s;
	st->node = asked->id;
	st->input = kind->input;
	DL_APPEND(s->streams, st);
	s->stream_count++;
	r = request_submit(s->controller->requests, s, &spec);
	/* A stream that is refused is freed already. */
	if (!request_answered(r))
		st->id = r->id;
}

void stream_open(struct session *s, const struct exec_request *asked, outcome_fn *done, void *arg)
{
	stream_submit(s, &stream_kind, asked, NULL, 0, done, arg);
}

void stream_open_input(struct session *s, const struct exec_request *asked, outcome_fn *done,
                       void *arg)
{
	stream_submit(s, &input_kind, asked, asked->args ? asked->args : "", asked->size, done,
	              arg);
}

/* Also the first time that an input is sent. */
static void stream_resend(struct controller *c, struct node *n, struct request *r)
{
	struct stream *st = r->detail;

	stream_begin(c, n, r);
	if (!st)
		return;
	if (st->input && !st->sent)
		n->traffic.inputs++;
	st->sent = true;
	if (st->closed || buffer_size(&st->onward))
		stream_send_from(c, n, st, r, 0);
}

/* The node hears that there will be no more, unless an earlier stream is not complete. What stands
 * behind it in its lane goes to the node after that. */
static void stream_complete(struct stream *st, struct request *r)
{
	if (!st->input && !request_may_complete(r))
		return;
	st->closed = true;
	stream_send_new(st, r, buffer_size(&st->onward));
	if (!st->input)
		request_complete(st->session->controller->requests, r);
}

void stream_close(struct session *s, uint64_t id, outcome_fn *done, void *arg)
{
	struct stream *st = stream_named(s, id, done, arg);
	struct request *r;

	if (!st)
		return;
	stream_answer_feeds(st);
	st->opened = false;
	r = request_find(s->controller->requests, id);
	/* The outcome of its request is the answer, in its lane's order, unless it was told before.
	 */
	if (r && r->phase != PHASE_TOLD) {
		request_listen(s->controller->requests, r, done, arg);
	} else {
		if (!st->why.code)
			error_set(&st->why, ERR_SERVICE, "its answer was not asked for in time");
		stream_tell(s, done, arg, &(struct outcome){.id = st->node, .error = st->why});
	}
	if (st->over) {
		stream_free(st);
		return;
	}
	st->closing = true;
	stream_complete(st, r);
}

/* Ends it without an answer, and tells the node to forget it. */
static void stream_drop(struct stream *st, const struct error *why)
{
	struct controller *c = st->session->controller;
	struct request *r = request_find(c->requests, st->id);
	struct node *n = node_find(c->nodes, st->node);

	if (r) {
		r->detail = NULL;
		request_listen(c->requests, r, NULL, NULL);
		if (n && r->at_node)
			route_post(c, n, &(struct message){.type = MSG_CANCEL, .request = r->id});
		request_fail(c->requests, r, why);
	}
	stream_free(st);
}

void stream_abandon(struct session *s, uint64_t id, outcome_fn *done, void *arg)
{
	struct stream *st = stream_named(s, id, done, arg);

	if (!st)
		return;
	if (!st->why.code)
		error_set(&st->why, ERR_SERVICE, "stream %llu was abandoned",
		          (unsigned long long)id);
	stream_answer_feeds(st);
	stream_drop(st, &st->why);
	stream_tell(s, done, arg, &(struct outcome){.stream = id});
}

void stream_abandon_all(struct session *s)
{
	struct error err;

	error_unavailable(&err, OUTCOME_UNKNOWN, "the asker went away");
	while (s->streams)
		stream_drop(s->streams, &err);
}
