/*
 * Owns the connection and what waits for the next one. Invariant: there is either a client, whose
 * descriptor is watched for what it wants, or the timer runs.
 */
#include "exporter/source.h"

#include <poll.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "loop/timer.h"

/* How long it waits before it tries again: at first, and at most. */
#define PAUSE_MS      100
#define PAUSE_MOST_MS 2000

struct source {
	struct ev_loop *loop; /* borrowed */
	char *path;
	const struct source_handlers *handlers; /* borrowed */
	void *arg;                              /* borrowed */
	struct dtree_client *client;            /* NULL: there is no connection */
	bool up;                                /* dtreed has answered over it */
	bool told;                              /* that it is away was logged */
	uint64_t connections;
	int64_t pause_ms;
	ev_io io;
	ev_prepare turn;
	struct timer retry;
};

static void source_set_up(struct source *s, bool up)
{
	if (s->up == up)
		return;
	s->up = up;
	s->connections += up;
	s->handlers->changed(s->arg, up);
}

static void source_away(struct source *s, const char *why)
{
	if (!s->told)
		log_warn("source", "%s", why);
	s->told = true;
	if (s->client) {
		ev_io_stop(s->loop, &s->io);
		dtree_client_free(s->client);
		s->client = NULL;
	}
	timer_start(&s->retry, s->pause_ms);
	s->pause_ms = s->pause_ms * 2 < PAUSE_MOST_MS ? s->pause_ms * 2 : PAUSE_MOST_MS;
	source_set_up(s, false);
}

static void source_on_io(struct ev_loop *loop, ev_io *io, int revents)
{
	struct source *s = io->data;
	struct dtree_error err;

	(void)loop;
	(void)revents;
	if (dtree_client_process(s->client, &err))
		source_away(s, err.text);
}

/* Before the loop waits: what was sent meanwhile wants to be written. */
static void source_on_turn(struct ev_loop *loop, ev_prepare *turn, int revents)
{
	struct source *s = turn->data;
	int wanted = EV_READ;

	(void)revents;
	if (!s->client)
		return;
	if (dtree_client_events(s->client) & POLLOUT)
		wanted |= EV_WRITE;
	if (s->io.events == wanted && ev_is_active(&s->io))
		return;
	ev_io_stop(loop, &s->io);
	ev_io_set(&s->io, dtree_client_fd(s->client), wanted);
	ev_io_start(loop, &s->io);
}

static void source_on_subscribed(void *arg, const struct dtree_reply *reply)
{
	struct source *s = arg;

	if (dtree_reply_code(reply) != DTREE_OK) {
		if (!s->told)
			log_warn("source", "%s: %s", s->path, dtree_reply_message(reply));
		s->told = true;
		return;
	}
	log_info("source", "dtreed answers at %s", s->path);
	s->told = false;
	s->pause_ms = PAUSE_MS;
	source_set_up(s, true);
}

static void source_on_event(void *arg, const struct dtree_reply *reply)
{
	struct source *s = arg;

	s->handlers->event(s->arg, reply);
}

static void source_on_retry(void *arg)
{
	struct source *s = arg;
	struct dtree_error err;

	s->client = dtree_client_connect(s->path, &err);
	if (!s->client) {
		source_away(s, err.text);
		return;
	}
	dtree_client_on_event(s->client, source_on_event, s);
	if (dtree_client_send(s->client, dtree_request_new("subscribe"), source_on_subscribed, s,
	                      &err))
		source_away(s, err.text);
}

struct source *source_new(struct ev_loop *loop, const char *path,
                          const struct source_handlers *handlers, void *arg)
{
	struct source *s = mem_new(sizeof *s);

	s->loop = loop;
	s->path = mem_string(path);
	s->handlers = handlers;
	s->arg = arg;
	s->pause_ms = PAUSE_MS;
	ev_init(&s->io, source_on_io);
	ev_prepare_init(&s->turn, source_on_turn);
	s->io.data = s->turn.data = s;
	timer_init(&s->retry, loop, source_on_retry, s);
	timer_start(&s->retry, 0);
	ev_prepare_start(loop, &s->turn);
	return s;
}

void source_free(struct source *s)
{
	timer_stop(&s->retry);
	ev_prepare_stop(s->loop, &s->turn);
	ev_io_stop(s->loop, &s->io);
	dtree_client_free(s->client);
	free(s->path);
	free(s);
}

bool source_is_up(const struct source *s)
{
	return s->up;
}

uint64_t source_connections(const struct source *s)
{
	return s->connections;
}

int source_ask(struct source *s, struct dtree_request *request, dtree_reply_fn *done, void *arg)
{
	struct dtree_error err;

	if (s->up)
		return dtree_client_send(s->client, request, done, arg, &err);
	dtree_request_free(request);
	return -1;
}

void source_forget(struct source *s, const void *arg)
{
	if (s->client)
		dtree_client_cancel(s->client, arg);
}

void source_drop(struct source *s)
{
	if (!s->client)
		return;
	dtree_client_fail(s->client, DTREE_TIMEOUT, "dtreed does not answer");
	source_away(s, "dtreed does not answer");
}
