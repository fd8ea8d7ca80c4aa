/* Owns the controller, what is to be done in its next turn, and what it is told to be like. */
#include "sim/daemon.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "controller/node/event.h"
#include "sim/check.h"
#include "sim/history.h"
#include "sim/os.h"

#define RUNTIME "/sim/run"

struct deed {
	daemon_fn *fn;
	uint64_t number;
};

static struct {
	const struct plan *plan;
	struct sim_process *process;
	struct controller *controller;
	ev_async asked;
	struct deed deeds[256];
	size_t deed_count;
	bool ends;
	bool starting;
	unsigned life;
	int64_t disturbed;
	struct event_listener *listener;
} daemon_;

void daemon_begin(const struct plan *plan)
{
	memset(&daemon_, 0, sizeof daemon_);
	daemon_.plan = plan;
}

struct sim_process *daemon_process(void)
{
	return daemon_.controller ? daemon_.process : NULL;
}

struct controller *daemon_controller(void)
{
	return daemon_.controller;
}

bool daemon_ends(void)
{
	return daemon_.ends;
}

unsigned daemon_life(void)
{
	return daemon_.life;
}

int64_t daemon_heartbeat(void)
{
	struct controller_view view = {0};

	if (daemon_.controller)
		controller_view_self(daemon_.controller, &view);
	return view.heartbeat_ms;
}

int64_t daemon_disturbed(void)
{
	return daemon_.disturbed;
}

/* One that is dead is silent some time later. */
static bool has_process(int id)
{
	struct node_view view;

	return controller_view(daemon_.controller, id, &view, NULL) == 0 && view.pid;
}

/* A process that was killed as it hung was stopped then, or a moment before: one that runs comes
 * when it is told to, unless its connection is refused. */
static void check_hung(const struct event *event)
{
	const struct sim_process *p = os_find(event->pid);

	if (event->type != EVENT_NODE_DIED || !strstr(event->cause, "as it hung") || !p)
		return;
	if (!p->stopped && !p->refused && p->died_at - p->continued_at > SECOND)
		world_fail("node %d was killed as it hung, and its process ran", event->id);
}

static void on_event(void *arg, const struct event *event)
{
	(void)arg;
	check_hung(event);
	world_log(daemon_.process->name, "event %s %d %s%d %s", event_type_name(event->type),
	          event->has_id ? event->id : -2, event->has_parent ? "at " : "",
	          event->has_parent ? event->parent : 0, event->cause ? event->cause : "");
	if (event->type == EVENT_NODE_CREATED)
		member_made(event->id);
	if (event->type == EVENT_NODE_REMOVED)
		member_removed(event->id);
	if (event->type == EVENT_NODE_DIED ||
	    (event->type == EVENT_HEARTBEAT_LOST && has_process(event->id)) ||
	    event->type == EVENT_HEARTBEAT_RESTORED || event->type == EVENT_NODE_REHOMED)
		daemon_.disturbed = world_now();
}

static void on_asked(struct ev_loop *loop, ev_async *asked, int revents)
{
	struct deed deeds[ARRAY_SIZE(daemon_.deeds)];
	size_t count = daemon_.deed_count;

	(void)loop;
	(void)asked;
	(void)revents;
	memcpy(deeds, daemon_.deeds, count * sizeof *deeds);
	daemon_.deed_count = 0;
	for (size_t i = 0; i < count; i++)
		deeds[i].fn(daemon_.controller, deeds[i].number);
}

static void free_controller(struct sim_process *p)
{
	struct controller *c = daemon_.controller;

	ev_async_stop(p->loop, &daemon_.asked);
	event_unlisten(controller_events(c), daemon_.listener);
	client_daemon_ended(c);
	daemon_.controller = NULL;
	daemon_.ends = false;
	controller_free(c);
}

static void look(struct sim_process *p)
{
	check_invariants(p->self);
}

static struct controller_config config_of(const struct plan *plan)
{
	return (struct controller_config){
	    .topology = plan->topology,
	    .service = "tag",
	    .runtime_dir = RUNTIME,
	    .state_dir = "/sim/state",
	    .lives_path = "/sim/state/lives.lock",
	    .lives = 3,
	    .link = "ipc",
	    .link_security = "curve",
	    .durability = "none",
	    .worker_path = "/sim/dtree-worker",
	    .heartbeat_ms = plan->heartbeat_ms,
	    .request_timeout_ms = plan->request_timeout_ms,
	    .restart = plan->restart,
	    .restart_delay_max_ms = plan->restart_delay_max_ms,
	    .restart_quiet_ms = plan->restart_quiet_ms,
	    .restart_limit = plan->restart_limit,
	    .on_hang = plan->on_hang,
	    .hang_timeout_ms = plan->hang_timeout_ms,
	    .max_nodes = 1000,
	    .orphan_timeout_ms = plan->orphan_timeout_ms,
	    .stop_grace_ms = plan->stop_grace_ms,
	};
}

static void begin(struct sim_process *p)
{
	static struct controller_config config;
	struct error err;

	config = config_of(daemon_.plan);
	p->loop = ev_loop_new(0);
	daemon_.controller = controller_new(p->loop, &config, &err);
	if (!daemon_.controller) {
		world_fail("dtreed does not start: %s", err.text);
		return;
	}
	p->self = daemon_.controller;
	p->free_self = free_controller;
	p->turned = look;
	daemon_.listener = event_listen(controller_events(daemon_.controller), on_event, NULL);
	daemon_.deed_count = 0;
	ev_async_init(&daemon_.asked, on_asked);
	ev_async_start(p->loop, &daemon_.asked);
	client_daemon_began(daemon_.controller);
}

static void on_start(void *arg, uint64_t number)
{
	struct sim_process *p;

	(void)arg;
	(void)number;
	if (daemon_.process && !daemon_.process->dead) {
		world_at(world_now() + MS, on_start, NULL, 0);
		return;
	}
	daemon_.starting = false;
	p = os_process_new(PROCESS_DTREED, "dtreed");
	daemon_.process = p;
	daemon_.life++;
	world_log(p->name, "starts, life %u", daemon_.life);
	os_run_as(p, begin);
	if (daemon_.controller)
		os_process_run(p);
}

void daemon_start(void)
{
	if (daemon_.controller || daemon_.starting)
		return;
	daemon_.starting = true;
	world_at(world_now() + world_between(5 * MS, 30 * MS), on_start, NULL, 0);
}

void daemon_kill(void)
{
	if (daemon_.controller)
		os_kill(daemon_.process);
}

void daemon_do(daemon_fn *fn, uint64_t number)
{
	if (!daemon_.controller || daemon_.deed_count == ARRAY_SIZE(daemon_.deeds))
		return;
	daemon_.deeds[daemon_.deed_count++] = (struct deed){fn, number};
	ev_async_send(daemon_.process->loop, &daemon_.asked);
}

static void on_ended(void *arg)
{
	(void)arg;
	ev_break(daemon_.process->loop, EVBREAK_ALL);
}

static void terminate(struct controller *c, uint64_t number)
{
	(void)number;
	if (!daemon_.ends)
		controller_end(c, on_ended, NULL);
	daemon_.ends = true;
}

void daemon_terminate(void)
{
	daemon_do(terminate, 0);
}
