/*
 * Facts: the kinds of what the log tells, so that a person or a program finds all lines of one kind
 * in the journal, by MESSAGE_ID, and what to do about it, in its catalogue (systemd/dtree.catalog).
 * The names are those of events (controller/node/event.h) where there is one.
 */
#ifndef BASE_FACT_H
#define BASE_FACT_H

#include <stddef.h>

/* Rows of the table in fact.c. */
enum fact {
	FACT_NONE, /* of no kind that has a number */
	FACT_CONTROLLER_STARTED,
	FACT_CONTROLLER_STOPPING,
	FACT_NODE_CREATED,
	FACT_NODE_REMOVED,
	FACT_NODE_DIED,
	FACT_NODE_STOPPED,
	FACT_NODE_RESTARTED,
	FACT_NODE_REHOMED,
	FACT_NODE_START_FAILED,
	FACT_NODE_GIVEN_UP,
	FACT_HEARTBEAT_LOST,
	FACT_HEARTBEAT_RESTORED,
	FACT_PROGRAM_STARTED,
	FACT_PROGRAM_DIED,
	FACT_SERVICE_EVENT,
	FACT_SLOW_REQUEST,
	FACT_REGISTRY_FAILED,
	FACT_REGISTRY_RESTORED,
	FACT_DATA_DAMAGED,
	FACT_LEFT_BEHIND,
	FACT_NODE_CHANGED,
	FACT_AUDIT,
	FACT_PROBE_FAILED,
	FACT_PROBE_RECOVERED,
	FACT_COUNT,
};

/* "node_died"; NULL for FACT_NONE. */
const char *fact_name(enum fact fact);
/* Its MESSAGE_ID, which never changes; NULL for FACT_NONE. */
const char *fact_id(enum fact fact);
/* Of so many bytes; FACT_NONE for any other name. */
enum fact fact_find(const char *name, size_t size);

#endif
