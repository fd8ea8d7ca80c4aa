/*
 * A request under way, and its reply. Exactly one of request_done() and request_fail() ends it;
 * both free it. A request that the client's end overtakes is freed without a reply.
 */
#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "control/client.h"

/* The longest string that a request may have as its id, in bytes. */
#define REQUEST_ID_MAX ((size_t)1024)

struct cJSON;

/* The replies of a batch, gathered until the last is there. */
struct batch {
	uint64_t number; /* among its client's, from 1 */
	struct buffer replies;
	size_t due;         /* requests under way, and one while it is being read */
	bool ends;          /* as in struct client */
	struct batch *prev; /* utlist */
	struct batch *next;
};

struct request {
	struct client *client; /* borrowed: it owns the request */
	struct batch *batch;   /* NULL: alone. Freed with its last request */
	char *id;              /* as JSON; NULL: a notification, which gets no reply */
	struct buffer *reply;  /* borrowed; between request_result() and request_done() */
	size_t before;         /* its size before the reply */
	uint64_t stream;       /* exec_open, exec_feed */
	struct buffer args;    /* exec_open: what is fed first */
	struct request *prev;  /* utlist */
	struct request *next;
};

/* A request's id as JSON, in new memory: 0, or -1 with ERR_REQUEST; *id stays NULL where there is
 * none. Of 1.0, as clients write it whose numbers are all floating, it is 1. */
int request_read_id(const struct cJSON *json, char **id, struct error *err);

/* id (may be NULL) is taken over. */
struct request *request_new(struct client *c, struct batch *batch, char *id);

/* The result is one JSON value that the caller now writes to the buffer; then request_done(). */
struct buffer *request_result(struct request *r);
void request_done(struct request *r);
/* For a result of {}. */
void request_done_empty(struct request *r);
void request_fail(struct request *r, const struct error *err);

/* Instead of request_done(), after request_result(): what was written is no reply. */
void request_unwrite(struct request *r);

/* How many more bytes of results may wait for the client. */
size_t request_room(const struct request *r);
/* Memory for a result of so many bytes as JSON: false: there is none, and request_fail() is due. */
bool request_reserve(struct request *r, size_t n);
/* Its client asks for the end, which comes once the reply is written. */
void request_ends(struct request *r);

/* An error for what is no request. id: as JSON, or NULL for null. */
void reply_error(struct client *c, struct batch *batch, const char *id, const struct error *err);
/* The line of such an error, without a client. */
void reply_error_line(struct buffer *b, const char *id, const struct error *err);

/* Every batch_new() is followed by a batch_leave() when all of it has been read; its requests leave
 * by themselves. The last one sends the replies and frees it. */
struct batch *batch_new(struct client *c);
void batch_leave(struct client *c, struct batch *batch);
/* Is the batch of that number unfinished? */
bool batch_due(const struct client *c, uint64_t number);

/* The client ends: frees what is under way. The session must be closed before. */
void request_free_all(struct client *c);

#endif
