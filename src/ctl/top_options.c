/* Options of top. Stateless. */
#include "ctl/top_options.h"

#include <string.h>

#include "base/parse.h"
#include "ctl/arguments.h"

#define TOP_DELAY_MS     1000
#define TOP_DELAY_MAX_MS 3600000

static int top_option_value(const struct word *delay, const struct word *sort,
                            const struct word *filter, struct top_options *o, struct error *err)
{
	cleanup_free char *text = mem_copy(sort->s ? sort->s : "", sort->n);

	if (delay->s && parse_seconds(delay->s, delay->n, TOP_DELAY_MAX_MS, &o->delay_ms))
		return error_set(err, ERR_PARAMS, "top --delay takes seconds, from 0.001 to 3600");
	if (sort->s) {
		o->sort = top_column_find(sort->s, sort->n);
		if (o->sort == TOP_COLUMNS)
			return choice_refuse("column", text, top_column_at, err);
	}
	if (filter->n >= TOP_FILTER)
		return error_set(err, ERR_PARAMS, "a filter has at most %d bytes", TOP_FILTER - 1);
	memcpy(o->filter, filter->s ? filter->s : "", filter->n);
	o->filter[filter->n] = '\0';
	return 0;
}

int top_options_read(const struct words *args, struct top_options *o, struct error *err)
{
	struct word delay = {0};
	struct word sort = {0};
	struct word filter = {0};

	*o = (struct top_options){.delay_ms = TOP_DELAY_MS, .sort = TOP_CPU};
	for (size_t i = 0; i < args->count; i++) {
		if (word_is(&args->items[i], "--batch"))
			o->batch = true;
		else if (word_is(&args->items[i], "--json"))
			o->json = true;
		else if (!words_option(args, &i, "--delay", &delay) &&
		         !words_option(args, &i, "--sort", &sort) &&
		         !words_option(args, &i, "--filter", &filter))
			return 1;
	}
	return top_option_value(&delay, &sort, &filter, o, err);
}

int arguments_top(const struct words *args, struct order *order, struct error *err)
{
	struct top_options ignored;
	int rc = top_options_read(args, &ignored, err);

	return rc > 0 ? arguments_usage(order, err) : rc;
}
