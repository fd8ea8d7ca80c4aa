/*
 * Owns the sessions of the dtreed that is there.
 */
#include "sim/asks_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/exec/window.h"
#include "sim/daemon.h"
#include "sim/flows.h"
#include "sim/places.h"
#include "sim/reload.h"
#include "sim/worker.h"
#include "sim/world.h"
#include "tree/topology.h"

static struct {
	const struct plan *plan;
	struct session *sessions[SESSIONS];
	uint64_t numbers[SESSIONS]; /* of the sessions, in the world */
	uint64_t seqs[SESSIONS];
	uint64_t last_session;
} asks;

void asks_begin(const struct plan *plan)
{
	memset(&asks, 0, sizeof asks);
	asks.plan = plan;
	places_begin(strcmp(plan->topology, "tree") == 0);
	reload_begin();
}

const struct plan *asks_plan(void)
{
	return asks.plan;
}

struct session *asks_session(size_t session)
{
	return asks.sessions[session];
}

void asks_end(void)
{
	flows_free();
}

void ask_done(void *arg, const struct outcome *outcome)
{
	const struct ask *ask = history_find((uint64_t)(uintptr_t)arg);

	if (ask->placing)
		place_answered(ask->node, outcome->error.code == ERR_NONE, outcome->parent);
	if (ask->declaring)
		mark_answered(ask->node, outcome->error.code == ERR_NONE, ask->declared);
	if (ask->step && ask->kind == ASK_KILL && outcome->error.code == ERR_NONE)
		marks_removed(outcome->ids, outcome->id_count);
	history_answered((uint64_t)(uintptr_t)arg, outcome);
	ask = history_find((uint64_t)(uintptr_t)arg);
	if (ask->step)
		reload_answered(daemon_controller(), ask->node, ask->code);
}

void *ask_arg(const struct ask *ask)
{
	return (void *)(uintptr_t)ask->number;
}

struct ask *ask_open(size_t session, enum ask_kind kind, int node)
{
	static const char *const names[ASK_KINDS] = {
	    [ASK_CREATE] = "create",       [ASK_KILL] = "kill",     [ASK_EXEC] = "exec",
	    [ASK_ANY] = "exec of a group", [ASK_STREAM] = "stream", [ASK_EXEC_ALL] = "exec_all",
	    [ASK_INPUT] = "input",         [ASK_PING] = "ping",     [ASK_PINGALL] = "pingall",
	    [ASK_START] = "start",         [ASK_STOP] = "stop",     [ASK_RESTART] = "restart",
	    [ASK_HEARTBEAT] = "heartbeat", [ASK_CHANGE] = "change",
	};
	struct ask *ask = history_ask(kind, node, asks.numbers[session]);

	if (kind == ASK_EXEC || kind == ASK_ANY || kind == ASK_STREAM || kind == ASK_INPUT ||
	    kind == ASK_EXEC_ALL)
		ask->seq = ++asks.seqs[session];
	world_log(NULL, "request %llu: %s %d in session %llu", (unsigned long long)ask->number,
	          names[kind], node, (unsigned long long)ask->session);
	return ask;
}

/* ---- What is there. ---- */

static void see_one(void *arg, const struct node_view *view)
{
	struct seen *seen = arg;

	seen->there[view->id] = true;
	seen->parent[view->id] = view->parent;
	seen->declared[view->id] = view->declared;
	seen->down[view->id] = strcmp(view->state, "stopped") == 0 ||
	                       strcmp(view->state, "dead") == 0 ||
	                       strcmp(view->state, "given_up") == 0;
	seen->downs += seen->down[view->id];
	seen->list[seen->count++] = view->id;
}

void see(const struct controller *c, struct seen *seen)
{
	memset(seen, 0, sizeof *seen);
	controller_each_node(c, see_one, seen);
}

/* A node that is there; or, now and then, any. */
int any_node(const struct seen *seen)
{
	if (!seen->count || world_chance(30))
		return (int)world_random((uint64_t)asks.plan->ids);
	return seen->list[world_random(seen->count)];
}

/* ---- Requests. ---- */

/* Of a node, by its id. */
const char *const ask_groups[ASK_GROUPS] = {"even", "odd", NULL};

/* The arguments: a token, and a text of that size if it is not 0. New memory. */
static char *make_args(const struct ask *ask, size_t text, size_t *size)
{
	char token[WORKER_TOKEN_MAX];
	char *args;

	history_token(ask, token, sizeof token);
	*size = strlen(token) + 1 + (text ? text + 1 : 0);
	args = mem_new(*size);
	memcpy(args, token, strlen(token) + 1);
	if (text)
		memset(args + strlen(token) + 1, 'x', text);
	return args;
}

static size_t draw_text(void)
{
	return world_chance(700)   ? 0
	       : world_chance(900) ? (size_t)world_random(3000)
	                           : (size_t)world_random(200000);
}

static size_t draw_result(void)
{
	return world_chance(950) ? 0 : (size_t)world_random(150000);
}

static void exec_with(size_t session, struct ask *ask, size_t text)
{
	cleanup_free char *args = NULL;
	size_t size;

	args = make_args(ask, text, &size);
	controller_exec(asks.sessions[session],
	                &(struct exec_request){.id = ask->node, .args = args, .size = size},
	                ask_done, ask_arg(ask));
}

void ask_exec(size_t session, int id, bool probe)
{
	struct ask *ask = ask_open(session, ASK_EXEC, id);

	ask->probe = probe;
	ask->size = probe ? 0 : draw_result();
	exec_with(session, ask, probe ? 0 : draw_text());
}

void ask_large(size_t session, int id)
{
	exec_with(session, ask_open(session, ASK_EXEC, id),
	          (size_t)world_between(LANE_BYTES / 4, LANE_BYTES));
}

