/*
 * An engine whose place another spec takes. It becomes a former one, which keeps what has begun,
 * and is freed once nothing of it runs.
 */
#include <utlist.h>

#include "base/mem.h"
#include "base/number_hash.h"
#include "program/field.h"
#include "program/internal.h"
#include "program/probe.h"
#include "program/progress.h"

static void former_on_gone(void *arg)
{
	struct engine *former = arg;
	struct engine *e = former->successor;

	LL_DELETE(e->formers, former);
	engine_free(former);
	engine_idle(e);
}

/* It may be on the stack. */
static void former_on_done(void *arg)
{
	struct engine *former = arg;

	timer_start(&former->gone, 0);
}

/* Calls that have not begun go from one engine to the other. */
static void engine_inherit(struct engine *e, struct engine *former)
{
	struct call *call;
	struct call *next;

	DL_FOREACH (former->begun, call) {
		call->engine = former;
	}
	DL_FOREACH_SAFE (former->waiting, call, next) {
		/* What the new program cannot take is left to the former. */
		call->engine = former;
		if (call->input.used && !e->host->input)
			continue;
		HASH_DEL(former->table, call);
		DL_DELETE(former->waiting, call);
		call->kept = false;
		call->engine = e;
		HASH_ADD(hh, e->table, id, sizeof call->id, call);
		DL_APPEND(e->waiting, call);
	}
}

void engine_replace(struct engine *e, struct program_spec *spec, const struct host *host)
{
	struct engine *former = mem_new(sizeof *former);

	probe_end(e);
	*former = *e;
	former->probe = (struct probe){0};
	timer_init(&former->progress_timer, e->loop, progress_on_time, former);
	former->successor = e;
	former->formers = NULL;
	former->finishing = true;
	former->done = former_on_done;
	former->done_arg = former;
	timer_init(&former->gone, e->loop, former_on_gone, former);
	announce_begin(&former->announce, NULL, false);
	LL_PREPEND(e->formers, former);
	e->spec = spec;
	e->host = host;
	e->resident = NULL;
	e->ordered = false;
	e->table = e->waiting = e->begun = NULL;
	e->begun_count = 0;
	engine_inherit(e, former);
	if (former->host->moved)
		former->host->moved(former);
	engine_pump(former);
}

size_t engine_formers(const struct engine *e)
{
	const struct engine *former;
	size_t count;

	LL_COUNT(e->formers, former, count);
	return count;
}

void engine_retire(struct engine *e)
{
	program_field_clear(&e->spec->probe);
	probe_end(e);
	announce_probe_declared(&e->announce, false);
	announce_begin(&e->announce, e->announce.watch, true);
	announce_begin(&e->announce, NULL, false);
}

/* What will never be whole is not run to its end. */
static void engine_end_halves(struct engine *e)
{
	struct engine *former;
	struct call *call;
	struct call *next;

	HASH_ITER (hh, e->table, call, next) {
		if (call->input.used && !call->input.whole)
			engine_end_call(call, "its node ends");
	}
	LL_FOREACH (e->formers, former) {
		engine_end_halves(former);
	}
}

void engine_finish(struct engine *e, engine_done_fn *done, void *arg)
{
	e->finishing = true;
	probe_end(e);
	engine_end_halves(e);
	e->done = done;
	e->done_arg = arg;
	e->held = true;
	engine_hold(e, false);
}
