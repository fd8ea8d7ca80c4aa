/*
 * Owns ZeroMQ's context, the key, and the socket at which libzmq asks whether a client may connect
 * (ZAP, RFC 27). Invariant: with a key, libzmq asks for each client, and only one that has the
 * tree's key is let in.
 */
#include "link/context.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/bucket.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "link/endpoint.h"
#include "link/socket.h"
#include "link/zwatch.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
/* Answered in one turn of the loop. */
#define TURN_REQUESTS 64
/* Parts of a request: version, id, domain, address, routing id, mechanism, the client's key. */
enum { PART_ID = 1, PART_KEY = 6 };
#define KEY_SIZE ((size_t)32)
/* Bytes of a request's id. */
#define ID_MAX ((size_t)64)

struct link_context {
	void *zmq;
	bool tcp;
	bool has_key;
	struct link_key key;
	uint8_t known[KEY_SIZE]; /* the public key in bytes */
	void *asked;             /* REP; NULL: there is no key */
	struct zwatch watch;
	bool watched;
	struct bucket told; /* lines of the log about those that were turned away */
};

static const struct bucket_rate told_rate = {.burst = 1, .second = 1};

/* Takes one request; false: there is none. What does not look like one is no key of the tree. */
static bool context_read(struct link_context *c, char id[ID_MAX], size_t *id_size, bool *known)
{
	zmq_msg_t part;
	int more = 1;

	*known = false;
	*id_size = 0;
	for (int n = 0; more; n++) {
		zmq_msg_init(&part);
		if (zmq_msg_recv(&part, c->asked, ZMQ_DONTWAIT) < 0) {
			zmq_msg_close(&part);
			return false;
		}
		more = zmq_msg_more(&part);
		if (n == PART_ID && zmq_msg_size(&part) <= ID_MAX) {
			*id_size = zmq_msg_size(&part);
			memcpy(id, zmq_msg_data(&part), *id_size);
		}
		if (n == PART_KEY && !more)
			*known = zmq_msg_size(&part) == KEY_SIZE &&
			         memcmp(zmq_msg_data(&part), c->known, KEY_SIZE) == 0;
		zmq_msg_close(&part);
	}
	return true;
}

static void context_say(struct link_context *c, const void *bytes, size_t size, int flags)
{
	if (zmq_send(c->asked, bytes, size, ZMQ_DONTWAIT | flags) < 0)
		log_error("link", "cannot answer whether a process may connect: %s",
		          zmq_strerror(zmq_errno()));
}

static void context_answer(struct link_context *c, const char *id, size_t id_size, bool known)
{
	const char *code = known ? "200" : "400";

	context_say(c, "1.0", 3, ZMQ_SNDMORE);
	context_say(c, id, id_size, ZMQ_SNDMORE);
	context_say(c, code, strlen(code), ZMQ_SNDMORE);
	for (int rest = 2; rest >= 0; rest--) /* a text, a user, metadata */
		context_say(c, "", 0, rest ? ZMQ_SNDMORE : 0);
	if (!known && bucket_take(&c->told, &told_rate, clock_ms(), 1))
		log_warn("link", "turned away a process that has not the key of this tree");
}

static void context_on_asked(void *arg)
{
	struct link_context *c = arg;
	char id[ID_MAX];
	size_t id_size;
	bool known;

	for (int n = 0; n < TURN_REQUESTS; n++) {
		if (!context_read(c, id, &id_size, &known)) {
			zwatch_empty(&c->watch);
			return;
		}
		context_answer(c, id, id_size, known);
	}
}

static void context_on_flush(void *arg)
{
	(void)arg;
}

void *link_context_inner(struct link_context *c, int type, struct error *err)
{
	const int linger = 0;
	void *socket = zmq_socket(c->zmq, type);

	if (socket && zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger) == 0)
		return socket;
	error_set(err, ERR_INTERNAL, "no socket for the links: %s", zmq_strerror(zmq_errno()));
	if (socket)
		zmq_close(socket);
	return NULL;
}

/* Before the first socket of a link is bound: where nobody can be asked, libzmq lets all in. */
static int context_guard(struct link_context *c, struct ev_loop *loop, struct error *err)
{
	zmq_z85_decode(c->known, c->key.shown);
	c->asked = link_context_inner(c, ZMQ_REP, err);
	if (!c->asked)
		return -1;
	if (zmq_bind(c->asked, ZAP_ENDPOINT))
		return error_set(err, ERR_INTERNAL, "cannot guard the links: %s",
		                 zmq_strerror(zmq_errno()));
	c->watch.read = context_on_asked;
	c->watch.flush = context_on_flush;
	c->watch.arg = c;
	c->watched = zwatch_start(&c->watch, loop, c->asked, err) == 0;
	return c->watched ? 0 : -1;
}

struct link_context *link_context_new(struct ev_loop *loop,
                                      const struct link_context_config *config, struct error *err)
{
	struct link_context *c = mem_new(sizeof *c);

	c->tcp = config->tcp;
	c->has_key = config->key != NULL;
	if (c->has_key)
		c->key = *config->key;
	c->zmq = zmq_ctx_new();
	if (!c->zmq)
		error_set(err, ERR_INTERNAL, "no ZeroMQ context: %s", zmq_strerror(zmq_errno()));
	if (c->zmq && (!c->has_key || context_guard(c, loop, err) == 0))
		return c;
	link_context_free(c);
	return NULL;
}

struct link_context *link_context_join(struct ev_loop *loop, const char *endpoint,
                                       const char *key_path, struct error *err)
{
	struct link_key key;
	const struct link_context_config config = {
	    .tcp = endpoint_is_tcp(endpoint),
	    .key = key_path ? &key : NULL,
	};
	struct link_context *c;

	if (key_path && link_key_read(key_path, &key, err))
		return NULL;
	c = link_context_new(loop, &config, err);
	explicit_bzero(&key, sizeof key);
	return c;
}

void link_context_free(struct link_context *c)
{
	if (!c)
		return;
	if (c->watched)
		zwatch_stop(&c->watch);
	if (c->asked)
		zmq_close(c->asked);
	if (c->zmq)
		zmq_ctx_term(c->zmq);
	explicit_bzero(&c->key, sizeof c->key);
	free(c);
}

void *link_context_socket(struct link_context *c, int type, struct error *err)
{
	return link_socket(c->zmq, type, c->tcp, c->has_key ? &c->key : NULL, err);
}
