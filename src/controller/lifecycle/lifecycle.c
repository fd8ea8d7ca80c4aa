/* Owns controller.lifecycle and what its processes need. */
#include "controller/lifecycle/lifecycle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "controller/lifecycle/catalog.h"
#include "controller/lifecycle/give_up.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/last_word.h"
#include "controller/lifecycle/order_all.h"
#include "controller/lifecycle/ready.h"
#include "controller/lifecycle/restart.h"
#include "controller/lifecycle/revive.h"
#include "controller/lifecycle/shutdown.h"
#include "controller/lifecycle/start_queue.h"
#include "controller/lifecycle/terminate.h"
#include "controller/lifecycle/wait.h"
#include "controller/node/invariants.h"
#include "controller/overlay/hang.h"
#include "controller/overlay/link_form.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/reload_word.h"
#include "controller/process/reaper.h"
#include "controller/process/remains.h"
#include "controller/registry/data_dirs.h"
#include "controller/registry/epoch.h"

/* Two for ZeroMQ, the loop's, the service's. */
#define NODE_THREADS 4
/* Of dtreed (the loop's, the log's, the registry's, two for ZeroMQ, one that removes directories),
 * and the fork server's. */
#define OWN_THREADS 7

void lifecycle_measure_room(struct controller *c)
{
	size_t all = limits_descriptors();
	size_t descriptors = all > LIMITS_OWN ? (all - LIMITS_OWN) / NODE_DESCRIPTORS : 0;
	size_t most = limits_threads();
	size_t threads = most > OWN_THREADS ? (most - OWN_THREADS) / NODE_THREADS : 0;

	c->lifecycle->room = descriptors < threads ? descriptors : threads;
}

/* For the workers' log: what the process is called. */
static bool name_process(void *arg, pid_t pid, char *name, size_t size, struct log_about *about)
{
	const struct controller *c = arg;
	const struct lifecycle *l = c->lifecycle;
	const struct process_tag *tag = l->processes ? processes_find(l->processes, pid) : NULL;

	if (tag) {
		snprintf(name, size, "node %d", tag->node);
		*about = (struct log_about){.has_node = true, .node = tag->node};
		return true;
	}
	if (fork_server_is_server(l->fork_server, pid))
		snprintf(name, size, "fork server");
	else
		return false;
	return true;
}

static bool awaits_process(void *arg, pid_t pid)
{
	const struct controller *c = arg;

	return (c->lifecycle->processes && processes_find(c->lifecycle->processes, pid)) ||
	       fork_server_awaits(c->lifecycle->fork_server, pid);
}

static int check_names(struct controller *c, struct error *err)
{
	c->lifecycle->topology = topology_find(c->config.topology);
	if (!c->lifecycle->topology)
		return choice_refuse("topology", c->config.topology, topology_name_at, err);
	if (!catalog_find(c, c->config.service))
		return catalog_refuse(c, c->config.service, err);
	c->config.service = catalog_find(c, c->config.service);
	return restart_policy_parse(c->config.restart, &c->lifecycle->restart, err);
}

int lifecycle_init(struct controller *c, process_exit_fn *ended, struct error *err)
{
	struct lifecycle *l = c->lifecycle = mem_new(sizeof *l);

	l->log_level = (int)log_level();
	catalog_init(c);
	lifecycle_measure_room(c);
	l->heartbeat_asked = -1;
	l->started = clock_ms();
	l->worker_log =
	    worker_log_open(c->loop, c->config.runtime_dir, name_process, last_word_hear, c, err);
	l->processes = processes_new(c->loop, l->worker_log, ended, c);
	l->reaper = reaper_new(c->loop, awaits_process, c);
	l->remains =
	    remains_new(c->loop, &(struct remains_config){.groups = c->config.groups,
	                                                  .credentials = c->config.credentials_dir,
	                                                  .lives = c->config.lives});
	if (l->worker_log && c->config.fork_workers)
		l->fork_server = fork_server_new(c->loop, c->config.worker_path, l->worker_log);
	start_queue_init(c);
	revive_init(c);
	give_up_init(c);
	terminate_init(c);
	wait_init(c);
	if (!l->worker_log || check_names(c, err))
		return -1;
	l->data_dirs = data_dirs_open(c->config.state_dir, err);
	return l->data_dirs ? 0 : -1;
}

/* Is its file another one? */
static bool is_anew(const struct controller_config *config, const char *service)
{
	for (size_t i = 0; i < config->service_count; i++)
		if (strcmp(config->services[i].name, service) == 0)
			return config->services[i].anew;
	return false;
}

