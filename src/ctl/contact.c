/*
 * The shell's connection.
 *
 * A greeting is a `status`, which tells the tree's default service and the dtreed that answers, and
 * then a `subscribe` to the events that the shell prints. Each dtreed numbers its events from 1:
 * the shell asks the dtreed that it was connected to before for the events that it missed, and
 * another dtreed for all of them.
 *
 * Invariant: the session's client is replaced only by one that has been greeted.
 */
#include "ctl/contact.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/reach.h"

/* How long dtreed may take for its first answers where the user set no limit. */
#define GREETING_MS 60000
/* Between two attempts: the first pause, doubled each time up to the longest. */
#define PAUSE_FIRST_MS 100
#define PAUSE_MOST_MS  1000

static void contact_on_event(void *arg, const struct dtree_reply *event)
{
	struct contact *c = arg;

	dtree_value_int(dtree_reply_result(event), "seq", &c->seen);
	notices_event(&c->notices, event);
}

static void on_subscribed(void *arg, const struct dtree_reply *reply)
{
	struct contact *c = arg;

	/* Events before the first greeting are not printed. */
	if (c->state == CONTACT_NEW)
		dtree_value_int(dtree_reply_result(reply), "seq", &c->seen);
	c->greeted = true;
}

/* Is this the former dtreed? That had started before the former connection was made; any other has
 * started after that. */
static bool same_daemon(const struct contact *c, const struct dtree_value *status)
{
	long long pid, uptime;

	return dtree_value_int(status, "pid", &pid) == 0 && pid == c->pid &&
	       dtree_value_int(status, "uptime_ms", &uptime) == 0 &&
	       uptime >= c->made_ms - c->former_ms;
}

static void greet_subscribe(struct contact *c, const struct dtree_value *status)
{
	struct dtree_request *request = dtree_request_new("subscribe");

	if (c->state == CONTACT_AGAIN) {
		if (!same_daemon(c, status))
			c->seen = 0;
		dtree_request_int(request, "since", c->seen);
	}
	notices_types(&c->notices, request);
	dtree_client_on_event(c->client, contact_on_event, c);
	dtree_client_send(c->client, request, on_subscribed, c, NULL);
}

static void store(char **place, const char *text)
{
	free(*place);
	*place = mem_string(text ? text : "?");
}

static void contact_on_status(void *arg, const struct dtree_reply *reply)
{
	struct contact *c = arg;
	const struct dtree_value *status = dtree_reply_result(reply);
	const char *service = dtree_value_string(status, "service", NULL);

	greet_subscribe(c, status);
	if (service)
		c->session->default_search = strcmp(service, "search") == 0;
	store(&c->service, service);
	store(&c->topology, dtree_value_string(status, "topology", NULL));
	dtree_value_int(status, "pid", &c->pid);
}

/* Begins the greeting; -1: there is no connection. */
static int contact_greet(struct contact *c, struct dtree_client *client)
{
	if (!client)
		return -1;
	c->client = c->loop->client = client;
	c->loop->timeout_ms = c->timeout_ms ? c->timeout_ms : GREETING_MS;
	c->made_ms = clock_ms();
	c->greeted = false;
	dtree_client_send(client, dtree_request_new("status"), contact_on_status, c, NULL);
	return 0;
}

int contact_open(struct contact *c, struct dtree_error *err)
{
	int64_t most_ms = c->timeout_ms ? c->timeout_ms : GREETING_MS;

	if (contact_greet(c, reach(c->path, most_ms, c->loop->signal_fd, err)))
		return -1;
	session_open(c->session, c->client, c->loop->out);
	session_limit(c->session, c->timeout_ms);
	c->notices.out = c->loop->out;
	return 0;
}

void contact_close(struct contact *c)
{
	struct dtree_client *of_session = c->session->client;

	session_close(c->session);
	notices_free(&c->notices);
	free(c->topology);
	free(c->service);
	c->loop->client = NULL;
	dtree_client_free(of_session);
	if (c->client != of_session)
		dtree_client_free(c->client);
}

static void contact_later(struct contact *c, int64_t pause_ms)
{
	c->state = CONTACT_GONE;
	c->pause_ms = pause_ms < PAUSE_MOST_MS ? pause_ms : PAUSE_MOST_MS;
	c->next_ms = clock_ms() + c->pause_ms;
}

static void contact_lost(struct contact *c)
{
	loop_say(c->loop, "%s; trying again", c->loop->why.text);
	c->loop->client = NULL;
	contact_later(c, PAUSE_FIRST_MS);
}

static void contact_try(struct contact *c)
{
	struct dtree_error err;

	if (contact_greet(c, reach(c->path, 0, -1, &err)))
		contact_later(c, 2 * c->pause_ms);
	else
		c->state = CONTACT_AGAIN;
}

/* Drops the connection that was made again. */
static void contact_drop(struct contact *c)
{
	c->loop->client = NULL;
	dtree_client_free(c->client);
	c->client = c->session->client;
	contact_later(c, 2 * c->pause_ms);
}

static void contact_made(struct contact *c)
{
	if (c->state == CONTACT_AGAIN) {
		dtree_client_free(session_renew(c->session, c->client));
		loop_say(c->loop, "connected again: dtreed is process %lld", c->pid);
	}
	c->former_ms = c->made_ms;
	c->loop->timeout_ms = c->timeout_ms;
	c->state = CONTACT_HERE;
}

/* The shorter of two waits in ms; -1 is without an end. */
static int64_t sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int contact_wait(const struct contact *c, int wait_ms)
{
	int64_t most = sooner(wait_ms, notices_wait(&c->notices));
	int64_t left = c->next_ms - clock_ms();

	if (c->state == CONTACT_GONE)
		most = sooner(most, left > 0 ? left : 0);
	return most < INT_MAX ? (int)most : INT_MAX;
}

unsigned contact_turn(struct contact *c, int wait_ms)
{
	unsigned events = loop_turn(c->loop, contact_wait(c, wait_ms));
	unsigned over = events & (LOOP_LOST | LOOP_LATE);

	if (c->session->heartbit_ms)
		notices_heartbit(&c->notices, c->session->heartbit_ms);
	notices_turn(&c->notices);
	switch (c->state) {
	case CONTACT_NEW:
		if (c->greeted && !over)
			contact_made(c);
		return events;
	case CONTACT_HERE:
		/* After a shutdown no dtreed will come. */
		if (!(over & LOOP_LOST) || !c->again || c->session->shutdown)
			return events;
		contact_lost(c);
		break;
	case CONTACT_GONE:
		if (clock_ms() >= c->next_ms)
			contact_try(c);
		break;
	case CONTACT_AGAIN:
		if (over)
			contact_drop(c);
		else if (c->greeted)
			contact_made(c);
		break;
	}
	return events & ~over;
}
