/*
 * * Builds the controller from its rooms and is their face: each function hands its request on.
 */
#include "controller/controller.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "controller/check.h"
#include "controller/exec/diagnose.h"
#include "controller/exec/dispatch.h"
#include "controller/exec/exec.h"
#include "controller/exec/exec_all.h"
#include "controller/exec/pingall.h"
#include "controller/exec/pool.h"
#include "controller/exec/slow_word.h"
#include "controller/exec/stream.h"
#include "controller/exec/trace_word.h"
#include "controller/inbound.h"
#include "controller/lifecycle/adopt.h"
#include "controller/lifecycle/change.h"
#include "controller/lifecycle/create.h"
#include "controller/lifecycle/give_up.h"
#include "controller/lifecycle/kill.h"
#include "controller/lifecycle/lifecycle.h"
#include "controller/lifecycle/order_all.h"
#include "controller/lifecycle/orders.h"
#include "controller/lifecycle/ready.h"
#include "controller/lifecycle/set_heartbeat.h"
#include "controller/lifecycle/shutdown.h"
#include "controller/lifecycle/wait.h"
#include "controller/node/event.h"
#include "controller/node/inspect.h"
#include "controller/node/names.h"
#include "controller/node/retire.h"
#include "controller/overlay/link_files.h"
#include "controller/overlay/link_form.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/overlay.h"
#include "controller/overlay/route.h"
#include "link/context.h"

static int open_links(struct controller *c, struct error *err)
{
	if (link_form_open(c, err))
		return -1;
	return overlay_listen(c, &inbound_handlers, err);
}

