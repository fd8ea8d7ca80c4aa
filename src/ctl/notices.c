/* The table of events that are printed. Invariant: `unheard` is empty in NOTICES_ALL; in
 * NOTICES_LOSSES it is not empty while due_ms is set. */
#include "ctl/notices.h"

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
    {"probe_failed", render_probe_failed, false},
    {"probe_recovered", render_probe_recovered, false},
};

/* In QUIET returns are not printed, but they cancel losses. */
static bool subscribes(const struct notices *notices, size_t row)
{
	return rows[row].loss || notices->mode == NOTICES_ALL ||
	       (notices->mode == NOTICES_QUIET && rows[row].render == render_restored);
}

void notices_types(const struct notices *notices, struct dtree_request *request)
{
	dtree_request_array(request, "types");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (subscribes(notices, i))
			dtree_request_item(request, rows[i].type, strlen(rows[i].type));
}

static void notices_tell(struct notices *notices, size_t row, const struct dtree_reply *event)
{
	struct buffer line = {0};
	long long id = 0;

	/* A new loss or a return replaces the node's former loss. */
	dtree_value_int(dtree_reply_result(event), "id", &id);
	unheard_drop(&notices->unheard, (int)id);
	if (!rows[row].loss && notices->mode != NOTICES_ALL)
		return;
	output_event(notices->out, &line, rows[row].render, event);
	if (notices->mode == NOTICES_QUIET)
		unheard_add(&notices->unheard, (int)id, &line);
	else
		output_add(notices->out, &line);
}

void notices_event(struct notices *notices, const struct dtree_reply *event)
{
	const char *type = dtree_value_string(dtree_reply_result(event), "type", NULL);

	for (size_t i = 0; type && i < ARRAY_SIZE(rows); i++)
		if (strcmp(type, rows[i].type) == 0)
			notices_tell(notices, i, event);
}

void notices_heartbit(struct notices *notices, int64_t interval_ms)
{
	if (notices->mode != NOTICES_QUIET)
		return;
	notices->mode = NOTICES_LOSSES;
	notices->due_ms = clock_ms() + INTERVALS * interval_ms;
}

int64_t notices_wait(const struct notices *notices)
{
	int64_t left = notices->due_ms - clock_ms();

	if (!notices->due_ms)
		return -1;
	return left > 0 ? left : 0;
}

void notices_turn(struct notices *notices)
{
	struct buffer line;

	if (notices_wait(notices) != 0)
		return;
	notices->due_ms = 0;
	while (unheard_take(&notices->unheard, &line))
		output_add(notices->out, &line);
}

void notices_free(struct notices *notices)
{
	unheard_free(&notices->unheard);
}
