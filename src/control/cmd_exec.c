/* exec, and what its replies have in common with those of others. Owns nothing. */
#include "control/cmd_exec.h"

#include <string.h>

#include "base/parse.h"
#include "control/call.h"
#include "wire/base64.h"
#include "wire/json.h"
#include "wire/json_write.h"

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

int exec_write_result(struct result *r)
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

struct exec_request exec_asked(const struct call *call, const struct value *v)
{
	return (struct exec_request){.id = (int)v[EXEC_ID].number,
	                             .group = v[EXEC_GROUP].given ? v[EXEC_GROUP].text : NULL,
	                             .timeout_ms = v[EXEC_TIMEOUT].number,
	                             .unordered = v[EXEC_UNORDERED].flag,
	                             .progress = v[EXEC_PROGRESS].flag ? call_on_progress : NULL,
	                             .traceparent = call->traceparent};
}

int exec_check_target(const struct value *v, struct error *err)
{
	if (v[EXEC_ID].given && v[EXEC_GROUP].given)
		return error_set(err, ERR_PARAMS, "'id' and 'group' exclude each other");
	if (!v[EXEC_ID].given && !v[EXEC_GROUP].given)
		return error_set(err, ERR_PARAMS, "'id' is missing, or 'group'");
	return 0;
}

static enum handled cmd_exec_run(struct call *call, const struct value *v, struct error *err)
{
	struct exec_request asked = exec_asked(call, v);
	struct buffer args = {0};
	enum handled handled = HANDLED_FAILED;

	if (exec_check_target(v, err) == 0 && exec_join_args(v[EXEC_ARGS].list, &args, err) == 0) {
		asked.args = buffer_bytes(&args);
		asked.size = buffer_size(&args);
		call->pooled = asked.group;
		controller_exec(client_session(call->client), &asked, call_on_outcome, call);
		handled = HANDLED_PENDING;
	}
	buffer_free(&args);
	return handled;
}

const struct method method_exec = {
    .name = "exec",
    .summary = "ask the node's service",
    .role = ROLE_OPERATE,
    .params = {PARAM_TARGET,
               {.name = "args",
                .type = PARAM_STRINGS,
                .required = true,
                .summary = "the service's arguments, 4096 at the most"},
               PARAM_TARGET_GROUP,
               PARAM_TIMEOUT,
               PARAM_UNORDERED,
               PARAM_PROGRESS},
    .result = "{\"id\":10,\"result\":\"6\"}",
    .members = {members_exec, members_exec_bytes},
    .run = cmd_exec_run,
    .write = exec_write_result,
};
