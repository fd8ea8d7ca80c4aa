/*
 * exec, and its streams. Each open stream of a client has an entry from the reply to exec_open
 * until its exec_close.
 *
 * Invariant: `room` is the controller's last credit, less what was fed since, so a feed within it
 * is accepted. One byte of it is never given to the client: it ends the last argument.
 */
#include "control/cmd_exec.h"

#include <inttypes.h>
#include <string.h>
#include <utlist.h>

#include "base/parse.h"
#include "control/call.h"
#include "wire/base64.h"
#include "wire/json.h"
#include "wire/json_write.h"

struct exec_stream {
	uint64_t number; /* the controller's */
	size_t room;
	bool in_arg;              /* the last fed argument is incomplete */
	struct exec_stream *prev; /* utlist */
	struct exec_stream *next;
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

/* May it travel as text? */
static bool exec_is_text(const char *result, size_t n)
{
	return parse_utf8(result, n) && !memchr(result, '\0', n) &&
	       (n <= EXEC_RESULT_MAX / JSON_ESCAPED_MAX ||
	        json_string_size(result, n) <= EXEC_RESULT_MAX);
}

void exec_add_result(struct buffer *b, const char *result, size_t n)
{
	if (!result)
		json_add_null(b, "result");
	else if (exec_is_text(result, n))
		json_add_string(b, "result", result, n);
	else
		json_add_base64(b, "result_base64", result, n);
}

static int cmd_exec_write(struct result *r)
{
	const struct outcome *o = r->outcome;

	if (o->result_size > call_room(r->call))
		return error_set(&r->err, ERR_LIMIT,
		                 "%zu bytes of result find no room: too many are unread",
		                 o->result_size);
	if (!call_reserve(r->call, base64_size(o->result_size)))
		return error_set(&r->err, ERR_LIMIT, "no memory for %zu bytes of result",
		                 o->result_size);
	json_add_int(r->b, "id", o->id);
	exec_add_result(r->b, o->result, o->result_size);
	return 0;
}

/* Of exec and exec_open. */
enum { EXEC_ID, EXEC_ARGS, EXEC_GROUP };

/* Who is asked: a node, or one of a group. */
static int cmd_exec_check_target(const struct value *v, struct error *err)
{
	if (v[EXEC_ID].given && v[EXEC_GROUP].given)
		return error_set(err, ERR_PARAMS, "'id' and 'group' exclude each other");
	if (!v[EXEC_ID].given && !v[EXEC_GROUP].given)
		return error_set(err, ERR_PARAMS, "'id' is missing, or 'group'");
	return 0;
}

static enum handled cmd_exec_run(struct call *call, const struct value *v, struct error *err)
{
	struct buffer args = {0};
	enum handled handled = HANDLED_FAILED;

	if (cmd_exec_check_target(v, err) == 0 &&
	    exec_join_args(v[EXEC_ARGS].list, &args, err) == 0) {
		const struct exec_request request = {
		    .id = (int)v[EXEC_ID].number,
		    .group = v[EXEC_GROUP].given ? v[EXEC_GROUP].text : NULL,
		    .args = buffer_bytes(&args),
		    .size = buffer_size(&args),
		};
		call->pooled = request.group;
		controller_exec(client_session(call->client), &request, call_on_outcome, call);
		handled = HANDLED_PENDING;
	}
	buffer_free(&args);
	return handled;
}

#define PARAM_TARGET \
	{ \
		.name = "id", .type = PARAM_ID, .summary = "the node" \
	}
#define PARAM_TARGET_GROUP \
	{ \
		.name = "group", .type = PARAM_STRING, \
		.summary = "instead of id: the available node of this group with the least to do" \
	}

const struct method method_exec = {
    .name = "exec",
    .summary = "ask the node's service",
    .params = {PARAM_TARGET,
               {.name = "args",
                .type = PARAM_STRINGS,
                .required = true,
                .summary = "the service's arguments, 4096 at the most"},
               PARAM_TARGET_GROUP},
    .result = "{\"id\":10,\"result\":\"6\"}",
    .run = cmd_exec_run,
    .write = cmd_exec_write,
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

void exec_free_all(struct client *c)
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
	if (buffer_size(&call->args))
		controller_stream_feed(client_session(call->client), call->stream,
		                       buffer_bytes(&call->args), buffer_size(&call->args),
		                       exec_stream_on_first_fed, call);
	else
		exec_stream_opened(call, outcome);
}

static enum handled cmd_exec_open_run(struct call *call, const struct value *v, struct error *err)
{
	int id = (int)v[EXEC_ID].number;

