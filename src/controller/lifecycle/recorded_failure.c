/* Owns request.failure. */
#include "controller/lifecycle/recorded_failure.h"

#include "base/clock.h"
#include "base/mem.h"

/* For the registry to be written, once the deadline has passed. */
#define RECORD_MS 1000

static void recorded_failure_unsure(struct controller *c, struct request *r, const char *reason)
{
	struct error err;

	error_set(&err, r->failure->code, "%s; that is not recorded: %s", r->failure->text, reason);
	err.outcome = OUTCOME_UNKNOWN;
	request_fail(c->requests, r, &err);
}

static void recorded_failure_on_written(void *arg, uint64_t number, const struct error *err)
{
	struct controller *c = arg;
	struct request *r = request_find(c->requests, number);

	if (!r || request_answered(r))
		return;
	if (err)
		recorded_failure_unsure(c, r, err->text);
	else
		request_fail(c->requests, r, r->failure);
}

void recorded_failure(struct controller *c, struct request *r, const struct error *err)
{
	r->failure = mem_new(sizeof *r->failure);
	*r->failure = *err;
	r->phase = PHASE_SENT;
	request_leave(r);
	registry_then(c->registry, recorded_failure_on_written, c, r->id);
	if (r->deadline - clock_ms() < RECORD_MS)
		request_due_in(c->requests, r, RECORD_MS);
}

bool recorded_failure_expire(struct controller *c, struct request *r)
{
	if (!r->failure)
		return false;
	recorded_failure_unsure(c, r, "it takes too long");
	return true;
}
