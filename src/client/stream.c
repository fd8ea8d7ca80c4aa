/* An exec in pieces, as its callers use it. Its invariants are in stream.h. */
#include "client/stream.h"

#include <string.h>
#include <utlist.h>

#include "base/parse.h"

/* Its close was not sent, so dtreed drops it; but its program has been running. */
static void stream_end_lost(struct dtree_stream *s, int code, const char *text)
{
	struct dtree_reply *reply = dtree_reply_error(code, text, s->runs);

	stream_answer(s, reply);
	dtree_reply_free(reply);
}

static void stream_end_all(struct dtree_client *client, int code, const char *text)
{
	while (client->streams) {
		struct dtree_stream *s = client->streams;
		s->state = STREAM_CLOSED;
		if (text)
			stream_end_lost(s, code, text);
		else
			stream_detach(s);
		stream_release(s);
	}
}

static size_t stream_cancel(struct dtree_client *client, const void *arg, bool heard)
{
	struct dtree_stream *s;
	struct call *call, *next;
	size_t count = 0;

	DL_SEARCH_SCALAR(client->streams, s, arg, arg);
	if (!s)
		return 0;
	/* Its last request, exec or close, is under way. */
	HASH_ITER (hh, client->calls, call, next) {
		if (s->state != STREAM_CLOSED || !call->of_stream || call->arg != s)
			continue;
		client_cancel(client, call);
		count++;
	}
	if (heard && count)
		return count;
	dtree_exec_abandon(s);
	return 0;
}

static struct dtree_stream *stream_new(struct dtree_client *client, int id, enum dtree_form form,
                                       dtree_reply_fn *done, void *arg, struct dtree_error *err)
{
	struct dtree_stream *s;

	if (client->fd < 0) {
		client_error(err, DTREE_LOST, "connection to %s is lost", client->path);
		return NULL;
	}
	s = mem_new(sizeof *s);
	s->client = client;
	s->id = id;
	s->form = form;
	s->done = done;
	s->arg = arg;
	if (client->traceparent)
		s->traceparent = mem_string(client->traceparent);
	s->traced = client->traces;
	DL_APPEND(client->streams, s);
	client->end_streams = stream_end_all;
	client->cancel_streams = stream_cancel;
	return s;
}

static int stream_set(char **field, const char *head, const char *text, size_t n,
                      struct dtree_error *err)
{
	if (!parse_utf8(text, n) || memchr(text, '\0', n))
		return client_error(err, DTREE_INVALID, "a name is not valid UTF-8");
	free(*field);
	*field = mem_format("%s%.*s", head, (int)n, text);
	return 0;
}

int dtree_exec_name(struct dtree_stream *s, const char *name, size_t n, struct dtree_error *err)
{
	return stream_set(&s->name, "@", name, n, err);
}

int dtree_exec_any(struct dtree_stream *s, const char *group, size_t n, struct dtree_error *err)
{
	return stream_set(&s->group, "", group, n, err);
}

struct dtree_stream *dtree_exec_open(struct dtree_client *client, int id, enum dtree_form form,
                                     dtree_reply_fn *done, void *arg, struct dtree_error *err)
{
	return stream_new(client, id, form, done, arg, err);
}

struct dtree_stream *dtree_exec_input(struct dtree_client *client, int id, const char *args,
                                      size_t n, dtree_reply_fn *done, void *arg,
                                      struct dtree_error *err)
{
	struct dtree_stream *s;

	if (n > DTREE_INPUT_ARGS_MAX) {
		client_error(err, DTREE_INVALID,
		             "%zu bytes of arguments; at most %zu go with an input", n,
		             DTREE_INPUT_ARGS_MAX);
		return NULL;
	}
	if (n && (args[n - 1] || !parse_utf8(args, n))) {
		client_error(err, DTREE_INVALID, "an argument is not valid UTF-8, or has no end");
		return NULL;
	}
	s = stream_new(client, id, DTREE_WHOLE, done, arg, err);
	if (!s)
		return NULL;
	s->input = true;
	buffer_add(&s->args, args, n);
	return s;
}

/* The program of one with an input runs from now on. */
static void stream_start_input(struct dtree_stream *s)
{
	if (s->input && s->state == STREAM_FRESH)
		stream_send_open(s);
}

void dtree_exec_timeout(struct dtree_stream *s, int64_t ms)
{
	s->timeout_ms = ms;
}

void dtree_exec_unordered(struct dtree_stream *s)
{
	s->unordered = true;
}

void dtree_exec_progress(struct dtree_stream *s, dtree_progress_fn *fn, void *arg)
{
	s->progress = fn;
	s->progress_arg = arg;
}

size_t dtree_exec_room(struct dtree_stream *s)
{
	size_t used = buffer_size(&s->data);

	stream_start_input(s);
	if (s->ended)
		return 0;
	return used < STREAM_ROOM ? STREAM_ROOM - used : 0;
}

int dtree_exec_feed(struct dtree_stream *s, const char *bytes, size_t n, struct dtree_error *err)
{
	const char *fresh;
	size_t size;

	stream_start_input(s);
	if (s->input) {
		if (!s->ended) {
			buffer_add(&s->data, bytes, n);
			s->checked += n;
		}
		stream_pump(s);
		return 0;
	}
	if (s->form == DTREE_BLANKS && n && memchr(bytes, '\0', n)) {
		dtree_exec_abandon(s);
		return client_error(err, DTREE_INVALID, "a NUL byte in an argument");
	}
	buffer_add(&s->data, bytes, n);
	fresh = buffer_size(&s->data) ? buffer_bytes(&s->data) + s->checked : "";
	size = buffer_size(&s->data) - s->checked;
	size -= arguments_unfinished(fresh, size);
	if (!parse_utf8(fresh, size)) {
		dtree_exec_abandon(s);
		return client_error(err, DTREE_INVALID, "an argument is not valid UTF-8");
	}
	s->checked += size;
	if (s->state == STREAM_FRESH && buffer_size(&s->data) > STREAM_SMALL)
		stream_send_open(s);
	stream_pump(s);
	return 0;
}

int dtree_exec_close(struct dtree_stream *s, struct dtree_error *err)
{
	if (s->checked < buffer_size(&s->data)) {
		dtree_exec_abandon(s);
		return client_error(err, DTREE_INVALID, "an argument is not valid UTF-8");
	}
	stream_start_input(s);
	s->complete = true;
	if (s->state == STREAM_FRESH && !stream_send_small(s))
		stream_send_open(s);
	stream_pump(s);
	return 0;
}

void dtree_exec_abandon(struct dtree_stream *s)
{
	stream_detach(s);
	s->abandoned = s->complete = true;
	if (s->state == STREAM_FRESH)
		s->state = STREAM_CLOSED;
	stream_pump(s);
	stream_release(s);
}
