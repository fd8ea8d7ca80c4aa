/* Owns node.link.report and node.link.named. Invariant: a version never descends in a life. */
#include "controller/overlay/report.h"

#include <utlist.h>

#include "base/log.h"
#include "controller/overlay/link_events.h"
#include "controller/overlay/orphan.h"
#include "controller/overlay/route.h"
#include "wire/report.h"

/* false: the node must forget that link. */
static bool take_entry(struct controller *c, struct node *parent, const struct report_entry *entry)
{
	struct node *n = node_find(c->nodes, entry->id);
	bool good = false;

	if (!n || n->incarnation != entry->incarnation)
		return false;
	switch (entry->state) {
	case REPORT_HERE:
		good = link_events_here(c, n, parent, entry->generation);
		break;
	case REPORT_SILENT:
		good = link_events_silent(c, n, parent, entry->generation, entry->silent_ms);
		break;
	case REPORT_LEFT:
		good = link_events_left(n, parent, entry->generation);
		break;
	case REPORT_STATES:
		break;
	}
	n->link.named = n->link.named || good;
	return good;
}

static void answer(struct controller *c, struct node *n, unsigned flags,
                   const struct buffer *forgotten)
{
	route_now(c, n,
	          &(struct message){.type = MSG_SEEN,
	                            .flags = flags,
	                            .seen.version = n->link.report.version,
	                            .seen.controller_epoch = c->controller_epoch,
	                            .payload = buffer_bytes(forgotten),
	                            .payload_size = buffer_size(forgotten)});
}

static void begin_whole(struct node *n)
{
	struct node *below;

	n->link.report.whole = true;
	DL_FOREACH2(n->link.kids, below, link.kid_next)
	{
		below->link.named = false;
	}
}

static void take(struct controller *c, struct node *n, const struct message *m, size_t count)
{
	struct buffer forgotten = {0};

	if (!m->report.since)
		begin_whole(n);
	n->link.report.version = m->report.version;
	for (size_t i = 0; i < count; i++) {
		struct report_entry entry = report_read(m->payload, i);
		if (!take_entry(c, n, &entry))
			report_write(&entry, &forgotten);
	}
	answer(c, n, 0, &forgotten);
	buffer_free(&forgotten);
	if (!n->link.report.whole || !(m->flags & FLAG_LAST))
		return;
	n->link.report.whole = false;
	orphan_told_all(c, n);
}

void report_take(struct controller *c, struct node *n, const struct message *m)
{
	const struct buffer nothing = {0};
	struct error err;
	size_t count;

	if (m->report.controller_epoch != c->controller_epoch)
		return; /* it follows a former dtreed, and gets ADOPT later */
	if (report_check(m->payload, m->payload_size, &count, &err))
		node_log(n, LOG_LEVEL_WARN, FACT_NONE, "report", "node %d sent %s", n->id,
		         err.text);
	else if (m->report.version < n->link.report.version)
		answer(c, n, 0, &nothing);
	else if (m->report.since > n->link.report.version)
		answer(c, n, FLAG_AGAIN, &nothing);
	else
		take(c, n, m, count);
}
