/*
 * Owns streams, by session. A stream is there from its opening until its close is asked, or its
 * session ends; its request may end before it (the node died, the service refused): then `over`
 * keeps why. Invariant: what was fed and the node has not taken is in `onward`, at most
 * STREAM_WINDOW bytes, in case that it must be sent again.
 */
#include "controller/exec/stream.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "controller/exec/dispatch.h"
#include "controller/overlay/route.h"

/* One message of arguments; relays are shared with others. */
#define PART ((size_t)64 * 1024)

/* A feed that is answered when there is credit again. */
struct feed {
	outcome_fn *done;
	void *arg;         /* borrowed */
	struct feed *prev; /* utlist */
	struct feed *next;
};

struct stream {
	uint64_t id;             /* of its request */
	struct session *session; /* borrowed */
	int node;
	uint64_t taken;       /* bytes that the node has taken */
	struct buffer onward; /* those behind them */
	bool closing;         /* there will be no more */
	bool closed;          /* and the node is told so */
	bool opened;          /* the asker knows of it */
	bool over;
	struct error why;
	struct feed *feeds;
	outcome_fn *done;    /* of open, then of close */
	void *arg;           /* borrowed */
	struct stream *prev; /* utlist, on the session */
	struct stream *next;
};

static void start(struct controller *c, struct request *r);
static void resend(struct controller *c, struct node *n, struct request *r);
static const struct request_kind stream_kind = {.name = "exec_open",
                                                .stream = true,
                                                .start = start,
                                                .expire = dispatch_expire,
                                                .cancel = dispatch_cancel,
                                                .resend = resend};

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

static struct stream *find(const struct session *s, uint64_t id)
{
	struct stream *st;

	DL_FOREACH (s->streams, st) {
		if (st->id == id && st->opened)
			return st;
	}
	return NULL;
}

/* The request of a stream that is still at its node, or NULL. */
static struct request *live_request(const struct stream *st)
{
	struct request *r = request_find(st->session->controller->requests, st->id);

	return r && r->at_node && !request_answered(r) ? r : NULL;
}

/* Tells every held feed; stops if one of them ended the stream. */
static void answer_feeds(struct session *s, uint64_t id)
{
	struct stream *st;

	while ((st = find(s, id)) && st->feeds) {
		struct feed *feed = st->feeds;
		struct outcome outcome = {
		    .id = st->node, .stream = id, .credit = credit_of(st), .error = st->why};
		DL_DELETE(st->feeds, feed);
		outcome_fn *done = feed->done;
		void *arg = feed->arg;
		free(feed);
		done(arg, &outcome);
		if (s->closed)
			return;
	}
}

/* The request ended: by its close, or before it. */
static void on_over(void *arg, const struct outcome *outcome)
{
	struct stream *st = arg;
	outcome_fn *done = st->done;
	void *done_arg = st->arg;

	if (done) {
		stream_free(st);
		done(done_arg, outcome);
		return;
	}
	st->over = true;
	st->why = outcome->error;
	if (st->why.code == ERR_NONE)
		error_set(&st->why, ERR_SERVICE, "the node answered before the last argument");
	answer_feeds(st->session, st->id);
}

static void begin(struct controller *c, struct node *n, const struct request *r)
{
	route_post(c, n,
	           &(struct message){.type = MSG_EXEC,
	                             .request = r->id,
	                             .exec.session = r->session->id,
	                             .exec.serial = r->serial,
	                             .exec.settled = n->traffic.sent->serial,
	                             .exec.deadline = r->deadline});
}

static void finish(struct stream *st, struct request *r);

static void start(struct controller *c, struct request *r)
{
	struct stream *st = r->detail;
	struct node *n;
	struct error err;
	outcome_fn *done;
	void *arg;

	if (st->closing) {
		finish(st, r);
		return;
	}
	n = dispatch_find(c, r);
	if (!n)
		return; /* it waits; or it was answered, and the stream is gone */
	if (n->traffic.streams >= NODE_STREAMS) {
		error_set(&err, ERR_LIMIT, "node %d has %zu open streams", n->id,
		          n->traffic.streams);
		request_fail(c->requests, r, &err);
		return;
	}
	n->traffic.streams++;
	dispatch_sent(n, r);
	begin(c, n, r);
	st->opened = true;
	done = st->done;
	arg = st->arg;
	st->done = NULL;
	done(arg, &(struct outcome){.id = n->id, .stream = st->id, .credit = credit_of(st)});
}

