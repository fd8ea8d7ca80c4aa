/*
 * Subscriptions. Each has a position in the controller's log of events, from which it continues
 * once a turn: so replayed and new events are handled alike, and no event is sent twice or out of
 * order.
 *
 * Invariant: each event up to `seen` was sent, counted in `dropped`, or not subscribed to.
 */
#include "control/cmd_event.h"

#include <string.h>
#include <utlist.h>

#include "base/choice.h"
#include "base/clock.h"
#include "control/call.h"
#include "control/cmd_change.h"
#include "controller/node/event.h"
#include "wire/json.h"
#include "wire/json_write.h"

struct subscription {
	struct client *client; /* borrowed: its owner */
	int64_t number;        /* among the client's subscriptions, from 1 */
	uint32_t types;        /* a bit for each enum event_type */
	uint64_t seen;
	uint64_t dropped;          /* events that were not sent, and not reported as dropped yet */
	uint64_t batch;            /* gets no events before this batch is answered; 0: none */
	bool replays;              /* kept events are sent even if much output is unsent */
	struct subscription *prev; /* utlist */
	struct subscription *next;
};

_Static_assert(EVENT_TYPES <= 32, "a bit for each type");

static bool subscription_wants(const struct subscription *sub, enum event_type type)
{
	return sub->types & (UINT32_C(1) << type);
}

static struct buffer *subscription_open_event(const struct subscription *sub,
                                              const struct event *event)
{
	struct buffer *b = client_output(sub->client);
	char time[CLOCK_TEXT_SIZE];

	clock_text(event->time, time);
	json_open_object(b, NULL);
	json_add_text(b, "jsonrpc", "2.0");
	json_add_text(b, "method", "event");
	json_open_object(b, "params");
	json_add_int(b, "subscription", sub->number);
	json_add_int(b, "seq", (int64_t)event->seq);
	json_add_text(b, "time", time);
	json_add_text(b, "type", event_type_name(event->type));
	return b;
}

static void subscription_close_event(struct buffer *b)
{
	json_close_object(b);
	json_close_object(b);
	buffer_add(b, "\n", 1);
}

/* The data are a program's, by way of its node: what would break our line is no data. In the
 * notification they stand in two objects. */
static void subscription_add_data(struct buffer *b, const char *data)
{
	size_t size = strlen(data);

	if (json_fits(data, size, 2))
		json_add_raw(b, "data", data, size);
	else
		json_add_null(b, "data");
}

static void subscription_tell_program(struct buffer *b, enum event_type type,
                                      const struct event_program *program)
{
	if (program->service)
		json_add_text(b, "service", program->service);
	if (type == EVENT_PROGRAM_STARTED)
		json_add_int(b, "restarts", program->restarts);
	if (program->has_used) {
		json_open_object(b, "rusage");
		json_add_int(b, "user_ms", program->used.user_ms);
		json_add_int(b, "system_ms", program->used.system_ms);
		json_add_int(b, "max_rss_kb", program->used.most_kb);
		json_close_object(b);
	}
	if (program->restart_ms)
		json_add_int(b, "restart_in_ms", program->restart_ms);
	if (program->said)
		json_add_text(b, "event", program->said);
	if (program->data)
		subscription_add_data(b, program->data);
	if (program->dropped)
		json_add_int(b, "dropped", (int64_t)program->dropped);
}

static void subscription_tell_audit(struct buffer *b, const struct event_audit *audit)
{
	json_add_int(b, "uid", audit->uid);
	json_add_int(b, "pid", audit->pid);
	json_add_text(b, "program", audit->program);
	json_add_text(b, "what", audit->words);
	json_add_text(b, "result", audit->result);
}

static void subscription_tell_loss(struct buffer *b, const struct event *event)
{
	if (event->cause)
		json_add_text(b, "cause", event->cause);
	if (event->type == EVENT_NODE_GIVEN_UP)
		json_add_int(b, "deaths", event->deaths);
	else if (event->silent_ms)
		json_add_int(b, "silent_ms", event->silent_ms);
}

