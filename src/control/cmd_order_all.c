/* Stateless. */
#include "control/cmd_order_all.h"

#include "control/call.h"
#include "control/cmd_all.h"
#include "wire/json_write.h"

enum { ORDER_ALL_SUBTREE, ORDER_ALL_AT_ONCE };

static enum handled cmd_order_all_ask(struct call *call, const struct value *v, enum order order)
{
	const struct order_all_request request = {
	    .order = order,
	    .has_root = v[ORDER_ALL_SUBTREE].given,
	    .root = (int)v[ORDER_ALL_SUBTREE].number,
	    .at_once = (size_t)v[ORDER_ALL_AT_ONCE].number,
	};

	controller_order_all(client_session(call->client), &request, call_on_outcome, call);
	return HANDLED_PENDING;
}

static enum handled cmd_start_all_run(struct call *call, const struct value *v, struct error *err)
{
	(void)err;
	return cmd_order_all_ask(call, v, ORDER_START);
}

static enum handled cmd_stop_all_run(struct call *call, const struct value *v, struct error *err)
{
	(void)err;
	return cmd_order_all_ask(call, v, ORDER_STOP);
}

static enum handled cmd_restart_all_run(struct call *call, const struct value *v, struct error *err)
{
	(void)err;
	return cmd_order_all_ask(call, v, ORDER_RESTART);
}

static int cmd_order_all_write(struct result *r)
{
	const struct order_all_result *all = r->outcome->ordered;

	json_open_array(r->b, "results");
	for (size_t i = 0; i < all->word_count; i++) {
		if (all->words[i].error)
			continue;
		json_open_object(r->b, NULL);
		json_add_int(r->b, "id", all->words[i].id);
		if (all->words[i].pid)
			json_add_int(r->b, "pid", all->words[i].pid);
		json_close_object(r->b);
	}
	json_close_array(r->b);
	json_open_array(r->b, "errors");
	for (size_t i = 0; i < all->word_count; i++)
		if (all->words[i].error)
			cmd_all_add_error(r->b, all->words[i].id, all->words[i].error);
	json_close_array(r->b);
	return 0;
}

static int cmd_restart_all_write(struct result *r)
{
	const struct order_all_result *all = r->outcome->ordered;

	cmd_order_all_write(r);
	json_open_array(r->b, "left");
	for (size_t i = 0; i < all->left_count; i++)
		json_add_int(r->b, NULL, all->left[i]);
	json_close_array(r->b);
	return 0;
}

#define ORDER_ALL_PARAMS \
	{ \
		{.name = "subtree", \
		 .type = PARAM_ID, \
		 .summary = "only this node and all below it; every node if it is missing"}, \
		    {.name = "at_once", \
		     .type = PARAM_INT, \
		     .min = 1, \
		     .max = ORDER_AT_ONCE_MAX, \
		     .summary = "so many nodes are under way at once; 4 if it is missing"}, \
	}

const struct method method_start_all = {
    .name = "start_all",
    .summary = "start the nodes that are dead, stopped or given up, from the top down",
    .role = ROLE_OPERATE,
    .changes = true,
    .params = ORDER_ALL_PARAMS,
    .result = "{\"results\":[{\"id\":10,\"pid\":3128}],\"errors\":[]}",
    .members = {members_order_all},
    .run = cmd_start_all_run,
    .write = cmd_order_all_write,
};

const struct method method_stop_all = {
    .name = "stop_all",
    .summary = "stop nodes, leaves first, and keep them",
    .role = ROLE_OPERATE,
    .changes = true,
    .params = ORDER_ALL_PARAMS,
    .result = "{\"results\":[{\"id\":10}],\"errors\":[]}",
    .members = {members_order_all},
    .run = cmd_stop_all_run,
    .write = cmd_order_all_write,
};

const struct method method_restart_all = {
    .name = "restart_all",
    .summary = "restart the nodes that have processes, leaves first, a few at once",
    .role = ROLE_OPERATE,
    .changes = true,
    .params = ORDER_ALL_PARAMS,
    .result = "{\"results\":[{\"id\":10,\"pid\":3128}],\"errors\":[],\"left\":[]}",
    .members = {members_restart_all},
    .run = cmd_restart_all_run,
    .write = cmd_restart_all_write,
};
