/*
 * A method is a row, and so is each of its parameters: dispatch, validation, discovery and the
 * manual follow from them.
 */
#ifndef CONTROL_PARAMS_H
#define CONTROL_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "control/request.h"

struct cJSON;

enum param_type {
	PARAM_ID,     /* a node's id */
	PARAM_PARENT, /* a node's id or the controller's */
	PARAM_INT,    /* an integer from min to max */
	PARAM_BOOL,
	PARAM_STRING,
	PARAM_STRINGS, /* an array of strings */
	PARAM_REQUEST, /* the id of a request: a string or an integer */
};

/* A method has fewer than this. */
#define PARAMS 5

struct param {
	const char *name; /* NULL: behind the last */
	enum param_type type;
	bool required;
	const char *summary;
	int64_t min; /* PARAM_INT */
	int64_t max;
};

/* What came for a parameter. Borrowed from the request's line: copy what is to last. */
struct value {
	bool given;
	int64_t number;   /* PARAM_ID, PARAM_PARENT, PARAM_INT */
	bool flag;        /* PARAM_BOOL */
	const char *text; /* PARAM_STRING: with a NUL behind it */
	size_t size;
	const struct cJSON *list; /* PARAM_STRINGS: strings, every one */
	const struct cJSON *id;   /* PARAM_REQUEST: for request_read_id() */
};

enum handled {
	HANDLED_DONE,    /* the result is written; the caller ends the request */
	HANDLED_PENDING, /* it will be ended, or has been already: hands off */
	HANDLED_FAILED,  /* *err says why; the caller ends the request */
};

struct method {
	const char *name;
	const char *summary;
	struct param params[PARAMS];
	const char *result; /* by example, as JSON */
	bool feeds;         /* it brings an open stream on: served while other requests are not */
	/* v: the values of params, in their order. */
	enum handled (*run)(struct request *r, const struct value *v, struct error *err);
};

/* Reads params as the method's row says: an object; an array of the values in the row's order,
 * where null stands for one that may be missing; null or NULL for none. 0, or -1 with ERR_PARAMS
 * that names the culprit. */
int params_read(const struct method *method, const struct cJSON *params, struct value v[PARAMS],
                struct error *err);

/* The row as an element of rpc.discover's list. */
void method_describe(const struct method *method, struct buffer *b);

#endif
