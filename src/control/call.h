/*
 * A call: a client's request under way, and its reply. Exactly one outcome ends and frees it, with
 * the result that the row of its method writes or with an error. If the client ends before that,
 * the call is freed without a reply.
 */
#ifndef CONTROL_CALL_H
#define CONTROL_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "control/client.h"

/* The longest string that a call may have as its id, in bytes. */
#define CALL_ID_MAX ((size_t)1024)

struct cJSON;
struct logs_answer;
struct method;
struct outcome;
struct reload_report;

/* The replies of a batch, collected until the last has come. */
struct batch {
	uint64_t number; /* among the client's batches, from 1 */
	struct buffer replies;
	size_t due;         /* calls under way, plus one while the batch is read */
	bool ends;          /* as in struct client */
	struct batch *prev; /* utlist */
	struct batch *next;
};

struct call {
	struct client *client;       /* borrowed: it owns the call */
	const struct method *method; /* borrowed */
	struct batch *batch;         /* NULL: alone. Freed with its last call */
	char *id;                    /* as JSON; NULL: a notification, which gets no reply */
	bool traced;                 /* its reply says where it was */
	uint64_t read;               /* clock_ns() when its bytes came */
	uint64_t waited;             /* of a traced one; see controller_waited() */
	struct buffer *reply;        /* borrowed; while the result is written */
	size_t before;               /* its size before the reply */
	size_t start;                /* its size before the result */

	char *audited;     /* owned; as audit_words() gives it; NULL: it is not, or was told */
	char *traceparent; /* owned; as traceparent_read() gives it; NULL: none */

	uint64_t stream;                         /* exec_open, exec_feed */
	struct buffer args;                      /* exec_open: the first arguments */
	bool input;                              /* exec_open: standard input follows */
	bool abandons;                           /* exec_close */
	bool pooled;                             /* exec of a group: its error says which node */
	bool cancelled;                          /* cancel: without the controller */
	const struct subscription *subscription; /* subscribe; borrowed, in the call's turn */
	const struct logs_answer *logs;          /* logs; the same */
	const struct reload_report *reload;      /* reload; the same */
	bool dry_run;                            /* reload */
	bool one;                                /* node_metrics: of `node`, and not of some */
	int node;
	uint64_t after;
	size_t most;

	struct call *prev; /* utlist */
	struct call *next;
};

/* A call's id as JSON, in new memory: 0, or -1 with ERR_REQUEST; *id stays NULL where there is
 * none. 1.0, as clients with floating-point numbers only write it, becomes 1. */
int call_read_id(const struct cJSON *json, char **id, struct error *err);

/* id (may be NULL) is taken over. */
struct call *call_new(struct client *c, struct batch *batch, const struct method *method, char *id);

/* Ends the call with the result that its row writes, or with the outcome's error. An outcome_fn:
 * call is a struct call. */
void call_on_outcome(void *call, const struct outcome *outcome);
/* Sends the notification `progress`, unless too much is unsent. A progress_fn: call is a struct
 * call.
 */
void call_on_progress(void *call, const char *json, size_t n);
/* Ends the call with the result that its row writes, without an outcome. */
void call_done(struct call *call);
void call_fail(struct call *call, const struct error *err);

/* How many more bytes of results may wait for the client, not counting those of this call. */
size_t call_room(const struct call *call);
/* Reserves memory for a result of n bytes as JSON; false: there is none. */
bool call_reserve(struct call *call, size_t n);
/* The bytes of the result that are written so far. */
size_t call_written(const struct call *call);
/* The client has requested the end of dtreed, which comes once the reply is written. */
void call_ends(struct call *call);

/* Sends an error for a text that is no call. id: as JSON, or NULL for null. */
void reply_error(struct client *c, struct batch *batch, const char *id, const struct error *err);
/* The line of such an error, without a client. */
void reply_error_line(struct buffer *b, const char *id, const struct error *err);

/* Call batch_leave() after batch_new(), once all of the batch has been read. The last of its calls,
 * or this, sends the replies and frees it. */
struct batch *batch_new(struct client *c);
void batch_leave(struct client *c, struct batch *batch);
/* Is the batch of that number unfinished? */
bool batch_due(const struct client *c, uint64_t number);

/* The client ends: frees its calls and batches. The session must be closed before. */
void call_free_all(struct client *c);

#endif
