/*
 * exec, and its streams. What lasts is a row for each open stream of a client, from the reply to
 * exec_open until its exec_close.
 *
 * Invariant: `room` is what the controller last said may be fed, less what was fed since, so a feed
 * within it is taken. One byte of it is never told to the client: it ends the last argument.
 */
#include "control/cmd_exec.h"

#include <inttypes.h>
#include <string.h>
#include <utlist.h>

#include "wire/json.h"
#include "wire/json_write.h"

struct stream {
	uint64_t number; /* the controller's */
	size_t room;
	bool in_arg;         /* fed half an argument */
	struct stream *prev; /* utlist */
	struct stream *next;
};

int exec_join_args(const struct cJSON *list, struct buffer *args, struct error *err)
{
	size_t count = list ? json_count(list) : 0;
	const char *arg;
	size_t size;

	if (count > EXEC_ARGS_MAX)
		return error_set(err, ERR_LIMIT,
		                 "%zu elements in 'args'; more than %zu go through exec_open and "
		                 "exec_feed",
		                 count, EXEC_ARGS_MAX);
	for (const struct cJSON *item = count ? json_first(list) : NULL; item;
	     item = json_next(item)) {
		if (json_string(item, "args", &arg, &size, err))
			return -1;
		buffer_add(args, arg, size + 1);
	}
	return 0;
}

static void add_result(struct buffer *b, const struct outcome *outcome)
{
	json_open_object(b, NULL);
	json_add_int(b, "id", outcome->id);
	if (outcome->result)
		json_add_string(b, "result", outcome->result, outcome->result_size);
	else
		json_add_null(b, "result");
	json_close_object(b);
}

static void on_result(void *arg, const struct outcome *outcome)
{
	struct request *r = arg;
	struct error err = outcome->error;
	struct buffer *b;
	size_t before;

	if (err.code == ERR_NONE && outcome->result_size > request_room(r))
		error_set(&err, ERR_LIMIT, "%zu bytes of result find no room: too many are unread",
		          outcome->result_size);
	if (err.code == ERR_NONE && !request_reserve(r, outcome->result_size))
		error_set(&err, ERR_LIMIT, "no memory for %zu bytes of result",
		          outcome->result_size);
	if (err.code != ERR_NONE) {
		request_fail(r, &err);
		return;
	}
	b = request_result(r);
	before = buffer_size(b);
	add_result(b, outcome);
	if (buffer_size(b) - before >
	    EXEC_RESULT_MAX + sizeof "{\"id\":-2147483648,\"result\":\"\"}") {
		request_unwrite(r);
		error_set(&err, ERR_SERVICE, "the result is longer than %zu bytes as JSON",
		          EXEC_RESULT_MAX);
		request_fail(r, &err);
		return;
	}
	request_done(r);
}

enum { EXEC_ID, EXEC_ARGS };

static enum handled run_exec(struct request *r, const struct value *v, struct error *err)
{
	struct buffer args = {0};
	enum handled handled = HANDLED_FAILED;

	if (exec_join_args(v[EXEC_ARGS].list, &args, err) == 0) {
		controller_exec(client_session(r->client), (int)v[EXEC_ID].number,
		                buffer_bytes(&args), buffer_size(&args), on_result, r);
		handled = HANDLED_PENDING;
	}
	buffer_free(&args);
	return handled;
}

const struct method method_exec = {
    .name = "exec",
    .summary = "ask the node's service",
    .params = {{.name = "id", .type = PARAM_ID, .required = true, .summary = "the node"},
               {.name = "args",
                .type = PARAM_STRINGS,
                .required = true,
                .summary = "the service's arguments, 4096 at the most"}},
    .result = "{\"id\":10,\"result\":\"6\"}",
    .run = run_exec,
};

static struct stream *stream_find(const struct client *c, uint64_t number, struct error *err)
{
	struct stream *stream;

