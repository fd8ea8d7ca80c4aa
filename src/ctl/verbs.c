/* How a command is found and read. Stateless. */
#include "ctl/verbs.h"

#include <string.h>

#include "base/parse.h"
#include "ctl/arguments.h"
#include "ctl/each.h"
#include "ctl/hint.h"
#include "ctl/usage.h"

/* Words of a line that are looked at to find its form: more than the options of an exec can be. */
#define VERB_HEAD 64

/* How much of a culprit an error repeats. */
#define SHOWN 48

/* The row of that name whose option is among the words; verb where there is none. */
static const struct verb *verb_by_form(const struct words *words, const struct verb *verb)
{
	const struct verb *row = verb;

	while ((row = verb_next(row)) && strcmp(row->name, verb->name) == 0)
		for (size_t i = 1; row->form && i < words->count; i++)
			if (word_is(&words->items[i], row->form))
				return row;
	return verb;
}

/* The row for the words of a command: the form decides between two rows of one name. *at: the first
 * word that is no option of the former. */
static const struct verb *verb_choose(const struct words *words, size_t *at)
{
	const struct verb *verb = verb_find(&words->items[0]);
	size_t width;

	*at = 1;
	if (!verb || verb->kind != VERB_EXEC)
		return verb ? verb_by_form(words, verb) : NULL;
	while (*at < words->count && (width = exec_options_width(words, *at)))
		*at += width;
	if (*at < words->count && arguments_name_many(&words->items[*at]))
		return verb + 1;
	return verb;
}

/* Of a line whose command is an exec: the most words before its last one, which is the rest of the
 * line. */
static size_t verb_exec_words(const struct words *words, size_t at)
{
	size_t width;

	/* The node's id. */
	at += !exec_options_any(words, 1, at);
	for (; at < words->count && (width = exec_options_width(words, at)); at += width)
		;
	return at + (at < words->count && word_is(&words->items[at], "--"));
}

int verb_split(const char *line, size_t n, struct words *words, struct error *err)
{
	const struct verb *verb = NULL;
	size_t most = 0;
	size_t at;

	if (words_split(line, n, VERB_HEAD, words, err))
		return -1;
	if (words->count)
		verb = verb_choose(words, &at);
	if (verb && verb->kind == VERB_EXEC)
		most = verb_exec_words(words, at) + 1;
	else if (verb)
		most = verb->words;
	words_free(words);
	return words_split(line, n, most, words, err);
}

/* The row of that name for that place; the verb itself where there is none. */
static const struct verb *verb_at_place(const struct verb *verb, enum verb_place place)
{
	const struct verb *next = verb ? verb_next(verb) : NULL;

	if (next && !(verb->places & place) && next->places & place &&
	    strcmp(next->name, verb->name) == 0)
		return next;
	return verb;
}

int verb_parse_each(const struct verb *verb, const struct words *words, struct order *order,
                    struct error *err)
{
	*order = (struct order){.verb = verb, .request = dtree_request_new(verb->method)};
	if (verb->parse(words, order, err) == 0)
		return 0;
	dtree_request_free(order->request);
	order->request = NULL;
	return -1;
}

/* Its options count for each id, so that they are looked at before any is sent. */
static int order_check_each(const struct words *args, struct order *order, struct error *err)
{
	static const struct word any = {"0", 1};
	struct order one;
	struct each each;
	int rc = -1;

	each_split(args, &each);
	if (!each.ids.count) {
		arguments_usage(order, err);
	} else if (verb_parse_each(order->verb, each_with(&each, &any), &one, err)) {
		order->misused = one.misused;
	} else {
		dtree_request_free(one.request);
		order->patient = one.patient;
		order->exec.timeout_ms = one.exec.timeout_ms;
		rc = 0;
	}
	each_free(&each);
	return rc;
}

void verb_usage(const struct verb *verb, enum verb_place place, struct usage *usage)
{
	const struct word name = {verb->name, strlen(verb->name)};
	const struct verb *row = verb_find(&name);

	for (; row && strcmp(row->name, verb->name) == 0; row = verb_next(row))
		if (row->places & place)
			usage_read(usage, row->args);
}

/* A usage follows what is wrong where a word is like an option, and none: the option that was
 * meant. */
static void order_hint(const struct words *args, const struct order *order, struct error *err)
{
	struct usage usage = {0};
	const struct error was = *err;

	verb_usage(order->verb, order->place, &usage);
	for (size_t i = 0; i < args->count && !word_is(&args->items[i], "--"); i++) {
		const struct word *word = &args->items[i];
		cleanup_free char *near = NULL;
		cleanup_free char *shown = NULL;
		if (!arguments_is_option(word) || usage_option(&usage, word))
			continue;
		near = usage_nearest(&usage, word);
		shown = parse_printable(word->s, word->n, SHOWN);
		if (near)
			error_set(err, was.code, "no option '%s'; did you mean %s? %s", shown, near,
			          was.text);
		return;
	}
}

/* Does a word ask what the command takes? Its arguments may be words for others, then. */
static bool order_asks_help(const struct words *args, const struct verb *verb)
{
	bool others = verb->kind == VERB_EXEC || verb->kind == VERB_TRACE ||
	              verb->kind == VERB_CHECK || verb->kind == VERB_COMPLETE || verb->words;

	if (args->count == 1)
		return hint_asks_help(&args->items[0]);
	for (size_t i = 0; i < args->count && !others; i++) {
		if (word_is(&args->items[i], "--"))
			return false;
		if (word_is(&args->items[i], "--help"))
			return true;
	}
	return false;
}

static int order_fill(const struct words *args, struct order *order, struct error *err)
{
	const struct verb *verb = order->verb;

	if (verb->kind == VERB_EACH)
		return order_check_each(args, order, err);
	if (verb->method && verb->kind != VERB_EXEC)
		order->request = dtree_request_new(verb->method);
	if (verb->parse)
		return verb->parse(args, order, err);
	return args->count ? arguments_usage(order, err) : 0;
}

int verb_parse(const struct words *words, enum verb_place place, struct order *order,
               struct error *err)
{
	struct words args = {words->items + 1, words->count - 1};
	size_t at;

	*order =
	    (struct order){.verb = verb_at_place(verb_choose(words, &at), place), .place = place};
	order->misused = !order->verb || !(order->verb->places & place);
	if (!order->verb)
		return verb_unknown(&words->items[0], place, err);
	if (order_asks_help(&args, order->verb)) {
		static const struct word help = {"help", 4};
		order->topic = order->verb;
		order->verb = verb_find(&help);
		order->misused = false;
		return 0;
	}
	if (order->misused)
		return error_set(err, ERR_PARAMS, "%s works %s only", order->verb->name,
		                 place == PLACE_ONCE ? "in the shell" : "outside the shell");
	if (order_fill(&args, order, err)) {
		if (order->misused && strncmp(err->text, "usage: ", strlen("usage: ")) == 0)
			order_hint(&args, order, err);
		dtree_request_free(order->request);
		order->request = NULL;
		return -1;
	}
	return 0;
}
