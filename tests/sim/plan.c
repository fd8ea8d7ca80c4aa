/* Draws a plan. Owns nothing. */
#include "sim/plan.h"

#include <string.h>

#include "base/mem.h"
#include "sim/world.h"
#include "tree/topology.h"

#define NODES_USUAL 24
#define NODES_FEW   4

static int64_t draw(const int64_t *values, size_t count)
{
	return values[world_random(count)];
}

static const int64_t heartbeats[] = {250, 250, 500, 1000, 1000, 2000, 2000, 5000};
static const int64_t timeouts[] = {5000, 10000, 30000};
static const int64_t hang_timeouts[] = {1000, 5000, 15000, 30000};
static const int64_t orphan_timeouts[] = {5000, 15000, 30000};
static const int64_t pauses[] = {200 * MS, 1 * SECOND, 3 * SECOND, 8 * SECOND};

/* In a small tree little else happens that hides what was missed. */
static int draw_nodes(int most)
{
	if (most)
		return (int)world_between((most + 1) / 2, most);
	return (int)world_between(1, world_chance(250) ? NODES_FEW : NODES_USUAL);
}

void plan_draw(struct plan *plan, int nodes)
{
	size_t topologies = 0;

	while (topology_at(topologies))
		topologies++;
	*plan = (struct plan){
	    .topology = topology_at(world_random(topologies))->name,
	    .restart = world_chance(700)   ? "always"
	               : world_chance(500) ? "on-failure"
	                                   : "no",
	    .nodes = draw_nodes(nodes),
	    .heartbeat_ms = draw(heartbeats, ARRAY_SIZE(heartbeats)),
	    .request_timeout_ms = draw(timeouts, ARRAY_SIZE(timeouts)),
	    .restart_delay_max_ms = world_between(200, 4000),
	    .restart_quiet_ms = world_between(500, 20000),
	    .restart_limit = world_chance(200) ? 3 : 1000,
	    .on_hang = world_chance(500) ? "restart" : "report",
	    .hang_timeout_ms = draw(hang_timeouts, ARRAY_SIZE(hang_timeouts)),
	    .orphan_timeout_ms = draw(orphan_timeouts, ARRAY_SIZE(orphan_timeouts)),
	    .stop_grace_ms = world_between(500, 5000),
	    .rounds = (unsigned)world_between(1, 3),
	    .storm_us = world_between(2, 30) * SECOND,
	    .pause_us = draw(pauses, ARRAY_SIZE(pauses)),
	    .ask_us = world_chance(300) ? 50 * MS : world_between(200, 4000) * MS,
	    .faults = UINT64_MAX,
	    .reorders = world_chance(500),
	    .bursts = world_chance(600),
	    .early = world_chance(300),
	};
	plan->hangs = strcmp(plan->on_hang, "restart") == 0 && world_chance(500);
	plan->ids = plan->nodes + (int)world_between(1, 4);
	/* Most worlds have a few kinds of faults, which then meet more often. */
	if (world_chance(700))
		plan->faults = world_random(UINT64_MAX) & world_random(UINT64_MAX);
	world_log(NULL,
	          "%s, %d nodes, restart %s, heartbeat %lld ms, timeout %lld ms, orphan timeout "
	          "%lld ms, on hang %s after %lld ms, %u rounds",
	          plan->topology, plan->nodes, plan->restart, (long long)plan->heartbeat_ms,
	          (long long)plan->request_timeout_ms, (long long)plan->orphan_timeout_ms,
	          plan->on_hang, (long long)plan->hang_timeout_ms, plan->rounds);
}
