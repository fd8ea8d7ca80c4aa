/*
 * Errors: made once, where the cause is known, with the culprit's name; passed on by everyone else.
 *
 * Convention of the whole project: a function that can fail returns 0 or -1 and takes a
 * `struct error *` as its last argument. error_set() returns -1, so that the origin is one line.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdint.h>

/* The codes of the control protocol. The first five are JSON-RPC 2.0's (section 5.1). */
enum error_code {
	ERR_NONE = 0,
	ERR_PARSE = -32700,
	ERR_REQUEST = -32600,
	ERR_METHOD = -32601,
	ERR_PARAMS = -32602,
	ERR_INTERNAL = -32603,
	ERR_ALREADY_EXISTS = -32001,
	ERR_NOT_FOUND = -32002,
	ERR_PARENT_NOT_FOUND = -32003,
	ERR_PARENT_UNAVAILABLE = -32004,
	ERR_NODE_UNAVAILABLE = -32005,
	ERR_SERVICE = -32006,
	ERR_LIMIT = -32007,
	ERR_DENIED = -32008,
	ERR_CANCELLED = -32009,
	ERR_ALREADY_RUNNING = -32010,
	ERR_NAME_TAKEN = -32011,
	ERR_CONFIGURATION = -32012,
	ERR_TIMED_OUT = -32013,
};

/* With ERR_NODE_UNAVAILABLE, ERR_CANCELLED and, where it is known, ERR_SERVICE: whether the client
 * may simply repeat the request. */
enum error_outcome {
	OUTCOME_NONE,
	OUTCOME_NOT_RUN, /* the request never started at the node */
	OUTCOME_UNKNOWN, /* it may have run */
};

struct error {
	enum error_code code;
	enum error_outcome outcome;
	int64_t retry_ms; /* of an unavailable node: when a retry is worthwhile; 0: unknown */
	char text[512]; /* one line; UTF-8 if its parts are; a longer text is cut and ends in "..."
	                 */
};

/* One row of the table of codes. */
struct error_row {
	enum error_code code;
	const char *name;   /* data.name on the wire */
	const char *phrase; /* what the command line prints; NULL: print the error's own text */
};

/* Fills *err (which may be NULL) and returns -1. The text is cut at sizeof err->text, visibly and
 * between characters; control bytes become '?', so that it stays one line. */
int error_set(struct error *err, enum error_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set() with ERR_NODE_UNAVAILABLE and what is known of the request's fate. */
int error_unavailable(struct error *err, enum error_outcome outcome, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The row for a code, or NULL for a code that is not ours. Static storage. */
const struct error_row *error_row(long long code);

/* "not_run", "unknown", or NULL for OUTCOME_NONE. Static storage. */
const char *error_outcome_name(enum error_outcome outcome);

#endif
