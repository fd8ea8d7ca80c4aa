/*
 * A method is a row, and so is each of its parameters: they drive dispatch, validation, replies and
 * rpc.discover.
 */
#ifndef CONTROL_METHOD_H
#define CONTROL_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/choice.h"
#include "base/error.h"
#include "base/mem.h"
#include "control/peer.h"
#include "control/schema.h"
#include "controller/controller.h"

struct cJSON;
struct call;

enum param_type {
	PARAM_ID,     /* a node: its id, or "@NAME" */
	PARAM_PARENT, /* the same, or the controller's id */
	PARAM_NEW_ID, /* the id of a node that does not exist yet */
	PARAM_INT,    /* an integer from min to max */
	PARAM_BOOL,
	PARAM_STRING,
	PARAM_STRINGS, /* an array of strings */
	PARAM_REQUEST, /* the id of a request: a string or an integer */
};

/* A method has fewer than this. */
#define PARAMS 12

struct param {
	const char *name; /* NULL: behind the last */
	enum param_type type;
	bool required;
	const char *summary;
	int64_t min; /* PARAM_INT */
	int64_t max;
	choice_fn *choice; /* PARAM_STRINGS: what each may be; NULL: anything */
};

/* The parameter of most methods about a node. */
#define PARAM_NODE \
	{ \
		.name = "id", .type = PARAM_ID, .required = true, .summary = "the node" \
	}

#define PARAM_TIMEOUT \
	{ \
		.name = "timeout_ms", .type = PARAM_INT, .min = 1, .max = REQUEST_TIMEOUT_MAX_MS, \
		.summary = "the time of this request, in place of the configured one" \
	}
#define PARAM_UNORDERED \
	{ \
		.name = "unordered", .type = PARAM_BOOL, \
		.summary = "true: it is answered when it is ready, in no order with others" \
	}

#define PARAM_PROGRESS \
	{ \
		.name = "progress", .type = PARAM_BOOL, \
		.summary = "true: how far it has come is told by notifications" \
	}

/* The value of a parameter. Borrowed from the call's line: copy what must outlive it. */
struct value {
	bool given;
	int64_t number;   /* PARAM_ID, PARAM_PARENT, PARAM_NEW_ID, PARAM_INT */
	bool flag;        /* PARAM_BOOL */
	const char *text; /* PARAM_STRING: with a NUL behind it */
	size_t size;
	const struct cJSON *list; /* PARAM_STRINGS: all elements are strings */
	const struct cJSON *id;   /* PARAM_REQUEST: for call_read_id() */
};

enum handled {
	HANDLED_DONE,    /* the row's write is called, with outcome NULL */
	HANDLED_PENDING, /* the call ends later, from the loop */
	HANDLED_FAILED,  /* *err says why */
};

/* The argument of a row's write. */
struct result {
	struct call *call;             /* borrowed */
	const struct outcome *outcome; /* borrowed; NULL: the controller was not asked */
	struct buffer *b;              /* borrowed: the members are added to it */
	struct error err;              /* why there is no result, if write returns -1 */
};

/* With neither start nor run, write is called at once, with outcome NULL. */
struct method {
	const char *name;
	const char *summary;
	struct param params[PARAMS];
	const char *result;                    /* an example, as JSON */
	const struct member *members[SCHEMAS]; /* what results have: one of these; {}: nothing */
	enum role role; /* that a client needs; that of the owner, if nothing is said */
	bool changes;   /* the tree or the daemon: it is audited */
	bool feeds;     /* it feeds an open stream: served while other methods are refused */
	/* Asks the controller about the node that is the first parameter. */
	void (*start)(struct session *session, int id, outcome_fn *done, void *arg);
	/* Instead of start. v: the values of params, in their order. */
	enum handled (*run)(struct call *call, const struct value *v, struct error *err);
	/* Ends a call that the controller has answered and that goes on, with ERR_CANCELLED: true.
	 * NULL: there is no such call. */
	bool (*cancel)(struct call *call);
	/* Adds the members of the result: 0, or -1 with the error that is the reply. NULL: there
	 * are none. */
	int (*write)(struct result *r);
};

#endif
