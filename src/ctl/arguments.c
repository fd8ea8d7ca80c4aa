/* How each command reads its arguments. Stateless. */
#include "ctl/arguments.h"

#include <string.h>

#include "base/parse.h"

/* The longest heartbeat interval in ms (dtree-protocol(7)): a day. */
#define INTERVAL_MAX 86400000
/* The longest silence of a node, the same. */
#define HANG_TIMEOUT_MAX 86400000

int arguments_usage(struct order *order, struct error *err)
{
	order->misused = true;
	return error_set(err, ERR_PARAMS, "usage: %s%s%s", order->verb->name,
	                 *order->verb->args ? " " : "", order->verb->args);
}

int arguments_node(const struct word *word, const char *param, struct order *order,
                   struct error *err)
{
	order->node = *word;
	if (word_is_name(word)) {
		dtree_request_string(order->request, param, word->s, word->n);
		return 0;
	}
	if (parse_id(word->s, word->n, param, &order->id, err))
		return -1;
	dtree_request_int(order->request, param, order->id);
	return 0;
}

int arguments_id(const struct words *args, struct order *order, struct error *err)
{
	if (args->count != 1)
		return arguments_usage(order, err);
	return arguments_node(&args->items[0], "id", order, err);
}

/* Options of reload, and the parameters that they are. */
static const struct {
	const char *option;
	const char *param;
} reload_options[] = {{"--dry-run", "dry_run"}, {"--prune", "prune"}};

