/*
 * Owns the calls. Invariants: each is in the table until it is dropped, and in one of the two
 * lists; each is answered once, before it is dropped or abandoned, unless the engine is freed.
 */
#include "program/engine.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/number_hash.h"
#include "base/pieces.h"
#include "base/probes.h"
#include "program/internal.h"
#include "program/orphans.h"
#include "program/place.h"
#include "program/progress.h"

/* dtreed answers at the deadline; here it is over a moment later, so that both do not say it. */
#define DEADLINE_AFTER_MS 50

static struct pieces engine_calls = {.size = sizeof(struct call)};

static struct answer call_failure(enum answer_kind kind, const char *why, char *detail)
{
	return (struct answer){
	    .kind = kind, .text = mem_string(why), .size = strlen(why), .detail = detail};
}

void engine_end_call(struct call *call, const char *why)
{
	struct engine *e = call->engine;

	if (call->phase == CALL_WAITING) {
		engine_answer(e, call, &(struct answer){.kind = ANSWER_LATE});
	} else if (call->phase == CALL_RUNNING) {
		struct answer answer = call_failure(ANSWER_UNKNOWN, why, NULL);
		PROBE_SERVICE_END(call->id, e->node.id, true, 0);
		answer.times = call->times;
		call->phase = CALL_ABANDONED;
		e->answer(e->arg, call->id, &answer);
		timer_start(&call->timer, e->spec->stop_grace_ms);
		e->host->abandon(e, call);
	}
}

/* A request could not begin before its deadline: a probe that is over, and whose answer is to come
 * first, is not waited for any longer. */
static void call_unblock(struct engine *e)
{
	struct call *first = e->begun;

	if (e->ordered && first && first->probe && first->phase == CALL_ABANDONED)
		e->host->give_up(e, first);
}

static void call_on_timer(void *arg)
{
	struct call *call = arg;
	struct engine *e = call->engine;

	const bool waits = call->phase == CALL_WAITING;

	if (call->phase == CALL_ABANDONED)
		e->host->give_up(e, call);
	else
		engine_end_call(call, "it did not answer in time");
	if (waits)
		call_unblock(e);
	engine_pump(e);
}

void engine_drop(struct engine *e, struct call *call)
{
	timer_stop(&call->timer);
	if (call->owner)
		call->owner->dropped(e, call);
	if (!call->probe)
		HASH_DEL(e->table, call);
	if (call->phase == CALL_WAITING) {
		DL_DELETE(e->waiting, call);
	} else {
		DL_DELETE(e->begun, call);
		e->begun_count -= !call->aside;
	}
	subprocess_free(call->subprocess);
	buffer_free(&call->result);
	buffer_free(&call->input.parts);
	free(call->progress);
	free(call->traceparent);
	free(call->args);
	pieces_give(&engine_calls, call);
}

void engine_answer(struct engine *e, struct call *call, const struct answer *answer)
{
	struct answer timed = *answer;

	timed.times = call->times;
	progress_end(e, call);
	if (call->owner) {
		call->owner->answered(e, call, answer);
		free(answer->text);
		free(answer->detail);
	} else {
		if (call->phase == CALL_RUNNING)
			PROBE_SERVICE_END(call->id, e->node.id, answer->kind != ANSWER_DONE,
			                  answer->size);
		e->answer(e->arg, call->id, &timed);
	}
	engine_drop(e, call);
}

void engine_fail(struct engine *e, struct call *call, enum answer_kind kind, const char *why,
                 char *detail)
{
	struct answer answer = call_failure(kind, why, detail);

	engine_answer(e, call, &answer);
}

static bool call_is_in(const struct call *list)
{
	while (list && list->probe)
		list = list->next;
	return list;
}

bool engine_is_asked(const struct engine *e)
{
	return call_is_in(e->begun) || call_is_in(e->waiting);
}

void engine_abandon(struct engine *e, struct call *call)
{
	call->phase = CALL_ABANDONED;
	/* Where answers are known by their place this one must come. */
	if (!e->ordered)
		timer_start(&call->timer, e->spec->stop_grace_ms);
	e->host->abandon(e, call);
}

static void engine_end(struct engine *e)
{
	engine_done_fn *done = e->done;

	/* A process of a probe is waited for; a program that stays may never answer one. */
	if (!done || engine_is_asked(e) || (e->begun && !e->resident) || e->formers ||
	    !e->host->end(e))
		return;
	e->done = NULL;
	done(e->done_arg);
}

void engine_idle(struct engine *e)
{
	engine_end(e);
}

/* For the first that waits, if there is one. */
static bool engine_has_room(const struct engine *e)
{
	return e->waiting && (e->waiting->aside || e->begun_count < e->spec->concurrency);
}

