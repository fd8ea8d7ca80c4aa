/*
 * Builds the controller's parts and is the face of the rest. Each part's owner is named in core.h.
 */
#include "controller/controller.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "base/choice.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "controller/check.h"
#include "controller/exec/dispatch.h"
#include "controller/exec/exec.h"
#include "controller/exec/exec_all.h"
#include "controller/exec/pingall.h"
#include "controller/exec/stream.h"
#include "controller/inbound.h"
#include "controller/lifecycle/adopt.h"
#include "controller/lifecycle/create.h"
#include "controller/lifecycle/failure.h"
#include "controller/lifecycle/inheritance.h"
#include "controller/lifecycle/kill.h"
#include "controller/lifecycle/orders.h"
#include "controller/lifecycle/ready.h"
#include "controller/lifecycle/restart.h"
#include "controller/lifecycle/set_heartbeat.h"
#include "controller/lifecycle/shutdown.h"
#include "controller/lifecycle/terminate.h"
#include "controller/node/event.h"
#include "controller/node/inspect.h"
#include "controller/node/persist.h"
#include "controller/node/retire.h"
#include "controller/overlay/link_files.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/overlay.h"
#include "controller/overlay/route.h"
#include "controller/registry/data_dirs.h"
#include "controller/registry/epoch.h"
#include "service/service.h"

static int check_names(struct controller *c, const struct controller_config *config,
                       struct error *err)
{
	const struct dtree_service *service = service_find(config->service);

	c->topology = topology_find(config->topology);
	if (!c->topology)
		return choice_refuse("topology", config->topology, topology_name_at, err);
	if (!service)
		return choice_refuse("service", config->service, service_name_at, err);
	c->service = service->name;
	return restart_policy_parse(config->restart, &c->restart, err);
}

static int open_links(struct controller *c, struct error *err)
{
	c->context = zmq_ctx_new();
	if (!c->context)
		return error_set(err, ERR_INTERNAL, "no ZeroMQ context: %s",
		                 zmq_strerror(zmq_errno()));
	return overlay_listen(c, &inbound_handlers, err);
}

/* Two for ZeroMQ, the loop's, the service's. */
#define NODE_THREADS 4
/* Of dtreed (the loop's, the log's, the registry's, two for ZeroMQ, one that removes directories),
 * and the fork server's. */
#define OWN_THREADS 7

static size_t system_room(void)
{
	size_t all = limits_descriptors();
	size_t descriptors = all > LIMITS_OWN ? (all - LIMITS_OWN) / NODE_DESCRIPTORS : 0;
	size_t most = limits_threads();
	size_t threads = most > OWN_THREADS ? (most - OWN_THREADS) / NODE_THREADS : 0;

	return descriptors < threads ? descriptors : threads;
}

/* For the workers' log: what the process is called. */
static bool name_process(void *arg, pid_t pid, char *name, size_t size)
{
	const struct controller *c = arg;
	const struct process_tag *tag = c->processes ? processes_find(c->processes, pid) : NULL;

	if (tag)
		snprintf(name, size, "node %d", tag->node);
	else if (fork_server_is_server(c->fork_server, pid))
		snprintf(name, size, "fork server");
	else
		return false;
	return true;
}

static bool awaits_process(void *arg, pid_t pid)
{
	const struct controller *c = arg;

	return processes_find(c->processes, pid) || fork_server_awaits(c->fork_server, pid);
}

/* What was there before, then the links, then those who hang on them. */
static int begin(struct controller *c, const struct controller_config *config, struct error *err)
{
	struct adoption *adoption;
	int rc;

	if (check_names(c, config, err))
		return -1;
	c->data_dirs = data_dirs_open(config->state_dir, err);
	if (!c->data_dirs)
		return -1;
	adoption = adopt_load(c, c->config.orphan_timeout_ms ? config->state_dir : NULL, err);
	if (!adoption)
		return -1;
	rc = open_links(c, err);
	if (rc == 0) {
		liveness_interval(c, c->heartbeat_asked < 0 ? config->heartbeat_ms
		                                            : c->heartbeat_asked);
		event_publish(c->events,
		              &(struct event){.type = EVENT_CONTROLLER_STARTED, .pid = getpid()});
		rc = adopt_carry_out(adoption, err);
		c->room = system_room(); /* some may have lower limits */
	}
	adopt_free(adoption);
	return rc;
}

struct controller *controller_new(struct ev_loop *loop, const struct controller_config *config,
                                  struct error *err)
{
	struct controller *c = mem_new(sizeof *c);

	c->loop = loop;
	c->config = *config;
	c->room = system_room();
	c->heartbeat_asked = -1;
	c->started = clock_ms();
	c->worker_log = worker_log_open(loop, c->config.runtime_dir, name_process, c, err);
	c->processes = processes_new(loop, c->worker_log, inbound_process_ended, c);
	c->reaper = reaper_new(loop, awaits_process, c);
	if (c->worker_log && config->fork_workers)
		c->fork_server = fork_server_new(loop, c->config.worker_path, c->worker_log);
	c->requests = requests_new(loop, c, config->request_timeout_ms);
	c->events = event_log_new();
	c->tree = tree_new();
	retire_init(c);
	overlay_init(c, &inbound_overlay);
	restart_init(c);
	exec_init(c, orders_node_quiet);
	terminate_init(c);
	if (c->worker_log && begin(c, config, err) == 0) {
#ifdef ENABLE_ASSERTS
		check_start(c);
#endif
		return c;
	}
	controller_free(c);
	return NULL;
}

