/*
 * Owns the sessions of the dtreed that is there, and the streams that are open. What is asked is
 * asked from within dtreed's loop, as its clients are served.
 */
#include "sim/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/parse.h"
#include "sim/daemon.h"
#include "sim/history.h"
#include "sim/worker.h"
#include "sim/world.h"
#include "tree/topology.h"

#define SESSIONS 3
/* Requests under way at once. */
#define OPEN_MAX 64
#define IDS_MAX  512

struct flow {
	uint64_t number; /* of the ask */
	struct session *session;
	uint64_t stream;
	size_t left;       /* bytes of text to be fed */
	struct flow *prev; /* utlist */
	struct flow *next;
};

static struct {
	const struct plan *plan;
	struct session *sessions[SESSIONS];
	uint64_t numbers[SESSIONS]; /* of the sessions, in the world */
	uint64_t seqs[SESSIONS];
	uint64_t last_session;
	struct flow *flows;
	bool on;
	bool closing; /* the sessions are being closed */
	uint64_t ticks;
} client;

void client_begin(const struct plan *plan)
{
	memset(&client, 0, sizeof client);
	client.plan = plan;
}

static void flows_free(void)
{
	struct flow *flow;
	struct flow *next;

	DL_FOREACH_SAFE (client.flows, flow, next)
		free(flow);
	client.flows = NULL;
}

void client_end(void)
{
	flows_free();
}

static void on_done(void *arg, const struct outcome *outcome)
{
	history_answered((uint64_t)(uintptr_t)arg, outcome);
}

static void *arg_of(const struct ask *ask)
{
	return (void *)(uintptr_t)ask->number;
}

static struct ask *ask_in(size_t session, enum ask_kind kind, int node)
{
	static const char *const names[ASK_KINDS] = {
	    [ASK_CREATE] = "create",   [ASK_KILL] = "kill",           [ASK_EXEC] = "exec",
	    [ASK_STREAM] = "stream",   [ASK_EXEC_ALL] = "exec_all",   [ASK_PING] = "ping",
	    [ASK_PINGALL] = "pingall", [ASK_START] = "start",         [ASK_STOP] = "stop",
	    [ASK_RESTART] = "restart", [ASK_HEARTBEAT] = "heartbeat",
	};
	struct ask *ask = history_ask(kind, node, client.numbers[session]);

	if (kind == ASK_EXEC || kind == ASK_STREAM || kind == ASK_EXEC_ALL)
		ask->seq = ++client.seqs[session];
	world_log(NULL, "request %llu: %s %d in session %llu", (unsigned long long)ask->number,
	          names[kind], node, (unsigned long long)ask->session);
	return ask;
}

/* ---- What is there. ---- */

struct seen {
	bool there[IDS_MAX];
	bool down[IDS_MAX];
	int list[IDS_MAX];
	size_t count;
};

static void see_one(void *arg, const struct node_view *view)
{
	struct seen *seen = arg;

	seen->there[view->id] = true;
	seen->down[view->id] = strcmp(view->state, "stopped") == 0 ||
	                       strcmp(view->state, "dead") == 0 ||
	                       strcmp(view->state, "given_up") == 0;
	seen->list[seen->count++] = view->id;
}

static void see(const struct controller *c, struct seen *seen)
{
	memset(seen, 0, sizeof *seen);
	controller_each_node(c, see_one, seen);
}

/* A node that is there; or, now and then, any. */
static int any_node(const struct seen *seen)
{
	if (!seen->count || world_chance(30))
		return (int)world_random((uint64_t)client.plan->ids);
	return seen->list[world_random(seen->count)];
}

/* ---- Requests. ---- */

static void ask_create(struct controller *c, size_t session, int id)
{
	struct create_request request = {.id = id};
	struct seen seen;
	struct ask *ask;

	if (member_state(id) == MEMBER_ASKED || member_state(id) == MEMBER_MADE ||
	    member_state(id) == MEMBER_PRESENT)
		return;
	see(c, &seen);
	ask = ask_in(session, ASK_CREATE, id);
	ask->before = member_state(id);
	member_set(id, MEMBER_ASKED);
	if (topology_find(client.plan->topology)->names_parent && world_chance(800)) {
		request.has_parent = true;
		request.parent =
		    seen.count && world_chance(850) ? any_node(&seen) : NODE_CONTROLLER;
	}
	if (world_chance(100))
		request.restart = world_chance(500) ? "no" : "always";
	controller_create(client.sessions[session], &request, on_done, arg_of(ask));
}

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

