/* What is subscribed to. Stateless. */
#include "ctl/events.h"

#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "ctl/arguments.h"
#include "ctl/since.h"

/* What is lost of the kept events is told as of this type. */
#define DROPPED "events_dropped"

static void events_add_type(struct order *order, const struct word *type, bool *stopping)
{
	*stopping = *stopping || word_is(type, "*") || word_is(type, STOPPING);
	dtree_request_item(order->request, type->s, type->n);
}

/* The number of an event, behind which they begin, or a time. */
static int events_read_since(const struct word *since, struct order *order, struct error *err)
{
	int64_t number;
	int64_t ms;

	if (parse_int64(since->s, since->n, &number) == 0) {
		dtree_request_int(order->request, "since", number);
		return 0;
	}
	if (since_parse(since->s, since->n, clock_wall_us() / 1000, &ms, err))
		return -1;
	/* All that is kept: what is older is not printed. */
	dtree_request_int(order->request, "since", 0);
	order->since_us = ms * 1000;
	return 0;
}

int arguments_events(const struct words *args, struct order *order, struct error *err)
{
	struct word since = {0};
	struct word type;
	bool stopping = false;
	size_t types = 0;

	dtree_request_array(order->request, "types");
	for (size_t i = 0; i < args->count; i++) {
		if (word_is(&args->items[i], "--json") && !order->json) {
			order->json = true;
			continue;
		}
		if (!since.s && words_option(args, &i, "--since", &since))
			continue;
		type = args->items[i];
		if (!words_option(args, &i, "--type", &type) && arguments_is_option(&type))
			return arguments_usage(order, err);
		events_add_type(order, &type, &stopping);
		types++;
	}
	if (types == 0)
		events_add_type(order, &(struct word){"*", 1}, &stopping);
	if (!stopping)
		dtree_request_item(order->request, STOPPING, strlen(STOPPING));
	order->quiet_stop = !stopping;
	return since.s ? events_read_since(&since, order, err) : 0;
}

bool events_are_missing(const struct dtree_reply *event)
{
	const char *type = dtree_value_string(dtree_reply_result(event), "type", NULL);

	return type && strcmp(type, DROPPED) == 0;
}

bool events_before(const struct order *order, const struct dtree_reply *event)
{
	const char *time = dtree_value_string(dtree_reply_result(event), "time", NULL);
	char since[CLOCK_TEXT_SIZE];

	if (!order->since_us || !time)
		return false;
	clock_text(order->since_us, since);
	return strcmp(time, since) < 0;
}
