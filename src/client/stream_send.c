/* What a stream sends, and what its replies do to it. Its invariants are in stream.h. */
#include <string.h>
#include <utlist.h>

#include "base/error.h"
#include "client/stream.h"

/* The most elements that dtreed takes in one `args`. */
#define STREAM_ARGS 4096

/* One feed under way. */
struct feed {
	struct dtree_stream *stream;
	uint64_t end; /* stream->fed with it */
};

void stream_release(struct dtree_stream *s)
{
	if (s->done || s->requests || s->state != STREAM_CLOSED)
		return;
	s->client->open_streams -= s->opened;
	buffer_free(&s->data);
	buffer_free(&s->args);
	free(s->name);
	free(s->group);
	free(s->traceparent);
	free(s);
}

dtree_reply_fn *stream_detach(struct dtree_stream *s)
{
	dtree_reply_fn *done = s->done;

	if (done)
		DL_DELETE(s->client->streams, s);
	s->done = NULL;
	buffer_free(&s->data);
	s->checked = 0;
	return done;
}

void stream_answer(struct dtree_stream *s, const struct dtree_reply *reply)
{
	dtree_reply_fn *done = stream_detach(s);

	if (done)
		done(s->arg, reply);
}

static void stream_on_progress(void *arg, const struct dtree_progress *progress)
{
	struct dtree_stream *s = arg;

	if (s->done)
		s->progress(s->progress_arg, progress);
}

/* -1 only once the connection is lost; then the stream is answered with all others. */
static int stream_send(struct dtree_stream *s, struct dtree_request *request, dtree_reply_fn *done,
                       void *arg)
{
	struct call *call = client_send(s->client, request, done, arg, NULL);

	if (!call)
		return -1;
	call->of_stream = true;
	/* It comes with the id of the request that gives the result; a feed's arg is not the
	 * stream. */
	if (arg == s && s->progress)
		call->progress = stream_on_progress;
	s->requests++;
	return 0;
}

/* Is it known to have run although the end of its input was not sent? */
static bool stream_has_run(const struct dtree_stream *s, const struct dtree_reply *reply)
{
	return s->runs && s->client->fd < 0 &&
	       strcmp(dtree_reply_outcome(reply), error_outcome_name(OUTCOME_NOT_RUN)) == 0;
}

static void on_result(void *arg, const struct dtree_reply *reply)
{
	struct dtree_stream *s = arg;
	struct dtree_reply *other = NULL;

	s->requests--;
	if (stream_has_run(s, reply))
		other =
		    dtree_reply_error(dtree_reply_code(reply), dtree_reply_message(reply), true);
	stream_answer(s, other ? other : reply);
	dtree_reply_free(other);
	stream_release(s);
}

static void stream_send_close(struct dtree_stream *s)
{
	struct dtree_request *request = dtree_request_new("exec_close");

	dtree_request_int(request, "stream", s->number);
	if (s->abandoned)
		dtree_request_bool(request, "abandon", true);
	if (s->traced)
		request_trace(request);
	s->state = STREAM_CLOSED;
	stream_send(s, request, on_result, s);
}

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

/* What is fed from now on would be dropped: it closes itself, and waits for its answer. */
static void stream_end(struct dtree_stream *s)
{
	s->ended = s->complete = true;
	buffer_free(&s->data);
	s->checked = 0;
}

static void on_feed(void *arg, const struct dtree_reply *reply)
{
	struct feed *feed = arg;
	struct dtree_stream *s = feed->stream;
	long long credit;
	bool ended;

	s->requests--;
	s->feeds--;
	if (dtree_reply_code(reply)) {
		stream_fail(s, reply);
	} else if (dtree_value_int(dtree_reply_result(reply), "credit", &credit) == 0 &&
	           credit > 0 && feed->end + (uint64_t)credit > s->limit) {
		s->limit = feed->end + (uint64_t)credit;
	}
	if (dtree_value_bool(dtree_reply_result(reply), "ended", &ended) == 0 && ended)
		stream_end(s);
	free(feed);
	stream_pump(s);
	stream_release(s);
}

