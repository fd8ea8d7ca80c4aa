/* What the engine asks of a program that stays. Owns nothing. */
#include <stdlib.h>

#include "base/mem.h"
#include "program/probe.h"
#include "program/resident_state.h"

static bool resident_host_ready(struct engine *e)
{
	struct resident *r = e->resident;

	if (r->state == RESIDENT_NONE)
		resident_begin(r);
	if (r->state == RESIDENT_BACKOFF)
		resident_refuse(r, false);
	return r->state == RESIDENT_READY && !r->closed &&
	       subprocess_unsent(r->subprocess) < UNSENT_MAX;
}

static void resident_host_begin(struct engine *e, struct call *call)
{
	struct resident *r = e->resident;
	struct error err;

	if (r->dialect->ask(r, call, &r->asked, &err)) {
		engine_fail(e, call, ANSWER_NOT_RUN, err.text, NULL);
	} else {
		if (!r->answered && !timer_runs(&r->timer))
			resident_arm(r, e->spec->start_timeout_ms);
		else if (r->answered && !call->probe)
			resident_arm(r, 0);
		call->times.pid = r->subprocess ? subprocess_pid(r->subprocess) : 0;
		r->last = buffer_size(&r->asked);
		resident_write(r, &r->asked);
	}
	buffer_take(&r->asked, buffer_size(&r->asked));
}

static void resident_host_abandon(struct engine *e, struct call *call)
{
	struct resident *r = e->resident;
	struct buffer out = {0};

	if (!r->subprocess || r->state == RESIDENT_ENDING || !r->dialect->cancel)
		return;
	r->dialect->cancel(r, call, &out);
	resident_write(r, &out);
	buffer_free(&out);
}

static void resident_host_give_up(struct engine *e, struct call *call)
{
	struct resident *r = e->resident;

	if (r->dialect->ordered && r->state == RESIDENT_READY)
		resident_distrust(r, "did not answer, and what it says next could not be told from "
		                     "that answer");
	else
		engine_drop(e, call);
}

static void resident_host_renew(struct engine *e, pid_t pid)
{
	struct resident *r = e->resident;
	cleanup_free char *why =
	    mem_format("failed its probe: %s", e->announce.report.probe.message);

	if (!r->subprocess || subprocess_pid(r->subprocess) != pid)
		return;
	/* What it has been asked since is no news. */
	probe_end(e);
	/* One that passes none is started again ever later. */
	r->answered = r->answered && e->probe.passed;
	resident_distrust(r, why);
}

static void resident_host_hold(struct engine *e, bool hold)
{
	if (e->resident->subprocess)
		subprocess_pause(e->resident->subprocess, hold);
}

static bool resident_host_end(struct engine *e)
{
	struct resident *r = e->resident;

	r->wanted = false;
	if (!r->subprocess) {
		resident_arm(r, 0);
		r->state = RESIDENT_NONE;
		return true;
	}
	if (r->state != RESIDENT_ENDING)
		resident_stop(r, false);
	return false;
}

static void resident_host_moved(struct engine *to)
{
	to->resident->engine = to;
}

static void resident_host_close(struct engine *e)
{
	struct resident *r = e->resident;

	timer_stop(&r->timer);
	resident_clear(r);
	buffer_free(&r->asked);
	free(r);
}

const struct host host_resident = {
    .ready = resident_host_ready,
    .begin = resident_host_begin,
    .abandon = resident_host_abandon,
    .give_up = resident_host_give_up,
    .hold = resident_host_hold,
    .end = resident_host_end,
    .renew = resident_host_renew,
    .moved = resident_host_moved,
    .close = resident_host_close,
};
