/* What the files of HTTP share of an exchange: one request and its answer. */
#ifndef EXPORTER_EXCHANGE_H
#define EXPORTER_EXCHANGE_H

#include <microhttpd.h>

#include "exporter/server.h"
#include "loop/deferred.h"

struct exchange {
	struct ev_loop *loop;  /* borrowed */
	struct deferred *wake; /* borrowed: lets libmicrohttpd run */
	struct MHD_Connection *connection;
	const struct route *route; /* NULL: none was found yet */
	struct MHD_Response *response;
	unsigned status;
	bool head; /* only the head of the answer is wanted */
	bool suspended;
	bool closes;

	/* Of an event stream. */
	bool streams;
	struct buffer out;
	ev_io hangup;
};

/* Goes on, from outside of libmicrohttpd. */
void exchange_resume(struct exchange *e);
/* The answer, with the headers that all have. */
void exchange_respond(struct exchange *e, unsigned status, const char *type,
                      struct MHD_Response *response);
/* NULL: the request has none of that name. */
const char *exchange_header(const struct exchange *e, const char *name);
/* It is about to be freed. */
void event_stream_end(struct exchange *e);

#endif
