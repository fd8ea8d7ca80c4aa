/*
 * Owns e->probe. Invariants: with a program that stays, of call and late one is there at the most;
 * where there is a probe, the timer runs while there is a call, and while the program can be asked.
 */
#include "program/probe.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_fact.h"
#include "base/mem.h"
#include "program/internal.h"

/* A timer that is later than that has waited for this process, as may an answer. */
#define LATE_MS    100
#define LATE_SHARE 4
#define MS_NS      1000000

/* The next one comes so much later, if one does. */
static void probe_arm(struct engine *e, int64_t ms)
{
	if (e->probe.open && e->spec->probe && !e->finishing)
		timer_start(&e->probe.timer, ms);
	else
		timer_stop(&e->probe.timer);
}

/* The call is looked at so much later. */
static void probe_wait(struct engine *e, int64_t ms)
{
	e->probe.due = clock_ms() + ms;
	timer_start(&e->probe.timer, ms);
}

static void probe_fail(struct engine *e, pid_t pid, const char *why)
{
	if (announce_probe_failed(&e->announce, pid, why))
		log_fact(LOG_LEVEL_WARN, FACT_PROBE_FAILED, NULL, "program",
		         "node %d: %s fails its probe: %s", e->node.id, e->spec->name,
		         e->announce.report.probe.message);
	probe_arm(e, e->spec->probe_interval_ms);
}

static void probe_pass(struct engine *e)
{
	e->probe.passed = true;
	if (announce_probe_passed(&e->announce))
		log_fact(LOG_LEVEL_INFO, FACT_PROBE_RECOVERED, NULL, "program",
		         "node %d: %s passes its probe again", e->node.id, e->spec->name);
	probe_arm(e, e->spec->probe_interval_ms);
}

static void probe_fail_late(struct engine *e)
{
	cleanup_free char *why =
	    mem_format("it did not %s within %lld ms", e->resident ? "answer" : "end",
	               (long long)e->spec->probe_timeout_ms);

	probe_fail(e, e->announce.report.pid, why);
}

static void probe_on_answered(struct engine *e, struct call *call, const struct answer *answer)
{
	cleanup_free char *said = mem_copy(answer->text ? answer->text : "", answer->size);
	cleanup_free char *why = NULL;

	e->probe.call = NULL;
	call->owner = NULL;
	if (answer->kind == ANSWER_DONE) {
		probe_pass(e);
		return;
	}
	if (answer->kind == ANSWER_REFUSED && e->resident)
		why = mem_format("it answered with an error: %s", said);
	/* What was not asked is no fault of the program. */
	probe_fail(e, answer->kind == ANSWER_NOT_RUN ? 0 : e->announce.report.pid,
	           why ? why : said);
}

static void probe_on_dropped(struct engine *e, const struct call *call)
{
	struct probe *p = &e->probe;

	if (p->call == call)
		p->call = NULL;
	if (p->late == call)
		p->late = NULL;
}

static const struct call_owner probe_owner = {.answered = probe_on_answered,
                                              .dropped = probe_on_dropped};

static void probe_ask(struct engine *e)
{
	struct probe *p = &e->probe;
	char *const *words = e->spec->probe;
	struct buffer args = {0};

	for (; *words; words++)
		buffer_add(&args, *words, strlen(*words) + 1);
	p->since = clock_ms();
	p->unread = false;
	p->call = engine_put_probe(e, &probe_owner, args.data, buffer_size(&args));
	probe_wait(e, e->spec->probe_timeout_ms);
	engine_pump(e);
}

/* There is room for the call, and yet it has not begun: the program does not read. */
static bool probe_is_unread(const struct engine *e, const struct call *call)
{
	return e->waiting == call && e->begun_count < e->spec->concurrency &&
	       !(e->ordered && e->begun) && e->probe.open;
}

/* ms that the program still has; all of them where it owes nothing now. */
static int64_t probe_left(struct engine *e, int64_t now)
{
	const int64_t timeout = e->spec->probe_timeout_ms;
	struct probe *p = &e->probe;
	const bool waits = p->call->phase == CALL_WAITING;
	const int64_t begun = (int64_t)(p->call->times.begun / MS_NS);
	int64_t since = p->since > e->heard ? p->since : e->heard;

	if (e->held || (waits ? !probe_is_unread(e, p->call) : e->ordered && e->begun != p->call))
		return timeout;
	if (waits && !p->unread) {
		p->unread = true;
		p->since = since = now;
	}
	return (since > begun ? since : begun) + timeout - now;
}

static void probe_judge(struct engine *e)
{
	const int64_t now = clock_ms();
	const int64_t timeout = e->spec->probe_timeout_ms;
	struct probe *p = &e->probe;
	struct call *call = p->call;
	int64_t left;

	if (now - p->due > timeout / LATE_SHARE + LATE_MS)
		p->since = now;
	left = probe_left(e, now);
	if (left > 0) {
		probe_wait(e, left);
		return;
	}
	if (call->phase == CALL_WAITING) {
		engine_drop(e, call);
	} else {
		p->call = NULL;
		p->late = call;
		engine_abandon(e, call);
	}
	probe_fail_late(e);
	engine_pump(e);
}

static void probe_on_time(void *arg)
{
	struct engine *e = arg;
	struct probe *p = &e->probe;

	if (e->finishing || !e->spec->probe)
		return;
	if (p->call)
		probe_judge(e);
	else if (!p->late || !e->resident)
		probe_ask(e);
	else if (e->announce.report.probe.state == PROBE_FAILED)
		probe_fail_late(e);
	else
		probe_arm(e, e->spec->probe_interval_ms);
}

void probe_init(struct engine *e)
{
	timer_init(&e->probe.timer, e->loop, probe_on_time, e);
}

static void probe_withdraw_from(struct engine *e, struct call *list)
{
	struct call *call;
	struct call *next;

	DL_FOREACH_SAFE (list, call, next) {
		if (!call->owner)
			continue;
		call->owner->dropped(e, call);
		call->owner = NULL;
		if (call->phase == CALL_WAITING)
			engine_drop(e, call);
		else if (call->phase == CALL_RUNNING)
			engine_abandon(e, call);
	}
}

/* None is waited for any longer. */
static void probe_withdraw(struct engine *e)
{
	probe_withdraw_from(e, e->waiting);
	probe_withdraw_from(e, e->begun);
}

void probe_declared(struct engine *e)
{
	probe_withdraw(e);
	announce_probe_declared(&e->announce, e->spec->probe != NULL);
	probe_arm(e, 0);
}

void probe_begin(struct engine *e)
{
	e->probe.open = true;
	e->probe.passed = false;
	probe_arm(e, 0);
}

void probe_gone(struct engine *e)
{
	e->probe.open = false;
	probe_arm(e, 0);
	if (e->probe.call && e->probe.call->phase == CALL_WAITING)
		engine_drop(e, e->probe.call);
}

void probe_end(struct engine *e)
{
	e->probe.open = false;
	probe_arm(e, 0);
	probe_withdraw(e);
}

void probe_late(struct engine *e)
{
	if (!e->probe.call)
		probe_arm(e, 0);
}

void engine_renew(struct engine *e, pid_t pid)
{
	const struct probe_report *report = &e->announce.report.probe;

	if (e->host->renew && report->state == PROBE_FAILED && report->pid == pid)
		e->host->renew(e, pid);
	engine_pump(e);
}
