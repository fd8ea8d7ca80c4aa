/* What nodes' programs have said. Stateless. */
#include "ctl/logs.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "ctl/arguments.h"
#include "ctl/since.h"

#define LINES_MAX 100000
/* Where -f says nothing else. */
#define FOLLOW_LINES 10

/* "-n 5", "-n5"; "--lines 5", "--lines=5". */
static bool lines_option(const struct words *args, size_t *at, struct word *value)
{
	const struct word *word = &args->items[*at];

	if (word->n > 2 && word->s[0] == '-' && word->s[1] == 'n') {
		*value = (struct word){word->s + 2, word->n - 2};
		return true;
	}
	return words_option(args, at, "-n", value) || words_option(args, at, "--lines", value);
}

static int add_limits(const struct word *lines, const struct word *since, struct order *order,
                      struct error *err)
{
	int64_t count = FOLLOW_LINES;
	int64_t ms;

	if (lines->s &&
	    parse_range(lines->s, lines->n, "number of lines", 0, LINES_MAX, &count, err))
		return -1;
	if (lines->s || (order->follow && !since->s))
		dtree_request_int(order->request, "lines", count);
	if (!since->s)
		return 0;
	if (since_parse(since->s, since->n, clock_wall_us() / 1000, &ms, err))
		return -1;
	dtree_request_int(order->request, "since_ms", ms);
	return 0;
}

int arguments_logs(const struct words *args, struct order *order, struct error *err)
{
	struct word id = {0};
	struct word lines = {0};
	struct word since = {0};
	const struct words ids = {&id, 1};

	for (size_t i = 0; i < args->count; i++) {
		const struct word *word = &args->items[i];
		if (word_is(word, "-f") || word_is(word, "--follow"))
			order->follow = true;
		else if ((!lines.s && lines_option(args, &i, &lines)) ||
		         (!since.s && words_option(args, &i, "--since", &since)))
			continue;
		else if (!id.s && !arguments_is_option(word))
			id = *word;
		else
			return arguments_usage(order, err);
	}
	if (!id.s)
		return arguments_usage(order, err);
	if (arguments_id(&ids, order, err))
		return -1;
	return add_limits(&lines, &since, order, err);
}

struct dtree_request *logs_next(const struct dtree_value *result, int64_t wait_ms)
{
	struct dtree_request *request = dtree_request_new("logs");
	long long id = 0;
	long long last = 0;

	dtree_value_int(result, "id", &id);
	dtree_value_int(result, "last", &last);
	dtree_request_int(request, "id", id);
	dtree_request_int(request, "after", last);
	dtree_request_int(request, "wait_ms", wait_ms);
	return request;
}

bool logs_has_lines(const struct dtree_value *result)
{
	return dtree_value_first(result, "lines");
}

/* Tabs stay; other control bytes are escaped. */
static void add_said(struct buffer *out, const char *s, size_t n)
{
	const char *end = s + n;

	while (s < end) {
		const char *tab = memchr(s, '\t', (size_t)(end - s));
		cleanup_free char *shown =
		    parse_printable(s, (size_t)((tab ? tab : end) - s), SIZE_MAX);
		buffer_add_string(out, shown);
		if (tab)
			buffer_add_string(out, "\t");
		s = tab ? tab + 1 : end;
	}
}

static void add_log_line(struct buffer *out, const struct dtree_value *line)
{
	const char *time = dtree_value_string(line, "time", NULL);
	size_t n = 0;
	const char *text = dtree_value_string(line, "text", &n);
	long long pid = 0;
	bool cut = false;

	dtree_value_int(line, "pid", &pid);
	dtree_value_bool(line, "cut", &cut);
	add_said(out, time ? time : "?", time ? strlen(time) : 1);
	buffer_format(out, " %lld ", pid);
	if (text)
		add_said(out, text, n);
	if (cut)
		buffer_add_string(out, "...");
}

void render_logs(struct buffer *out, const struct dtree_value *result, const struct style *style)
{
	long long missed = 0;

	(void)style;
	dtree_value_int(result, "missed", &missed);
	if (missed)
		buffer_format(out, "-- %lld line%s missed --", missed,
		              missed == 1 ? " was" : "s were");
	for (const struct dtree_value *line = dtree_value_first(result, "lines"); line;
	     line = dtree_value_next(line)) {
		if (buffer_size(out))
			buffer_add_string(out, "\n");
		add_log_line(out, line);
	}
}
