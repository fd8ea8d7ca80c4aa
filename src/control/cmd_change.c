/* change: what a node was created with is said anew. Asks the controller. */
#include "control/cmd_change.h"

#include "control/call.h"
#include "control/params.h"
#include "controller/node/settings.h"
#include "wire/json_write.h"

enum {
	CHANGE_PARAM_ID,
	CHANGE_PARAM_PARENT,
	CHANGE_PARAM_RESTART,
	CHANGE_PARAM_NAME,
	CHANGE_PARAM_GROUP,
	CHANGE_PARAM_ON_HANG,
	CHANGE_PARAM_HANG_TIMEOUT,
	CHANGE_PARAM_AFTER,
};

/* "" is none. */
static const char *cmd_change_text(const struct value *v)
{
	return v->given && *v->text ? v->text : NULL;
}

static enum handled cmd_change_run(struct call *call, const struct value *v, struct error *err)
{
	int after[AFTER_MAX];
	struct change_request change = {
	    .id = (int)v[CHANGE_PARAM_ID].number,
	    .what = (v[CHANGE_PARAM_PARENT].given ? CHANGE_PARENT : 0U) |
	            (v[CHANGE_PARAM_RESTART].given ? CHANGE_RESTART : 0U) |
	            (v[CHANGE_PARAM_NAME].given ? CHANGE_NAME : 0U) |
	            (v[CHANGE_PARAM_GROUP].given ? CHANGE_GROUP : 0U) |
	            (v[CHANGE_PARAM_ON_HANG].given ? CHANGE_ON_HANG : 0U) |
	            (v[CHANGE_PARAM_HANG_TIMEOUT].given ? CHANGE_HANG_TIMEOUT : 0U) |
	            (v[CHANGE_PARAM_AFTER].given ? CHANGE_AFTER : 0U),
	    .parent = (int)v[CHANGE_PARAM_PARENT].number,
	    .settings = {.restart = cmd_change_text(&v[CHANGE_PARAM_RESTART]),
	                 .name = cmd_change_text(&v[CHANGE_PARAM_NAME]),
	                 .group = cmd_change_text(&v[CHANGE_PARAM_GROUP]),
	                 .on_hang = cmd_change_text(&v[CHANGE_PARAM_ON_HANG]),
	                 .hang_timeout_ms = v[CHANGE_PARAM_HANG_TIMEOUT].number},
	};

	if (v[CHANGE_PARAM_AFTER].given &&
	    params_nodes(call->client->control->controller, v[CHANGE_PARAM_AFTER].text, "after",
	                 after, &change.settings.after_count, err))
		return HANDLED_FAILED;
	change.settings.after = after;
	controller_change(client_session(call->client), &change, call_on_outcome, call);
	return HANDLED_PENDING;
}

void cmd_add_changed(struct buffer *b, unsigned changed)
{
	json_open_array(b, "changed");
	for (size_t i = 0; node_change_name_at(i); i++)
		if (changed & (1U << i))
			json_add_text(b, NULL, node_change_name_at(i));
	json_close_array(b);
}

static int cmd_change_write(struct result *r)
{
	json_add_int(r->b, "id", r->outcome->id);
	json_add_int(r->b, "parent", r->outcome->parent);
	cmd_add_changed(r->b, r->outcome->changed);
	return 0;
}

const struct method method_change = {
    .name = "change",
    .summary = "give a node that is there another parent, restart policy, name or group",
    .role = ROLE_OPERATE,
    .changes = true,
    .params = {PARAM_NODE,
               {.name = "parent",
                .type = PARAM_PARENT,
                .summary = "where the topology takes one: it moves there, with all below it, or "
                           "in a list alone"},
               {.name = "restart",
                .type = PARAM_STRING,
                .summary = "\"no\", \"on-failure\" or \"always\", from its next death on; \"\": "
                           "the tree's"},
               {.name = "name", .type = PARAM_STRING, .summary = "\"\": it has none any more"},
               {.name = "group",
                .type = PARAM_STRING,
                .summary = "\"\": it is in none any more; what it was asked as one of its group "
                           "goes on"},
               {.name = "on_hang",
                .type = PARAM_STRING,
                .summary = "\"report\" or \"restart\"; \"\": what the tree does"},
               {.name = "hang_timeout_ms",
                .type = PARAM_INT,
                .summary = "the silence after which it hangs; 0: the tree's",
                .min = 0,
                .max = HANG_TIMEOUT_MAX_MS},
               {.name = "after",
                .type = PARAM_STRING,
                .summary = "nodes that it is started after, with commas between; \"\": none"}},
    .result = "{\"id\":10,\"parent\":5,\"changed\":[\"parent\",\"name\"]}",
    .members = {members_change},
    .run = cmd_change_run,
    .write = cmd_change_write,
};
