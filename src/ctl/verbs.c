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
    {"create", NULL, VERB_REQUEST, PLACE_BOTH, true, 0, "create",
     "ID [PARENT] [--service NAME] [--restart no|on-failure|always]", "start a node", parse_create,
     render_pid},
    {"exec", NULL, VERB_EXEC, PLACE_BOTH, false, 3, "exec", "ID [ARG...]", "run the node's service",
     parse_exec, render_result},
    {"ping", NULL, VERB_REQUEST, PLACE_BOTH, false, 0, "ping", "ID", "is the node available?",
     take_id, render_available},
    {"pingall", NULL, VERB_REQUEST, PLACE_BOTH, false, 0, "pingall", "",
     "the nodes that are not available", NULL, render_unavailable},
    {"heartbit", "heartbeat", VERB_REQUEST, PLACE_BOTH, false, 0, "heartbeat", "MS",
     "let every node report each MS milliseconds", parse_heartbit, render_ok},
    {"kill", NULL, VERB_REQUEST, PLACE_BOTH, false, 0, "kill", "ID",
     "remove a node and all below it", take_id, render_ok},
    {"tree", NULL, VERB_REQUEST, PLACE_BOTH, false, 0, "tree", "", "show the tree", NULL,
     render_tree},
    {"status", NULL, VERB_REQUEST, PLACE_BOTH, false, 0, "status", "[ID]",
     "show the daemon, or a node", take_optional_id, render_members},
    {"events", NULL, VERB_EVENTS, PLACE_ONCE, false, 0, "subscribe", "[TYPE...]",
     "print events as they happen, until interrupted", parse_events, render_event},
    {"call", NULL, VERB_REQUEST, PLACE_BOTH, false, 3, NULL, "METHOD [JSON]",
     "send any request, print its result", parse_call, NULL},
    {"shutdown", NULL, VERB_REQUEST, PLACE_BOTH, false, 0, "shutdown", "", "end the tree", NULL,
     render_ok},
    {"shell", NULL, VERB_SHELL, PLACE_ONCE, false, 0, NULL, "[--private [OPTION...]]",
     "read commands from standard input", parse_shell, NULL},
    {"help", NULL, VERB_HELP, PLACE_SHELL, false, 0, NULL, "", "show the commands", NULL, NULL},
    {"exit", NULL, VERB_EXIT, PLACE_SHELL, false, 0, NULL, "", "leave the shell", NULL, NULL},
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

int verb_split(const char *line, size_t n, struct words *words, struct error *err)
{
	const struct verb *verb;

	if (words_split(line, n, 2, words, err))
		return -1;
	verb = words->count ? verb_find(&words->items[0]) : NULL;
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

	*order = (struct order){.verb = verb_find(&words->items[0])};
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
