/*
 * Events: what happened in the tree, for programs. Numbered without gaps from 1; the last few are
 * kept so that a reader that comes back can ask for what it missed.
 */
#ifndef CONTROLLER_NODE_EVENT_H
#define CONTROLLER_NODE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/program_report.h"

/* Rows of the table in event.c; the names are behaviour: see dtree-protocol(7). */
enum event_type {
	EVENT_CONTROLLER_STARTED,
	EVENT_CONTROLLER_STOPPING,
	EVENT_NODE_CREATED,
	EVENT_NODE_CHANGED,
	EVENT_NODE_REMOVED,
	EVENT_NODE_DIED,
	EVENT_NODE_GIVEN_UP,
	EVENT_NODE_STOPPED,
	EVENT_NODE_RESTARTED,
	EVENT_NODE_REHOMED,
	EVENT_HEARTBEAT_LOST,
	EVENT_HEARTBEAT_RESTORED,
	EVENT_PROGRAM_STARTED,
	EVENT_PROGRAM_DIED,
	EVENT_PROBE_FAILED,
	EVENT_PROBE_RECOVERED,
	EVENT_SERVICE_EVENT,
	EVENT_SLOW_REQUEST,
	EVENT_AUDIT,
	EVENT_EVENTS_DROPPED, /* made for one reader; never in the log itself */
	EVENT_TYPES,
};

/* How many events are kept for readers that come back, and bytes of what they borrow: as many of
 * the newest as both let be. */
#define EVENT_KEPT       4096
#define EVENT_KEPT_BYTES ((size_t)2 * 1024 * 1024)

/* What only PROGRAM_STARTED, PROGRAM_DIED, PROBE_FAILED, PROBE_RECOVERED and SERVICE_EVENT have. */
struct event_program {
	/* Borrowed; NULL: none. */
	const char *service; /* the node's */
	const char *said;    /* SERVICE_EVENT: what its program calls it */
	const char *data;    /* SERVICE_EVENT: said to be JSON, and not looked at */

	bool has_used; /* PROGRAM_DIED, where there was a process */
	struct program_usage used;
	int64_t
	    restart_ms;    /* PROGRAM_DIED: until it is started again; 0: a request is waited for */
	uint32_t restarts; /* PROGRAM_STARTED: after an end, in this life of the node */
	uint64_t dropped;  /* SERVICE_EVENT: since the one before, so many were not told */
};

/* What only AUDIT has. The strings are borrowed. */
struct event_audit {
	uid_t uid; /* of the client */
	pid_t pid; /* 0: it is not seen from here */
	const char *program;
	const char *words;  /* the method with its parameters */
	const char *result; /* "done", or why not */
};

/* Small, as EVENT_KEPT of them are kept. */
struct event {
	uint64_t seq;
	int64_t time; /* clock_wall_us() */
	union {
		int64_t silent_ms; /* HEARTBEAT_LOST: since the last sign of life; else 0 */
		int64_t total_ms;  /* SLOW_REQUEST: what it took */
		int64_t deaths;    /* NODE_GIVEN_UP: in a row */
		unsigned changed;  /* NODE_CHANGED: enum node_change */
	};

	/* Borrowed; NULL: none. */
	const char *name;  /* of the node with that id */
	const char *cause; /* NODE_DIED, NODE_GIVEN_UP, PROGRAM_DIED: "exit status 3", "signal 9
	                      (Killed)"; PROBE_FAILED: why; SLOW_REQUEST: the step that took long,
	                      and why */
	const struct event_program *program;
	const struct event_audit *audit;

	enum event_type type;
	int id;
	int parent; /* NODE_CREATED: in the tree; NODE_REHOMED: the link's new upper end */
	pid_t pid;  /* 0: none */
	bool has_id;
	bool has_parent;
};

struct event_log;
typedef void event_fn(void *arg, const struct event *event); /* the event is borrowed */

const char *event_type_name(enum event_type type);
/* EVENT_TYPES for any other word. */
enum event_type event_type_find(const char *name);

struct event_log *event_log_new(void);
void event_log_free(struct event_log *log);

/* Numbers, dates and keeps a copy of *event, then tells every listener. */
void event_publish(struct event_log *log, struct event *event);
/* Events of that type so far. */
uint64_t event_count(const struct event_log *log, enum event_type type);
/* The number of the newest event, 0 before the first. */
uint64_t event_last(const struct event_log *log);
/* Calls fn for each kept event after `since`, oldest first; gives how many after it are no longer
 * kept. */
uint64_t event_replay(const struct event_log *log, uint64_t since, event_fn *fn, void *arg);

/* A listener hears every event from now on, from within event_publish. It must not publish, listen
 * or unlisten from within the call. */
struct event_listener;
struct event_listener *event_listen(struct event_log *log, event_fn *fn, void *arg);
void event_unlisten(struct event_log *log, struct event_listener *listener);

#endif
