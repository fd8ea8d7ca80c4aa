/* exec_all: asks the controller, and writes the answers of the nodes. */
#include "control/cmd_all.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/parse.h"
#include "control/call.h"
#include "control/cmd_exec.h"
#include "wire/json_write.h"

void cmd_all_add_error(struct buffer *b, int id, const struct error *err)
{
	const struct error_row *row = error_row(err->code);
	const char *outcome = error_outcome_name(err->outcome);

	json_open_object(b, NULL);
	json_add_int(b, "id", id);
	json_add_int(b, "code", err->code);
	json_add_text(b, "name", row ? row->name : "UNKNOWN");
	json_add_text(b, "message", err->text);
	if (outcome)
		json_add_text(b, "outcome", outcome);
	if (err->retry_ms)
		json_add_int(b, "retry_ms", err->retry_ms);
	json_close_object(b);
}

static void cmd_all_add_result(struct buffer *b, const struct node_word *word)
{
	json_open_object(b, NULL);
	json_add_int(b, "id", word->id);
	exec_add_result(b, word->result, word->size);
	json_close_object(b);
}

static void cmd_all_add_words(struct buffer *b, const struct exec_all_result *g, const char *name,
                              bool failed)
{
	json_open_array(b, name);
	for (size_t i = 0; i < g->word_count; i++) {
		if (failed && g->words[i].error)
			cmd_all_add_error(b, g->words[i].id, g->words[i].error);
		else if (!failed && !g->words[i].error)
			cmd_all_add_result(b, &g->words[i]);
	}
	json_close_array(b);
}

static void cmd_all_add_value(struct buffer *b, const struct exec_all_result *g)
{
	char number[sizeof "-9223372036854775808"];

	/* The value may need 64 bits. */
	snprintf(number, sizeof number, "%" PRId64, g->value);
	if (g->valued)
		json_add_text(b, "reduced", number);
	else
		json_add_null(b, "reduced");
	json_add_int(b, "count", (int64_t)g->count);
}

static size_t cmd_all_size(const struct exec_all_result *g)
{
	size_t size = 0;

	for (size_t i = 0; i < g->word_count; i++)
		size += g->words[i].size;
	return size;
}

enum { ALL_ARGS, ALL_SUBTREE, ALL_REDUCE, ALL_TIMEOUT };

static enum handled cmd_all_run(struct call *call, const struct value *v, struct error *err)
{
	struct buffer args = {0};
	struct exec_all_request request = {
	    .has_root = v[ALL_SUBTREE].given,
	    .root = v[ALL_SUBTREE].given ? (int)v[ALL_SUBTREE].number : NODE_CONTROLLER,
	    .reduce = v[ALL_REDUCE].given ? v[ALL_REDUCE].text : NULL,
	    .timeout_ms = v[ALL_TIMEOUT].number,
	    .traceparent = call->traceparent,
	};
	enum handled handled = HANDLED_FAILED;

	if (exec_join_args(v[ALL_ARGS].list, &args, err) == 0) {
		request.args = buffer_bytes(&args);
		request.size = buffer_size(&args);
		controller_exec_all(client_session(call->client), &request, call_on_outcome, call);
		handled = HANDLED_PENDING;
	}
	buffer_free(&args);
	return handled;
}

static int cmd_all_write(struct result *r)
{
	const struct exec_all_result *g = r->outcome->exec_all;

	if (cmd_all_size(g) > call_room(r->call))
		return error_set(&r->err, ERR_LIMIT,
		                 "%zu bytes of results find no room: too many are unread",
		                 cmd_all_size(g));
	if (g->listed)
		cmd_all_add_words(r->b, g, "results", false);
	else
		cmd_all_add_value(r->b, g);
	cmd_all_add_words(r->b, g, "errors", true);
	if (call_written(r->call) + sizeof "}" - 1 > EXEC_RESULT_MAX)
		return error_set(&r->err, ERR_LIMIT,
		                 "the results are longer than %zu bytes as JSON", EXEC_RESULT_MAX);
	return 0;
}

const struct method method_exec_all = {
    .name = "exec_all",
    .summary = "ask the services of many nodes at once",
    .role = ROLE_OPERATE,
    .params = {{.name = "args",
                .type = PARAM_STRINGS,
                .required = true,
                .summary = "the services' arguments, 4096 with 256 KiB at the most"},
               {.name = "subtree",
                .type = PARAM_ID,
                .summary = "only this node and all below it; every node if it is missing"},
               {.name = "reduce",
                .type = PARAM_STRING,
                .summary = "what the results are merged to: \"list\", \"count\", \"sum\", "
                           "\"min\" or \"max\"; \"list\" if it is missing"},
               PARAM_TIMEOUT},
    .result = "{\"results\":[{\"id\":10,\"result\":\"6\"}],\"errors\":[{\"id\":11,"
              "\"code\":-32005,\"name\":\"NODE_UNAVAILABLE\",\"message\":\"node 11 is dead\","
              "\"outcome\":\"not_run\"}]}",
    .members = {members_exec_all, members_exec_all_reduced},
    .run = cmd_all_run,
    .write = cmd_all_write,
};
