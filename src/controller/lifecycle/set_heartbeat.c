/* Owns what a request asks for. */
#include "controller/lifecycle/set_heartbeat.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/head.h"
#include "controller/lifecycle/internal.h"
#include "controller/node/persist.h"
#include "controller/overlay/liveness.h"
#include "controller/request/request.h"

static void start(struct controller *c, struct request *r);
static void expire(struct controller *c, struct request *r);
static void release(struct request *r);

static const struct request_kind heartbeat_kind = {
    .name = "heartbeat", .start = start, .expire = expire, .release = release};

static void release(struct request *r)
{
	free(r->detail);
	r->detail = NULL;
}

static void fail(struct controller *c, struct request *r, const char *why,
                 enum error_outcome outcome)
{
	struct error err;

	error_set(&err, ERR_INTERNAL, "the interval is in force, but not recorded: %s", why);
	err.outcome = outcome;
	request_fail(c->requests, r, &err);
}

static void expire(struct controller *c, struct request *r)
{
	fail(c, r, "it takes too long", OUTCOME_UNKNOWN);
}

static void on_recorded(void *arg, uint64_t number, const struct error *err)
{
	struct controller *c = arg;
	struct request *r = request_find(c->requests, number);
	const int64_t *interval_ms = r ? r->detail : NULL;

	if (!r)
		return; /* its deadline passed */
	if (err)
		fail(c, r, err->text, err->outcome);
	else
		request_finish(c->requests, r,
		               &(struct outcome){.id = r->node, .interval_ms = *interval_ms});
}

static void start(struct controller *c, struct request *r)
{
	const int64_t *interval_ms = r->detail;

	r->phase = PHASE_SENT;
	c->lifecycle->heartbeat_asked = *interval_ms;
	liveness_interval(c, *interval_ms);
	head_record(c);
	registry_then(c->registry, on_recorded, c, r->id);
}

void heartbeat_ask(struct session *s, int64_t interval_ms, outcome_fn *done, void *arg)
{
	request_submit(s->controller->requests, s,
	               &(struct request_spec){.kind = &heartbeat_kind,
	                                      .node = NODE_CONTROLLER,
	                                      .detail = mem_copy(&interval_ms, sizeof interval_ms),
	                                      .done = done,
	                                      .arg = arg});
}