static void subscription_tell(const struct subscription *sub, const struct event *event)
{
	struct buffer *b = subscription_open_event(sub, event);

	if (event->has_id)
		json_add_int(b, "id", event->id);
	if (event->name)
		json_add_text(b, "name", event->name);
	if (event->pid)
		json_add_int(b, "pid", event->pid);
	if (event->has_parent)
		json_add_int(b, "parent", event->parent);
	if (event->type == EVENT_SLOW_REQUEST) {
		json_add_int(b, "total_ms", event->total_ms);
		json_add_text(b, "why", event->cause);
	} else if (event->type == EVENT_NODE_CHANGED) {
		cmd_add_changed(b, event->changed);
	} else {
		subscription_tell_loss(b, event);
	}
	if (event->program)
		subscription_tell_program(b, event->type, event->program);
	if (event->audit)
		subscription_tell_audit(b, event->audit);
	subscription_close_event(b);
}

/* Its seq is that of the last dropped event, so that a client can use it as `since`. */
static void subscription_tell_dropped(struct subscription *sub)
{
	const struct event event = {
	    .seq = sub->seen, .time = clock_wall_us(), .type = EVENT_EVENTS_DROPPED};
	struct buffer *b = subscription_open_event(sub, &event);

	json_add_int(b, "count", (int64_t)sub->dropped);
	subscription_close_event(b);
	sub->dropped = 0;
}

/* Events are numbered without gaps: those in between were not kept long enough. */
static void subscription_pass_gap(struct subscription *sub, const struct event *event)
{
	sub->dropped += event->seq - sub->seen - 1;
	sub->seen = event->seq - 1;
}

static void subscription_on_event(void *arg, const struct event *event)
{
	struct subscription *sub = arg;

	subscription_pass_gap(sub, event);
	if (sub->dropped)
		subscription_tell_dropped(sub);
	sub->seen = event->seq;
	if (subscription_wants(sub, event->type))
		subscription_tell(sub, event);
}

static void subscription_on_missed(void *arg, const struct event *event)
{
	struct subscription *sub = arg;

	subscription_pass_gap(sub, event);
	sub->seen = event->seq;
	sub->dropped += subscription_wants(sub, event->type);
}

static void subscription_deliver(struct subscription *sub)
{
	struct client *c = sub->client;
	const struct event_log *log = controller_events(c->control->controller);

	if (sub->batch && batch_due(c, sub->batch))
		return;
	sub->batch = 0;
	if (buffer_size(&c->out) > CLIENT_UNSENT_EVENTS && !sub->replays) {
		event_replay(log, sub->seen, subscription_on_missed, sub);
		return;
	}
	sub->replays = false;
	if (sub->dropped)
		subscription_tell_dropped(sub);
	event_replay(log, sub->seen, subscription_on_event, sub);
}

void events_deliver(struct client *c)
{
	struct subscription *sub;

	DL_FOREACH (c->subscriptions, sub) {
		subscription_deliver(sub);
	}
}

static void subscription_drop(struct client *c, struct subscription *sub)
{
	DL_DELETE(c->subscriptions, sub);
	c->subscription_count--;
	free(sub);
}

void events_free_all(struct client *c)
{
	while (c->subscriptions)
		subscription_drop(c, c->subscriptions);
}

/* The types that `subscribe` takes, by number; "*" is for all. */
static const char *cmd_subscribe_type_at(size_t i)
{
	return i < EVENT_TYPES    ? event_type_name((enum event_type)i)
	       : i == EVENT_TYPES ? "*"
	                          : NULL;
}

