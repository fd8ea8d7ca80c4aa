/*
 * Owns streams, by session. A stream is there from its opening until its close is asked, or its
 * session ends; its request may be answered before it (the node died, the service refused): then
 * `over` is set, and `why` says why. Invariants: what was fed and the node has not taken is in
 * `onward`, at most STREAM_WINDOW bytes, in case that it must be sent again; an opened stream that
 * is not over has a request at its node.
 */
#include "controller/exec/stream.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "controller/exec/dispatch.h"
#include "controller/exec/result_transfer.h"
#include "controller/exec/window.h"
#include "controller/overlay/route.h"

/* The most bytes of arguments in one message: relays carry messages of others, too. */
#define PART ((size_t)64 * 1024)

/* A feed that is answered when there is credit again. */
struct feed {
	outcome_fn *done;
	void *arg;         /* borrowed */
	struct feed *prev; /* utlist */
	struct feed *next;
};

struct stream {
	uint64_t id;             /* of its request, which has the callback of open, then of close */
	struct session *session; /* borrowed */
	int node;
	uint64_t taken;       /* bytes that the node has taken */
	struct buffer onward; /* those behind them */
	bool opened;          /* the asker may name it */
	bool closing;         /* there will be no more */
	bool closed;          /* and the node is told so */
	bool over;
	struct error why;
	struct feed *feeds;
	struct stream *prev; /* utlist, on the session */
	struct stream *next;
};

static void stream_start(struct controller *c, struct request *r);
static void stream_resend(struct controller *c, struct node *n, struct request *r);
static void stream_finished(struct controller *c, struct request *r, const struct outcome *outcome);

static const struct request_kind stream_kind = {.name = "exec_open",
                                                .stream = true,
                                                .start = stream_start,
                                                .expire = dispatch_expire,
                                                .cancel = dispatch_cancel,
                                                .send = stream_resend,
                                                .finished = stream_finished};

static size_t credit_of(const struct stream *st)
{
	return STREAM_WINDOW - buffer_size(&st->onward);
}

static void stream_free(struct stream *st)
{
	struct feed *feed;
	struct feed *next;

	DL_FOREACH_SAFE (st->feeds, feed, next) {
		free(feed);
	}
	DL_DELETE(st->session->streams, st);
	st->session->stream_count--;
	buffer_free(&st->onward);
	free(st);
}

static struct stream *stream_find(const struct session *s, uint64_t id)
{
	struct stream *st;

	DL_FOREACH (s->streams, st) {
		if (st->id == id && st->opened)
			return st;
	}
	return NULL;
}

static void stream_tell(struct session *s, outcome_fn *done, void *arg,
                        const struct outcome *outcome)
{
	request_tell(s->controller->requests, s, done, arg, outcome);
}

/* Answers every held feed. */
static void stream_answer_feeds(struct stream *st)
{
	while (st->feeds) {
		struct feed *feed = st->feeds;
		DL_DELETE(st->feeds, feed);
		stream_tell(st->session, feed->done, feed->arg,
		            &(struct outcome){.id = st->node,
		                              .stream = st->id,
		                              .credit = credit_of(st),
		                              .error = st->why});
		free(feed);
	}
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
	                             .exec.session = r->session->id,
	                             .exec.serial = r->serial,
	                             .exec.settled = n->traffic.sent->serial,
	                             .exec.deadline = r->deadline});
}

static void stream_complete(struct stream *st, struct request *r);

static void stream_start(struct controller *c, struct request *r)
{
	struct stream *st = r->detail;
	struct node *n;
	struct error err;

	if (st->closing) {
		stream_complete(st, r);
		return;
	}
	n = dispatch_find(c, r);
	if (!n)
		return; /* it waits; or it is answered, and the stream is gone */
	if (n->traffic.streams >= NODE_STREAMS) {
		error_set(&err, ERR_LIMIT, "node %d has %zu open streams", n->id,
		          n->traffic.streams);
		request_fail(c->requests, r, &err);
		return;
	}
	n->traffic.streams++;
	window_sent(c, n, r);
	stream_begin(c, n, r);
	st->id = r->id;
	st->opened = true;
	stream_tell(st->session, r->done, r->arg,
	            &(struct outcome){.id = n->id, .stream = st->id, .credit = credit_of(st)});
	r->done = NULL;
}

