/*
 * An exec whose arguments are fed in pieces.
 *
 * Up to SMALL bytes of arguments are sent at the close as one `exec`. For more, the stream is
 * opened, and the arguments are sent in feeds. Invariants: at most ROOM bytes wait here; at most
 * FEEDS feeds are under way; `fed` never passes `limit`, which only dtreed's credit moves. `done`
 * is called once, or never after an abandon; the stream is freed when none of its requests is under
 * way.
 */
#include <string.h>
#include <utlist.h>

#include "base/parse.h"
#include "client/internal.h"

/* The most that is sent as one `exec`: within DTREE_REQUEST_MAX even if every byte is escaped. */
#define SMALL ((size_t)64 * 1024)
/* The most elements that dtreed takes in one `args`. */
#define SMALL_ARGS 4096
/* The size of a full feed: an eighth of a request line at the most, and half of it escaped. */
#define CHUNK ((size_t)64 * 1024)
/* Feeds under way: enough to use dtreed's credit, even if some are short. */
#define FEEDS 8
/* The most bytes that wait here. */
#define ROOM (3 * CHUNK)

enum stream_state {
	STREAM_FRESH,   /* nothing has been sent */
	STREAM_OPENING, /* exec_open is under way */
	STREAM_OPEN,
	STREAM_CLOSED, /* exec or exec_close has been sent, or the stream is over */
};

struct dtree_stream {
	struct dtree_client *client; /* borrowed */
	int id;
	enum dtree_form form;
	dtree_reply_fn *done; /* NULL once it has been called, or the stream is abandoned */
	void *arg;            /* borrowed */
	enum stream_state state;
	bool opened;        /* counted in client->open_streams */
	bool complete;      /* the caller has closed: nothing more will be fed */
	bool abandoned;     /* the close must tell dtreed */
	struct buffer data; /* waits to be sent */
	size_t checked;     /* of them, bytes of whole characters */
	long long number;   /* dtreed's, once open */
	uint64_t fed;       /* bytes sent */
	uint64_t limit;     /* bytes that may have been sent */
	unsigned feeds;     /* under way */
	unsigned requests;  /* under way, the feeds among them */
	struct dtree_stream *prev;
	struct dtree_stream *next;
};

/* One feed under way. */
struct feed {
	struct dtree_stream *stream;
	uint64_t end; /* stream->fed with it */
};

static void stream_release(struct dtree_stream *s)
{
	if (s->done || s->requests || s->state != STREAM_CLOSED)
		return;
	s->client->open_streams -= s->opened;
	buffer_free(&s->data);
	free(s);
}

/* The caller gets no reply from now on. */
static dtree_reply_fn *stream_detach(struct dtree_stream *s)
{
	dtree_reply_fn *done = s->done;

	if (done)
		DL_DELETE(s->client->streams, s);
	s->done = NULL;
	buffer_free(&s->data);
	s->checked = 0;
	return done;
}

static void stream_answer(struct dtree_stream *s, const struct dtree_reply *reply)
{
	dtree_reply_fn *done = stream_detach(s);

	if (done)
		done(s->arg, reply);
}

/* -1 only once the connection is lost; then the stream is answered with all others. */
static int stream_send(struct dtree_stream *s, struct dtree_request *request, dtree_reply_fn *done,
                       void *arg)
{
	struct call *call = client_send(s->client, request, done, arg, NULL);

	if (!call)
		return -1;
	call->of_stream = true;
	s->requests++;
	return 0;
}

static void on_result(void *arg, const struct dtree_reply *reply)
{
	struct dtree_stream *s = arg;

	s->requests--;
	stream_answer(s, reply);
	stream_release(s);
}

static void stream_send_close(struct dtree_stream *s)
{
	struct dtree_request *request = dtree_request_new("exec_close");

	dtree_request_int(request, "stream", s->number);
	if (s->abandoned)
		dtree_request_bool(request, "abandon", true);
	s->state = STREAM_CLOSED;
	stream_send(s, request, on_result, s);
}

static void stream_pump(struct dtree_stream *s);

/* The stream has failed; if it is open, its close gives the same reason and ends it. If the
 * connection is lost, there is one reply for the whole stream: see stream_end_all(). */
static void stream_fail(struct dtree_stream *s, const struct dtree_reply *reply)
{
	if (s->done && s->client->fd < 0)
		return;
	if (s->state == STREAM_OPENING)
		s->state = STREAM_CLOSED;
	stream_answer(s, reply);
	if (s->state == STREAM_OPEN)
		stream_send_close(s);
}

static void on_feed(void *arg, const struct dtree_reply *reply)
{
	struct feed *feed = arg;
	struct dtree_stream *s = feed->stream;
	long long credit;

	s->requests--;
	s->feeds--;
	if (dtree_reply_code(reply)) {
		stream_fail(s, reply);
	} else if (dtree_value_int(dtree_reply_result(reply), "credit", &credit) == 0 &&
	           credit > 0 && feed->end + (uint64_t)credit > s->limit) {
		s->limit = feed->end + (uint64_t)credit;
	}
	free(feed);
	stream_pump(s);
	stream_release(s);
}

/* How many of the waiting bytes make the next feed; *end: it completes an argument. 0 without *end:
 * nothing may be sent now. */