void ask_any(size_t session)
{
	struct ask *ask = ask_open(session, ASK_ANY, NODE_CONTROLLER);
	cleanup_free char *args = NULL;
	struct exec_request request = {.group = ask_groups[world_random(2)]};

	ask->size = draw_result();
	args = make_args(ask, draw_text(), &request.size);
	request.args = args;
	controller_exec(asks.sessions[session], &request, ask_done, ask_arg(ask));
}

void ask_exec_all(size_t session, const struct seen *seen, bool probe)
{
	static const char *const reductions[] = {"list", "count", "sum", "min", "max"};
	struct exec_all_request request = {0};
	struct ask *ask = ask_open(session, ASK_EXEC_ALL, NODE_CONTROLLER);
	cleanup_free char *args = NULL;
	size_t size;

	ask->probe = probe;
	ask->downs = seen->downs;
	args = make_args(ask, 0, &size);
	request.args = args;
	request.size = size;
	request.reduce = probe ? NULL : reductions[world_random(ARRAY_SIZE(reductions))];
	if (!probe && world_chance(400)) {
		request.has_root = true;
		request.root = any_node(seen);
	}
	controller_exec_all(asks.sessions[session], &request, ask_done, ask_arg(ask));
}

/* The one of the plan, mostly. */
static int64_t draw_heartbeat(void)
{
	int64_t most = asks.plan->heartbeat_ms ? asks.plan->heartbeat_ms : 1000;

	return world_chance(700) ? most : world_between(100, 2 * most);
}

void ask_simply(size_t session, enum ask_kind kind, int id, bool probe)
{
	struct ask *ask = ask_open(session, kind, id);
	struct session *s = asks.sessions[session];

	ask->probe = probe;
	if (kind == ASK_PING)
		controller_ping(s, id, ask_done, ask_arg(ask));
	else if (kind == ASK_PINGALL)
		controller_pingall(s, ask_done, ask_arg(ask));
	else if (kind == ASK_KILL)
		controller_kill(s, id, ask_done, ask_arg(ask));
	else if (kind == ASK_START)
		controller_start(s, id, ask_done, ask_arg(ask));
	else if (kind == ASK_STOP)
		controller_stop(s, id, ask_done, ask_arg(ask));
	else if (kind == ASK_RESTART)
		controller_restart(s, id, ask_done, ask_arg(ask));
	else
		controller_heartbeat_set(s, draw_heartbeat(), ask_done, ask_arg(ask));
}

void ask_stream(size_t session, int id)
{
	struct ask *ask = ask_open(session, ASK_STREAM, id);
	cleanup_free char *args = NULL;
	size_t size;

	ask->size = draw_result();
	args = make_args(ask, 0, &size);
	flow_begin(asks.sessions[session], ask->number, id, args, size, draw_text());
}

void ask_input(size_t session, int id)
{
	struct ask *ask = ask_open(session, ASK_INPUT, id);
	size_t bytes = world_chance(600) ? (size_t)world_random(3000)
	                                 : (size_t)world_random(4 * STREAM_WINDOW);
	cleanup_free char *args = NULL;
	struct buffer all = {0};
	size_t size;

	ask->size = draw_result();
	args = make_args(ask, 0, &size);
	buffer_add(&all, args, size);
	buffer_format(&all, "%zu", bytes);
	buffer_add(&all, "", 1);
	flow_begin_input(asks.sessions[session], ask->number, id, buffer_bytes(&all),
	                 buffer_size(&all), ask->seq, bytes);
	buffer_free(&all);
}

/* What was cancelled is told by its own outcome. */
static void on_cancelled(void *arg, const struct outcome *outcome)
{
	(void)arg;
	(void)outcome;
}

void probe_all(size_t session, const struct seen *seen)
{
	struct ask *ask = ask_open(session, ASK_PINGALL, NODE_CONTROLLER);

	ask->probe = true;
	ask->downs = seen->downs;
	controller_pingall(asks.sessions[session], ask_done, ask_arg(ask));
	ask_exec_all(session, seen, true);
}

void ask_cancel(size_t session)
{
	for (uint64_t number = history_count(); number; number--) {
		const struct ask *ask = history_find(number);

		if (ask->answered || ask->lost || ask->kind == ASK_STREAM ||
		    ask->kind == ASK_INPUT || ask->session != asks.numbers[session])
			continue;
		world_log(NULL, "request %llu is cancelled", (unsigned long long)number);
		controller_cancel(asks.sessions[session], ask_arg(ask), on_cancelled, NULL);
		return;
	}
}

static void session_begin(struct controller *c, size_t session)
{
	asks.sessions[session] = session_open(c);
	asks.numbers[session] = ++asks.last_session;
	asks.seqs[session] = 0;
}

/* What waits for a stream that is given up may be answered yet. */
static void session_end(size_t session)
{
	flows_closing(true);
	session_close(asks.sessions[session]);
	flows_closing(false);
	flows_forget(asks.sessions[session]);
	history_lose_open(asks.numbers[session]);
	reload_cut_off(session);
}

void ask_close(struct controller *c, size_t session)
{
	world_log(NULL, "session %llu is closed", (unsigned long long)asks.numbers[session]);
	session_end(session);
	session_begin(c, session);
}

/* ---- dtreed comes and goes. ---- */

void asks_daemon_began(struct controller *c)
{
	for (size_t i = 0; i < SESSIONS; i++)
		session_begin(c, i);
}

void asks_daemon_ended(struct controller *c)
{
	struct seen seen;

	see(c, &seen);
	for (size_t i = 0; i < SESSIONS; i++)
		session_end(i);
	member_lose(seen.there);
	places_settle();
	marks_settle();
}