/* How many of the waiting bytes make the next feed; *end: it completes an argument. 0 without *end:
 * nothing may be sent now. */
static size_t stream_piece(const struct dtree_stream *s, bool *end)
{
	const char *data = buffer_bytes(&s->data);
	size_t full = s->checked < STREAM_CHUNK ? s->checked : STREAM_CHUNK;
	size_t left = (size_t)(s->limit - s->fed);
	size_t n = full;
	const char *nul;

	*end = false;
	/* The end of an argument counts as a byte. */
	if (left < n + !s->input)
		n = left && !s->input ? left - 1 : left;
	/* While feeds are under way, more data or credit may come for a fuller feed. */
	if (s->feeds && (n < full || (full < STREAM_CHUNK && !s->complete)))
		return 0;
	if (s->input)
		return n;
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

	if (s->feeds == STREAM_FEEDS || !s->checked)
		return false;
	n = stream_piece(s, &end);
	if (!n && !end)
		return false;
	request = dtree_request_new("exec_feed");
	dtree_request_int(request, "stream", s->number);
	if (s->input)
		request_base64(request, "data_base64", buffer_bytes(&s->data), n);
	else
		dtree_request_string(request, "data", buffer_bytes(&s->data), n);
	if (s->form == DTREE_WHOLE && !s->input)
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

void stream_pump(struct dtree_stream *s)
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
	s->runs = s->input &&
	          strcmp(dtree_reply_outcome(reply), error_outcome_name(OUTCOME_NOT_RUN)) != 0;
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

/* The arguments in the buffer; gives how many. */
static size_t stream_add_args(struct dtree_request *request, enum dtree_form form,
                              const struct buffer *args)
{
	const char *arg;
	size_t at = 0;
	size_t count = 0;
	size_t n;

	dtree_request_array(request, "args");
	while (arguments_next(form, buffer_bytes(args), buffer_size(args), &at, &arg, &n)) {
		dtree_request_item(request, arg, n);
		count++;
	}
	return count;
}

/* The request that begins it: exec or exec_open. */
static struct dtree_request *stream_request(const struct dtree_stream *s, const char *method)
{
	struct dtree_request *request = dtree_request_new(method);

	if (s->group)
		dtree_request_string(request, "group", s->group, strlen(s->group));
	else if (s->name)
		dtree_request_string(request, "id", s->name, strlen(s->name));
	else
		dtree_request_int(request, "id", s->id);
	if (s->timeout_ms)
		dtree_request_int(request, "timeout_ms", s->timeout_ms);
	if (s->unordered)
		dtree_request_bool(request, "unordered", true);
	if (s->progress)
		dtree_request_bool(request, "progress", true);
	request_traceparent(request, s->traceparent);
	if (s->traced)
		request_trace(request);
	return request;
}

void stream_send_open(struct dtree_stream *s)
{
	struct dtree_request *request = stream_request(s, "exec_open");

	if (s->input) {
		stream_add_args(request, DTREE_WHOLE, &s->args);
		dtree_request_bool(request, "stdin", true);
		buffer_free(&s->args);
		s->args = (struct buffer){0};
	}
	s->state = STREAM_OPENING;
	s->opened = true;
	s->client->open_streams++;
	stream_send(s, request, on_open, s);
}

bool stream_send_small(struct dtree_stream *s)
{
	struct dtree_request *request = stream_request(s, "exec");

	if (stream_add_args(request, s->form, &s->data) > STREAM_ARGS) {
		dtree_request_free(request);
		return false;
	}
	buffer_free(&s->data);
	s->checked = 0;
	s->state = STREAM_CLOSED;
	stream_send(s, request, on_result, s);
	return true;
}
