/* The log of events: a ring of the last EVENT_KEPT, and the listeners. */
#include "controller/node/event.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"

static const char *const names[EVENT_TYPES] = {
    [EVENT_CONTROLLER_STARTED] = "controller_started",
    [EVENT_CONTROLLER_STOPPING] = "controller_stopping",
    [EVENT_NODE_CREATED] = "node_created",
    [EVENT_NODE_REMOVED] = "node_removed",
    [EVENT_NODE_DIED] = "node_died",
    [EVENT_NODE_STOPPED] = "node_stopped",
    [EVENT_NODE_RESTARTED] = "node_restarted",
    [EVENT_NODE_REHOMED] = "node_rehomed",
    [EVENT_HEARTBEAT_LOST] = "heartbeat_lost",
    [EVENT_HEARTBEAT_RESTORED] = "heartbeat_restored",
    [EVENT_EVENTS_DROPPED] = "events_dropped",
};

struct event_listener {
	event_fn *fn;
	void *arg;                   /* borrowed */
	struct event_listener *prev; /* utlist */
	struct event_listener *next;
};

struct kept {
	struct event is;
	char *cause; /* what is.cause borrows */
	char *name;  /* the same */
};

struct event_log {
	uint64_t last;
	struct kept *kept; /* event n stands at n % EVENT_KEPT */
	struct event_listener *listeners;
};

const char *event_type_name(enum event_type type)
{
	return names[type];
}

enum event_type event_type_find(const char *name)
{
	for (size_t i = 0; i < EVENT_TYPES; i++)
		if (strcmp(names[i], name) == 0)
			return (enum event_type)i;
	return EVENT_TYPES;
}

struct event_log *event_log_new(void)
{
	struct event_log *log = mem_new(sizeof *log);

	log->kept = mem_new_array(EVENT_KEPT, sizeof *log->kept);
	return log;
}

void event_log_free(struct event_log *log)
{
	struct event_listener *listener;
	struct event_listener *next;

	if (!log)
		return;
	DL_FOREACH_SAFE (log->listeners, listener, next) {
		free(listener);
	}
	for (size_t i = 0; i < EVENT_KEPT; i++) {
		free(log->kept[i].cause);
		free(log->kept[i].name);
	}
	free(log->kept);
	free(log);
}

static void keep(struct event_log *log, const struct event *event)
{
	struct kept *kept = &log->kept[event->seq % EVENT_KEPT];

	free(kept->cause);
	free(kept->name);
	kept->cause = event->cause ? mem_string(event->cause) : NULL;
	kept->name = event->name ? mem_string(event->name) : NULL;
	kept->is = *event;
	kept->is.cause = kept->cause;
	kept->is.name = kept->name;
}

void event_publish(struct event_log *log, struct event *event)
{
	struct event_listener *listener;

	event->seq = ++log->last;
	event->time = clock_wall_us();
	keep(log, event);
	DL_FOREACH (log->listeners, listener) {
		listener->fn(listener->arg, event);
	}
}

uint64_t event_last(const struct event_log *log)
{
	return log->last;
}

uint64_t event_replay(const struct event_log *log, uint64_t since, event_fn *fn, void *arg)
{
	uint64_t first = log->last > EVENT_KEPT ? log->last - EVENT_KEPT + 1 : 1;
	uint64_t from = since + 1;
	uint64_t missed = 0;

	if (since >= log->last)
		return 0;
	if (from < first) {
		missed = first - from;
		from = first;
	}
	for (uint64_t seq = from; seq <= log->last; seq++)
		fn(arg, &log->kept[seq % EVENT_KEPT].is);
	return missed;
}

struct event_listener *event_listen(struct event_log *log, event_fn *fn, void *arg)
{
	struct event_listener *listener = mem_new(sizeof *listener);

	listener->fn = fn;
	listener->arg = arg;
	DL_APPEND(log->listeners, listener);
	return listener;
}

void event_unlisten(struct event_log *log, struct event_listener *listener)
{
	DL_DELETE(log->listeners, listener);
	free(listener);
}