static size_t stream_piece(const struct dtree_stream *s, bool *end)
{
	const char *data = buffer_bytes(&s->data);
	size_t full = s->checked < CHUNK ? s->checked : CHUNK;
	size_t n = full;
	const char *nul;

	*end = false;
	/* The end of an argument counts as a byte. */
	if (s->limit - s->fed < n + 1)
		n = s->limit > s->fed ? (size_t)(s->limit - s->fed - 1) : 0;
	/* While feeds are under way, more data or credit may come for a fuller feed. */
	if (s->feeds && (n < full || (full < CHUNK && !s->complete)))
		return 0;
	nul = s->form == DTREE_WHOLE && s->checked && s->limit > s->fed
	          ? memchr(data, '\0', n + (n < s->checked))
	          : NULL;
	if (nul) {
		*end = true;
		return (size_t)(nul - data);
	}
	while (n && n < s->checked && ((unsigned char)data[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static bool stream_feed_one(struct dtree_stream *s)
{
	struct dtree_request *request;
	struct feed *feed;
	bool end;
	size_t n;

	if (s->feeds == FEEDS || !s->checked)
		return false;
	n = stream_piece(s, &end);
	if (!n && !end)
		return false;
	request = dtree_request_new("exec_feed");
	dtree_request_int(request, "stream", s->number);
	dtree_request_string(request, "data", buffer_bytes(&s->data), n);
	if (s->form == DTREE_WHOLE)
		dtree_request_bool(request, "end_arg", end);
	buffer_take(&s->data, n + end);
	s->checked -= n + end;
	s->fed += n + end;
	feed = mem_new(sizeof *feed);
	*feed = (struct feed){s, s->fed};
	if (stream_send(s, request, on_feed, feed)) {
		free(feed);
		return false;
	}
	s->feeds++;
	return true;
}

/* Sends the feeds that may be sent. */
static void stream_pump(struct dtree_stream *s)
{
	if (s->state != STREAM_OPEN || s->client->fd < 0)
		return;
	while (stream_feed_one(s))
		;
	if (s->complete && !buffer_size(&s->data))
		stream_send_close(s);
}

static void on_open(void *arg, const struct dtree_reply *reply)
{
	struct dtree_stream *s = arg;
	long long credit;

	s->requests--;
	if (dtree_reply_code(reply)) {
		stream_fail(s, reply);
	} else if (dtree_value_int(dtree_reply_result(reply), "stream", &s->number) ||
	           dtree_value_int(dtree_reply_result(reply), "credit", &credit) || credit < 0) {
		struct dtree_reply *bad =
		    dtree_reply_error(DTREE_LOST, "a stream without a number", false);
		s->state = STREAM_CLOSED;
		stream_answer(s, bad);
		dtree_reply_free(bad);
	} else {
		s->state = STREAM_OPEN;
		s->limit = (uint64_t)credit;
		stream_pump(s);
	}
	stream_release(s);
}

static void stream_send_open(struct dtree_stream *s)
{
	struct dtree_request *request = dtree_request_new("exec_open");

	dtree_request_int(request, "id", s->id);
	s->state = STREAM_OPENING;
	s->opened = true;
	s->client->open_streams++;
	stream_send(s, request, on_open, s);
}

/* Sends all of it in one `exec`; false if it has too many arguments. */
static bool stream_send_small(struct dtree_stream *s)
{
	struct dtree_request *request = dtree_request_new("exec");
	const char *arg;
	size_t at = 0, count = 0, n;

	dtree_request_int(request, "id", s->id);
	dtree_request_array(request, "args");
	while (
	    arguments_next(s->form, buffer_bytes(&s->data), buffer_size(&s->data), &at, &arg, &n)) {
		if (++count > SMALL_ARGS) {
			dtree_request_free(request);
			return false;
		}
		dtree_request_item(request, arg, n);
	}
	buffer_free(&s->data);
	s->checked = 0;
	s->state = STREAM_CLOSED;
	stream_send(s, request, on_result, s);
	return true;
}

static void stream_end_all(struct dtree_client *client, const struct dtree_reply *reply)
{
	while (client->streams) {
		struct dtree_stream *s = client->streams;
		s->state = STREAM_CLOSED;
		if (reply)
			stream_answer(s, reply);
		else
			stream_detach(s);
		stream_release(s);
	}
}

static void stream_cancel(struct dtree_client *client, const void *arg)
{
	struct dtree_stream *s;
	struct call *call, *next;

	DL_SEARCH_SCALAR(client->streams, s, arg, arg);
	if (!s)
		return;
	/* Its last request, exec or close, is under way. */
	HASH_ITER (hh, client->calls, call, next) {
		if (s->state == STREAM_CLOSED && call->of_stream && call->arg == s)
			client_cancel(client, call);
	}
	dtree_exec_abandon(s);
}

struct dtree_stream *dtree_exec_open(struct dtree_client *client, int id, enum dtree_form form,
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
	DL_APPEND(client->streams, s);
	client->end_streams = stream_end_all;
	client->cancel_streams = stream_cancel;
	return s;
}

size_t dtree_exec_room(const struct dtree_stream *s)
{
	size_t used = buffer_size(&s->data);

	return used < ROOM ? ROOM - used : 0;
}

int dtree_exec_feed(struct dtree_stream *s, const char *bytes, size_t n, struct dtree_error *err)
{
	const char *fresh;
	size_t size;

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
	if (s->state == STREAM_FRESH && buffer_size(&s->data) > SMALL)
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