/* Each step of the end that waits for the kernel or the disk waits so long. */
#define END_STEP_MS 1000

void controller_free(struct controller *c)
{
	struct node *n;
	struct node *next;

	if (!c)
		return;
	check_stop(c);
	if (!c->shutdown && c->config.orphan_timeout_ms)
		processes_leave(c->processes);
	else if (processes_free(c->processes, END_STEP_MS))
		epoch_drop(c->config.runtime_dir);
	fork_server_free(c->fork_server);
	reaper_free(c->reaper);
	c->processes = NULL;
	c->fork_server = NULL;
	worker_log_free(c->worker_log);
	terminate_stop(c, END_STEP_MS);
	shutdown_stop(c);
	requests_free(c->requests);
	exec_stop(c);
	HASH_ITER (hh, c->nodes, n, next) {
		route_drop(n);
		ev_timer_stop(c->loop, &n->restart.timer);
		ev_timer_stop(c->loop, &n->restart.own);
		HASH_DEL(c->nodes, n);
		node_free(n);
	}
	retire_stop(c);
	restart_stop(c);
	ready_stop(c);
	overlay_stop(c);
	if (c->context)
		zmq_ctx_term(c->context);
	tree_free(c->tree);
	event_log_free(c->events);
	if (c->registry)
		registry_close(c->registry, END_STEP_MS);
	data_dirs_close(c->data_dirs);
	free(c->boot);
	free(c->place);
	free(c);
}

bool controller_expects_file(const struct controller *c, const char *name)
{
	return link_files_expect(c, c->worker_log, name);
}

bool controller_check_files(struct controller *c)
{
	return link_files_check(c, c->worker_log);
}

struct session *session_open(struct controller *c)
{
	return requests_session(c->requests, c);
}

void session_close(struct session *s)
{
	stream_abandon_all(s);
	requests_session_close(s->controller->requests, s);
}

void controller_create(struct session *s, const struct create_request *request, outcome_fn *done,
                       void *arg)
{
	const char *name = request->service ? request->service : s->controller->service;
	const struct dtree_service *service = service_find(name);
	struct create_request checked = *request;
	struct outcome refused = {.id = request->id};

	if (!service) {
		choice_refuse("service", name, service_name_at, &refused.error);
		done(arg, &refused);
		return;
	}
	checked.service = service->name;
	create_ask(s, &checked, done, arg);
}

void controller_exec(struct session *s, int id, const char *args, size_t size, outcome_fn *done,
                     void *arg)
{
	dispatch_exec(s, id, args, size, done, arg);
}

void controller_exec_all(struct session *s, const struct exec_all_request *request,
                         outcome_fn *done, void *arg)
{
	exec_all_ask(s, request, done, arg);
}

void controller_ping(struct session *s, int id, outcome_fn *done, void *arg)
{
	dispatch_ping(s, s->controller, id, done, arg);
}

void controller_pingall(struct session *s, outcome_fn *done, void *arg)
{
	pingall_ask(s, done, arg);
}

void controller_kill(struct session *s, int id, outcome_fn *done, void *arg)
{
	kill_ask(s, id, done, arg);
}

void controller_start(struct session *s, int id, outcome_fn *done, void *arg)
{
	orders_start(s, id, done, arg);
}

void controller_stop(struct session *s, int id, outcome_fn *done, void *arg)
{
	orders_stop(s, id, done, arg);
}

void controller_restart(struct session *s, int id, outcome_fn *done, void *arg)
{
	orders_restart(s, id, done, arg);
}

void controller_when_ready(struct controller *c, ready_fn *fn, void *arg)
{
	ready_when(c, fn, arg);
}

void controller_stream_open(struct session *s, int id, outcome_fn *done, void *arg)
{
	stream_open(s, id, done, arg);
}

void controller_stream_feed(struct session *s, uint64_t stream, const char *args, size_t size,
                            outcome_fn *done, void *arg)
{
	stream_feed(s, stream, args, size, done, arg);
}

void controller_stream_close(struct session *s, uint64_t stream, outcome_fn *done, void *arg)
{
	stream_close(s, stream, done, arg);
}

bool controller_cancel(struct session *s, const void *arg)
{
	return stream_cancel(s, arg) || request_cancel(s->controller->requests, s, arg);
}

void controller_stream_abandon(struct session *s, uint64_t stream, outcome_fn *done, void *arg)
{
	stream_abandon(s, stream, done, arg);
}

void controller_inspect(struct session *s, int id, outcome_fn *done, void *arg)
{
	inspect_ask(s, id, done, arg);
}

void controller_heartbeat_set(struct session *s, int64_t interval_ms, outcome_fn *done, void *arg)
{
	heartbeat_ask(s, interval_ms, done, arg);
}

struct event_log *controller_events(const struct controller *c)
{
	return c->events;
}
