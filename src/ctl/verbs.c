/* The table of commands, and how each reads its arguments. Stateless. */
#include "ctl/verbs.h"

#include <string.h>

#include "base/parse.h"

/* The longest heartbeat interval in ms, as dtree-protocol(7) has it: a day. */
#define INTERVAL_MAX 86400000

static int usage(struct order *order, struct error *err)
{
	order->misused = true;
	return error_set(err, ERR_PARAMS, "usage: %s%s%s", order->verb->name,
	                 *order->verb->args ? " " : "", order->verb->args);
}

static int take_id(const struct words *args, struct order *order, struct error *err)
{
	if (args->count != 1)
		return usage(order, err);
	if (parse_id(args->items[0].s, args->items[0].n, "id", &order->id, err))
		return -1;
	dtree_request_int(order->request, "id", order->id);
	return 0;
}

static int take_optional_id(const struct words *args, struct order *order, struct error *err)
{
	return args->count ? take_id(args, order, err) : 0;
}

/* The value of the option `name` at args[*at], as "--name VALUE" or "--name=VALUE"; *at moves to
 * its last word. False where it is not that option, or has no value. */
static bool option_value(const struct words *args, size_t *at, const char *name, struct word *value)
{
	const struct word *word = &args->items[*at];
	size_t n = strlen(name);

	if (word->n > n && memcmp(word->s, name, n) == 0 && word->s[n] == '=') {
		*value = (struct word){word->s + n + 1, word->n - n - 1};
		return true;
	}
	if (!word_is(word, name) || *at + 1 == args->count)
		return false;
	*value = args->items[++*at];
	return true;
}

static bool is_option(const struct word *word)
{
	return word->n >= 2 && word->s[0] == '-' && word->s[1] == '-';
}