/* The bits of the named types. */
static int cmd_subscribe_read_types(const struct cJSON *list, uint32_t *types, struct error *err)
{
	const char *name;

	if (!json_first(list))
		return error_set(err, ERR_PARAMS, "'types' is empty");
	*types = 0;
	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		if (json_string(item, "types", &name, NULL, err))
			return -1;
		enum event_type type = event_type_find(name);
		if (strcmp(name, "*") == 0)
			*types = UINT32_MAX;
		else if (type == EVENT_TYPES)
			return choice_refuse("event type", name, cmd_subscribe_type_at, err);
		else
			*types |= UINT32_C(1) << type;
	}
	return 0;
}

enum { SUBSCRIBE_TYPES, SUBSCRIBE_SINCE };

static enum handled cmd_subscribe_run(struct call *call, const struct value *v, struct error *err)
{
	struct client *c = call->client;
	uint64_t last = event_last(controller_events(c->control->controller));
	uint64_t since = v[SUBSCRIBE_SINCE].given ? (uint64_t)v[SUBSCRIBE_SINCE].number : last;
	uint32_t types = UINT32_MAX;
	struct subscription *sub;

	if (v[SUBSCRIBE_TYPES].given &&
	    cmd_subscribe_read_types(v[SUBSCRIBE_TYPES].list, &types, err))
		return HANDLED_FAILED;
	if (since > last) {
		error_set(err, ERR_PARAMS, "'since' is %llu, the newest event is %llu",
		          (unsigned long long)since, (unsigned long long)last);
		return HANDLED_FAILED;
	}
	if (c->subscription_count >= CLIENT_SUBSCRIPTIONS) {
		error_set(err, ERR_LIMIT, "there are %zu subscriptions", c->subscription_count);
		return HANDLED_FAILED;
	}
	sub = mem_new(sizeof *sub);
	sub->client = c;
	sub->number = ++c->last_subscription;
	sub->types = types;
	sub->seen = since;
	sub->batch = call->batch ? call->batch->number : 0;
	sub->replays = since < last;
	DL_APPEND(c->subscriptions, sub);
	c->subscription_count++;
	call->subscription = sub;
	return HANDLED_DONE;
}

static int cmd_subscribe_write(struct result *r)
{
	const struct event_log *log = controller_events(r->call->client->control->controller);

	json_add_int(r->b, "subscription", r->call->subscription->number);
	json_add_int(r->b, "seq", (int64_t)event_last(log));
	return 0;
}

const struct method method_subscribe = {
    .name = "subscribe",
    .summary = "be told what happens, by notifications of the method \"event\"",
    .role = ROLE_READ,
    .params = {{.name = "types",
                .type = PARAM_STRINGS,
                .choice = cmd_subscribe_type_at,
                .summary = "names of event types; \"*\", or nothing: all"},
               {.name = "since",
                .type = PARAM_INT,
                .summary = "the number of the last event seen: what is kept of later ones comes "
                           "first",
                .min = 0,
                .max = JSON_INT_MAX}},
    .result = "{\"subscription\":1,\"seq\":42}",
    .members = {members_subscribe},
    .run = cmd_subscribe_run,
    .write = cmd_subscribe_write,
};

static enum handled cmd_unsubscribe_run(struct call *call, const struct value *v, struct error *err)
{
	struct client *c = call->client;
	int64_t number = v[0].number;
	struct subscription *sub;

	DL_SEARCH_SCALAR(c->subscriptions, sub, number, number);
	if (!sub) {
		error_set(err, ERR_PARAMS, "no subscription %lld", (long long)number);
		return HANDLED_FAILED;
	}
	subscription_drop(c, sub);
	return HANDLED_DONE;
}

const struct method method_unsubscribe = {
    .name = "unsubscribe",
    .summary = "be told no more",
    .role = ROLE_READ,
    .params = {{.name = "subscription",
                .type = PARAM_INT,
                .required = true,
                .summary = "as subscribe gave it",
                .min = 1,
                .max = JSON_INT_MAX}},
    .result = "{}",
    .run = cmd_unsubscribe_run,
};
