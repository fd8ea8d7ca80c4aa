/* A row for each option. Stateless. */
#include "ctl/trace_options.h"

#include <string.h>

#include "base/choice.h"
#include "base/parse.h"
#include "ctl/trace_formats.h"

typedef int take_fn(struct trace_options *o, const char *value, struct error *err);

static int take_output(struct trace_options *o, const char *value, struct error *err)
{
	if (!*value)
		return error_set(err, ERR_PARAMS, "--output needs the name of a file");
	o->output = value;
	return 0;
}

static int take_json(struct trace_options *o, const char *value, struct error *err)
{
	(void)value;
	(void)err;
	o->json = true;
	return 0;
}

static const char *trace_format_name_at(size_t i)
{
	const struct trace_format *format = trace_format_at(i);

	return format ? format->name : NULL;
}

static int take_format(struct trace_options *o, const char *value, struct error *err)
{
	for (size_t i = 0; trace_format_at(i); i++) {
		if (strcmp(trace_format_at(i)->name, value) == 0) {
			o->format = trace_format_at(i);
			return 0;
		}
	}
	return choice_refuse("format", value, trace_format_name_at, err);
}

static int take_svg(struct trace_options *o, const char *value, struct error *err)
{
	(void)value;
	return take_format(o, "svg", err);
}

static int take_repeat(struct trace_options *o, const char *value, struct error *err)
{
	return parse_range(value, strlen(value), "--repeat", 1, TRACE_RUNS, &o->repeat, err);
}

static const struct {
	const char *name;
	bool value; /* it has one */
	take_fn *take;
} rows[] = {
    {"--output", true, take_output}, {"--json", false, take_json},
    {"--format", true, take_format}, {"--svg", false, take_svg},
    {"--repeat", true, take_repeat},
};

/* The option at words[*at], whose last word *at is then. */
static int trace_option_take(const struct words *words, size_t *at, struct trace_options *o,
                             struct error *err)
{
	const char *word = words->items[*at].s;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = strlen(rows[i].name);
		if (strncmp(word, rows[i].name, n) != 0 || (word[n] && word[n] != '='))
			continue;
		if (!rows[i].value && word[n])
			return error_set(err, ERR_PARAMS, "%s takes no value", rows[i].name);
		if (!rows[i].value)
			return rows[i].take(o, NULL, err);
		if (word[n])
			return rows[i].take(o, word + n + 1, err);
		if (*at + 1 == words->count)
			return error_set(err, ERR_PARAMS, "%s needs a value", rows[i].name);
		return rows[i].take(o, words->items[++*at].s, err);
	}
	return error_set(err, ERR_PARAMS,
	                 "trace takes --output FILE, --json, --format NAME, --svg and --repeat N, "
	                 "then a command");
}

int trace_options_read(const struct words *words, struct trace_options *options, struct error *err)
{
	size_t at = 0;

	*options = (struct trace_options){0};
	for (; at < words->count && words->items[at].n && words->items[at].s[0] == '-'; at++)
		if (trace_option_take(words, &at, options, err))
			return -1;
	if (options->json && options->format)
		return error_set(err, ERR_PARAMS,
		                 "trace: --json and --format %s exclude each other",
		                 options->format->name);
	if (options->repeat && options->format && !options->format->many)
		return error_set(err, ERR_PARAMS,
		                 "trace: --format %s shows one run, and no --repeat",
		                 options->format->name);
	return (int)at;
}
