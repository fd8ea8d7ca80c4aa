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

static void heartbeat_start(struct controller *c, struct request *r);
static void heartbeat_expire(struct controller *c, struct request *r);
static void heartbeat_release(struct request *r);

static const struct request_kind heartbeat_kind = {.name = "heartbeat",
                                                   .start = heartbeat_start,
                                                   .expire = heartbeat_expire,
                                                   .release = heartbeat_release};

static void heartbeat_release(struct request *r)
{
	free(r->detail);
	r->detail = NULL;
}

static void heartbeat_fail(struct controller *c, struct request *r, const char *why,
                           enum error_outcome outcome)
{
	struct error err;

	error_set(&err, ERR_INTERNAL, "the interval is in force, but not recorded: %s", why);
	err.outcome = outcome;
	request_fail(c->requests, r, &err);
}

static void heartbeat_expire(struct controller *c, struct request *r)
{
	heartbeat_fail(c, r, "it takes too long", OUTCOME_UNKNOWN);
}

static void heartbeat_on_recorded(void *arg, uint64_t number, const struct error *err)
{
	struct controller *c = arg;
	struct request *r = request_find(c->requests, number);
	const int64_t *interval_ms = r ? r->detail : NULL;

	if (!r)
		return; /* its deadline passed */
	if (err)
		heartbeat_fail(c, r, err->text, err->outcome);
	else
		request_finish(c->requests, r,
		               &(struct outcome){.id = r->node, .interval_ms = *interval_ms});
}

static void heartbeat_start(struct controller *c, struct request *r)
{
	const int64_t *interval_ms = r->detail;

	r->phase = PHASE_SENT;
	c->lifecycle->heartbeat_asked = *interval_ms;
	liveness_interval(c, *interval_ms);
	head_record(c);
	registry_then(c->registry, heartbeat_on_recorded, c, r->id);
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
