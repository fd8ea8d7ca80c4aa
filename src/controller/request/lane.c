/* Lists of entries by (session, node). Invariant: `barriers`, `open` and `completing` count such
 * entries on the list. */
#include "controller/request/lane.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/number_hash.h"

struct lane *lane_find(struct lane **table, int node)
{
	struct lane *lane;

	HASH_FIND_INT(*table, &node, lane);
	return lane;
}

struct lane *lane_get(struct lane **table, int node)
{
	struct lane *lane = lane_find(table, node);

	if (lane)
		return lane;
	lane = mem_new(sizeof *lane);
	lane->node = node;
	lane->home = table;
	HASH_ADD_INT(*table, node, lane);
	return lane;
}

void window_leave(struct window *w)
{
	if (w->ring)
		DL_DELETE(*w->ring, w);
	w->ring = NULL;
}

static void lane_free(struct lane *lane)
{
	window_leave(&lane->execs);
	window_leave(&lane->pings);
	HASH_DEL(*lane->home, lane);
	free(lane);
}

void lane_drop_if_empty(struct lane *lane)
{
	if (!lane->entries && !lane->loose && !lane->execs.requests && !lane->pings.requests)
		lane_free(lane);
}

void lanes_free(struct lane **table)
{
	struct lane *lane;
	struct lane *next;

	HASH_ITER (hh, *table, lane, next) {
		lane_free(lane);
	}
}

void lane_enter(struct lane *lane, struct lane_entry *entry)
{
	entry->lane = lane;
	entry->state = LANE_WAITING;
	lane->barriers += entry->barrier;
	entry->open = entry->stream;
	lane->open += entry->open;
	DL_APPEND(lane->entries, entry);
}

void lane_leave(struct lane_entry *entry)
{
	struct lane *lane = entry->lane;

	if (!lane)
		return;
	lane_complete(entry);
	lane->barriers -= entry->barrier;
	if (entry->loose)
		lane->loose--;
	else
		DL_DELETE(lane->entries, entry);
	entry->loose = false;
	entry->lane = NULL;
	lane_drop_if_empty(lane);
}

void lane_wait_to_complete(struct lane_entry *entry)
{
	entry->lane->completing += !entry->completing;
	entry->completing = true;
	entry->stream = false;
	entry->state = LANE_WAITING;
}

void lane_complete(struct lane_entry *entry)
{
	if (entry->completing)
		entry->lane->completing--;
	entry->completing = false;
	if (entry->open)
		entry->lane->open--;
	entry->open = false;
}

void lane_loosen(struct lane_entry *entry)
{
	if (!entry->lane || entry->loose)
		return;
	DL_DELETE(entry->lane->entries, entry);
	entry->prev = entry->next = NULL;
	entry->loose = true;
	entry->lane->loose++;
}

bool lane_behind_open(const struct lane_entry *entry)
{
	const struct lane_entry *e;

	if (!entry->lane || !entry->lane->open)
		return false;
	DL_FOREACH (entry->lane->entries, e) {
		if (e == entry || e->open)
			break;
	}
	return e != entry;
}

bool lane_may_start(const struct lane_entry *entry)
{
	const struct lane_entry *e;

	if (entry->barrier)
		return lane_is_first(entry) && !(entry->lane && entry->lane->loose);
	if (!entry->lane || (!entry->lane->barriers && !entry->lane->open))
		return true;
	DL_FOREACH (entry->lane->entries, e) {
		if (e == entry || e->barrier || (e->open && !entry->stream))
			break;
	}
	return e == entry;
}

bool lane_is_first(const struct lane_entry *entry)
{
	return !entry->lane || entry->loose || entry->lane->entries == entry;
}

size_t lane_startable(const struct lane *lane, struct request ***requests)
{
	const struct lane_entry *e;
	bool open = false;
	size_t n = 0;

	DL_COUNT(lane->entries, e, n);
	*requests = mem_new_array(n, sizeof(struct request *));
	n = 0;
	DL_FOREACH (lane->entries, e) {
		if (e->barrier && (e != lane->entries || lane->loose))
			break;
		if (e->state == LANE_WAITING && (e->stream || !open))
			(*requests)[n++] = e->request;
		if (e->barrier)
			break;
		open |= e->open;
	}
	return n;
}