	DL_SEARCH_SCALAR(c->streams, stream, number, number);
	if (!stream)
		error_set(err, ERR_PARAMS, "no stream %" PRIu64 " is open", number);
	return stream;
}

static void stream_drop(struct client *c, struct stream *stream)
{
	DL_DELETE(c->streams, stream);
	free(stream);
}

void exec_free_all(struct client *c)
{
	while (c->streams)
		stream_drop(c, c->streams);
}

/* For requests whose outcome another one tells. */
static void on_nothing(void *arg, const struct outcome *outcome)
{
	(void)arg;
	(void)outcome;
}

/* What of the credit the client may use. */
static int64_t shown_credit(size_t room)
{
	return room ? (int64_t)room - 1 : 0;
}

static void answer_opened(struct request *r, const struct outcome *outcome)
{
	struct stream *stream = mem_new(sizeof *stream);
	struct buffer *b = request_result(r);

	stream->number = r->stream;
	stream->room = outcome->credit;
	DL_APPEND(r->client->streams, stream);
	json_open_object(b, NULL);
	json_add_int(b, "stream", (int64_t)stream->number);
	json_add_int(b, "credit", shown_credit(stream->room));
	json_close_object(b);
	request_done(r);
}

/* The arguments that came with exec_open are taken. */
static void on_first_fed(void *arg, const struct outcome *outcome)
{
	struct request *r = arg;

	if (outcome->error.code == ERR_NONE) {
		answer_opened(r, outcome);
		return;
	}
	controller_stream_close(client_session(r->client), r->stream, on_nothing, NULL);
	request_fail(r, &outcome->error);
}

static void on_opened(void *arg, const struct outcome *outcome)
{
	struct request *r = arg;

	if (outcome->error.code != ERR_NONE) {
		request_fail(r, &outcome->error);
		return;
	}
	r->stream = outcome->stream;
	if (buffer_size(&r->args))
		controller_stream_feed(client_session(r->client), r->stream, buffer_bytes(&r->args),
		                       buffer_size(&r->args), on_first_fed, r);
	else
		answer_opened(r, outcome);
}

static enum handled run_exec_open(struct request *r, const struct value *v, struct error *err)
{
	if (exec_join_args(v[EXEC_ARGS].list, &r->args, err))
		return HANDLED_FAILED;
	if (buffer_size(&r->args) >= STREAM_WINDOW) {
		error_set(err, ERR_LIMIT, "'args' has %zu bytes; exec_open takes less than %zu",
		          buffer_size(&r->args), STREAM_WINDOW);
		return HANDLED_FAILED;
	}
	controller_stream_open(client_session(r->client), (int)v[EXEC_ID].number, on_opened, r);
	return HANDLED_PENDING;
}

const struct method method_exec_open = {
    .name = "exec_open",
    .summary = "begin an exec whose arguments come in parts",
    .params = {{.name = "id", .type = PARAM_ID, .required = true, .summary = "the node"},
               {.name = "args",
                .type = PARAM_STRINGS,
                .summary = "its first arguments, 4096 at the most"}},
    .result = "{\"stream\":1,\"credit\":262143}",
    .run = run_exec_open,
};

static void on_fed(void *arg, const struct outcome *outcome)
{
	struct request *r = arg;
	struct stream *stream;
	struct buffer *b;

	if (outcome->error.code != ERR_NONE) {
		request_fail(r, &outcome->error);
		return;
	}
	stream = stream_find(r->client, r->stream, NULL);
	if (stream)
		stream->room = outcome->credit;
	b = request_result(r);
	json_open_object(b, NULL);
	json_add_int(b, "credit", shown_credit(outcome->credit));
	json_close_object(b);
	request_done(r);
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Blanks to NULs, one for each argument that ends; gives whether the last one goes on. */
static bool cut_args(bool in_arg, const char *data, size_t n, struct buffer *args)
{
	char *to = buffer_reserve(args, n);
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		bool blank = is_blank(data[i]);
		if (!blank)
			to[used++] = data[i];
		else if (in_arg)
			to[used++] = '\0';
		in_arg = !blank;
	}
	buffer_claim(args, used);
	return in_arg;
}

