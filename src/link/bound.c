/* Owns the endpoint. Invariant: accepted links stay when the file is removed or made again. */
#include "link/bound.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#include "base/limits.h"
#include "base/mem.h"

#define SCHEME "ipc://"

static const char *bound_path(const struct bound *b)
{
	return b->endpoint + strlen(SCHEME);
}

/* An address in the abstract namespace (unix(7)) has no file. */
static bool bound_has_file(const struct bound *b)
{
	return *bound_path(b) != '@';
}

static bool stands(const struct bound *b)
{
	struct stat st;

	return lstat(bound_path(b), &st) == 0 && st.st_dev == b->dev && st.st_ino == b->ino;
}

/* It does not call zmq_unbind() first: that would end every link that the listener has accepted. */
static int bound_make(struct bound *b, struct error *err)
{
	struct stat st = {0};

	if (zmq_bind(b->socket, b->endpoint))
		return error_set(err, ERR_INTERNAL, "cannot listen at %s: %s", b->endpoint,
		                 zmq_strerror(zmq_errno()));
	if (bound_has_file(b) && lstat(bound_path(b), &st) == 0) {
		b->dev = st.st_dev;
		b->ino = st.st_ino;
	}
	return 0;
}

int bound_open(struct bound *b, void *socket, const char *endpoint, struct error *err)
{
	b->socket = socket;
	b->endpoint = mem_string(endpoint);
	if (bound_make(b, err) == 0)
		return 0;
	bound_free(b);
	return -1;
}

int bound_renew(struct bound *b, struct error *err)
{
	if (!bound_has_file(b) || stands(b))
		return 0;
	if (!limits_room(LIMITS_RESERVE))
		return error_set(err, ERR_LIMIT, "cannot listen at %s: no descriptors are left",
		                 b->endpoint);
	return bound_make(b, err) ? -1 : 1;
}

void bound_free(struct bound *b)
{
	free(b->endpoint);
	b->endpoint = NULL;
}