void stream_open(struct session *s, int id, outcome_fn *done, void *arg)
{
	struct requests *p = s->controller->requests;
	struct outcome refused = {.id = id};
	struct request *r = NULL;
	struct stream *st = mem_new(sizeof *st);

	if (s->stream_count >= SESSION_STREAMS)
		error_set(&refused.error, ERR_LIMIT, "%zu streams are open", s->stream_count);
	else
		r = request_new(p, s, &stream_kind, id, NULL, 0, on_over, st, &refused.error);
	if (!r) {
		free(st);
		done(arg, &refused);
		return;
	}
	r->detail = st;
	st->id = r->id;
	st->session = s;
	st->node = id;
	st->done = done;
	st->arg = arg;
	DL_APPEND(s->streams, st);
	s->stream_count++;
	request_names(r, id);
	request_enter(p, r);
}

/* From that byte of `onward` on; nothing but the end where there is none. */
static void send(struct controller *c, struct node *n, const struct stream *st, struct request *r,
                 size_t from)
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

static void send_new(struct stream *st, struct request *r, size_t from)
{
	struct controller *c = st->session->controller;
	struct node *n = node_find(c->nodes, st->node);

	if (n && (from < buffer_size(&st->onward) || st->closed))
		send(c, n, st, r, from);
	request_renew(c->requests, r);
}

static void resend(struct controller *c, struct node *n, struct request *r)
{
	const struct stream *st = r->detail;

	begin(c, n, r);
	if (st)
		send(c, n, st, r, 0);
}

static bool unknown(const struct stream *st, uint64_t id, outcome_fn *done, void *arg)
{
	struct outcome outcome = {0};

	if (st)
		return false;
	error_set(&outcome.error, ERR_PARAMS, "stream %llu is not open", (unsigned long long)id);
	done(arg, &outcome);
	return true;
}

void stream_feed(struct session *s, uint64_t id, const char *args, size_t size, outcome_fn *done,
                 void *arg)
{
	struct stream *st = find(s, id);
	struct request *r;
	struct outcome outcome = {.stream = id};
	struct feed *feed;

	if (unknown(st, id, done, arg))
		return;
	r = live_request(st);
	outcome.id = st->node;
	outcome.error = st->why;
	if (r && size > credit_of(st))
		error_set(&outcome.error, ERR_LIMIT, "%zu bytes fed with a credit of %zu", size,
		          credit_of(st));
	if (!r || outcome.error.code) {
		done(arg, &outcome);
		return;
	}
	buffer_add(&st->onward, args, size);
	send_new(st, r, buffer_size(&st->onward) - size);
	feed = mem_new(sizeof *feed);
	feed->done = done;
	feed->arg = arg;
	DL_APPEND(st->feeds, feed);
	if (credit_of(st) >= STREAM_WINDOW / 2)
		answer_feeds(s, id);
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
		answer_feeds(st->session, st->id);
}

/* The node hears that there will be no more, unless an earlier stream is not complete. What stands
 * behind it in its lane goes to the node after that. */
static void finish(struct stream *st, struct request *r)
{
	if (!request_may_complete(r))
		return;
	st->closed = true;
	send_new(st, r, buffer_size(&st->onward));
	request_complete(st->session->controller->requests, r);
}

void stream_close(struct session *s, uint64_t id, outcome_fn *done, void *arg)
{
	struct stream *st = find(s, id);
	struct request *r;
	struct outcome outcome;

	if (unknown(st, id, done, arg))
		return;
	/* It is no stream for anyone from now on; its held feeds are answered first. */
	answer_feeds(s, id);
	st = find(s, id);
	if (unknown(st, id, done, arg))
		return;
	st->opened = false;
	r = live_request(st);
	if (r) {
		st->done = done;
		st->arg = arg;
		st->closing = true;
		finish(st, r);
		return;
	}
	outcome = (struct outcome){.id = st->node, .error = st->why};
	stream_free(st);
	done(arg, &outcome);
}

/* Nobody will hear of it; the node is told to forget it. */
static void drop(struct stream *st, const struct error *why)
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
	struct stream *st = find(s, id);

	if (unknown(st, id, done, arg))
		return;
	if (!st->why.code)
		error_set(&st->why, ERR_SERVICE, "stream %llu was abandoned",
		          (unsigned long long)id);
	answer_feeds(s, id);
	st = find(s, id);
	if (unknown(st, id, done, arg))
		return;
	drop(st, &st->why);
	done(arg, &(struct outcome){.stream = id});
}

bool stream_cancel(struct session *s, const void *arg)
{
	struct stream *st;

	DL_FOREACH (s->streams, st) {
		if (st->done && st->arg == arg)
			return request_cancel(s->controller->requests, s, st);
	}
	return false;
}

void stream_abandon_all(struct session *s)
{
	struct error err;

	error_unavailable(&err, OUTCOME_UNKNOWN, "the asker went away");
	while (s->streams)
		drop(s->streams, &err);
}
