/* Owns the endpoint. Invariant: accepted links stay when the file is removed or made again. */
#include "link/bound.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zmq.h>

#include "base/limits.h"
#include "base/mem.h"
#include "link/endpoint.h"

/* An address in the abstract namespace (unix(7)) has no file. */
static bool bound_has_file(const struct bound *b)
{
	return *endpoint_path(b->endpoint) != '@';
}

static bool stands(const struct bound *b)
{
	struct stat st;

	return lstat(endpoint_path(b->endpoint), &st) == 0 && st.st_dev == b->dev &&
	       st.st_ino == b->ino;
}

static void bound_remember(struct bound *b)
{
	struct stat st = {0};

	if (bound_has_file(b) && lstat(endpoint_path(b->endpoint), &st) == 0) {
		b->dev = st.st_dev;
		b->ino = st.st_ino;
	}
}

/* It does not call zmq_unbind() first: that would end every link that the listener has accepted. */
static int bound_listen(struct bound *b, struct error *err)
{
	if (zmq_bind(b->socket, b->endpoint))
		return error_set(err, ERR_INTERNAL, "cannot listen at %s: %s", b->endpoint,
		                 zmq_strerror(zmq_errno()));
	return 0;
}

static int bound_make(struct bound *b, struct error *err)
{
	int rc = b->gate ? endpoint_publish(b->endpoint, b->port, err) : bound_listen(b, err);

	if (rc == 0)
		bound_remember(b);
	return rc;
}

int bound_open(struct bound *b, struct link_context *context, struct ev_loop *loop,
               const struct gate_config *who, const char *endpoint, struct error *err)
{
	*b = (struct bound){.socket = who->socket, .endpoint = mem_string(endpoint)};
	if (endpoint_is_tcp(endpoint))
		b->gate = gate_open(context, loop, who, &b->port, err);
	if ((b->gate || !endpoint_is_tcp(endpoint)) && bound_make(b, err) == 0)
		return 0;
	bound_free(b);
	return -1;
}

int bound_renew(struct bound *b, struct error *err)
{
	if (!bound_has_file(b) || stands(b))
		return 0;
	if (!endpoint_is_tcp(b->endpoint) && !limits_room(LIMITS_RESERVE))
		return error_set(err, ERR_LIMIT, "cannot listen at %s: no descriptors are left",
		                 b->endpoint);
	return bound_make(b, err) ? -1 : 1;
}

void bound_free(struct bound *b)
{
	gate_free(b->gate);
	b->gate = NULL;
	free(b->endpoint);
	b->endpoint = NULL;
}
