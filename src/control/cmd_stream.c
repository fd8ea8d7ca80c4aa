/*
 * exec in parts. Each open stream of a client has an entry from the reply to exec_open until its
 * exec_close.
 *
 * Invariant: `room` is the controller's last credit, less what was fed since, so a feed within it
 * is accepted. One byte of it is never given to the client: it ends the last argument.
 */
#include "control/cmd_stream.h"

#include <inttypes.h>
#include <utlist.h>

#include "control/call.h"
#include "control/cmd_exec.h"
#include "wire/base64.h"
#include "wire/json.h"
#include "wire/json_write.h"

struct exec_stream {
	uint64_t number; /* the controller's */
	size_t room;
	bool in_arg;              /* the last fed argument is incomplete */
	bool input;               /* what is fed is standard input */
	struct exec_stream *prev; /* utlist */
	struct exec_stream *next;
};

static struct exec_stream *exec_stream_find(const struct client *c, uint64_t number,
                                            struct error *err)
{
	struct exec_stream *stream;

	DL_SEARCH_SCALAR(c->streams, stream, number, number);
	if (!stream)
		error_set(err, ERR_PARAMS, "no stream %" PRIu64 " is open", number);
	return stream;
}

static void exec_stream_drop(struct client *c, struct exec_stream *stream)
{
	DL_DELETE(c->streams, stream);
	free(stream);
}

void exec_stream_free_all(struct client *c)
{
	while (c->streams)
		exec_stream_drop(c, c->streams);
}

/* For requests whose outcome another one reports. */
static void exec_stream_on_nothing(void *arg, const struct outcome *outcome)
{
	(void)arg;
	(void)outcome;
}

/* The part of the credit that the client may use. */
static int64_t exec_stream_credit(size_t room)
{
	return room ? (int64_t)room - 1 : 0;
}

static void exec_stream_opened(struct call *call, const struct outcome *outcome)
{
	struct exec_stream *stream = mem_new(sizeof *stream);

	stream->number = call->stream;
	stream->room = outcome->credit;
	stream->input = call->input;
	DL_APPEND(call->client->streams, stream);
	call_on_outcome(call, outcome);
}

/* The arguments of exec_open were accepted. */
static void exec_stream_on_first_fed(void *arg, const struct outcome *outcome)
{
	struct call *call = arg;

	if (outcome->error.code == ERR_NONE) {
		exec_stream_opened(call, outcome);
		return;
	}
	controller_stream_close(client_session(call->client), call->stream, exec_stream_on_nothing,
	                        NULL);
	call_fail(call, &outcome->error);
}

static void exec_stream_on_opened(void *arg, const struct outcome *outcome)
{
	struct call *call = arg;

	if (outcome->error.code != ERR_NONE) {
		call_fail(call, &outcome->error);
		return;
	}
	call->stream = outcome->stream;
	if (buffer_size(&call->args) && !call->input)
		controller_stream_feed(client_session(call->client), call->stream,
		                       buffer_bytes(&call->args), buffer_size(&call->args),
		                       exec_stream_on_first_fed, call);
	else
		exec_stream_opened(call, outcome);
}

/* Behind those of exec. */
enum { OPEN_STDIN = EXEC_PARAMS };

static enum handled cmd_stream_open_run(struct call *call, const struct value *v, struct error *err)
{
	struct session *session = client_session(call->client);
	struct exec_request asked = exec_asked(call, v);

	if (exec_check_target(v, err) || exec_join_args(v[EXEC_ARGS].list, &call->args, err))
		return HANDLED_FAILED;
	if (buffer_size(&call->args) >= STREAM_WINDOW) {
		error_set(err, ERR_LIMIT, "'args' has %zu bytes; exec_open takes less than %zu",
		          buffer_size(&call->args), STREAM_WINDOW);
		return HANDLED_FAILED;
	}
	if (asked.group &&
	    controller_choose(call->client->control->controller, asked.group, &asked.id, err))
		return HANDLED_FAILED;
	call->input = v[OPEN_STDIN].flag;
	asked.args = buffer_bytes(&call->args);
	asked.size = buffer_size(&call->args);
	if (call->input)
		controller_stream_open_input(session, &asked, exec_stream_on_opened, call);
	else
		controller_stream_open(session, &asked, exec_stream_on_opened, call);
	return HANDLED_PENDING;
}

