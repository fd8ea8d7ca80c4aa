/*
 * Builds the controller's parts, takes what comes from below, and is the face of the rest. Each
 * part's owner is named in state.h.
 */
#include "controller/controller.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/parse.h"
#include "controller/create.h"
#include "controller/dispatch.h"
#include "controller/heal.h"
#include "controller/kill.h"
#include "controller/liveness.h"
#include "controller/loss.h"
#include "controller/post.h"
#include "controller/restart.h"
#include "controller/results.h"
#include "controller/statedir.h"
#include "controller/stream.h"
#include "controller/sweep.h"
#include "controller/turn.h"
#include "service/service.h"

/* The node of that life, if it is in the table. */
static struct node *find_life(struct controller *c, int id, uint32_t incarnation)
{
	struct node *n = node_find(c->nodes, id);

	return n && n->incarnation == incarnation ? n : NULL;
}

static void on_process_ended(void *arg, const struct process_tag *tag, const char *cause)
{
	struct controller *c = arg;
	struct node *n = find_life(c, tag->node, tag->incarnation);
	struct error err;

	if (n && n->state == NODE_STARTING) {
		n->process = NULL;
		error_set(&err, ERR_INTERNAL, "the worker ended before it was ready: %s", cause);
		create_failed(c, n, &err);
	} else if (n && n->state == NODE_DEAD) {
		n->process = NULL; /* a new life that did not join */
		restart_consider(c, n);
	} else if (n) {
		loss_died(c, n, cause);
		if (!n->removed)
			restart_consider(c, n);
	}
	if (!tag->killer)
		return;
	statedir_remove(c->statedir, tag->birth);
	kill_process_gone(c, tag->killer);
}

static int link_of(const struct node *n)
{
	return n->up ? n->up->id : NODE_CONTROLLER;
}

/* Is this link one that was ordered: the first of a new node, or the goal of a move? */
static bool expected(const struct node *n, int parent, uint64_t epoch)
{
	if (n && (n->state == NODE_STARTING || restart_under_way(n)))
		return parent == link_of(n) && epoch == n->epoch;
	return n && heal_expects(n, parent, epoch);
}

static void linked(struct controller *c, struct node *n)
{
	if (n->state == NODE_STARTING)
		create_joined(c, n);
	else if (restart_under_way(n))
		restart_joined(c, n);
	else
		heal_linked(c, n);
}

/* Did it come of its own accord, because its parent is lost? */
static bool returned(const struct node *n, uint64_t epoch)
{
	return n && n->state == NODE_UP && epoch > n->epoch;
}

static bool on_accept(void *arg, const struct link_name *name)
{
	const struct node *n = find_life(arg, name->id, name->incarnation);

	return expected(n, NODE_CONTROLLER, name->epoch) || returned(n, name->epoch);
}

static void on_linked(void *arg, const struct link_name *name)
{
	struct controller *c = arg;
	struct node *n = find_life(c, name->id, name->incarnation);

	if (expected(n, NODE_CONTROLLER, name->epoch))
		linked(c, n);
	else
		heal_returned(c, n, name->epoch);
}

static void hear_silence(struct controller *c, struct node *n, int parent, int64_t silent_ms)
{
	if (n && !n->adrift && link_of(n) == parent)
		loss_silent(c, n, silent_ms);
}

static void hear_back(struct controller *c, struct node *n, int parent)
{
	if (n && n->silent && !n->adrift && link_of(n) == parent)
		heal_back(c, n);
}

static void on_silent(void *arg, const struct link_name *name, int64_t silent_ms)
{
	hear_silence(arg, find_life(arg, name->id, name->incarnation), NODE_CONTROLLER, silent_ms);
}

static void on_back(void *arg, const struct link_name *name)
{
	hear_back(arg, find_life(arg, name->id, name->incarnation), NODE_CONTROLLER);
}

/* News of a child, from the parent that it hangs under. */
static void hear_of_child(struct controller *c, struct node *parent, const struct message *m)
{
	int id = message_to_id(m->value);
	uint32_t incarnation = (uint32_t)m->session;
	struct node *n = find_life(c, id, incarnation);

	if (m->type == MSG_SILENT) {
		hear_silence(c, n, parent->id, (int64_t)m->request);
	} else if (m->type == MSG_BACK) {
		hear_back(c, n, parent->id);
	} else if (expected(n, parent->id, m->request)) {
		linked(c, n);
	} else if (n && n->up == parent && n->epoch == m->request) {
		hear_back(c, n, parent->id); /* said again by a parent that was adrift */
	} else {
		log_warn("link", "node %d: a link to node %d was not expected", id, parent->id);
		post(c, parent,
		     &(struct message){.type = MSG_FORGET,
		                       .value = m->value,
		                       .session = incarnation,
		                       .request = m->request});
	}
}

static void hear_taken(struct controller *c, const struct node *n, const struct message *m)
{
	struct task *r = task_find(c->pending, m->request);

	if (r && r->at_node && r->node == n->id)
		stream_taken(r, m->value);
}

