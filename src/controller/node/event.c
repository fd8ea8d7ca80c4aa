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
    [EVENT_NODE_CHANGED] = "node_changed",
    [EVENT_NODE_REMOVED] = "node_removed",
    [EVENT_NODE_DIED] = "node_died",
    [EVENT_NODE_GIVEN_UP] = "node_given_up",
    [EVENT_NODE_STOPPED] = "node_stopped",
    [EVENT_NODE_RESTARTED] = "node_restarted",
    [EVENT_NODE_REHOMED] = "node_rehomed",
    [EVENT_HEARTBEAT_LOST] = "heartbeat_lost",
    [EVENT_HEARTBEAT_RESTORED] = "heartbeat_restored",
    [EVENT_PROGRAM_STARTED] = "program_started",
    [EVENT_PROGRAM_DIED] = "program_died",
    [EVENT_PROBE_FAILED] = "probe_failed",
    [EVENT_PROBE_RECOVERED] = "probe_recovered",
    [EVENT_SERVICE_EVENT] = "service_event",
    [EVENT_SLOW_REQUEST] = "slow_request",
    [EVENT_AUDIT] = "audit",
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
	char *borrowed; /* copies of what `is` borrows, one behind the other */
	size_t size;    /* of them */
};

struct event_log {
	uint64_t first; /* the oldest that is kept */
	uint64_t last;
	size_t bytes; /* of all that they borrow */
	uint64_t counts[EVENT_TYPES];
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

	log->first = 1;
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
	for (size_t i = 0; i < EVENT_KEPT; i++)
		free(log->kept[i].borrowed);
	free(log->kept);
	free(log);
}

/* Room for the text, with its NUL. */
static size_t text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* Copies *text to `at`, where it is borrowed from then on; gives what is behind the copy. */
static char *text_move(const char **text, char *at)
{
	size_t size = text_size(*text);

	if (!size)
		return at;
	memcpy(at, *text, size);
	*text = at;
	return at + size;
}

/* Bytes of all that *event borrows. */
static size_t event_borrows(const struct event *event)
{
	const struct event_program *program = event->program;
	size_t size = text_size(event->cause) + text_size(event->name);

	if (program)
		size += sizeof *program + text_size(program->service) + text_size(program->said) +
		        text_size(program->data);
	if (event->audit)
		size += sizeof *event->audit + text_size(event->audit->program) +
		        text_size(event->audit->words) + text_size(event->audit->result);
	return size;
}

/* To `at`, which is aligned for it; gives what is behind the copies. */
static char *event_copy_audit(struct event *event, char *at)
{
	struct event_audit *audit = (struct event_audit *)(void *)at;

	*audit = *event->audit;
	event->audit = audit;
	at = text_move(&audit->program, at + sizeof *audit);
	at = text_move(&audit->words, at);
	return text_move(&audit->result, at);
}

/* Copies all that *event borrows to `at`, and lets it borrow the copies. The program stands first,
 * where the block is aligned for it. */
static void event_copy_borrowed(struct event *event, char *at)
{
	struct event_program *program = NULL;

	/* An audit has no program. */
	if (event->audit)
		at = event_copy_audit(event, at);
	if (event->program) {
		program = (struct event_program *)at;
		*program = *event->program;
		event->program = program;
		at += sizeof *program;
	}
	at = text_move(&event->cause, at);
	at = text_move(&event->name, at);
	if (!program)
		return;
	at = text_move(&program->service, at);
	at = text_move(&program->said, at);
	text_move(&program->data, at);
}

static void drop_oldest(struct event_log *log)
{
	struct kept *kept = &log->kept[log->first++ % EVENT_KEPT];

	log->bytes -= kept->size;
	free(kept->borrowed);
	kept->borrowed = NULL;
	kept->size = 0;
}

static void keep(struct event_log *log, const struct event *event)
{
	struct kept *kept = &log->kept[event->seq % EVENT_KEPT];
	size_t size = event_borrows(event);

	while (log->first < event->seq &&
	       (event->seq - log->first >= EVENT_KEPT || log->bytes + size > EVENT_KEPT_BYTES))
		drop_oldest(log);
	kept->is = *event;
	kept->size = size;
	kept->borrowed = size ? mem_new(size) : NULL;
	if (size)
		event_copy_borrowed(&kept->is, kept->borrowed);
	log->bytes += size;
}

void event_publish(struct event_log *log, struct event *event)
{
	struct event_listener *listener;

	event->seq = ++log->last;
	log->counts[event->type]++;
	event->time = clock_wall_us();
	keep(log, event);
	DL_FOREACH (log->listeners, listener) {
		listener->fn(listener->arg, event);
	}
}

uint64_t event_count(const struct event_log *log, enum event_type type)
{
	return log->counts[type];
}

uint64_t event_last(const struct event_log *log)
{
	return log->last;
}

uint64_t event_replay(const struct event_log *log, uint64_t since, event_fn *fn, void *arg)
{
	uint64_t from = since + 1;
	uint64_t missed = 0;

	if (since >= log->last)
		return 0;
	if (from < log->first) {
		missed = log->first - from;
		from = log->first;
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