static int cmd_stream_open_write(struct result *r)
{
	json_add_int(r->b, "stream", (int64_t)r->call->stream);
	json_add_int(r->b, "credit", exec_stream_credit(r->outcome->credit));
	return 0;
}

const struct method method_exec_open = {
    .name = "exec_open",
    .summary = "begin an exec whose arguments, or whose standard input, come in parts",
    .role = ROLE_OPERATE,
    .params = {PARAM_TARGET,
               {.name = "args",
                .type = PARAM_STRINGS,
                .summary = "its first arguments, 4096 at the most"},
               PARAM_TARGET_GROUP,
               PARAM_TIMEOUT,
               PARAM_UNORDERED,
               PARAM_PROGRESS,
               {.name = "stdin",
                .type = PARAM_BOOL,
                .summary = "true: these are all arguments, and the feeds are the standard "
                           "input of the program"}},
    .result = "{\"stream\":1,\"credit\":262143}",
    .members = {members_exec_open},
    .run = cmd_stream_open_run,
    .write = cmd_stream_open_write,
};

static void exec_stream_on_fed(void *arg, const struct outcome *outcome)
{
	struct call *call = arg;
	struct exec_stream *stream = exec_stream_find(call->client, call->stream, NULL);

	/* The outcome says how much it was then; since then more may have been fed. */
	if (stream && outcome->error.code == ERR_NONE)
		stream->room = controller_stream_credit(client_session(call->client), call->stream);
	call_on_outcome(call, outcome);
}

static bool cmd_stream_is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Replaces blanks by NULs, one for each argument that ends; gives whether the last argument is
 * incomplete. */
static bool cmd_stream_cut_args(bool in_arg, const char *data, size_t n, struct buffer *args)
{
	char *to = buffer_reserve(args, n);
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		bool blank = cmd_stream_is_blank(data[i]);
		if (!blank)
			to[used++] = data[i];
		else if (in_arg)
			to[used++] = '\0';
		in_arg = !blank;
	}
	buffer_claim(args, used);
	return in_arg;
}

#define PARAM_STREAM \
	{ \
		.name = "stream", .type = PARAM_INT, .required = true, \
		.summary = "as exec_open gave it", .min = 1, .max = JSON_INT_MAX \
	}

enum { FEED_STREAM, FEED_DATA, FEED_END_ARG, FEED_BASE64 };

/* The bytes of a feed of arguments; *in_arg: is the last argument incomplete? */
static int exec_feed_args(const struct exec_stream *stream, const struct value *v,
                          struct buffer *args, bool *in_arg, struct error *err)
{
	const struct value *data = &v[FEED_DATA];
	const struct value *end = &v[FEED_END_ARG];

	if (!data->given || v[FEED_BASE64].given)
		return error_set(err, ERR_PARAMS,
		                 "stream %" PRIu64 " takes arguments, which are 'data'",
		                 stream->number);
	if (data->size + end->flag >= stream->room)
		return error_set(err, ERR_LIMIT, "%zu bytes fed, the credit is %" PRId64,
		                 data->size, exec_stream_credit(stream->room));
	if (!end->given) {
		*in_arg = cmd_stream_cut_args(stream->in_arg, data->text, data->size, args);
	} else {
		/* The string's own NUL ends the argument. */
		buffer_add(args, data->text, data->size + end->flag);
		*in_arg = !end->flag && (stream->in_arg || data->size);
	}
	return 0;
}

static int exec_feed_input(const struct exec_stream *stream, const struct value *v,
                           struct buffer *bytes, struct error *err)
{
	const struct value *data = &v[FEED_BASE64];

