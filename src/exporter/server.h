/*
 * HTTP: libmicrohttpd in our loop. It checks what came (the method, the name by which it is asked,
 * the size) before a route sees it. Connections, and the size and the time of a request, are
 * bounded.
 */
#ifndef EXPORTER_SERVER_H
#define EXPORTER_SERVER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/mem.h"

struct MHD_Connection;
struct MHD_Response;
struct exchange;
struct server;

/* Answers the exchange, now or later; see exchange_wait(). */
typedef void route_fn(void *arg, struct exchange *e);

struct route {
	const char *path;
	route_fn *serve;
	/* The client went away, or waited too long: the exchange is gone. NULL: it is never waited
	 * for. */
	void (*gone)(void *arg, struct exchange *e);
};

struct server_config {
	int fd;                   /* listens; taken over */
	bool checks_host;         /* not where only this machine can ask, by a file */
	const char *const *hosts; /* borrowed */
	size_t host_count;
	const struct route *routes; /* borrowed; behind the last is a NULL path */
	void *arg;                  /* of the routes; borrowed */
};

struct server *server_new(struct ev_loop *loop, const struct server_config *config,
                          struct error *err);
void server_free(struct server *s);

/* The path that was asked for. */
const char *exchange_path(const struct exchange *e);
/* A parameter of the query; NULL: it is not given. */
const char *exchange_param(const struct exchange *e, const char *name);
/* It is answered later, by one of the functions below, or is gone. */
void exchange_wait(struct exchange *e);
/* The body is taken over, and is empty then. type: static. */
void exchange_answer(struct exchange *e, unsigned status, const char *type, struct buffer *body);
/* The same for bytes that stay where they are. */
void exchange_answer_static(struct exchange *e, const char *type, const char *bytes, size_t size);
/* A line of text that says why not. */
void exchange_refuse(struct exchange *e, unsigned status, const char *text);
/* Is only the head of the answer wanted? */
bool exchange_is_head(const struct exchange *e);
/*
 * The answer is an event stream: it goes on until the client leaves, or exchange_close(). Text that
 * is sent is that of events. false: the client does not read, and nothing of it was taken.
 */
void exchange_stream(struct exchange *e);
bool exchange_send(struct exchange *e, const char *bytes, size_t size);
/* Is all sent? */
bool exchange_is_idle(const struct exchange *e);
/* Its connection ends, without an answer or in it. */
void exchange_close(struct exchange *e);

#endif
