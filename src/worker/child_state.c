/* Invariant: a child is in the table under the newest link that said hello; `changed` is in order
 * of versions; `digest` is the sum over the children that are REPORT_HERE. */
#include "worker/child_state.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"

struct child_state *child_state_find(const struct child_states *states, int id)
{
	struct child_state *child;

	HASH_FIND_INT(states->table, &id, child);
	return child;
}

static bool child_state_is_link(const struct child_state *child, const struct peer_name *name)
{
	return child && child->name.incarnation == name->incarnation &&
	       child->name.generation == name->generation;
}

/* Changes the state, and with it whether the child counts in the sum of digests. */
static void child_state_set(struct child_states *states, struct child_state *child,
                            enum report_state state)
{
	if (child->state == REPORT_HERE)
		states->digest -= child->digest;
	child->state = state;
	if (child->state == REPORT_HERE)
		states->digest += child->digest;
}

static void change(struct child_states *states, struct child_state *child, enum report_state state)
{
	child_state_set(states, child, state);
	child->version = ++states->version;
	DL_DELETE(states->changed, child);
	DL_APPEND(states->changed, child);
}

bool child_state_here(struct child_states *states, const struct peer_name *name)
{
	struct child_state *child = child_state_find(states, name->id);

	if (child_state_is_link(child, name) && child->state == REPORT_HERE)
		return false;
	if (!child) {
		child = mem_new(sizeof *child);
		child->id = name->id;
		HASH_ADD_INT(states->table, id, child);
		DL_APPEND(states->changed, child);
	}
	if (!child_state_is_link(child, name)) {
		child_state_set(states, child, REPORT_LEFT);
		child->digest = 0;
	}
	child->name = *name;
	child->owed = 0;
	change(states, child, REPORT_HERE);
	return true;
}

bool child_state_silent(struct child_states *states, const struct peer_name *name,
                        int64_t silent_ms)
{
	struct child_state *child = child_state_find(states, name->id);

	if (!child_state_is_link(child, name) || child->state == REPORT_SILENT)
		return false;
	child->heard = clock_ms() - silent_ms;
	change(states, child, REPORT_SILENT);
	return true;
}

bool child_state_left(struct child_states *states, const struct peer_name *name)
{
	struct child_state *child = child_state_find(states, name->id);

	if (!child_state_is_link(child, name) || child->state == REPORT_LEFT)
		return false;
	change(states, child, REPORT_LEFT);
	return true;
}

bool child_state_beat(struct child_states *states, const struct peer_name *name, uint64_t digest)
{
	struct child_state *child = child_state_find(states, name->id);

	if (!child_state_is_link(child, name) || child->digest == digest)
		return false;
	if (child->state == REPORT_HERE)
		states->digest += digest - child->digest;
	child->digest = digest;
	return true;
}

static void child_state_drop(struct child_states *states, struct child_state *child)
{
	child_state_set(states, child, REPORT_LEFT);
	DL_DELETE(states->changed, child);
	HASH_DEL(states->table, child);
	free(child);
}

bool child_state_gone(struct child_states *states, const struct peer_name *name)
{
	struct child_state *child = child_state_find(states, name->id);

	if (!child || child->name.incarnation != name->incarnation ||
	    child->name.generation > name->generation)
		return false;
	child_state_drop(states, child);
	return true;
}

void child_states_free(struct child_states *states)
{
	struct child_state *child;
	struct child_state *next;

	HASH_ITER (hh, states->table, child, next) {
		child_state_drop(states, child);
	}
}
