/*
 * What goes through a stream. Owns the feeds. Invariant: what was fed and the node has not taken is
 * in `onward`, at most STREAM_WINDOW bytes, in case that it must be sent again. Of an input of
 * which no more is wanted nothing is added to it.
 */
#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "controller/exec/stream_state.h"
#include "controller/overlay/route.h"

/* The most bytes of a stream in one message: relays carry messages of others, too. */
#define PART ((size_t)64 * 1024)

struct feed {
	outcome_fn *done;
	void *arg;         /* borrowed */
	struct feed *prev; /* utlist */
	struct feed *next;
};

/* Is what is fed dropped? What became of the process is said by the close alone. */
static bool stream_ended(const struct stream *st)
{
	return st->input && (st->sated || st->over);
}

size_t stream_room(const struct stream *st)
{
	return stream_ended(st) ? STREAM_WINDOW : STREAM_WINDOW - buffer_size(&st->onward);
}

void stream_tell(struct session *s, outcome_fn *done, void *arg, const struct outcome *outcome)
{
	request_tell(s->controller->requests, s, done, arg, outcome);
}

void stream_answer_feeds(struct stream *st)
{
	while (st->feeds) {
		struct feed *feed = st->feeds;
		struct outcome outcome = {.id = st->node,
		                          .stream = st->id,
		                          .credit = stream_room(st),
		                          .ended = stream_ended(st)};
		DL_DELETE(st->feeds, feed);
		if (!st->input)
			outcome.error = st->why;
		stream_tell(st->session, feed->done, feed->arg, &outcome);
		free(feed);
	}
}

void stream_drop_bytes(struct stream *st)
{
	struct feed *feed;
	struct feed *next;

	DL_FOREACH_SAFE (st->feeds, feed, next) {
		free(feed);
	}
	buffer_free(&st->onward);
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

struct stream *stream_named(struct session *s, uint64_t id, outcome_fn *done, void *arg)
{
	struct stream *st = stream_find(s, id);
	struct outcome outcome = {0};

	if (st)
		return st;
	error_set(&outcome.error, ERR_PARAMS, "stream %llu is not open", (unsigned long long)id);
	stream_tell(s, done, arg, &outcome);
	return NULL;
}

size_t stream_credit(const struct session *s, uint64_t id)
{
	const struct stream *st = stream_find(s, id);

	return st ? stream_room(st) : 0;
}

void stream_send_from(struct controller *c, struct node *n, const struct stream *st,
                      const struct request *r, size_t from)
{
	size_t size = buffer_size(&st->onward);

	do {
		size_t part = size - from < PART ? size - from : PART;
		bool last = st->closed && from + part == size;
		route_post(
		    c, n,
		    &(struct message){.type = MSG_DATA,
		                      .request = r->id,
		                      .data.session = r->session->id,
		                      .data.offset = st->taken + from,
		                      .data.deadline = st->input && last ? r->deadline : 0,
		                      .flags = last ? FLAG_LAST : 0,
		                      .payload = part ? buffer_bytes(&st->onward) + from : NULL,
		                      .payload_size = part});
		from += part;
	} while (from < size);
}

void stream_send_new(struct stream *st, struct request *r, size_t from)
{
	struct controller *c = st->session->controller;
	struct node *n = node_find(c->nodes, st->node);

	request_renew(c->requests, r);
	if (n && r->at_node && (from < buffer_size(&st->onward) || st->closed))
		stream_send_from(c, n, st, r, from);
}

static void stream_add(struct stream *st, const char *bytes, size_t size)
{
	struct request *r = request_find(st->session->controller->requests, st->id);

	buffer_add(&st->onward, bytes, size);
	r->fed += size;
	stream_send_new(st, r, buffer_size(&st->onward) - size);
}

void stream_feed(struct session *s, uint64_t id, const char *bytes, size_t size, outcome_fn *done,
                 void *arg)
{
	struct stream *st = stream_named(s, id, done, arg);
	struct outcome refused = {.stream = id};
	struct feed *feed;

	if (!st)
		return;
	if (st->over && !st->input)
		refused.error = st->why;
	else if (size > stream_room(st))
		error_set(&refused.error, ERR_LIMIT, "%zu bytes fed with a credit of %zu", size,
		          stream_room(st));
	if (refused.error.code) {
		refused.id = st->node;
		stream_tell(s, done, arg, &refused);
		return;
	}
	if (!stream_ended(st))
		stream_add(st, bytes, size);
	feed = mem_new(sizeof *feed);
	feed->done = done;
	feed->arg = arg;
	DL_APPEND(st->feeds, feed);
	if (stream_room(st) >= STREAM_WINDOW / 2)
		stream_answer_feeds(st);
}

void stream_taken(struct request *r, uint64_t bytes, bool sated)
{
	struct stream *st = r->detail;

	if (!r->kind->stream || request_answered(r) || !st ||
	    bytes - st->taken > buffer_size(&st->onward))
		return;
	/* A process that takes its time is at work. */
	if (st->input && !st->closed && bytes > st->taken)
		request_renew(st->session->controller->requests, r);
	buffer_take(&st->onward, (size_t)(bytes - st->taken));
	st->taken = bytes;
	st->sated |= st->input && sated;
	if (stream_room(st) >= STREAM_WINDOW / 2)
		stream_answer_feeds(st);
}