static void ask_exec(size_t session, int id, bool probe)
{
	struct ask *ask = ask_in(session, ASK_EXEC, id);
	cleanup_free char *args = NULL;
	size_t size;

	ask->probe = probe;
	ask->size = probe ? 0 : draw_result();
	args = make_args(ask, probe ? 0 : draw_text(), &size);
	controller_exec(client.sessions[session], id, args, size, on_done, arg_of(ask));
}

static void ask_exec_all(size_t session, const struct seen *seen, bool probe)
{
	static const char *const reductions[] = {"list", "count", "sum", "min", "max"};
	struct exec_all_request request = {0};
	struct ask *ask = ask_in(session, ASK_EXEC_ALL, NODE_CONTROLLER);
	cleanup_free char *args = NULL;
	size_t size;

	ask->probe = probe;
	args = make_args(ask, 0, &size);
	request.args = args;
	request.size = size;
	request.reduce = probe ? NULL : reductions[world_random(ARRAY_SIZE(reductions))];
	if (!probe && world_chance(400)) {
		request.has_root = true;
		request.root = any_node(seen);
	}
	controller_exec_all(client.sessions[session], &request, on_done, arg_of(ask));
}

static void ask_simply(size_t session, enum ask_kind kind, int id, bool probe)
{
	struct ask *ask = ask_in(session, kind, id);
	struct session *s = client.sessions[session];

	ask->probe = probe;
	if (kind == ASK_PING)
		controller_ping(s, id, on_done, arg_of(ask));
	else if (kind == ASK_PINGALL)
		controller_pingall(s, on_done, arg_of(ask));
	else if (kind == ASK_KILL)
		controller_kill(s, id, on_done, arg_of(ask));
	else if (kind == ASK_START)
		controller_start(s, id, on_done, arg_of(ask));
	else if (kind == ASK_STOP)
		controller_stop(s, id, on_done, arg_of(ask));
	else if (kind == ASK_RESTART)
		controller_restart(s, id, on_done, arg_of(ask));
	else
		controller_heartbeat_set(s, client.plan->heartbeat_ms, on_done, arg_of(ask));
}

/* ---- A stream: open, feed until all is fed, close. ---- */

static void flow_end(struct flow *flow, const struct outcome *outcome)
{
	uint64_t number = flow->number;

	DL_DELETE(client.flows, flow);
	free(flow);
	history_answered(number, outcome);
}

static void on_closed(void *arg, const struct outcome *outcome)
{
	flow_end(arg, outcome);
}

static void on_fed(void *arg, const struct outcome *outcome)
{
	struct flow *flow = arg;
	char text[16384];
	size_t part = flow->left < sizeof text ? flow->left : sizeof text;

	if (client.closing)
		return;
	if (part > outcome->credit)
		part = outcome->credit;
	if (outcome->error.code || !flow->left || !part) {
		controller_stream_close(flow->session, flow->stream, on_closed, flow);
		return;
	}
	memset(text, 'x', part);
	flow->left -= part;
	if (!flow->left)
		text[part - 1] = '\0';
	controller_stream_feed(flow->session, flow->stream, text, part, on_fed, flow);
}

static void on_opened(void *arg, const struct outcome *outcome)
{
	struct flow *flow = arg;
	const struct ask *ask = history_find(flow->number);
	cleanup_free char *args = NULL;
	size_t size;

	if (outcome->error.code) {
		flow_end(flow, outcome);
		return;
	}
	if (client.closing)
		return;
	flow->stream = outcome->stream;
	args = make_args(ask, 0, &size);
	controller_stream_feed(flow->session, flow->stream, args, size, on_fed, flow);
}