int arguments_reload(const struct words *args, struct order *order, struct error *err)
{
	bool given[ARRAY_SIZE(reload_options)] = {false};

	order->patient = true;
	for (size_t i = 0; i < args->count; i++) {
		size_t k = 0;
		while (k < ARRAY_SIZE(given) &&
		       (given[k] || !word_is(&args->items[i], reload_options[k].option)))
			k++;
		if (k == ARRAY_SIZE(given))
			return arguments_usage(order, err);
		given[k] = true;
		dtree_request_bool(order->request, reload_options[k].param, true);
	}
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

static int arguments_add_parent(const struct word *word, struct order *order, struct error *err)
{
	int parent;

	if (word_is_name(word)) {
		dtree_request_string(order->request, "parent", word->s, word->n);
		return 0;
	}
	if (parse_parent(word->s, word->n, "parent", &parent, err))
		return -1;
	dtree_request_int(order->request, "parent", parent);
	return 0;
}

/* An option, and the parameter that it is. */
struct arguments_option {
	const char *option;
	const char *param;
	int64_t max; /* of a number, from 1 on; empty: 0. 0: it is a word */
};

static const struct arguments_option create_options[] = {
    {"--service", "service", 0}, {"--restart", "restart", 0},
    {"--name", "name", 0},       {"--group", "group", 0},
    {"--on-hang", "on_hang", 0}, {"--hang-timeout", "hang_timeout_ms", HANG_TIMEOUT_MAX},
    {"--after", "after", 0}};

/* The first is added as a node is. */
static const struct arguments_option change_options[] = {
    {"--parent", "parent", 0},   {"--restart", "restart", 0},
    {"--name", "name", 0},       {"--group", "group", 0},
    {"--on-hang", "on_hang", 0}, {"--hang-timeout", "hang_timeout_ms", HANG_TIMEOUT_MAX},
    {"--after", "after", 0}};

/* The value of one of the options at args[*at], each once; *at moves to its last word. */
static bool arguments_option(const struct words *args, size_t *at,
                             const struct arguments_option *options, size_t count,
                             struct word *values)
{
	for (size_t i = 0; i < count; i++)
		if (!values[i].s && words_option(args, at, options[i].option, &values[i]))
			return true;
	return false;
}

static int arguments_add_option(struct order *order, const struct arguments_option *option,
                                const struct word *value, struct error *err)
{
	int64_t number = 0;

	if (!option->max) {
		dtree_request_string(order->request, option->param, value->s, value->n);
		return 0;
	}
	if (value->n &&
	    parse_range(value->s, value->n, option->option, 1, option->max, &number, err))
		return -1;
	dtree_request_int(order->request, option->param, number);
	return 0;
}

static int arguments_add_options(struct order *order, const struct arguments_option *options,
                                 size_t count, const struct word *values, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (values[i].s && arguments_add_option(order, &options[i], &values[i], err))
			return -1;
	return 0;
}

int arguments_create(const struct words *args, struct order *order, struct error *err)
{
	const struct word *place[2] = {NULL, NULL};
	struct word values[ARRAY_SIZE(create_options)] = {{0}};
	size_t count = 0;

	for (size_t i = 0; i < args->count; i++) {
		const struct word *word = &args->items[i];
		if (!arguments_is_option(word)) {
			if (count == ARRAY_SIZE(place))
				return arguments_usage(order, err);
			place[count++] = word;
			continue;
		}
		if (!arguments_option(args, &i, create_options, ARRAY_SIZE(create_options), values))
			return arguments_usage(order, err);
	}
	if (count == 0)
		return arguments_usage(order, err);
	if (parse_id(place[0]->s, place[0]->n, "id", &order->id, err))
		return -1;
	order->node = *place[0];
	dtree_request_int(order->request, "id", order->id);
	if (place[1] && arguments_add_parent(place[1], order, err))
		return -1;
	order->service = values[0];
	return arguments_add_options(order, create_options, ARRAY_SIZE(create_options), values,
	                             err);
}

int arguments_change(const struct words *args, struct order *order, struct error *err)
{
	struct word values[ARRAY_SIZE(change_options)] = {{0}};
	const struct word *node = NULL;

	for (size_t i = 0; i < args->count; i++) {
		const struct word *word = &args->items[i];
		if (!node && !arguments_is_option(word))
			node = word;
		else if (!arguments_option(args, &i, change_options, ARRAY_SIZE(change_options),
		                           values))
			return arguments_usage(order, err);
	}
	/* Nothing but a node, which changes nothing. */
	if (!node || args->count == 1)
		return arguments_usage(order, err);
	if (arguments_node(node, "id", order, err))
		return -1;
	if (values[0].s && arguments_add_parent(&values[0], order, err))
		return -1;
	return arguments_add_options(order, change_options + 1, ARRAY_SIZE(change_options) - 1,
	                             values + 1, err);
}

static int arguments_exec_node(const struct word *word, struct order *order, struct error *err)
{
	const struct word name = {word->s + 1, word->n - 1};

	return word_is_name(word) ? exec_options_keep(order->exec.name, "name", &name, err)
	                          : parse_id(word->s, word->n, "id", &order->id, err);
}

/* Options stand before the id or directly behind it, where "--" ends them. The caller handles the
 * arguments from order->rest on. */
int arguments_exec(const struct words *args, struct order *order, struct error *err)
{
	const char *once;
	size_t at = 0;

	if (exec_options_read(args, &at, &order->exec, err))
		return -1;
	if (!*order->exec.any) {
		if (at == args->count || arguments_is_option(&args->items[at]))
			return arguments_usage(order, err);
		if (arguments_exec_node(&args->items[at++], order, err) ||
		    exec_options_read(args, &at, &order->exec, err))
			return -1;
		/* A node and a group. */
		if (*order->exec.any)
			return arguments_usage(order, err);
	}
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

int arguments_trace(const struct words *args, struct order *order, struct error *err)
{
	if (order->place == PLACE_ONCE)
		return args->count ? 0 : arguments_usage(order, err);
	order->on = args->count == 1 && word_is(&args->items[0], "on");
	if (order->on || (args->count == 1 && word_is(&args->items[0], "off")))
		return 0;
	return arguments_usage(order, err);
}

bool arguments_name_many(const struct word *word)
{
	static const char *const options[] = {"--all", "--subtree", "--reduce"};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		size_t n = strlen(options[i]);
		if (word->n >= n && memcmp(word->s, options[i], n) == 0 &&
		    (word->n == n || word->s[n] == '='))
			return true;
	}
	return false;
}

/* Options come first; the words from the first that is no option, or behind "--", are for the
 * services. */
int arguments_exec_all(const struct words *args, struct order *order, struct error *err)
{
	struct word root = {0};
	struct word reduce = {0};
	struct word timeout = {0};
	int64_t timeout_ms = 0;
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
		         (reduce.s || !words_option(args, &at, "--reduce", &reduce)) &&
		         (timeout.s || !words_option(args, &at, "--timeout", &timeout)))
			return arguments_usage(order, err);
	}
	if (all == (root.s != NULL))
		return arguments_usage(order, err);
	if (root.s && arguments_node(&root, "subtree", order, err))
		return -1;
	if (timeout.s && exec_options_timeout("exec", &timeout, &timeout_ms, err))
		return -1;
	order->exec.timeout_ms = timeout_ms;
	if (timeout.s)
		dtree_request_int(order->request, "timeout_ms", timeout_ms);
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

int arguments_json(const struct words *args, struct order *order, struct error *err)
{
	return args->count == 1 ? 0 : arguments_usage(order, err);
}

int arguments_optional_id_json(const struct words *args, struct order *order, struct error *err)
{
	bool first = word_is(&args->items[0], "--json");

	if (args->count == 1)
		return 0;
	if (args->count > 2)
		return arguments_usage(order, err);
	return arguments_node(&args->items[first], "id", order, err);
}

/* The command reads its words itself. */
int arguments_any(const struct words *args, struct order *order, struct error *err)
{
	(void)args;
	(void)order;
	(void)err;
	return 0;
}