	if (!data->given || v[FEED_DATA].given || v[FEED_END_ARG].given)
		return error_set(err, ERR_PARAMS,
		                 "stream %" PRIu64 " takes standard input, which is 'data_base64'",
		                 stream->number);
	if (base64_read(bytes, data->text, data->size))
		return error_set(err, ERR_PARAMS, "stream %" PRIu64 ": 'data_base64' is not base64",
		                 stream->number);
	if (buffer_size(bytes) >= stream->room)
		return error_set(err, ERR_LIMIT, "%zu bytes fed, the credit is %" PRId64,
		                 buffer_size(bytes), exec_stream_credit(stream->room));
	return 0;
}

static enum handled cmd_stream_feed_run(struct call *call, const struct value *v, struct error *err)
{
	struct exec_stream *stream =
	    exec_stream_find(call->client, (uint64_t)v[FEED_STREAM].number, err);
	struct buffer bytes = {0};
	bool in_arg = false;
	enum handled handled = HANDLED_FAILED;

	if (!stream)
		return HANDLED_FAILED;
	if (!(stream->input ? exec_feed_input(stream, v, &bytes, err)
	                    : exec_feed_args(stream, v, &bytes, &in_arg, err))) {
		stream->in_arg = in_arg;
		stream->room -= buffer_size(&bytes);
		call->stream = stream->number;
		controller_stream_feed(client_session(call->client), call->stream,
		                       buffer_bytes(&bytes), buffer_size(&bytes),
		                       exec_stream_on_fed, call);
		handled = HANDLED_PENDING;
	}
	buffer_free(&bytes);
	return handled;
}

static int cmd_stream_feed_write(struct result *r)
{
	json_add_int(r->b, "credit", exec_stream_credit(r->outcome->credit));
	if (r->outcome->ended)
		json_add_bool(r->b, "ended", true);
	return 0;
}

const struct method method_exec_feed = {
    .name = "exec_feed",
    .summary = "more arguments or input; the reply comes when there is room for more",
    .role = ROLE_OPERATE,
    .params = {PARAM_STREAM,
               {.name = "data",
                .type = PARAM_STRING,
                .summary = "arguments separated by blanks, cut anywhere"},
               {.name = "end_arg",
                .type = PARAM_BOOL,
                .summary = "if it is given, blanks in data are part of the argument, "
                           "and true ends it"},
               {.name = "data_base64",
                .type = PARAM_STRING,
                .summary = "instead of both: bytes of standard input"}},
    .result = "{\"credit\":262143}",
    .members = {members_exec_feed},
    .feeds = true,
    .run = cmd_stream_feed_run,
    .write = cmd_stream_feed_write,
};

enum { CLOSE_STREAM, CLOSE_ABANDON };

static enum handled cmd_stream_close_run(struct call *call, const struct value *v,
                                         struct error *err)
{
	struct session *session = client_session(call->client);
	uint64_t number = (uint64_t)v[CLOSE_STREAM].number;
	struct exec_stream *stream = exec_stream_find(call->client, number, err);

	if (!stream)
		return HANDLED_FAILED;
	call->abandons = v[CLOSE_ABANDON].flag;
	if (stream->in_arg && !call->abandons)
		controller_stream_feed(session, number, "", 1, exec_stream_on_nothing, NULL);
	exec_stream_drop(call->client, stream);
	if (call->abandons)
		controller_stream_abandon(session, number, call_on_outcome, call);
	else
		controller_stream_close(session, number, call_on_outcome, call);
	return HANDLED_PENDING;
}

static int cmd_stream_close_write(struct result *r)
{
	return r->call->abandons ? 0 : exec_write_result(r);
}

const struct method method_exec_close = {
    .name = "exec_close",
    .summary = "the arguments, or the input, are complete",
    .role = ROLE_OPERATE,
    .params = {PARAM_STREAM,
               {.name = "abandon",
                .type = PARAM_BOOL,
                .summary = "true: the stream is given up, and the result is {}"}},
    .result = "{\"id\":10,\"result\":\"6\"}",
    .members = {members_exec, members_exec_bytes, members_nothing},
    .feeds = true,
    .run = cmd_stream_close_run,
    .write = cmd_stream_close_write,
};
