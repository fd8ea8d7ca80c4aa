/* Invariant: the timer `next` runs for STATUS_MS after each state that was told, and then as long
 * as something happens in the tree. */
#include "daemon/service_manager.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "controller/node/event.h"
#include "daemon/notify.h"
#include "loop/timer.h"

/* The state is told at most once in that time. */
#define STATUS_MS 1000

struct service_manager {
	struct controller *controller; /* borrowed */
	const char *socket;            /* borrowed */
	size_t (*left)(void *arg);
	void *arg; /* borrowed */
	struct event_listener *listener;
	struct timer alive;
	struct timer next;
	char *said;    /* the state that was told last; NULL: none yet */
	bool happened; /* something, since then */
	bool ready;
	bool ends;
};

static char *service_manager_describe(const struct service_manager *m)
{
	struct controller_view view;

	controller_view_self(m->controller, &view);
	return mem_format("serving %s: topology %s, service %s; %zu nodes, %zu unavailable",
	                  m->socket, view.topology, view.service, view.nodes, view.unavailable);
}

static void service_manager_say_ready(struct service_manager *m)
{
	free(m->said);
	m->said = service_manager_describe(m);
	m->happened = false;
	notify_ready(m->said);
	timer_start(&m->next, STATUS_MS);
}

static void service_manager_on_next(void *arg)
{
	struct service_manager *m = arg;
	cleanup_free char *state = NULL;

	if (!m->happened)
		return;
	m->happened = false;
	state = service_manager_describe(m);
	if (strcmp(state, m->said) != 0) {
		notify_status(state);
		free(m->said);
		m->said = mem_string(state);
	}
	timer_start(&m->next, STATUS_MS);
}

/* The node is looked at when the loop has turned: it changes after the event. */
static void service_manager_on_event(void *arg, const struct event *event)
{
	struct service_manager *m = arg;

	(void)event;
	if (!m->ready || m->ends)
		return;
	m->happened = true;
	if (!timer_runs(&m->next))
		timer_start(&m->next, 0);
}

static void service_manager_on_alive(void *arg)
{
	(void)arg;
	notify_alive();
}

static size_t service_manager_left(void *arg)
{
	const struct service_manager *m = arg;

	return m->left(m->arg);
}

/* Clients are served before; requests to a node that is starting wait for it. */
static void service_manager_on_ready(void *arg, size_t left)
{
	struct service_manager *m = arg;

	if (m->ends)
		return;
	if (left) {
		notify_starting(left);
		return;
	}
	m->ready = true;
	service_manager_say_ready(m);
}

struct service_manager *service_manager_new(struct ev_loop *loop, struct controller *controller,
                                            const char *socket, size_t (*left)(void *arg),
                                            void *arg)
{
	struct service_manager *m = mem_new(sizeof *m);
	int64_t watchdog_ms = notify_watchdog_ms();

	m->controller = controller;
	m->socket = socket;
	m->left = left;
	m->arg = arg;
	m->listener = event_listen(controller_events(controller), service_manager_on_event, m);
	timer_init(&m->alive, loop, service_manager_on_alive, m);
	timer_init(&m->next, loop, service_manager_on_next, m);
	/* Twice in the time, as sd_watchdog_enabled(3) has it. */
	if (watchdog_ms)
		timer_repeat(&m->alive, watchdog_ms / 2);
	controller_when_ready(controller, service_manager_left, service_manager_on_ready, m);
	return m;
}

void service_manager_reloading(struct service_manager *m)
{
	if (m && m->ready && !m->ends)
		notify_reloading();
}

void service_manager_reloaded(struct service_manager *m)
{
	if (m && m->ready && !m->ends)
		service_manager_say_ready(m);
}

void service_manager_ending(struct service_manager *m, int64_t limit_ms)
{
	if (!m)
		return;
	m->ends = true;
	timer_stop(&m->next);
	notify_stopping(limit_ms);
}

void service_manager_free(struct service_manager *m)
{
	if (!m)
		return;
	event_unlisten(controller_events(m->controller), m->listener);
	timer_stop(&m->alive);
	timer_stop(&m->next);
	free(m->said);
	free(m);
}