/* The order matters: what the registry has, then the links, then the processes that use them. */
static int controller_begin(struct controller *c, struct error *err)
{
	struct adoption *adoption = NULL;
	int rc;

	if (link_form_init(c, err) == 0)
		adoption =
		    adopt_load(c, c->config.orphan_timeout_ms ? c->config.state_dir : NULL, err);
	if (!adoption)
		return -1;
	rc = open_links(c, err);
	if (rc == 0) {
		liveness_interval(c, lifecycle_heartbeat_ms(c));
		event_publish(c->events,
		              &(struct event){.type = EVENT_CONTROLLER_STARTED, .pid = getpid()});
		rc = adopt_carry_out(adoption, err);
		lifecycle_measure_room(c); /* some may have lower limits */
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
	c->requests = requests_new(loop, c, config->request_timeout_ms);
	c->events = event_log_new();
	c->tree = tree_new();
	retire_init(c);
	overlay_init(c, &inbound_overlay);
	exec_init(c, &inbound_exec);
	if (lifecycle_init(c, inbound_process_ended, err) == 0 && controller_begin(c, err) == 0) {
#ifdef ENABLE_ASSERTS
		check_start(c);
#endif
		return c;
	}
	controller_free(c);
	return NULL;
}

void controller_reconfigure(struct controller *c, const struct controller_config *config)
{
	c->config.request_timeout_ms = config->request_timeout_ms;
	requests_timeout(c->requests, config->request_timeout_ms);
	slow_word_set(c, config->slow_request_ms);
	lifecycle_reconfigure(c, config);
}

bool controller_heartbeat_asked(const struct controller *c)
{
	return lifecycle_heartbeat_asked(c);
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
	lifecycle_end_processes(c, END_STEP_MS);
	requests_free(c->requests);
	exec_stop(c);
	HASH_ITER (hh, c->nodes, n, next) {
		route_drop(n);
		node_stop_timers(n);
		names_leave(c, n);
		HASH_DEL(c->nodes, n);
		node_free(n);
	}
	retire_stop(c);
	overlay_stop(c);
	link_context_free(c->context);
	tree_free(c->tree);
	event_log_free(c->events);
	if (c->registry)
		registry_close(c->registry, END_STEP_MS);
	lifecycle_stop(c);
	free(c);
}

bool controller_expects_file(const struct controller *c, const char *name)
{
	return link_files_expect(c, lifecycle_worker_log(c), name);
}

bool controller_check_files(struct controller *c)
{
	return link_files_check(c, lifecycle_worker_log(c));
}

struct session *session_open(struct controller *c)
{
	return requests_session(c->requests, c);
}

void session_trace(struct session *s, bool traced)
{
	s->traces = traced;
}

void session_read(struct session *s, uint64_t read)
{
	s->read = read;
}

void session_cancel(struct session *s, bool (*goes_on)(const void *request))
{
	requests_cancel_all(s->controller->requests, s, goes_on);
}

void session_close(struct session *s)
{
	stream_abandon_all(s);
	requests_session_close(s->controller->requests, s);
}

void controller_create(struct session *s, const struct create_request *request, outcome_fn *done,
                       void *arg)
{
	create_ask(s, request, done, arg);
}

void controller_exec(struct session *s, const struct exec_request *request, outcome_fn *done,
                     void *arg)
{
	if (request->group)
		pool_exec(s, request, done, arg);
	else
		dispatch_exec(s, request, done, arg);
}

int controller_find(const struct controller *c, const char *name, int *id, struct error *err)
{
	return names_find(c, name, id, err);
}

int controller_choose(struct controller *c, const char *group, int *id, struct error *err)
{
	return pool_choose(c, group, id, err);
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

uint64_t controller_waited(const struct controller *c, uint64_t read)
{
	return trace_word_waited(c, read);
}

void controller_diagnose(struct session *s, int id, outcome_fn *done, void *arg)
{
	diagnose_ask(s, id, done, arg);
}

void controller_pingall(struct session *s, outcome_fn *done, void *arg)
{
	pingall_ask(s, done, arg);
}

void controller_kill(struct session *s, int id, outcome_fn *done, void *arg)
{
	kill_ask(s, id, done, arg);
}

void controller_kill_undeclared(struct session *s, int id, outcome_fn *done, void *arg)
{
	kill_ask_undeclared(s, id, done, arg);
}

void controller_change(struct session *s, const struct change_request *request, outcome_fn *done,
                       void *arg)
{
	change_ask(s, request, done, arg);
}

void controller_start(struct session *s, int id, outcome_fn *done, void *arg)
{
	orders_ask(s->controller, s, ORDER_START, id, done, arg);
}

void controller_stop(struct session *s, int id, outcome_fn *done, void *arg)
{
	orders_ask(s->controller, s, ORDER_STOP, id, done, arg);
}

void controller_restart(struct session *s, int id, outcome_fn *done, void *arg)
{
	orders_ask(s->controller, s, ORDER_RESTART, id, done, arg);
}

void controller_order_all(struct session *s, const struct order_all_request *request,
                          outcome_fn *done, void *arg)
{
	order_all_ask(s, request, done, arg);
}

void controller_wait(struct session *s, const struct wait_request *request, outcome_fn *done,
                     void *arg)
{
	wait_ask(s, request, done, arg);
}

void controller_when_ready(struct controller *c, ready_also_fn *also, ready_fn *fn, void *arg)
{
	ready_when(c, also, fn, arg);
}

void controller_when_given_up(struct controller *c, given_up_fn *fn, void *arg)
{
	give_up_listen(c, fn, arg);
}

void controller_stream_open(struct session *s, const struct exec_request *request, outcome_fn *done,
                            void *arg)
{
	stream_open(s, request, done, arg);
}

void controller_stream_open_input(struct session *s, const struct exec_request *request,
                                  outcome_fn *done, void *arg)
{
	stream_open_input(s, request, done, arg);
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

void controller_cancel(struct session *s, const void *request, outcome_fn *done, void *arg)
{
	request_ask_cancel(s->controller->requests, s, request, done, arg);
}

size_t controller_stream_credit(const struct session *s, uint64_t stream)
{
	return stream_credit(s, stream);
}

void controller_stream_abandon(struct session *s, uint64_t stream, outcome_fn *done, void *arg)
{
	stream_abandon(s, stream, done, arg);
}

void controller_inspect(struct session *s, int id, outcome_fn *done, void *arg)
{
	inspect_ask(s, id, done, arg);
}

void controller_inspect_log(struct session *s, int id, outcome_fn *done, void *arg)
{
	inspect_ask_log(s, id, done, arg);
}

void controller_heartbeat_set(struct session *s, int64_t interval_ms, outcome_fn *done, void *arg)
{
	heartbeat_ask(s, interval_ms, done, arg);
}

const struct slow_log *controller_slow(const struct controller *c)
{
	return slow_word_log(c);
}

struct event_log *controller_events(const struct controller *c)
{
	return c->events;
}