	if (cmd_exec_check_target(v, err) || exec_join_args(v[EXEC_ARGS].list, &call->args, err))
		return HANDLED_FAILED;
	if (buffer_size(&call->args) >= STREAM_WINDOW) {
		error_set(err, ERR_LIMIT, "'args' has %zu bytes; exec_open takes less than %zu",
		          buffer_size(&call->args), STREAM_WINDOW);
		return HANDLED_FAILED;
	}
	if (v[EXEC_GROUP].given &&
	    controller_choose(call->client->control->controller, v[EXEC_GROUP].text, &id, err))
		return HANDLED_FAILED;
	controller_stream_open(client_session(call->client), id, exec_stream_on_opened, call);
	return HANDLED_PENDING;
}

static int cmd_exec_open_write(struct result *r)
{
	json_add_int(r->b, "stream", (int64_t)r->call->stream);
	json_add_int(r->b, "credit", exec_stream_credit(r->outcome->credit));
	return 0;
}

const struct method method_exec_open = {
    .name = "exec_open",
    .summary = "begin an exec whose arguments come in parts",
    .params = {PARAM_TARGET,
               {.name = "args",
                .type = PARAM_STRINGS,
                .summary = "its first arguments, 4096 at the most"},
               PARAM_TARGET_GROUP},
    .result = "{\"stream\":1,\"credit\":262143}",
    .run = cmd_exec_open_run,
    .write = cmd_exec_open_write,
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

static bool cmd_exec_is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Replaces blanks by NULs, one for each argument that ends; gives whether the last argument is
 * incomplete. */
static bool cmd_exec_cut_args(bool in_arg, const char *data, size_t n, struct buffer *args)
{
	char *to = buffer_reserve(args, n);
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		bool blank = cmd_exec_is_blank(data[i]);
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

enum { FEED_STREAM, FEED_DATA, FEED_END_ARG };

static enum handled cmd_exec_feed_run(struct call *call, const struct value *v, struct error *err)
{
	struct exec_stream *stream =
	    exec_stream_find(call->client, (uint64_t)v[FEED_STREAM].number, err);
	const struct value *data = &v[FEED_DATA];
	struct buffer args = {0};
	bool in_arg;

	if (!stream)
		return HANDLED_FAILED;
	if (data->size + v[FEED_END_ARG].flag >= stream->room) {
		error_set(err, ERR_LIMIT, "%zu bytes fed, the credit is %" PRId64, data->size,
		          exec_stream_credit(stream->room));
		return HANDLED_FAILED;
	}
	if (!v[FEED_END_ARG].given) {
		in_arg = cmd_exec_cut_args(stream->in_arg, data->text, data->size, &args);
	} else {
		/* The string's own NUL ends the argument. */
		buffer_add(&args, data->text, data->size + v[FEED_END_ARG].flag);
		in_arg = !v[FEED_END_ARG].flag && (stream->in_arg || data->size);
	}
	stream->in_arg = in_arg;
	stream->room -= buffer_size(&args);
	call->stream = stream->number;
	controller_stream_feed(client_session(call->client), call->stream, buffer_bytes(&args),
	                       buffer_size(&args), exec_stream_on_fed, call);
	buffer_free(&args);
	return HANDLED_PENDING;
}

static int cmd_exec_feed_write(struct result *r)
{
	json_add_int(r->b, "credit", exec_stream_credit(r->outcome->credit));
	return 0;
}

const struct method method_exec_feed = {
    .name = "exec_feed",
    .summary = "more arguments; the reply comes when there is room for more",
    .params = {PARAM_STREAM,
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
    .run = cmd_exec_feed_run,
    .write = cmd_exec_feed_write,
};

enum { CLOSE_STREAM, CLOSE_ABANDON };

static enum handled cmd_exec_close_run(struct call *call, const struct value *v, struct error *err)
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

static int cmd_exec_close_write(struct result *r)
{
	return r->call->abandons ? 0 : cmd_exec_write(r);
}

const struct method method_exec_close = {
    .name = "exec_close",
    .summary = "the arguments are complete; ends one that is not",
    .params = {PARAM_STREAM,
               {.name = "abandon",
                .type = PARAM_BOOL,
                .summary = "true: the stream is given up, and the result is {}"}},
    .result = "{\"id\":10,\"result\":\"6\"}",
    .feeds = true,
    .run = cmd_exec_close_run,
    .write = cmd_exec_close_write,
};