/* Those that start later read what there is then. */
static void tell_nodes(struct controller *c, const struct controller_config *config)
{
	bool all = c->lifecycle->log_level != (int)log_level();

	c->lifecycle->log_level = (int)log_level();
	reload_word_anew(c);
	for (struct node *n = c->nodes; n; n = n->hh.next)
		if (all || is_anew(config, n->service))
			reload_word_owe(c, n);
}

void lifecycle_reconfigure(struct controller *c, const struct controller_config *config)
{
	struct controller_config *own = &c->config;
	int64_t before = lifecycle_heartbeat_ms(c);
	struct error err;

	catalog_take(c, config->services, config->service_count);
	own->service = catalog_keep(c, config->service);
	own->durability = config->durability;
	restart_policy_parse(config->restart, &c->lifecycle->restart, &err);
	own->restart = restart_policy_name(c->lifecycle->restart);
	own->restart_delay_max_ms = config->restart_delay_max_ms;
	own->restart_quiet_ms = config->restart_quiet_ms;
	own->restart_limit = config->restart_limit;
	own->ends_at_give_up = config->ends_at_give_up;
	hang_set(c, config->on_hang, config->hang_timeout_ms);
	own->max_nodes = config->max_nodes;
	own->stop_grace_ms = config->stop_grace_ms;
	own->heartbeat_ms = config->heartbeat_ms;
	if (lifecycle_heartbeat_ms(c) != before)
		liveness_interval(c, lifecycle_heartbeat_ms(c));
	tell_nodes(c, config);
	restart_declared(c);
}

void lifecycle_end_processes(struct controller *c, int64_t limit_ms)
{
	struct lifecycle *l = c->lifecycle;

	if (!l->shutdown && c->config.orphan_timeout_ms) {
		processes_leave(l->processes);
	} else if (processes_free(l->processes, limit_ms)) {
		epoch_drop(c->config.runtime_dir);
		link_form_drop(c);
	}
	fork_server_free(l->fork_server);
	l->processes = NULL;
	l->fork_server = NULL;
	if (l->reaper)
		reaper_end(l->reaper, limit_ms);
	reaper_free(l->reaper);
	remains_free(l->remains, limit_ms);
	worker_log_free(l->worker_log);
	terminate_stop(c, limit_ms);
	shutdown_stop(c);
}

void lifecycle_stop(struct controller *c)
{
	struct lifecycle *l = c->lifecycle;

	start_queue_stop(c);
	revive_stop(c);
	give_up_stop(c);
	ready_stop(c);
	order_all_stop(c);
	wait_stop(c);
	catalog_stop(c);
	data_dirs_close(l->data_dirs);
	free(l->boot);
	free(l->place);
	free(l);
}

int64_t lifecycle_heartbeat_ms(const struct controller *c)
{
	int64_t asked = c->lifecycle->heartbeat_asked;

	return asked < 0 ? c->config.heartbeat_ms : asked;
}

bool lifecycle_heartbeat_asked(const struct controller *c)
{
	return c->lifecycle->heartbeat_asked >= 0;
}

void lifecycle_ended(struct controller *c, uint32_t incarnation)
{
	remains_end(c->lifecycle->remains, incarnation);
}

size_t lifecycle_room(const struct controller *c)
{
	return c->lifecycle->room;
}

int64_t lifecycle_uptime_ms(const struct controller *c)
{
	return clock_ms() - c->lifecycle->started;
}

struct worker_log *lifecycle_worker_log(const struct controller *c)
{
	return c->lifecycle->worker_log;
}

/* Timers run on while the tree ends, and change nothing any more. */
static const char *check_timer(const struct node *n)
{
	CHECK(n->life != LIFE_BACKOFF || n->restart.revive || node_is_timed(n));
	/* One that is to fail ends without. */
	CHECK(n->life != LIFE_RESTARTING || n->restart.why || node_is_timed(n));
	return NULL;
}

const char *lifecycle_valid(const struct controller *c)
{
	const char *wrong = NULL;
	size_t starting = 0;
	struct error err;

	for (const struct node *n = c->nodes; n && !wrong; n = n->hh.next) {
		starting += node_is_new(n) && !n->link.up;
		if (!c->lifecycle->shutdown)
			wrong = check_timer(n);
	}
	if (wrong)
		return wrong;
	CHECK(starting == start_queue_creations(c));
	/* The tree changes seldom. */
	if (c->lifecycle->tree_found != tree_changes(c->tree))
		CHECK(c->lifecycle->topology->check(c->tree, &err) == 0);
	c->lifecycle->tree_found = tree_changes(c->tree);
	return terminate_valid(c);
}
