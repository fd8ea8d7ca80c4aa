/* How the commands about many nodes, and `wait`, read their arguments. Stateless. */
#include <string.h>

#include "base/parse.h"
#include "ctl/arguments.h"

/* The most nodes that are under way at once (dtree-protocol(7)). */
#define AT_ONCE_MAX 64

/* Options in which the flag must be, and may be a number of nodes. */
static int many_options(const struct words *args, size_t at, const char *flag, struct order *order,
                        struct error *err)
{
	struct word at_once = {0};
	bool found = false;
	int64_t number;

	for (; at < args->count; at++) {
		if (word_is(&args->items[at], flag) && !found)
			found = true;
		else if (at_once.s || !words_option(args, &at, "--at-once", &at_once))
			return arguments_usage(order, err);
	}
	if (!found)
		return arguments_usage(order, err);
	if (!at_once.s)
		return 0;
	if (parse_range(at_once.s, at_once.n, "--at-once", 1, AT_ONCE_MAX, &number, err))
		return -1;
	dtree_request_int(order->request, "at_once", number);
	return 0;
}

int arguments_all(const struct words *args, struct order *order, struct error *err)
{
	order->patient = true;
	return many_options(args, 0, "--all", order, err);
}

int arguments_subtree(const struct words *args, struct order *order, struct error *err)
{
	order->patient = true;
	return arguments_node(&args->items[0], "subtree", order, err)
	           ? -1
	           : many_options(args, 1, "--subtree", order, err);
}

int arguments_wait(const struct words *args, struct order *order, struct error *err)
{
	struct word what = {0};
	struct word timeout = {0};
	int64_t timeout_ms;

	if (arguments_node(&args->items[0], "id", order, err))
		return -1;
	for (size_t at = 1; at < args->count; at++)
		if ((what.s || !words_option(args, &at, "--for", &what)) &&
		    (timeout.s || !words_option(args, &at, "--timeout", &timeout)))
			return arguments_usage(order, err);
	if (what.s)
		dtree_request_string(order->request, "for", what.s, what.n);
	order->patient = !timeout.s;
	if (!timeout.s)
		return 0;
	if (exec_options_timeout("wait", &timeout, &timeout_ms, err))
		return -1;
	order->exec.timeout_ms = timeout_ms;
	dtree_request_int(order->request, "timeout_ms", timeout_ms);
	return 0;
}
