/*
 * A program that stays: started with its node or by the first call, started again when it ends.
 *
 * Owns the process. Invariants: there is a process in STARTING, READY and ENDING and in no other
 * state; the timer runs until the first start and in BACKOFF until the next one, and else only
 * while something is waited for that has a limit: the first answer, or the end of idling.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_fact.h"
#include "base/mem.h"
#include "loop/timer.h"
#include "program/detail.h"
#include "program/internal.h"
#include "program/orphans.h"
#include "program/probe.h"
#include "program/remedy.h"
#include "program/resident_state.h"

#define DELAY_FIRST_MS 100
#define DELAY_MOST_MS  30000
/* A program that ends closes its output a moment before its end is seen. */
#define CLOSED_MS 200
/* While so many calls are unanswered, a moment more is nothing to the answers of the others. */
#define GATHER_LEAST 4
/* Less than this part of them is few at once. */
#define GATHER_SHARE 8

static void resident_on_timer(void *arg);

struct engine *resident_engine(struct resident *r)
{
	return r->engine;
}

void *resident_memory(struct resident *r)
{
	return r->memory;
}

void resident_clear(struct resident *r)
{
	subprocess_free(r->subprocess);
	r->subprocess = NULL;
	if (r->memory)
		r->dialect->close(r->memory);
	r->memory = NULL;
}

void resident_arm(struct resident *r, int64_t ms)
{
	if (ms > 0)
		timer_start(&r->timer, ms);
	else
		timer_stop(&r->timer);
}

void resident_refuse(struct resident *r, bool kept_too)
{
	struct engine *e = r->engine;
	cleanup_free char *why = mem_format("the program is not there (%s); it is started %lld ms "
	                                    "after its end",
	                                    r->cause, (long long)r->delay);
	struct call *call;
	struct call *next;

	DL_FOREACH_SAFE (e->waiting, call, next) {
		if (kept_too || !call->kept)
			engine_fail(e, call, ANSWER_NOT_RUN, why,
			            detail_of_delay(r->due - clock_ms()));
	}
}

/* pid: of the process that has ended; 0: there was none. */
static void resident_backoff(struct resident *r, pid_t pid, const struct program_usage *used)
{
	struct engine *e = r->engine;
	struct call *call;

	r->failures = r->answered ? 1 : r->failures + 1;
	r->delay = DELAY_FIRST_MS << (r->failures > 9 ? 9 : r->failures - 1);
	if (r->delay > DELAY_MOST_MS)
		r->delay = DELAY_MOST_MS;
	r->due = clock_ms() + r->delay;
	r->state = RESIDENT_BACKOFF;
	log_fact(LOG_LEVEL_WARN, FACT_PROGRAM_DIED, NULL, "program",
	         "node %d: %s ended: %s; it is started again in %lld ms", e->node.id, e->spec->name,
	         r->cause, (long long)r->delay);
	resident_arm(r, r->delay);
	announce_ended(&e->announce, pid, r->cause, used, r->due);
	DL_FOREACH (e->waiting, call) {
		call->kept = true;
	}
	/* One that says nothing in all its life is not waited for. */
	if (!r->answered)
		resident_refuse(r, true);
}

/* end: NULL if that is not how it ended. */
static void resident_fail_begun(struct resident *r, const char *why,
                                const struct subprocess_end *end)
{
	struct engine *e = r->engine;
	struct call *call;

	while ((call = e->begun)) {
		if (call->phase == CALL_ABANDONED)
			engine_drop(e, call);
		else
			engine_fail(e, call, ANSWER_UNKNOWN, why, end ? detail_of_end(end) : NULL);
	}
}

static void resident_on_output(void *arg, const char *bytes, size_t n)
{
	struct resident *r = arg;
	const int64_t begun = r->engine->begun_count;

	if (r->state != RESIDENT_STARTING && r->state != RESIDENT_READY)
		return;
	if (r->dialect->ordered || r->engine->begun_count == 1)
		engine_wrote(r->engine->begun);
	if (!n) {
		r->closed = true;
		resident_arm(r, CLOSED_MS);
	} else if (r->dialect->hear(r, bytes, n)) {
		const int64_t left = r->engine->begun_count;
		if (left >= GATHER_LEAST)
			subprocess_gather(r->subprocess, (begun - left) * GATHER_SHARE < begun);
		engine_pump(r->engine);
	}
}

static void resident_on_ended(void *arg, const struct subprocess_end *end)
{
	struct resident *r = arg;
	struct engine *e = r->engine;
	bool by_order = r->state == RESIDENT_ENDING && !r->cause[0];
	pid_t pid = subprocess_pid(r->subprocess);
	cleanup_free char *word = subprocess_last_word(r->subprocess);
	cleanup_free char *why = NULL;

	orphans_remove(e->orphans, pid);
	probe_gone(e);
	resident_clear(r);
	resident_arm(r, 0);
	r->state = RESIDENT_NONE;
	if (!r->cause[0])
		snprintf(r->cause, sizeof r->cause, *word ? "%s (%s)" : "%s", end->cause, word);
	why = mem_format("the program ended: %s", r->cause);
	resident_fail_begun(r, why, end);
	if (e->finishing && !e->waiting) {
		engine_idle(e);
		return;
	}
	if (by_order) {
		announce_waiting(&e->announce);
	} else if (r->wanted || e->waiting) {
		resident_backoff(r, pid, &end->used);
	} else {
		log_fact(LOG_LEVEL_WARN, FACT_PROGRAM_DIED, NULL, "program",
		         "node %d: %s ended: %s", e->node.id, e->spec->name, r->cause);
		announce_ended(&e->announce, pid, r->cause, &end->used, 0);
	}
	engine_pump(e);
}