void stream_open(struct session *s, int id, outcome_fn *done, void *arg)
{
	struct request_spec spec = {
	    .kind = &stream_kind, .node = id, .in_lane = true, .done = done, .arg = arg};
	const struct request *r;
	struct stream *st;
	struct error err;

	if (s->stream_count >= SESSION_STREAMS) {
		error_set(&err, ERR_LIMIT, "%zu streams are open", s->stream_count);
		spec.refusal = &err;
	}
	spec.detail = st = mem_new(sizeof *st);
	st->session = s;
	st->node = id;
	DL_APPEND(s->streams, st);
	s->stream_count++;
	r = request_submit(s->controller->requests, s, &spec);
	/* A stream that is refused is freed already. */
	if (!request_answered(r))
		st->id = r->id;
}

/* Sends the bytes of `onward` from there on, and the end if the stream is closed. */
static void stream_send_from(struct controller *c, struct node *n, const struct stream *st,
                             const struct request *r, size_t from)
{
	size_t size = buffer_size(&st->onward);

	do {
		size_t part = size - from < PART ? size - from : PART;
		route_post(
		    c, n,
		    &(struct message){.type = MSG_DATA,
		                      .request = r->id,
		                      .data.session = r->session->id,
		                      .data.offset = st->taken + from,
		                      .flags = st->closed && from + part == size ? FLAG_LAST : 0,
		                      .payload = part ? buffer_bytes(&st->onward) + from : NULL,
		                      .payload_size = part});
		from += part;
	} while (from < size);
}

static void stream_send_new(struct stream *st, struct request *r, size_t from)
{
	struct controller *c = st->session->controller;
	struct node *n = node_find(c->nodes, st->node);

	if (n && (from < buffer_size(&st->onward) || st->closed))
		stream_send_from(c, n, st, r, from);
	request_renew(c->requests, r);
}

static void stream_resend(struct controller *c, struct node *n, struct request *r)
{
	const struct stream *st = r->detail;

	stream_begin(c, n, r);
	if (st)
		stream_send_from(c, n, st, r, 0);
}

/* The stream; NULL: there is none, and that is told. */
static struct stream *stream_named(struct session *s, uint64_t id, outcome_fn *done, void *arg)
{
	struct stream *st = stream_find(s, id);
	struct outcome outcome = {0};

	if (st)
		return st;
	error_set(&outcome.error, ERR_PARAMS, "stream %llu is not open", (unsigned long long)id);
	stream_tell(s, done, arg, &outcome);
	return NULL;
}

void stream_feed(struct session *s, uint64_t id, const char *args, size_t size, outcome_fn *done,
                 void *arg)
{
	struct stream *st = stream_named(s, id, done, arg);
	struct outcome refused = {.stream = id};
	struct feed *feed;

	if (!st)
		return;
	if (st->over)
		refused.error = st->why;
	else if (size > credit_of(st))
		error_set(&refused.error, ERR_LIMIT, "%zu bytes fed with a credit of %zu", size,
		          credit_of(st));
	if (refused.error.code) {
		refused.id = st->node;
		stream_tell(s, done, arg, &refused);
		return;
	}
	buffer_add(&st->onward, args, size);
	stream_send_new(st, request_find(s->controller->requests, id),
	                buffer_size(&st->onward) - size);
	feed = mem_new(sizeof *feed);
	feed->done = done;
	feed->arg = arg;
	DL_APPEND(st->feeds, feed);
	if (credit_of(st) >= STREAM_WINDOW / 2)
		stream_answer_feeds(st);
}

size_t stream_credit(const struct session *s, uint64_t id)
{
	const struct stream *st = stream_find(s, id);

	return st ? credit_of(st) : 0;
}

void stream_taken(struct request *r, uint64_t bytes)
{
	struct stream *st = r->detail;

	if (r->kind != &stream_kind || request_answered(r) || !st || bytes <= st->taken ||
	    bytes - st->taken > buffer_size(&st->onward))
		return;
	buffer_take(&st->onward, (size_t)(bytes - st->taken));
	st->taken = bytes;
	if (credit_of(st) >= STREAM_WINDOW / 2)
		stream_answer_feeds(st);
}

/* The node hears that there will be no more, unless an earlier stream is not complete. What stands
 * behind it in its lane goes to the node after that. */
static void stream_complete(struct stream *st, struct request *r)
{
	if (!request_may_complete(r))
		return;
	st->closed = true;
	stream_send_new(st, r, buffer_size(&st->onward));
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
		r->done = NULL;
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
