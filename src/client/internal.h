/*
 * Shared by the files of libdtree. The public interface, with the rules for callers, is
 * include/dtree/client.h.
 */
#ifndef CLIENT_INTERNAL_H
#define CLIENT_INTERNAL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "base/mem.h"
#include "dtree/client.h"
#include "wire/line.h"

/* Fills *err (which may be NULL) and returns -1. */
int client_error(struct dtree_error *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A socket that is connected to dtreed at that path, without blocking; -1 with an error. */
int client_connect_socket(const char *path, struct dtree_error *err);

/* The argument that begins at *at of size bytes, in that form; *at moves behind it. false: there is
 * none. */
bool arguments_next(enum dtree_form form, const char *bytes, size_t size, size_t *at,
                    const char **arg, size_t *n);
/* Bytes at the end of s that may be the beginning of a character. */
size_t arguments_unfinished(const char *s, size_t n);

/* A request that is under way. */
struct call {
	uint64_t id;
	dtree_reply_fn *done;
	void *arg;                   /* borrowed */
	dtree_progress_fn *progress; /* called with `arg`; NULL: it is dropped */
	bool of_stream;              /* called also when the client is freed, to clean up */
	uint64_t end;                /* of its line, as client->queued counts */
	UT_hash_handle hh;
};

struct dtree_client {
	char *path;
	int fd; /* -1 once the connection is lost */
	struct line_reader in;
	struct buffer out;
	uint64_t queued;    /* all bytes that were put into `out` */
	uint64_t written;   /* bytes that the socket took */
	bool refused;       /* dtreed has answered that nothing on this connection has run */
	struct call *calls; /* by id; in the order in which they were sent */
	uint64_t last_id;
	int64_t heard_ms; /* when a byte last came, or the first of the calls now due was sent */
	struct dtree_stream *streams; /* those that have not been answered */
	/* The connection is gone: answers every stream that no call will answer with that error;
	 * without a text it only cleans up. The pointer is NULL until there was a stream. */
	void (*end_streams)(struct dtree_client *client, int code, const char *text);
	/* Cancels the stream with that arg, and gives it up; heard: only if it was not sent whole.
	 * How many go on. NULL until there was a stream. */
	size_t (*cancel_streams)(struct dtree_client *client, const void *arg, bool heard);
	bool traces;           /* what is sent or opened from now on is traced */
	size_t open_streams;   /* exec_open was sent, and the end has not been answered */
	char *traceparent;     /* of what is sent from now on; owned; NULL: none */
	dtree_reply_fn *event; /* NULL: notifications are dropped */
	void *event_arg;
};

/* Asks dtreed to cancel a call. The answer to that is dropped. */
void client_cancel(struct dtree_client *client, struct call *call);

/*
 * Reads one line, without its line end; keeps no pointer into it. *id is the request's id, or 0 for
 * a notification and for an error that belongs to no request. NULL with DTREE_LOST if the line is
 * no message of the protocol.
 */
struct dtree_reply *reply_read(const char *line, size_t n, uint64_t *id, struct dtree_error *err);
/* Is it the notification `progress`? Then *id is that of its request, 0 where it is not as of
 * dtree-protocol(7); what *progress points to is the reply's. */
bool reply_progress(const struct dtree_reply *reply, uint64_t *id, struct dtree_progress *progress);
/* Moves the reply into a new one that outlives the callback; the given one is left empty, and may
 * only be freed. */
struct dtree_reply *reply_keep(const struct dtree_reply *reply);

/* Sets that of its trace, unless it has one or this is NULL. */
void request_traceparent(struct dtree_request *request, const char *traceparent);
/* Asks for a reply that says where the request was. */
void request_trace(struct dtree_request *request);
/* Adds a parameter of bytes, in base64. */
void request_base64(struct dtree_request *request, const char *name, const char *bytes, size_t n);
/* Completes the request as one line with its line end, added to *out: 0, or -1 with DTREE_INVALID.
 * The request cannot be used again. */
int request_write(struct dtree_request *request, uint64_t id, struct buffer *out,
                  struct dtree_error *err);

/* Sends as dtree_client_send() does, and gives the call (borrowed until it is answered) or NULL. */
struct call *client_send(struct dtree_client *client, struct dtree_request *request,
                         dtree_reply_fn *done, void *arg, struct dtree_error *err);

#endif
