/* Requests that make nodes, change them, and end them. Owns nothing. */
#include <stdio.h>

#include "base/parse.h"
#include "sim/asks_internal.h"
#include "sim/places.h"
#include "sim/reload.h"
#include "sim/world.h"
#include "tree/topology.h"

static void ask_place(struct ask *ask)
{
	ask->placing = true;
	place_asked(ask->node);
}

static void ask_mark(struct ask *ask, enum node_declared declared)
{
	ask->declaring = true;
	ask->declared = declared;
	mark_asked(ask->node);
}

bool ask_create(struct controller *c, size_t session, int id, enum node_declared declared)
{
	char name[16];
	struct create_request request = {
	    .id = id, .settings = {.group = ask_groups[id % 3], .declared = declared}};
	struct seen seen;
	struct ask *ask;

	if (member_state(id) == MEMBER_ASKED || member_state(id) == MEMBER_MADE ||
	    member_state(id) == MEMBER_PRESENT)
		return false;
	see(c, &seen);
	ask = ask_open(session, ASK_CREATE, id);
	ask->before = member_state(id);
	ask->step = declared != NODE_BY_HAND;
	member_set(id, MEMBER_ASKED);
	ask_place(ask);
	ask_mark(ask, declared);
	if (topology_find(asks_plan()->topology)->names_parent && world_chance(800)) {
		request.has_parent = true;
		request.parent =
		    seen.count && world_chance(850) ? any_node(&seen) : NODE_CONTROLLER;
	}
	/* Now and then one that another node may have. */
	snprintf(name, sizeof name, "n%d", world_chance(50) ? 0 : id);
	request.settings.name = id % 2 ? NULL : name;
	if (world_chance(100))
		request.settings.restart = world_chance(500) ? "no" : "always";
	controller_create(asks_session(session), &request, ask_done, ask_arg(ask));
	return true;
}

/* As it comes. */
static void change_draw(struct controller *c, struct ask *ask, size_t session,
                        struct change_request *request)
{
	struct seen seen;
	char name[16];

	see(c, &seen);
	if (topology_find(asks_plan()->topology)->names_parent && world_chance(800)) {
		request->what |= CHANGE_PARENT;
		request->parent = world_chance(850) ? any_node(&seen) : NODE_CONTROLLER;
		ask_place(ask);
	}
	if (world_chance(200)) {
		request->what |= CHANGE_RESTART;
		request->settings.restart = world_chance(300) ? "no" : "always";
	}
	snprintf(name, sizeof name, "n%d", (int)world_random((uint64_t)asks_plan()->ids));
	if (world_chance(200)) {
		request->what |= CHANGE_NAME;
		request->settings.name = world_chance(300) ? NULL : name;
	}
	if (world_chance(200)) {
		request->what |= CHANGE_GROUP;
		request->settings.group = ask_groups[world_random(ASK_GROUPS)];
	}
	controller_change(asks_session(session), request, ask_done, ask_arg(ask));
}

void ask_change(struct controller *c, size_t session, int id)
{
	struct change_request request = {.id = id};

	change_draw(c, ask_open(session, ASK_CHANGE, id), session, &request);
}

void ask_declare(struct controller *c, size_t session, int id, enum node_declared declared)
{
	struct change_request request = {
	    .id = id, .what = CHANGE_DECLARED, .settings.declared = declared};
	struct ask *ask = ask_open(session, ASK_CHANGE, id);

	ask->step = true;
	ask_mark(ask, declared);
	change_draw(c, ask, session, &request);
}

static void ask_move(size_t session, int id, int parent)
{
	struct ask *ask = ask_open(session, ASK_CHANGE, id);

	ask_place(ask);
	controller_change(
	    asks_session(session),
	    &(struct change_request){.id = id, .what = CHANGE_PARENT, .parent = parent}, ask_done,
	    ask_arg(ask));
}

void ask_swap(struct controller *c, size_t session, int id)
{
	struct seen seen;
	int upper;

	see(c, &seen);
	if (!seen.there[id] || seen.parent[id] == NODE_CONTROLLER)
		return;
	upper = seen.parent[id];
	ask_move(session, id, seen.parent[upper]);
	/* Of another session it waits for nothing. */
	ask_move((session + world_random(2)) % SESSIONS, upper, id);
}

void ask_step(size_t session, enum ask_kind kind, int id)
{
	struct ask *ask = ask_open(session, kind, id);
	struct session *s = asks_session(session);

	ask->step = true;
	if (kind == ASK_START)
		controller_start(s, id, ask_done, ask_arg(ask));
	else if (kind == ASK_STOP)
		controller_stop(s, id, ask_done, ask_arg(ask));
	else
		controller_kill_undeclared(s, id, ask_done, ask_arg(ask));
}
