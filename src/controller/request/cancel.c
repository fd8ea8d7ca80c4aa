/*
 * Cancelling. What has not begun ends at once, and so does what its asker has still to read. What
 * its node has goes on until the node has said whether it had begun it, for a moment at the most;
 * then it is cancelled whatever was said.
 *
 * Who asked for it is answered behind the request that it names: by a request of its own, which
 * waits on request.cancels.
 */
#include <utlist.h>

#include "base/clock.h"
#include "controller/request/internal.h"
#include "controller/request/outcome.h"

/* How long the node's word is waited for. */
#define CANCEL_WAIT_MS 500

static void cancel_start(struct controller *c, struct request *r)
{
	(void)c;
	r->phase = PHASE_SENT;
}

/* The other one is about to be answered. */
static void cancel_expire(struct controller *c, struct request *r)
{
	(void)c;
	request_tell_cancel(r->detail, r);
}

static const struct request_kind cancel_kind = {
    .name = "cancel", .start = cancel_start, .expire = cancel_expire};

/* Would its asker read only when it is told, and what it is told is that it may? */
static bool cancel_is_unread(const struct request *r)
{
	return r->kind->read_when_told && r->phase == PHASE_FINISHED &&
	       r->outcome->error.code == ERR_NONE;
}

/* Takes it back, or begins to: false where it goes on. */
static bool cancel_begin(struct requests *all, struct request *r)
{
	struct error err;

	if (r->cancelling)
		return true;
	error_set(&err, ERR_CANCELLED, "cancelled by its client");
	err.outcome = r->phase == PHASE_SENT ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN;
	if (cancel_is_unread(r)) {
		outcome_free(r->outcome);
		r->outcome = outcome_copy(&(struct outcome){.error = err, .id = r->node});
	} else if (r->phase == PHASE_WAITING && r->entries[0].lane) {
		request_fail(all, r, &err);
	} else if (r->kind->cancel) {
		r->kind->cancel(all->controller, r, &err);
	} else {
		return false;
	}
	return true;
}

static struct request *cancel_find(const struct session *s, const void *arg)
{
	struct request *r;

	for (r = s->asked; r; r = r->asked_next)
		if (r->done && r->arg == arg && (!request_answered(r) || cancel_is_unread(r)))
			break;
	return r;
}

bool request_cancel(struct requests *all, const struct session *s, const void *arg)
{
	struct request *r = cancel_find(s, arg);

	return r && cancel_begin(all, r);
}

void request_ask_cancel(struct requests *all, struct session *s, const void *named,
                        outcome_fn *done, void *arg)
{
	struct request *r = cancel_find(s, named);
	struct outcome outcome = {.cancelled = r && cancel_begin(all, r)};
	struct request *own;

	if (!outcome.cancelled || request_answered(r)) {
		request_tell(all, s, done, arg, &outcome);
		return;
	}
	own = request_submit(
	    all, s,
	    &(struct request_spec){
	        .kind = &cancel_kind, .node = r->node, .detail = all, .done = done, .arg = arg});
	if (!request_answered(own))
		request_move(own, &r->cancels);
}

void requests_cancel_all(struct requests *all, struct session *s, bool (*goes_on)(const void *arg))
{
	struct request *r = s->asked;

	while (r) {
		struct request *next = r->asked_next;
		/* What changes nodes goes on, also where it waits for its turn. */
		if (r->done && r->kind->cancel && !request_answered(r) && !goes_on(r->arg))
			cancel_begin(all, r);
		r = next;
	}
}

void request_cancelling(struct requests *all, struct request *r)
{
	int64_t left = r->deadline - clock_ms();

	r->cancelling = true;
	r->until = r->deadline;
	request_due_in(all, r, left < CANCEL_WAIT_MS ? left : CANCEL_WAIT_MS);
}
