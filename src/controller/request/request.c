/*
 * One request, from its making to its end. Invariants: a request is in the table until it is both
 * told and settled; it has a deadline until its outcome is told or overdue.
 */
#include "controller/request/request.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/number_hash.h"
#include "base/pieces.h"
#include "base/probes.h"
#include "controller/request/internal.h"
#include "controller/request/outcome.h"
#include "controller/request/trace.h"

static struct pieces request_pieces = {.size = sizeof(struct request)};

struct request *request_new(struct requests *all, struct session *s,
                            const struct request_spec *spec)
{
	struct request *r = pieces_new(&request_pieces);

	r->id = ++all->last_request;
	r->at.submitted = clock_ns();
	r->kind = spec->kind;
	r->session = s;
	r->done = spec->done;
	r->arg = spec->arg;
	r->node = spec->node;
	r->timeout_ms = spec->timeout_ms ? spec->timeout_ms : all->due.timeout_ms;
	r->unordered = spec->unordered;
	r->progress = spec->progress;
	r->detail = spec->detail;
	if (spec->args)
		r->args = mem_copy(spec->args, spec->size);
	if (spec->traceparent)
		r->traceparent = mem_string(spec->traceparent);
	r->args_size = r->charged = spec->size;
	all->bytes += spec->size;
	trim_count(&all->trim, ++all->count);
	if (s) {
		if (s->traces)
			request_trace_open(r);
		s->traces = false;
		r->at.read = s->read;
		s->requests++;
		DL_APPEND2(s->asked, r, asked_prev, asked_next);
	}
	HASH_ADD(hh, all->table, id, sizeof r->id, r);
	PROBE_REQUEST_START(r->id, r->node, r->kind->name, spec->size);
	return r;
}

void request_free(struct request *r)
{
	if (r->kind->release)
		r->kind->release(r);
	request_trace_close(r);
	outcome_free(r->outcome);
	free(r->failure);
	buffer_free(&r->result);
	free(r->did);
	free(r->look);
	free(r->traceparent);
	free(r->args);
	pieces_give(&request_pieces, r);
}

struct request *request_find(const struct requests *all, uint64_t id)
{
	struct request *r;

	HASH_FIND(hh, all->table, &id, sizeof id, r);
	return r;
}

void request_leave(struct request *r)
{
	if (r->home)
		DL_DELETE(*r->home, r);
	if (r->length)
		--*r->length;
	r->home = NULL;
	r->length = NULL;
}

void request_move(struct request *r, struct request **home)
{
	request_leave(r);
	DL_APPEND(*home, r);
	r->home = home;
}

void request_move_counted(struct request *r, struct request **home, size_t *length)
{
	request_move(r, home);
	r->length = length;
	++*length;
}

