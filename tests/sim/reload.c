/* Owns the steps, one of a node at a time, and what is known of each node's mark. */
#include "sim/reload.h"

#include <string.h>

#include "controller/node/settings.h"
#include "sim/world.h"

#define NODES_MAX 6

enum step {
	STEP_NONE,
	STEP_CREATE,
	STEP_CHANGE,
	STEP_RETURN, /* what was undeclared */
	STEP_UNDECLARE,
	STEP_REMOVE,
};

typedef bool order_fn(struct controller *c, size_t session, int id);

static bool order_create(struct controller *c, size_t session, int id)
{
	return ask_create(c, session, id, NODE_DECLARED);
}

static bool order_declare(struct controller *c, size_t session, int id)
{
	ask_declare(c, session, id, NODE_DECLARED);
	return true;
}

static bool order_undeclare(struct controller *c, size_t session, int id)
{
	ask_declare(c, session, id, NODE_UNDECLARED);
	return true;
}

static bool order_start(struct controller *c, size_t session, int id)
{
	(void)c;
	ask_step(session, ASK_START, id);
	return true;
}

static bool order_stop(struct controller *c, size_t session, int id)
{
	(void)c;
	ask_step(session, ASK_STOP, id);
	return true;
}

static bool order_remove(struct controller *c, size_t session, int id)
{
	(void)c;
	ask_step(session, ASK_KILL, id);
	return true;
}

/* One after the other. */
static order_fn *const orders[][2] = {
    [STEP_CREATE] = {order_create},
    [STEP_CHANGE] = {order_declare},
    [STEP_RETURN] = {order_start, order_declare},
    [STEP_UNDECLARE] = {order_stop, order_undeclare},
    [STEP_REMOVE] = {order_remove},
};

static struct {
	struct {
		enum step step;
		size_t session;
		unsigned given; /* orders */
	} of[IDS_MAX];
	struct {
		unsigned open; /* requests under way, or unheard */
		bool sure;
		enum node_declared is;
	} marks[IDS_MAX];
} reload;

void reload_begin(void)
{
	memset(&reload, 0, sizeof reload);
}

static void step_on(struct controller *c, int id)
{
	enum step step = reload.of[id].step;
	unsigned given = reload.of[id].given++;
	order_fn *order = given < 2 ? orders[step][given] : NULL;

	if (!order || !order(c, reload.of[id].session, id))
		reload.of[id].step = STEP_NONE;
}

void reload_answered(struct controller *c, int id, enum error_code code)
{
	enum step step = reload.of[id].step;
	/* Others did it meanwhile. */
	bool anyway = code == ERR_ALREADY_RUNNING ||
	              (code == ERR_NOT_FOUND && step != STEP_CREATE && step != STEP_CHANGE);

	if (code != ERR_NONE && !anyway && step != STEP_RETURN)
		reload.of[id].step = STEP_NONE;
	else
		step_on(c, id);
}

void reload_cut_off(size_t session)
{
	for (int id = 0; id < IDS_MAX; id++)
		if (reload.of[id].session == session)
			reload.of[id].step = STEP_NONE;
}

static enum step draw_step(const struct seen *seen, int id)
{
	if (!seen->there[id])
		return STEP_CREATE;
	if (seen->declared[id] == NODE_UNDECLARED)
		return world_chance(500) ? STEP_RETURN : STEP_REMOVE;
	if (seen->declared[id] == NODE_DECLARED)
		return world_chance(600) ? STEP_UNDECLARE : STEP_CHANGE;
	return world_chance(900) ? STEP_CHANGE : STEP_REMOVE;
}

void reload_ask(struct controller *c, size_t session, int ids)
{
	uint64_t count = 1 + world_random(NODES_MAX);
	struct seen seen;

	see(c, &seen);
	while (count--) {
		int id = (int)world_random((uint64_t)ids);
		if (reload.of[id].step != STEP_NONE)
			continue;
		reload.of[id].step = draw_step(&seen, id);
		reload.of[id].session = session;
		reload.of[id].given = 0;
		step_on(c, id);
	}
}

/* ---- What nodes count as. ---- */

void mark_asked(int id)
{
	reload.marks[id].open++;
	reload.marks[id].sure = false;
}

void mark_answered(int id, bool done, enum node_declared declared)
{
	reload.marks[id].sure = --reload.marks[id].open == 0 && done;
	reload.marks[id].is = declared;
}

void marks_settle(void)
{
	for (int id = 0; id < IDS_MAX; id++)
		reload.marks[id].open = 0;
}

void marks_removed(const int *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int id = ids[i];
		/* One of that id may have been created since. */
		if (member_state(id) == MEMBER_REMOVED && reload.marks[id].sure &&
		    reload.marks[id].is != NODE_UNDECLARED)
			world_fail("node %d was removed as undeclared, and counts as '%s'", id,
			           node_declared_name(reload.marks[id].is));
	}
}

void mark_check(int id, enum node_declared declared)
{
	if (reload.marks[id].sure && reload.marks[id].is != declared)
		world_fail("node %d counts as '%s', and as '%s' was acknowledged", id,
		           node_declared_name(declared), node_declared_name(reload.marks[id].is));
}