enum { FEED_STREAM, FEED_DATA, FEED_END_ARG };

static enum handled run_exec_feed(struct request *r, const struct value *v, struct error *err)
{
	struct stream *stream = stream_find(r->client, (uint64_t)v[FEED_STREAM].number, err);
	const struct value *data = &v[FEED_DATA];
	struct buffer args = {0};
	bool in_arg;

	if (!stream)
		return HANDLED_FAILED;
	if (data->size + v[FEED_END_ARG].flag >= stream->room) {
		error_set(err, ERR_LIMIT, "%zu bytes fed, the credit is %" PRId64, data->size,
		          shown_credit(stream->room));
		return HANDLED_FAILED;
	}
	if (!v[FEED_END_ARG].given) {
		in_arg = cut_args(stream->in_arg, data->text, data->size, &args);
	} else {
		/* The string's own NUL ends the argument. */
		buffer_add(&args, data->text, data->size + v[FEED_END_ARG].flag);
		in_arg = !v[FEED_END_ARG].flag && (stream->in_arg || data->size);
	}
	stream->in_arg = in_arg;
	stream->room -= buffer_size(&args);
	r->stream = stream->number;
	controller_stream_feed(client_session(r->client), r->stream, buffer_bytes(&args),
	                       buffer_size(&args), on_fed, r);
	buffer_free(&args);
	return HANDLED_PENDING;
}

const struct method method_exec_feed = {
    .name = "exec_feed",
    .summary = "more arguments; the reply comes when there is room for more",
    .params = {{.name = "stream",
                .type = PARAM_INT,
                .required = true,
                .summary = "as exec_open gave it",
                .min = 1,
                .max = JSON_INT_MAX},
               {.name = "data",
                .type = PARAM_STRING,
                .required = true,
                .summary = "arguments separated by blanks, cut anywhere"},
               {.name = "end_arg",
                .type = PARAM_BOOL,
                .summary = "if it is given, blanks in data are part of the argument, "
                           "and true ends it"}},
    .result = "{\"credit\":262143}",
    .feeds = true,
    .run = run_exec_feed,
};

static void on_abandoned(void *arg, const struct outcome *outcome)
{
	struct request *r = arg;
	struct buffer *b;

	if (outcome->error.code != ERR_NONE) {
		request_fail(r, &outcome->error);
		return;
	}
	b = request_result(r);
	json_open_object(b, NULL);
	json_close_object(b);
	request_done(r);
}

static enum handled run_exec_close(struct request *r, const struct value *v, struct error *err)
{
	struct session *session = client_session(r->client);
	uint64_t number = (uint64_t)v[0].number;
	struct stream *stream = stream_find(r->client, number, err);

	if (!stream)
		return HANDLED_FAILED;
	if (v[1].flag) {
		stream_drop(r->client, stream);
		controller_stream_abandon(session, number, on_abandoned, r);
		return HANDLED_PENDING;
	}
	if (stream->in_arg)
		controller_stream_feed(session, number, "", 1, on_nothing, NULL);
	stream_drop(r->client, stream);
	controller_stream_close(session, number, on_result, r);
	return HANDLED_PENDING;
}

const struct method method_exec_close = {
    .name = "exec_close",
    .summary = "the arguments are complete; ends one that is not",
    .params = {{.name = "stream",
                .type = PARAM_INT,
                .required = true,
                .summary = "as exec_open gave it",
                .min = 1,
                .max = JSON_INT_MAX},
               {.name = "abandon",
                .type = PARAM_BOOL,
                .summary = "true: the stream is given up, and the result is {}"}},
    .result = "{\"id\":10,\"result\":\"6\"}",
    .feeds = true,
    .run = run_exec_close,
};