static void ask_stream(size_t session, int id)
{
	struct ask *ask = ask_in(session, ASK_STREAM, id);
	struct flow *flow = mem_new(sizeof *flow);

	ask->size = draw_result();
	flow->number = ask->number;
	flow->session = client.sessions[session];
	flow->left = draw_text();
	DL_APPEND(client.flows, flow);
	controller_stream_open(flow->session, id, on_opened, flow);
}

/* ---- What is asked when. ---- */

static void ask_something(struct controller *c, uint64_t number)
{
	size_t session = world_random(SESSIONS);
	uint64_t what = world_random(100);
	struct seen seen;

	(void)number;
	if (!client.sessions[session] || history_open() >= OPEN_MAX)
		return;
	see(c, &seen);
	if (what < 30)
		ask_exec(session, any_node(&seen), false);
	else if (what < 40)
		ask_stream(session, any_node(&seen));
	else if (what < 50)
		ask_exec_all(session, &seen, false);
	else if (what < 60)
		ask_simply(session, ASK_PING, any_node(&seen), false);
	else if (what < 65)
		ask_simply(session, ASK_PINGALL, NODE_CONTROLLER, false);
	else if (what < 80)
		ask_create(c, session, (int)world_random((uint64_t)client.plan->ids));
	else if (what < 83 + (seen.count > (size_t)client.plan->nodes ? 4 : 0))
		ask_simply(session, ASK_KILL, any_node(&seen), false);
	else if (what < 90)
		ask_simply(session, ASK_RESTART, any_node(&seen), false);
	else if (what < 93)
		ask_simply(session, ASK_STOP, any_node(&seen), false);
	else if (what < 97)
		ask_simply(session, ASK_START, any_node(&seen), false);
	else
		ask_simply(session, ASK_HEARTBEAT, NODE_CONTROLLER, false);
}

static void on_tick(void *arg, uint64_t number)
{
	(void)arg;
	if (!client.on || number != client.ticks)
		return;
	daemon_do(ask_something, 0);
	world_at(world_now() + world_between(MS, client.plan->ask_us), on_tick, NULL, number);
}

void client_ask_on(bool on)
{
	client.on = on;
	if (on)
		world_at(world_now(), on_tick, NULL, ++client.ticks);
}

static void grow(struct controller *c, uint64_t number)
{
	(void)number;
	for (int i = 0; i < client.plan->nodes; i++) {
		int id = client.plan->reorders ? (i * 7 + 3) % client.plan->nodes : i;

		ask_create(c, world_random(SESSIONS), id);
	}
}

void client_grow(void)
{
	daemon_do(grow, 0);
}

static void probe(struct controller *c, uint64_t number)
{
	struct seen seen;

	(void)number;
	see(c, &seen);
	for (size_t i = 0; i < seen.count; i++) {
		ask_exec(world_random(SESSIONS), seen.list[i], true);
		ask_simply(world_random(SESSIONS), ASK_PING, seen.list[i], true);
	}
	ask_simply(world_random(SESSIONS), ASK_PINGALL, NODE_CONTROLLER, true);
	ask_exec_all(world_random(SESSIONS), &seen, true);
}

void client_probe(void)
{
	daemon_do(probe, 0);
}

static void revive(struct controller *c, uint64_t number)
{
	struct seen seen;

	(void)number;
	see(c, &seen);
	for (size_t i = 0; i < seen.count; i++)
		if (seen.down[seen.list[i]] && history_open() < OPEN_MAX)
			ask_simply(0, ASK_START, seen.list[i], false);
}

void client_revive(void)
{
	daemon_do(revive, 0);
}

/* ---- dtreed comes and goes. ---- */

void client_daemon_began(struct controller *c)
{
	for (size_t i = 0; i < SESSIONS; i++) {
		client.sessions[i] = session_open(c);
		client.numbers[i] = ++client.last_session;
		client.seqs[i] = 0;
	}
}

void client_daemon_ended(struct controller *c)
{
	struct seen seen;

	see(c, &seen);
	/* What waits for a stream that is given up may be answered yet. */
	client.closing = true;
	for (size_t i = 0; i < SESSIONS; i++)
		session_close(client.sessions[i]);
	client.closing = false;
	memset(client.sessions, 0, sizeof client.sessions);
	flows_free();
	member_lose(seen.there);
	history_lose_open();
}
