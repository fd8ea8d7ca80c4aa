/* Owns nothing. */
#include "controller/exec/diagnosed_link.h"

#include <stdlib.h>

#include "base/clock.h"
#include "controller/exec/link_look.h"
#include "controller/exec/window.h"
#include "controller/node/link_kind.h"

void diagnosed_link_fill(const struct controller *c, struct diagnosed_link *l, const struct node *n)
{
	*l = (struct diagnosed_link){
	    .id = n->id,
	    .parent = node_link_parent(n),
	    .state = node_state_name(n),
	    .available = node_available(n),
	    .tcp = link_kind_is_tcp(c->config.link),
	    .under_way = n->traffic.execs.requests,
	    .under_way_max = NODE_REQUESTS,
	    .bytes = n->traffic.execs.bytes,
	    .bytes_max = NODE_BYTES,
	    .waits = node_has_queue(n),
	    .resends = n->traffic.way,
	    .outage_ms = n->health.since ? clock_ms() - n->health.since : n->health.last,
	    .outage_ended_ms = n->health.ended ? clock_ms() - n->health.ended : 0,
	    .outage_lasts = n->health.since != 0,
	};
}

void diagnosed_link_look(const struct controller *c, const struct tcp_table *table,
                         struct diagnosed_link *l, bool judge)
{
	const struct node *n = node_find(c->nodes, l->id);
	const struct tcp_end *lower;
	const struct tcp_end *upper;

	if (!l->tcp || !n || !link_look(c, table, n, &lower, &upper))
		return;
	l->seen = true;
	l->lower = *lower;
	l->upper = *upper;
	if (judge) {
		l->stalls_up[tcp_stall_judge(lower, upper)]++;
		l->stalls_down[tcp_stall_judge(upper, lower)]++;
	}
}

static int diagnosed_link_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void diagnosed_link_sum_up(struct diagnosed_link *l, int64_t *times,
                           const struct diagnosed_link *above)
{
	if (!l->pings)
		return;
	qsort(times, l->pings, sizeof *times, diagnosed_link_compare);
	l->median_us = times[l->pings / 2];
	l->p99_us = times[(l->pings * 99 + 99) / 100 - 1];
	l->own_us = l->median_us - (above ? above->median_us : 0);
	if (l->own_us < 0)
		l->own_us = 0;
}
