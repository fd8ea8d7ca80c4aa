/* What can be seen of the controller and its nodes, for tree and status. Reads only. */
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/parse.h"
#include "controller/controller.h"
#include "controller/lifecycle/catalog.h"
#include "controller/lifecycle/lifecycle.h"
#include "controller/node/after.h"
#include "controller/node/core.h"
#include "controller/node/program.h"
#include "controller/node/restart_policy.h"
#include "controller/node/settings.h"
#include "controller/overlay/hang.h"
#include "controller/overlay/overlay.h"
#include "controller/registry/log_files.h"

size_t controller_room(const struct controller *c)
{
	return lifecycle_room(c);
}

/* Does its process run another program than a start of it would now? */
static bool view_is_outdated(const struct node *n, const struct worker_file *now)
{
	return n->worker.process && worker_file_differs(process_file(n->worker.process), now);
}

/* One that a plug-in has taken the place of is told of no more. */
static const struct program_report *view_program(const struct controller *c, const struct node *n)
{
	const struct program_report *report = node_program_report(n);

	for (size_t i = 0; report && i < c->config.service_count; i++)
		if (strcmp(c->config.services[i].name, n->service) == 0 &&
		    strcmp(c->config.services[i].kind, "library") == 0)
			return NULL;
	return report;
}

static void look_at(const struct controller *c, const struct node *n,
                    const struct worker_file *program, struct node_view *view)
{
	*view = (struct node_view){
	    .id = n->id,
	    .parent = tree_parent(c->tree, n->id),
	    .link = node_link_parent(n),
	    .pid = n->worker.process ? n->worker.pid : 0,
	    .name = node_name(n),
	    .group = node_group(n),
	    .state = node_state_name(n),
	    .service = n->service,
	    .depth = tree_depth(c->tree, n->id),
	    .incarnation = n->incarnation,
	    .age_ms = clock_ms() - n->worker.started,
	    .requests = n->traffic.requests,
	    .pending = n->traffic.execs.requests + n->traffic.pings.requests + n->traffic.streams,
	    .cause = node_cause(n),
	    .restart = restart_policy_name(n->restart.policy),
	    .restarts = n->restart.count,
	    .after = &n->after,
	    .waits = n->life == LIFE_BACKOFF && n->restart.revive && after_awaits(c, n),
	    .on_hang = on_hang_name(hang_policy(c, n)),
	    .hang_timeout_ms = hang_timeout_ms(c, n),
	    .declared = n->declared,
	    .declared_name = node_declared_name(n->declared),
	    .outdated = view_is_outdated(n, program),
	    .retry_ms = node_retry_ms(n),
	    .program = view_program(c, n),
	};
}

void controller_each_service(const struct controller *c, service_fn *fn, void *arg)
{
	struct declared_service service;

	for (size_t i = 0; catalog_at(c, i, &service); i++)
		fn(arg, &service);
}

bool controller_uses_service(const struct controller *c, const char *name)
{
	for (const struct node *n = c->nodes; n; n = n->hh.next)
		if (strcmp(n->service, name) == 0)
			return true;
	return false;
}

void controller_each_node(const struct controller *c, node_fn *fn, void *arg)
{
	const struct worker_file program = worker_file_at(c->config.worker_path);
	struct tree_ids ids = {0};
	struct node_view view;

	tree_subtree(c->tree, NODE_CONTROLLER, &ids);
	for (size_t i = 0; i < ids.count; i++) {
		look_at(c, node_find(c->nodes, ids.items[i]), &program, &view);
		fn(arg, &view);
	}
	tree_ids_free(&ids);
}

int controller_view(const struct controller *c, int id, struct node_view *view, struct error *err)
{
	const struct worker_file program = worker_file_at(c->config.worker_path);
	const struct node *n = node_find(c->nodes, id);

	if (!n)
		return error_set(err, ERR_NOT_FOUND, "no node %d", id);
	look_at(c, n, &program, view);
	return 0;
}

bool controller_waits(const struct controller *c, int id, int other)
{
	const struct node *n = node_find(c->nodes, id);

	return n && n->life == LIFE_BACKOFF && n->restart.revive && after_missing(c, &other, 1);
}

char *controller_log_path(const struct controller *c, int id)
{
	const struct node *n = node_find(c->nodes, id);

	return n ? log_files_path(c->config.logs_dir, n->data_id) : NULL;
}

void controller_view_self(const struct controller *c, struct controller_view *view)
{
	const struct worker_file program = worker_file_at(c->config.worker_path);
	struct node *n;
	struct node *next;

	*view = (struct controller_view){
	    .services_dir = c->config.services_dir,
	    .topology = c->config.topology,
	    .service = c->config.service,
	    .heartbeat_ms = overlay_heartbeat_ms(c),
	    .request_timeout_ms = c->config.request_timeout_ms,
	    .nodes = tree_size(c->tree),
	    .pending = requests_count(c->requests),
	    .sessions = requests_sessions(c->requests),
	    .max_nodes = c->config.max_nodes,
	    .uptime_ms = lifecycle_uptime_ms(c),
	};
	HASH_ITER (hh, c->nodes, n, next) {
		view->outdated += view_is_outdated(n, &program);
		view->unavailable += !node_is_new(n) && !node_available(n) && !node_is_awaited(n);
	}
}
