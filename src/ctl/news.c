/* The table of events that are printed. Invariant: `unheard` is empty in NEWS_ALL; in NEWS_LOSSES
 * it is not empty while due_ms is set. */
#include "ctl/news.h"

#include <string.h>

#include "base/clock.h"

/* A node is lost after this many intervals of silence (dtree-protocol(7), heartbeat_lost). */
#define INTERVALS 4

static const struct {
	const char *type;
	render_fn *render;
	bool loss; /* also printed without a terminal */
} rows[] = {
    {"heartbeat_lost", render_lost, true},
    {"heartbeat_restored", render_restored, false},
    {"node_died", render_died, false},
    {"node_restarted", render_restarted, false},
    {"program_died", render_program_died, false},
};

/* In QUIET returns are not printed, but they cancel losses. */
static bool subscribes(const struct news *news, size_t row)
{
	return rows[row].loss || news->mode == NEWS_ALL ||
	       (news->mode == NEWS_QUIET && rows[row].render == render_restored);
}

void news_types(const struct news *news, struct dtree_request *request)
{
	dtree_request_array(request, "types");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (subscribes(news, i))
			dtree_request_item(request, rows[i].type, strlen(rows[i].type));
}

static void news_tell(struct news *news, size_t row, const struct dtree_reply *event)
{
	struct buffer line = {0};
	long long id = 0;

	/* A new loss or a return replaces the node's former loss. */
	dtree_value_int(dtree_reply_result(event), "id", &id);
	unheard_drop(&news->unheard, (int)id);
	if (!rows[row].loss && news->mode != NEWS_ALL)
		return;
	output_event(news->out, &line, rows[row].render, event);
	if (news->mode == NEWS_QUIET)
		unheard_add(&news->unheard, (int)id, &line);
	else
		output_add(news->out, &line);
}

void news_event(struct news *news, const struct dtree_reply *event)
{
	const char *type = dtree_value_string(dtree_reply_result(event), "type", NULL);

	for (size_t i = 0; type && i < ARRAY_SIZE(rows); i++)
		if (strcmp(type, rows[i].type) == 0)
			news_tell(news, i, event);
}

void news_heartbit(struct news *news, int64_t interval_ms)
{
	if (news->mode != NEWS_QUIET)
		return;
	news->mode = NEWS_LOSSES;
	news->due_ms = clock_ms() + INTERVALS * interval_ms;
}

int64_t news_wait(const struct news *news)
{
	int64_t left = news->due_ms - clock_ms();

	if (!news->due_ms)
		return -1;
	return left > 0 ? left : 0;
}

void news_turn(struct news *news)
{
	struct buffer line;

	if (news_wait(news) != 0)
		return;
	news->due_ms = 0;
	while (unheard_take(&news->unheard, &line))
		output_add(news->out, &line);
}

void news_free(struct news *news)
{
	unheard_free(&news->unheard);
}