static int request_by_age(const struct request *a, const struct request *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

void requests_restart(struct requests *all, struct request **list)
{
	struct request *now = NULL;

	/* Off the list first: what starts may come back to it. */
	while (*list) {
		(*list)->phase = PHASE_WAITING;
		request_move(*list, &now);
	}
	/* What came back from a node's window stands behind what was asked later. */
	DL_SORT(now, request_by_age);
	while (now) {
		struct request *r = now;
		request_leave(r);
		r->at.ready = clock_ns();
		r->kind->start(all->controller, r);
	}
}

void request_drop_if_over(struct requests *all, struct request *r)
{
	struct session *s = r->session;

	if (r->phase != PHASE_TOLD || r->at_node)
		return;
	request_leave(r);
	all->bytes -= r->charged;
	trim_count(&all->trim, --all->count);
	HASH_DEL(all->table, r);
	if (s)
		DL_DELETE2(s->asked, r, asked_prev, asked_next);
	request_free(r);
	if (s)
		sessions_release(&all->sessions, s);
	if (all->closed && !all->count)
		deferred_call(&all->none_left);
}

/* `kept`, which may be NULL, is taken over. */
static void request_end(struct requests *all, struct request *r, const struct outcome *outcome,
                        struct outcome *kept)
{
	if (!r->at_node)
		request_leave(r);
	PROBE_REQUEST_ANSWERED(r->id, r->node, outcome->error.code, outcome->result_size);
	r->at.code = outcome->error.code;
	r->at.result_size = outcome->result_size;
	r->at.phase = r->phase;
	r->at.unstarted = r->entries[0].state == LANE_WAITING;
	r->phase = PHASE_FINISHED;
	r->at.answered = clock_ns();
	r->outcome = kept;
	for (size_t i = 0; i < LANES; i++)
		r->entries[i].state = LANE_READY;
	if (r->kind->finished)
		r->kind->finished(all->controller, r, outcome);
	/* It keeps its place in its lanes as long as any other. */
	if (r->cancelling)
		deadlines_set(&all->due, r, r->until - clock_ms());
	completions_add(&all->completions, r);
	while (r->cancels)
		request_tell_cancel(all, r->cancels);
}

/* Of the outcome of one that is being cancelled only its fate is left. */
static struct outcome request_cancelled(const struct request *r, enum error_outcome fate)
{
	struct outcome outcome = {.id = r->node};

	error_set(&outcome.error, ERR_CANCELLED, "cancelled by its client");
	outcome.error.outcome = fate == OUTCOME_NOT_RUN ? OUTCOME_NOT_RUN : OUTCOME_UNKNOWN;
	return outcome;
}

void request_finish(struct requests *all, struct request *r, const struct outcome *known)
{
	const struct outcome *outcome = known;
	struct outcome cancelled;

	if (request_answered(r))
		return;
	if (r->cancelling) {
		cancelled = request_cancelled(r, known->error.outcome);
		outcome = &cancelled;
	}
	/* The asker of a stream may listen later, by closing it. */
	request_end(all, r, outcome, r->done || r->kind->stream ? outcome_copy(outcome) : NULL);
}

void request_tell_cancel(struct requests *all, struct request *r)
{
	request_finish(all, r, &(struct outcome){.id = r->node, .cancelled = true});
}

void request_finish_large(struct requests *all, struct request *r, const struct outcome *outcome)
{
	struct outcome rest = *outcome;
	struct outcome *copy;

	if (request_answered(r))
		return;
	rest.result = NULL;
	copy = outcome_copy(&rest);
	outcome_take_result(copy, &r->result);
	request_end(all, r, copy, copy);
}

void request_fail(struct requests *all, struct request *r, const struct error *err)
{
	request_finish(all, r, &(struct outcome){.error = *err, .id = r->node});
}

void request_listen(struct requests *all, struct request *r, outcome_fn *done, void *arg)
{
	r->done = done;
	r->arg = arg;
	if (r->queued)
		completions_put_last(&all->completions, r);
	else if (r->held && r->phase == PHASE_FINISHED)
		completions_add(&all->completions, r);
	r->held = false;
}

void request_tell_progress(const struct request *r, const char *json, size_t size)
{
	if (r->progress && r->done && !request_answered(r) && !r->cancelling && r->session &&
	    !r->session->closed)
		r->progress(r->arg, json, size);
}

void request_settle(struct requests *all, struct request *r)
{
	request_leave(r);
	r->at_node = false;
	request_drop_if_over(all, r);
}

void request_renew(struct requests *all, struct request *r)
{
	if (!request_answered(r))
		deadlines_start(&all->due, r, clock_ns());
}

void request_due_in(struct requests *all, struct request *r, int64_t ms)
{
	if (!request_answered(r))
		deadlines_set(&all->due, r, ms);
}

bool request_never_started(const struct request *r, struct error *err)
{
	if (r->phase != PHASE_WAITING)
		return false;
	error_unavailable(err, OUTCOME_NOT_RUN,
	                  "earlier requests to node %d were not answered in time", r->node);
	return true;
}
