/*
 * What replies and events have, as tables of members: what is told of them as JSON Schema in
 * rpc.discover. A member that no table has fails every scenario that sees it.
 */
#ifndef CONTROL_SCHEMA_H
#define CONTROL_SCHEMA_H

#include <stdbool.h>

#include "base/mem.h"
#include "controller/node/event.h"

enum member_type {
	MEMBER_NODE,   /* the id of a node, or that of the controller */
	MEMBER_COUNT,  /* an integer that is not negative */
	MEMBER_INT,    /* any integer */
	MEMBER_NUMBER, /* any number */
	MEMBER_TEXT,
	MEMBER_BOOL,
	MEMBER_OBJECT, /* `of` has its members */
	MEMBER_COUNTS, /* an object whose members have any names, and are counts */
	MEMBER_ANY,    /* any JSON */
	MEMBER_ID,     /* the id of a request: a string, an integer or null */
};

struct member {
	const char *name; /* NULL: behind the last */
	enum member_type type;
	bool list;               /* an array of them */
	bool null;               /* or null */
	bool optional;           /* it may be missing */
	const char *words;       /* MEMBER_TEXT: only these, with a '|' between; NULL: any */
	const struct member *of; /* MEMBER_OBJECT */
};

/* Most alternatives that a result has. */
#define SCHEMAS 3

/* The schema of an object that is like one of the tables, as member `key`. Without any it has no
 * members. */
void schema_add(struct buffer *b, const char *key, const struct member *const tables[SCHEMAS]);
/* The same of the params of an event of that type. */
void schema_add_event(struct buffer *b, const char *key, enum event_type type);

/* Results, by the names of their methods, and what several of them have. */
extern const struct member members_hello[];
extern const struct member members_create[];
extern const struct member members_exec[];
extern const struct member members_exec_bytes[];
extern const struct member members_exec_all[];
extern const struct member members_exec_all_reduced[];
extern const struct member members_exec_open[];
extern const struct member members_exec_feed[];
extern const struct member members_ping[];
extern const struct member members_pingall[];
extern const struct member members_heartbeat[];
extern const struct member members_kill[];
extern const struct member members_cancel[];
extern const struct member members_start[];
extern const struct member members_stop[];
extern const struct member members_change[];
extern const struct member members_order_all[];
extern const struct member members_restart_all[];
extern const struct member members_wait[];
extern const struct member members_tree[];
extern const struct member members_node[];
extern const struct member members_services[];
extern const struct member members_daemon[];
extern const struct member members_diagnose[];
extern const struct member members_slow[];
extern const struct member members_metrics[];
extern const struct member members_node_metrics[];
extern const struct member members_logs[];
extern const struct member members_subscribe[];
extern const struct member members_reload[];
extern const struct member members_discover[];
extern const struct member members_nothing[];
/* An error object, a trace, and the params of the notification `progress`. */
extern const struct member members_error[];
extern const struct member members_trace[];
extern const struct member members_progress[];

#endif