static void on_message(void *arg, const struct link_name *from, const struct message *m,
                       zmq_msg_t *frame)
{
	struct controller *c = arg;
	struct node *n = find_life(c, m->node, m->incarnation);

	(void)frame;
	if (!n || n->state != NODE_UP)
		return;
	switch (m->type) {
	case MSG_PONG:
	case MSG_OFFER:
	case MSG_RESULT:
		dispatch_answer(c, n, m);
		break;
	case MSG_TAKEN:
		hear_taken(c, n, m);
		break;
	case MSG_LEFT:
		if (m->node == from->id)
			children_leaving(c->children, from);
		heal_left(c, n, m->value);
		break;
	case MSG_LINKED:
	case MSG_SILENT:
	case MSG_BACK:
		hear_of_child(c, n, m);
		break;
	case MSG_HELLO:
	case MSG_WELCOME:
	case MSG_HEARTBEAT:
	case MSG_INTERVAL:
	case MSG_PING:
	case MSG_EXEC:
	case MSG_DATA:
	case MSG_CANCEL:
	case MSG_CREDIT:
	case MSG_SETTLED:
	case MSG_REHOME:
	case MSG_RESUME:
	case MSG_FORGET:
	case MSG_ADOPT:
	case MSG_ADOPTED:
	case MSG_TYPES:
		break; /* none of them goes up */
	}
}

static const struct children_handlers handlers = {
    .accept = on_accept,
    .linked = on_linked,
    .message = on_message,
    .silent = on_silent,
    .back = on_back,
};

static int check_names(struct controller *c, const struct controller_config *config,
                       struct error *err)
{
	const struct dtree_service *service = service_find(config->service);

	c->topology = topology_find(config->topology);
	if (!c->topology)
		return error_set(err, ERR_PARAMS, "no topology '%s'", config->topology);
	if (!service)
		return error_set(err, ERR_PARAMS, "no service '%s'", config->service);
	c->service = service->name;
	return restart_parse(config->restart, &c->restart, err);
}

static int open_state(struct controller *c, const char *dir, struct error *err)
{
	c->statedir = statedir_open(dir, err);
	if (!c->statedir)
		return -1;
	/* A birth number is the incarnation that was first. */
	c->last_incarnation = statedir_last(c->statedir);
	return 0;
}

static int open_links(struct controller *c, struct error *err)
{
	c->context = zmq_ctx_new();
	if (!c->context)
		return error_set(err, ERR_INTERNAL, "no ZeroMQ context: %s",
		                 zmq_strerror(zmq_errno()));
	c->endpoint = mem_format("ipc://%s/0", c->runtime_dir);
	c->children = children_new(c->context, c->loop, c->endpoint, &handlers, c, err);
	return c->children ? 0 : -1;
}

struct controller *controller_new(struct ev_loop *loop, const struct controller_config *config,
                                  struct error *err)
{
	struct controller *c = mem_new(sizeof *c);

	c->loop = loop;
	c->runtime_dir = mem_string(config->runtime_dir);
	c->worker_path = mem_string(config->worker_path);
	c->durability = mem_string(config->durability);
	c->request_timeout_ms = config->request_timeout_ms;
	c->restart_delay_max_ms = config->restart_delay_max_ms;
	c->restart_quiet_ms = config->restart_quiet_ms;
	c->restart_limit = config->restart_limit;
	c->max_nodes = config->max_nodes;
	c->started = clock_ms();
	c->processes = processes_new(loop, on_process_ended, c);
	c->pending = pending_new(loop, c, config->request_timeout_ms);
	c->events = event_log_new();
	c->tree = tree_new();
	turn_init(c);
	liveness_init(c, loss_overdue);
	heal_init(c);
	if (check_names(c, config, err) || open_state(c, config->state_dir, err) ||
	    open_links(c, err)) {
		controller_free(c);
		return NULL;
	}
	liveness_interval(c, config->heartbeat_ms);
	event_publish(c->events,
	              &(struct event){.type = EVENT_CONTROLLER_STARTED, .pid = getpid()});
	return c;
}

void controller_free(struct controller *c)
{
	struct node *n;
	struct node *next;

	if (!c)
		return;
	processes_free(c->processes);
	pending_free(c->pending);
	sweep_stop(c);
	HASH_ITER (hh, c->nodes, n, next) {
		post_drop(n);
		ev_timer_stop(c->loop, &n->restart.timer);
		HASH_DEL(c->nodes, n);
		node_free(n);
	}
	turn_stop(c);
	liveness_stop(c);
	heal_stop(c);
	results_stop(c);
	children_free(c->children);
	if (c->context)
		zmq_ctx_term(c->context);
	tree_free(c->tree);
	event_log_free(c->events);
	free(c->endpoint);
	free(c->runtime_dir);
	free(c->worker_path);
	free(c->durability);
	statedir_close(c->statedir);
	free(c);
}

struct session *session_open(struct controller *c)
{
	return pending_session(c->pending, c);
}

void session_close(struct session *s)
{
	stream_abandon_all(s);
	pending_session_close(s->controller->pending, s);
}

void controller_create(struct session *s, const struct create_request *request, outcome_fn *done,
                       void *arg)
{
	const char *name = request->service ? request->service : s->controller->service;
	const struct dtree_service *service = service_find(name);
	struct create_request checked = *request;
	struct outcome refused = {.id = request->id};

	if (!service) {
		error_set(&refused.error, ERR_PARAMS, "no service '%s'", name);
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

void controller_ping(struct session *s, int id, outcome_fn *done, void *arg)
{
	dispatch_ping(s, s->controller, id, done, arg);
}

void controller_pingall(struct session *s, outcome_fn *done, void *arg)
{
	sweep_ask(s, done, arg);
}

void controller_kill(struct session *s, int id, outcome_fn *done, void *arg)
{
	kill_ask(s, id, done, arg);
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

void controller_stream_abandon(struct session *s, uint64_t stream, outcome_fn *done, void *arg)
{
	stream_abandon(s, stream, done, arg);
}

void controller_heartbeat_set(struct controller *c, int64_t interval_ms)
{
	liveness_interval(c, interval_ms);
}

struct event_log *controller_events(const struct controller *c)
{
	return c->events;
}
