/* What is asked when. Owns the ticks. */
#include "sim/client.h"

#include <string.h>

#include "base/parse.h"
#include "sim/asks.h"
#include "sim/daemon.h"
#include "sim/reload.h"
#include "sim/world.h"

/* Requests under way at once. */
#define OPEN_MAX 64

/* Of one session at one node, one soon after the other: their order is seen. */
#define BURST_MAX 12
#define BURST_US  (10 * MS)

/* After the start of a dtreed: its nodes are starting. */
#define EARLY_US (40 * MS)

static struct {
	const struct plan *plan;
	bool on;
	uint64_t ticks;

	/* The burst. */
	size_t session;
	int node;
	bool large; /* its requests do not fit the window: some wait with dtreed */
} client;

void client_begin(const struct plan *plan)
{
	memset(&client, 0, sizeof client);
	client.plan = plan;
	asks_begin(plan);
}

void client_end(void)
{
	asks_end();
}

static void ask_something(struct controller *c, uint64_t number)
{
	size_t session = world_random(SESSIONS);
	uint64_t what = world_random(100);
	struct seen seen;

	(void)number;
	if (history_open() >= OPEN_MAX)
		return;
	see(c, &seen);
	if (what < 22)
		ask_exec(session, any_node(&seen), false);
	else if (what < 30)
		ask_any(session);
	else if (what < 36)
		ask_stream(session, any_node(&seen));
	else if (what < 40)
		ask_input(session, any_node(&seen));
	else if (what < 50)
		ask_exec_all(session, &seen, false);
	else if (what < 52)
		reload_ask(c, session, client.plan->ids);
	else if (what < 54)
		ask_change(c, session, any_node(&seen));
	else if (what < 55)
		ask_swap(c, session, any_node(&seen));
	else if (what < 60)
		ask_simply(session, ASK_PING, any_node(&seen), false);
	else if (what < 65)
		ask_simply(session, ASK_PINGALL, NODE_CONTROLLER, false);
	else if (what < 80)
		ask_create(c, session, (int)world_random((uint64_t)client.plan->ids), NODE_BY_HAND);
	else if (what < 83 + (seen.count > (size_t)client.plan->nodes ? 4 : 0))
		ask_simply(session, ASK_KILL, any_node(&seen), false);
	else if (what < 90)
		ask_simply(session, ASK_RESTART, any_node(&seen), false);
	else if (what < 93)
		ask_simply(session, ASK_STOP, any_node(&seen), false);
	else if (what < 97)
		ask_simply(session, ASK_START, any_node(&seen), false);
	else if (what < 98)
		ask_simply(session, ASK_HEARTBEAT, NODE_CONTROLLER, false);
	else if (what < 99)
		ask_cancel(session);
	else
		ask_close(c, session);
}

static void ask_more(struct controller *c, uint64_t number)
{
	(void)c;
	(void)number;
	if (history_open() >= OPEN_MAX)
		return;
	if (client.large && world_chance(500))
		ask_large(client.session, client.node);
	else if (world_chance(client.large ? 300 : 800))
		ask_exec(client.session, client.node, false);
	else if (world_chance(700))
		ask_stream(client.session, client.node);
	else
		ask_input(client.session, client.node);
}

static void on_burst(void *arg, uint64_t left)
{
	(void)arg;
	if (!client.on)
		return;
	daemon_do(ask_more, 0);
	if (left)
		world_at(world_now() + world_between(0, client.large ? MS : BURST_US), on_burst,
		         NULL, left - 1);
}

static void begin_burst(struct controller *c, uint64_t number)
{
	struct seen seen;

	(void)number;
	see(c, &seen);
	client.session = world_random(SESSIONS);
	client.node = any_node(&seen);
	client.large = world_chance(50);
	world_at(world_now(), on_burst, NULL, world_random(BURST_MAX));
}

static void on_tick(void *arg, uint64_t number)
{
	(void)arg;
	if (!client.on || number != client.ticks)
		return;
	daemon_do(client.plan->bursts && world_chance(300) ? begin_burst : ask_something, 0);
	world_at(world_now() + world_between(MS, client.plan->ask_us), on_tick, NULL, number);
}

void client_ask_on(bool on)
{
	client.on = on;
	if (on)
		world_at(world_now(), on_tick, NULL, ++client.ticks);
}

static void stop_early(struct controller *c, uint64_t number)
{
	struct seen seen;

	(void)number;
	see(c, &seen);
	ask_simply(world_random(SESSIONS), ASK_STOP, any_node(&seen), false);
}

static void on_early(void *arg, uint64_t number)
{
	(void)arg;
	(void)number;
	if (client.on)
		daemon_do(stop_early, 0);
}

void client_daemon_began(struct controller *c)
{
	asks_daemon_began(c);
	if (client.plan->early && world_chance(500))
		world_at(world_now() + world_between(0, EARLY_US), on_early, NULL, 0);
}

void client_daemon_ended(struct controller *c)
{
	asks_daemon_ended(c);
}

static void grow(struct controller *c, uint64_t number)
{
	(void)number;
	for (int i = 0; i < client.plan->nodes; i++) {
		int id = client.plan->reorders ? (i * 7 + 3) % client.plan->nodes : i;

		ask_create(c, world_random(SESSIONS), id, NODE_BY_HAND);
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
		if (seen.down[seen.list[i]])
			continue;
		ask_exec(world_random(SESSIONS), seen.list[i], true);
		ask_simply(world_random(SESSIONS), ASK_PING, seen.list[i], true);
	}
	probe_all(world_random(SESSIONS), &seen);
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
