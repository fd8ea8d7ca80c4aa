/* How each command reads its arguments. Stateless. */
#include "ctl/arguments.h"

#include <string.h>

#include "base/parse.h"

/* The longest heartbeat interval in ms (dtree-protocol(7)): a day. */
#define INTERVAL_MAX 86400000

int arguments_usage(struct order *order, struct error *err)
{
	order->misused = true;
	return error_set(err, ERR_PARAMS, "usage: %s%s%s", order->verb->name,
	                 *order->verb->args ? " " : "", order->verb->args);
}

int arguments_id(const struct words *args, struct order *order, struct error *err)
{
	if (args->count != 1)
		return arguments_usage(order, err);
	if (parse_id(args->items[0].s, args->items[0].n, "id", &order->id, err))
		return -1;
	dtree_request_int(order->request, "id", order->id);
	return 0;
}

int arguments_optional_id(const struct words *args, struct order *order, struct error *err)
{
	return args->count ? arguments_id(args, order, err) : 0;
}

bool arguments_is_option(const struct word *word)
{
	return word->n >= 2 && word->s[0] == '-' && word->s[1] == '-';
}

int arguments_create(const struct words *args, struct order *order, struct error *err)
{
	const struct word *place[2] = {NULL, NULL};
	struct word restart = {0};
	size_t count = 0;
	int parent;

	for (size_t i = 0; i < args->count; i++) {
		const struct word *word = &args->items[i];
		if (!arguments_is_option(word)) {
			if (count == ARRAY_SIZE(place))
				return arguments_usage(order, err);
			place[count++] = word;
			continue;
		}
		if ((order->service.s || !words_option(args, &i, "--service", &order->service)) &&
		    (restart.s || !words_option(args, &i, "--restart", &restart)))
			return arguments_usage(order, err);
	}
	if (count == 0)
		return arguments_usage(order, err);
	if (parse_id(place[0]->s, place[0]->n, "id", &order->id, err))
		return -1;
	dtree_request_int(order->request, "id", order->id);
	if (place[1]) {
		if (parse_parent(place[1]->s, place[1]->n, "parent", &parent, err))
			return -1;
		dtree_request_int(order->request, "parent", parent);
	}
	if (order->service.s)
		dtree_request_string(order->request, "service", order->service.s, order->service.n);
	if (restart.s)
		dtree_request_string(order->request, "restart", restart.s, restart.n);
	return 0;
}

/* Options stand before the id or directly behind it, where "--" ends them. The caller handles the
 * arguments from order->rest on. */
int arguments_exec(const struct words *args, struct order *order, struct error *err)
{
	const char *once;
	size_t at = 0;

	if (exec_options_read(args, &at, &order->exec, err))
		return -1;
	if (at == args->count || arguments_is_option(&args->items[at]))
		return arguments_usage(order, err);
	if (parse_id(args->items[at].s, args->items[at].n, "id", &order->id, err))
		return -1;
	at++;
	if (exec_options_read(args, &at, &order->exec, err))
		return -1;
	at += at < args->count && word_is(&args->items[at], "--");
	once = exec_options_once(&order->exec);
	if (once && order->place != PLACE_ONCE) {
		order->misused = true;
		return error_set(err, ERR_PARAMS, "exec %s works outside the shell only", once);
	}
	/* The command's name stands before the arguments. */
	order->rest = at + 1;
	return 0;
}

/* Options come first; the words from the first that is no option, or behind "--", are for the
 * services. */
int arguments_exec_all(const struct words *args, struct order *order, struct error *err)
{
	struct word root = {0};
	struct word reduce = {0};
	bool all = false;
	size_t at = 0;

	for (; at < args->count && arguments_is_option(&args->items[at]); at++) {
		if (word_is(&args->items[at], "--")) {
			at++;
			break;
		}
		if (word_is(&args->items[at], "--all") && !all)
			all = true;
		else if ((root.s || !words_option(args, &at, "--subtree", &root)) &&
		         (reduce.s || !words_option(args, &at, "--reduce", &reduce)))
			return arguments_usage(order, err);
	}
	if (all == (root.s != NULL))
		return arguments_usage(order, err);
	if (root.s && parse_id(root.s, root.n, "id", &order->id, err))
		return -1;
	if (root.s)
		dtree_request_int(order->request, "subtree", order->id);
	if (reduce.s)
		dtree_request_string(order->request, "reduce", reduce.s, reduce.n);
	dtree_request_array(order->request, "args");
	for (; at < args->count; at++)
		dtree_request_item(order->request, args->items[at].s, args->items[at].n);
	return 0;
}

int arguments_heartbit(const struct words *args, struct order *order, struct error *err)
{
	int64_t ms;

	if (args->count != 1)
		return arguments_usage(order, err);
	if (parse_range(args->items[0].s, args->items[0].n, "interval", 1, INTERVAL_MAX, &ms, err))
		return -1;
	dtree_request_int(order->request, "interval_ms", ms);
	return 0;
}

int arguments_events(const struct words *args, struct order *order, struct error *err)
{
	bool stopping = args->count == 0;

	(void)err;
	dtree_request_array(order->request, "types");
	for (size_t i = 0; i < args->count; i++) {
		const struct word *word = &args->items[i];
		stopping = stopping || word_is(word, "*") || word_is(word, STOPPING);
		dtree_request_item(order->request, word->s, word->n);
	}
	if (args->count == 0)
		dtree_request_item(order->request, "*", 1);
	if (!stopping)
		dtree_request_item(order->request, STOPPING, strlen(STOPPING));
	order->quiet_stop = !stopping;
	return 0;
}

int arguments_call(const struct words *args, struct order *order, struct error *err)
{
	cleanup_free char *method = NULL;

	if (args->count == 0 || args->count > 2)
		return arguments_usage(order, err);
	method = mem_copy(args->items[0].s, args->items[0].n);
	order->request = dtree_request_new(method);
	if (args->count == 2)
		dtree_request_json(order->request, args->items[1].s, args->items[1].n);
	return 0;
}

/* The shell reads its words itself. */
int arguments_shell(const struct words *args, struct order *order, struct error *err)
{
	(void)args;
	(void)order;
	(void)err;
	return 0;
}