/* What begins may be answered, and that may lead here again. */
void engine_pump(struct engine *e)
{
	struct call *call;

	if (e->pumping)
		return;
	e->pumping = true;
	while (!e->held && engine_has_room(e) && e->host->ready(e) && (call = e->waiting)) {
		DL_DELETE(e->waiting, call);
		DL_APPEND(e->begun, call);
		e->begun_count += !call->aside;
		call->phase = CALL_RUNNING;
		if (!call->probe)
			PROBE_SERVICE_START(call->id, e->node.id, call->size);
		call->times.begun = clock_ns();
		e->host->begin(e, call);
	}
	e->pumping = false;
	engine_end(e);
}

struct engine *engine_open(struct ev_loop *loop, struct program_spec *spec,
                           const struct program_node *node, const struct host *host,
                           engine_answer_fn *answer, void *arg)
{
	struct engine *e = mem_new(sizeof *e);

	e->loop = loop;
	timer_init(&e->progress_timer, loop, progress_on_time, e);
	e->spec = spec;
	e->node = *node;
	e->host = host;
	e->answer = answer;
	e->arg = arg;
	e->orphans = orphans_new(loop);
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	timer_stop(&e->progress_timer);
	while (e->begun)
		engine_drop(e, e->begun);
	while (e->waiting)
		engine_drop(e, e->waiting);
	while (e->formers) {
		struct engine *former = e->formers;
		LL_DELETE(e->formers, former);
		engine_free(former);
	}
	timer_stop(&e->gone);
	timer_stop(&e->probe.timer);
	if (e->host->close)
		e->host->close(e);
	if (!e->successor)
		orphans_free(e->orphans);
	program_spec_free(e->spec);
	free(e->spec);
	free(e);
}

/* Of this engine or of one before it. */
static struct call *engine_find(struct engine *e, uint64_t id)
{
	struct engine *former;
	struct call *call;

	HASH_FIND(hh, e->table, &id, sizeof id, call);
	if (!call)
		LL_FOREACH (e->formers, former) {
			HASH_FIND(hh, former->table, &id, sizeof id, call);
			if (call)
				break;
		}
	return call;
}

void engine_wrote(struct call *call)
{
	if (call && !call->times.first)
		call->times.first = clock_ns();
}

static void call_is_due(struct call *call, int64_t deadline)
{
	call->deadline = deadline;
	if (deadline)
		timer_start(&call->timer, deadline - clock_ms() + DEADLINE_AFTER_MS);
}

static struct call *call_make(struct engine *e, const struct engine_request *request)
{
	struct call *call = pieces_new(&engine_calls);

	call->id = request->id;
	call->engine = e;
	call->args = request->args;
	call->size = request->size;
	call->traceparent = request->traceparent;
	timer_init(&call->timer, e->loop, call_on_timer, call);
	return call;
}

static struct call *call_new(struct engine *e, const struct engine_request *request)
{
	struct call *call = call_make(e, request);

	call->times.before = HASH_COUNT(e->table);
	HASH_ADD(hh, e->table, id, sizeof call->id, call);
	DL_APPEND(e->waiting, call);
	return call;
}

struct call *engine_put_probe(struct engine *e, const struct call_owner *owner, char *args,
                              size_t size)
{
	struct call *call = call_make(e, &(struct engine_request){.args = args, .size = size});

	call->owner = owner;
	call->probe = true;
	call->aside = !e->resident;
	if (call->aside)
		DL_PREPEND(e->waiting, call);
	else
		DL_APPEND(e->waiting, call);
	return call;
}

void engine_ask(struct engine *e, const struct engine_request *request)
{
	call_is_due(call_new(e, request), request->deadline);
	engine_pump(e);
}

void engine_on_progress(struct engine *e, engine_progress_fn *progress)
{
	e->progress = progress;
}

void engine_on_taken(struct engine *e, engine_taken_fn *taken)
{
	e->taken = taken;
}

bool engine_takes_input(const struct engine *e)
{
	return e->host->input;
}

void engine_ask_input(struct engine *e, const struct engine_request *request)
{
	call_new(e, request)->input.used = true;
	engine_pump(e);
}

void engine_input(struct engine *e, uint64_t id, const char *bytes, size_t n, bool last,
                  int64_t deadline)
{
	struct call *call = engine_find(e, id);

	if (!call || !call->input.used || call->input.whole || call->phase == CALL_ABANDONED)
		return;
	buffer_add(&call->input.parts, bytes, n);
	call->input.whole = last;
	if (last)
		call_is_due(call, deadline);
	if (call->phase == CALL_RUNNING)
		call->engine->host->input(call->engine, call);
}

void engine_cancel(struct engine *e, uint64_t id)
{
	struct call *call = engine_find(e, id);
	struct engine *of = call ? call->engine : e;

	if (call)
		engine_end_call(call, "cancelled");
	engine_pump(of);
}

void engine_adopted(struct engine *e)
{
	place_limit(e->spec, &e->node);
}

void engine_hold(struct engine *e, bool hold)
{
	struct engine *former;

	if (e->held == hold)
		return;
	e->held = hold;
	e->heard = clock_ms();
	LL_FOREACH (e->formers, former) {
		former->held = hold;
		former->host->hold(former, hold);
	}
	e->host->hold(e, hold);
	engine_pump(e);
}