static void resident_on_taken(void *arg)
{
	struct resident *r = arg;

	engine_pump(r->engine);
}

static const struct subprocess_handlers resident_handlers = {
    .output = resident_on_output,
    .taken = resident_on_taken,
    .ended = resident_on_ended,
};

void resident_write(struct resident *r, const struct buffer *out)
{
	if (!r->subprocess || !buffer_size(out))
		return;
	if (subprocess_unsent(r->subprocess) + buffer_size(out) > r->last + 2 * UNSENT_MAX)
		resident_distrust(r, "does not read what it is sent");
	else
		subprocess_write(r->subprocess, buffer_bytes(out), buffer_size(out));
}

void resident_begin(struct resident *r)
{
	struct engine *e = r->engine;
	struct buffer out = {0};
	struct error err;

	resident_arm(r, 0);
	r->answered = r->complained = r->closed = false;
	r->cause[0] = '\0';
	r->subprocess = subprocess_start(e->loop, e->spec, &e->node, e->spec->command,
	                                 &resident_handlers, r, &err);
	if (!r->subprocess) {
		snprintf(r->cause, sizeof r->cause, "%s", err.text);
		resident_backoff(r, 0, &(struct program_usage){0});
		return;
	}
	log_debug("program", "node %d: %s is process %d", e->node.id, e->spec->name,
	          (int)subprocess_pid(r->subprocess));
	orphans_add(e->orphans, subprocess_pid(r->subprocess));
	r->memory = r->dialect->open(r);
	r->state = RESIDENT_STARTING;
	if (r->dialect->greet(r, &out)) {
		r->state = RESIDENT_READY;
		probe_begin(e);
	} else {
		resident_arm(r, e->spec->start_timeout_ms);
	}
	announce_started(&e->announce, subprocess_pid(r->subprocess), r->state == RESIDENT_READY);
	resident_write(r, &out);
	buffer_free(&out);
}

void resident_open(struct engine *e, const struct dialect *dialect, bool wanted)
{
	struct resident *r = mem_new(sizeof *r);

	r->engine = e;
	r->dialect = dialect;
	r->wanted = wanted;
	e->ordered = dialect->ordered;
	timer_init(&r->timer, e->loop, resident_on_timer, r);
	e->resident = r;
	/* Not at once: a node whose loop does not run yet may still fail to begin, and leave what
	 * its program has done. */
	if (wanted)
		timer_start(&r->timer, 0);
}

void resident_ready(struct resident *r)
{
	if (r->state != RESIDENT_STARTING)
		return;
	r->state = RESIDENT_READY;
	announce_ready(&r->engine->announce);
	resident_arm(r, 0);
	probe_begin(r->engine);
}

void resident_stop(struct resident *r, bool now)
{
	r->state = RESIDENT_ENDING;
	(now ? probe_gone : probe_end)(r->engine);
	announce_ending(&r->engine->announce);
	resident_arm(r, 0);
	subprocess_stop(r->subprocess, now);
}

void resident_distrust(struct resident *r, const char *why)
{
	cleanup_free char *text = mem_format("the program %s", why);

	if (!r->subprocess || r->state == RESIDENT_ENDING)
		return;
	snprintf(r->cause, sizeof r->cause, "it %s", why);
	resident_stop(r, true);
	resident_fail_begun(r, text, NULL);
}

void resident_say(struct resident *r, enum log_level level, const char *text, size_t n)
{
	subprocess_say(r->subprocess, level, text, n);
}

void resident_complain(struct resident *r, const char *what)
{
	if (!r->complained)
		log_warn("program", "node %d: %s %s", r->engine->node.id, r->engine->spec->name,
		         what);
	r->complained = true;
}

static void resident_on_timer(void *arg)
{
	struct resident *r = arg;
	const struct program_spec *spec = r->engine->spec;
	cleanup_free char *why = NULL;
	cleanup_free char *remedy = NULL;

	if (r->state == RESIDENT_BACKOFF || r->state == RESIDENT_NONE) {
		r->state = RESIDENT_NONE;
		if (r->wanted || r->engine->waiting)
			resident_begin(r);
		else
			announce_waiting(&r->engine->announce);
		engine_pump(r->engine);
	} else if (r->closed) {
		resident_distrust(r, "closed its standard output");
	} else if (r->state == RESIDENT_STARTING || (r->state == RESIDENT_READY && !r->answered)) {
		remedy = remedy_buffered(spec);
		why =
		    mem_format("did not answer within %lld ms: its output may be buffered, try %s",
		               (long long)spec->start_timeout_ms, remedy);
		resident_distrust(r, why);
	} else if (r->state == RESIDENT_READY && !engine_is_asked(r->engine)) {
		resident_stop(r, false);
	}
}

void resident_answered(struct resident *r, struct call *call, const struct answer *answer)
{
	struct engine *e = r->engine;
	const bool probe = call->probe;
	const bool late = call->phase == CALL_ABANDONED;

	if (!r->answered && !r->closed)
		resident_arm(r, 0);
	r->answered = true;
	if (!probe)
		e->heard = clock_ms();
	if (call->phase == CALL_RUNNING) {
		engine_answer(e, call, answer);
	} else {
		free(answer->text);
		free(answer->detail);
		engine_drop(e, call);
	}
	if (probe && late)
		probe_late(e);
	/* A probe does not make it less idle. */
	if (!engine_is_asked(e) && e->spec->start == PROGRAM_START_DEMAND &&
	    (!probe || !timer_runs(&r->timer)))
		resident_arm(r, e->spec->idle_timeout_ms);
}