static int parse_create(const struct words *args, struct order *order, struct error *err)
{
	const struct word *place[2] = {NULL, NULL};
	struct word restart = {0};
	size_t count = 0;
	int parent;

	for (size_t i = 0; i < args->count; i++) {
		const struct word *word = &args->items[i];
		if (!is_option(word)) {
			if (count == ARRAY_SIZE(place))
				return usage(order, err);
			place[count++] = word;
			continue;
		}
		if ((order->service.s || !option_value(args, &i, "--service", &order->service)) &&
		    (restart.s || !option_value(args, &i, "--restart", &restart)))
			return usage(order, err);
	}
	if (count == 0)
		return usage(order, err);
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

/* The arguments behind the id are the caller's. */
static int parse_exec(const struct words *args, struct order *order, struct error *err)
{
	if (args->count == 0)
		return usage(order, err);
	return parse_id(args->items[0].s, args->items[0].n, "id", &order->id, err);
}

/* Options come first; what follows the first word that is none, or "--", is the services'. */
static int parse_exec_all(const struct words *args, struct order *order, struct error *err)
{
	struct word root = {0};
	struct word reduce = {0};
	bool all = false;
	size_t at = 0;

	for (; at < args->count && is_option(&args->items[at]); at++) {
		if (word_is(&args->items[at], "--")) {
			at++;
			break;
		}
		if (word_is(&args->items[at], "--all") && !all)
			all = true;
		else if ((root.s || !option_value(args, &at, "--subtree", &root)) &&
		         (reduce.s || !option_value(args, &at, "--reduce", &reduce)))
			return usage(order, err);
	}
	if (all == (root.s != NULL))
		return usage(order, err);
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

static int parse_heartbit(const struct words *args, struct order *order, struct error *err)
{
	int64_t ms;

	if (args->count != 1)
		return usage(order, err);
	if (parse_range(args->items[0].s, args->items[0].n, "interval", 1, INTERVAL_MAX, &ms, err))
		return -1;
	dtree_request_int(order->request, "interval_ms", ms);
	return 0;
}

static int parse_events(const struct words *args, struct order *order, struct error *err)
{
	(void)err;
	dtree_request_array(order->request, "types");
	for (size_t i = 0; i < args->count; i++)
		dtree_request_item(order->request, args->items[i].s, args->items[i].n);
	if (args->count == 0)
		dtree_request_item(order->request, "*", 1);
	return 0;
}

static int parse_call(const struct words *args, struct order *order, struct error *err)
{
	cleanup_free char *method = NULL;

	if (args->count == 0 || args->count > 2)
		return usage(order, err);
	method = mem_copy(args->items[0].s, args->items[0].n);
	order->request = dtree_request_new(method);
	if (args->count == 2)
		dtree_request_json(order->request, args->items[1].s, args->items[1].n);
	return 0;
}

/* Its words are read where it runs. */
static int parse_shell(const struct words *args, struct order *order, struct error *err)
{
	(void)args;
	(void)order;
	(void)err;
	return 0;
}

static const struct verb verbs[] = {
    {.name = "create",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .creates = true,
     .method = "create",
     .args = "ID [PARENT] [--service NAME] [--restart no|on-failure|always]",
     .help = "start a node",
     .parse = parse_create,
     .render = render_pid},
    {.name = "exec",
     .kind = VERB_EXEC,
     .places = PLACE_BOTH,
     .words = 3,
     .method = "exec",
     .args = "ID [ARG...]",
     .help = "run the node's service",
     .parse = parse_exec,
     .render = render_result},
    {.name = "exec",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .options = true,
     .gathers = true,
     .method = "exec_all",
     .args = "--all|--subtree ID [--reduce list|count|sum|min|max] [ARG...]",
     .help = "run the services of many nodes",
     .parse = parse_exec_all,
     .render = render_gathered},
    {.name = "ping",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "ping",
     .args = "ID",
     .help = "is the node available?",
     .parse = take_id,
     .render = render_available},
    {.name = "pingall",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "pingall",
     .args = "",
     .help = "the nodes that are not available",
     .render = render_unavailable},
    {.name = "heartbit",
     .alias = "heartbeat",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "heartbeat",
     .args = "MS",
     .help = "let every node report each MS milliseconds",
     .parse = parse_heartbit,
     .render = render_ok},
    {.name = "kill",
     .alias = "remove",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "kill",
     .args = "ID",
     .help = "remove a node and all below it",
     .parse = take_id,
     .render = render_ok},
    {.name = "tree",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "tree",
     .args = "",
     .help = "show the tree",
     .render = render_tree},
    {.name = "status",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "status",
     .args = "[ID]",
     .help = "show the daemon, or a node",
     .parse = take_optional_id,
     .render = render_members},
    {.name = "events",
     .kind = VERB_EVENTS,
     .places = PLACE_ONCE,
     .method = "subscribe",
     .args = "[TYPE...]",
     .help = "print events as they happen, until interrupted",
     .parse = parse_events,
     .render = render_event},
    {.name = "call",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .words = 3,
     .args = "METHOD [JSON]",
     .help = "send any request, print its result",
     .parse = parse_call},
    {.name = "shutdown",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "shutdown",
     .args = "",
     .help = "end the tree",
     .render = render_ok},
    {.name = "shell",
     .kind = VERB_SHELL,
     .places = PLACE_ONCE,
     .args = "[--private [OPTION...]]",
     .help = "read commands from standard input",
     .parse = parse_shell},
    {.name = "help",
     .kind = VERB_HELP,
     .places = PLACE_SHELL,
     .args = "",
     .help = "show the commands"},
    {.name = "exit",
     .kind = VERB_EXIT,
     .places = PLACE_SHELL,
     .args = "",
     .help = "leave the shell"},
};

const struct verb *verb_at(size_t index)
{
	return index < ARRAY_SIZE(verbs) ? &verbs[index] : NULL;
}

const struct verb *verb_find(const struct word *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (word_is(word, verbs[i].name) ||
		    (verbs[i].alias && word_is(word, verbs[i].alias)))
			return &verbs[i];
	return NULL;
}

/* The row for the words of a command: of two with one name, the one of its form. */
static const struct verb *verb_choose(const struct words *words)
{
	const struct verb *verb = verb_find(&words->items[0]);

	if (verb && words->count > 1 && is_option(&words->items[1]) &&
	    verb + 1 < verbs + ARRAY_SIZE(verbs) && verb[1].options)
		return verb + 1;
	return verb;
}

int verb_split(const char *line, size_t n, struct words *words, struct error *err)
{
	const struct verb *verb;

	if (words_split(line, n, 3, words, err))
		return -1;
	verb = words->count ? verb_choose(words) : NULL;
	words_free(words);
	return words_split(line, n, verb ? verb->words : 0, words, err);
}

static int order_fill(const struct words *args, struct order *order, struct error *err)
{
	const struct verb *verb = order->verb;

	if (verb->method && verb->kind != VERB_EXEC)
		order->request = dtree_request_new(verb->method);
	if (verb->parse)
		return verb->parse(args, order, err);
	return args->count ? usage(order, err) : 0;
}

int verb_parse(const struct words *words, enum verb_place place, struct order *order,
               struct error *err)
{
	struct words args = {words->items + 1, words->count - 1};

	*order = (struct order){.verb = verb_choose(words)};
	order->misused = !order->verb || !(order->verb->places & place);
	if (!order->verb) {
		cleanup_free char *shown =
		    parse_printable(words->items[0].s, words->items[0].n, 48);
		return error_set(err, ERR_PARAMS, "unknown command '%s'", shown);
	}
	if (order->misused)
		return error_set(err, ERR_PARAMS, "%s works %s only", order->verb->name,
		                 place == PLACE_ONCE ? "in the shell" : "outside the shell");
	if (order_fill(&args, order, err)) {
		dtree_request_free(order->request);
		order->request = NULL;
		return -1;
	}
	return 0;
}

void verb_list(struct buffer *out, enum verb_place place)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		const struct verb *verb = &verbs[i];
		cleanup_free char *left = NULL;

		if (!(verb->places & place))
			continue;
		left =
		    mem_format("%s%s%s%s%s", verb->name, verb->alias ? "|" : "",
		               verb->alias ? verb->alias : "", *verb->args ? " " : "", verb->args);
		buffer_format(out, "  %-38s %s\n", left, verb->help);
	}
}
