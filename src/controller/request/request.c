/*
 * Owns requests and sessions. Invariants: a request is in the table until it is both answered and
 * settled; it has a deadline until it is delivered.
 */
#include "controller/request/request.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "controller/request/deadlines.h"
#include "controller/request/malloc_trim.h"
#include "controller/request/outcome.h"
#include "wire/message.h"

struct requests {
	struct controller *controller; /* borrowed */
	struct request *table;
	size_t count;
	size_t bytes;
	struct deadlines due;
	struct trim trim;
	uint64_t last_request;
	struct sessions sessions;
	void (*idle)(void *arg); /* once it is closed */
	uint64_t last_taken;     /* then: later requests are refused */
	void *idle_arg;
};

static void deliver(struct requests *all, struct request *r, const struct outcome *outcome);

static void on_due(void *arg, struct request *r)
{
	struct requests *all = arg;

	/* A kept outcome waits for its turn no longer. */
	if (r->kept)
		deliver(all, r, r->kept);
	else if (request_behind_stream(r))
		request_renew(all, r);
	else
		r->kind->expire(all->controller, r);
}

struct requests *requests_new(struct ev_loop *loop, struct controller *c, int64_t timeout_ms)
{
	struct requests *all = mem_new(sizeof *all);

	all->controller = c;
	deadlines_init(&all->due, loop, timeout_ms, on_due, all);
	trim_init(&all->trim, loop);
	return all;
}

void requests_epoch(struct requests *all, uint64_t epoch)
{
	all->last_request = all->sessions.last = epoch << MESSAGE_EPOCH_SHIFT;
}

void requests_close(struct requests *all, void (*idle)(void *arg), void *arg)
{
	all->idle = idle;
	all->idle_arg = arg;
	all->last_taken = all->last_request;
	if (!all->count)
		idle(arg);
}

static void free_request(struct request *r)
{
	if (r->kind->release)
		r->kind->release(r);
	outcome_free(r->kept);
	buffer_free(&r->result);
	free(r->args);
	free(r);
}

void requests_free(struct requests *all)
{
	struct request *r;
	struct request *next_request;

	if (!all)
		return;
	deadlines_stop(&all->due);
	trim_stop(&all->trim);
	HASH_ITER (hh, all->table, r, next_request) {
		HASH_DEL(all->table, r);
		free_request(r);
	}
	sessions_free(&all->sessions);
	free(all);
}

size_t requests_count(const struct requests *all)
{
	return all->count;
}

size_t requests_sessions(const struct requests *all)
{
	return all->sessions.open;
}

struct session *requests_session(struct requests *all, struct controller *c)
{
	return sessions_add(&all->sessions, c);
}

void requests_session_close(struct requests *all, struct session *s)
{
	sessions_close(&all->sessions, s);
}

struct request *request_new(struct requests *all, struct session *s,
                            const struct request_kind *kind, int node, const char *args,
                            size_t size, outcome_fn *done, void *arg, struct error *err)
{
	struct request *r;

	if (all->count >= REQUESTS_MAX) {
		error_set(err, ERR_LIMIT, "%zu requests are under way", all->count);
		return NULL;
	}
	if (size > REQUESTS_BYTES_MAX - all->bytes) {
		error_set(err, ERR_LIMIT, "%zu bytes of requests are under way", all->bytes);
		return NULL;
	}
	if (mem_short()) {
		error_set(err, ERR_LIMIT, "no memory is left for another request");
		return NULL;
	}
	r = mem_new(sizeof *r);
	r->id = ++all->last_request;
	r->kind = kind;
	r->session = s;
	r->done = done;
	r->arg = arg;
	r->node = node;
	if (args)
		r->args = mem_copy(args, size);
	r->args_size = r->charged = size;
	all->bytes += size;
	trim_count(&all->trim, ++all->count);
	if (s) {
		s->requests++;
		s->barriers += kind->barrier;
	}
	HASH_ADD(hh, all->table, id, sizeof r->id, r);
	deadlines_add(&all->due, r);
	return r;
}

void request_names(struct request *r, int node)
{
	struct lane_entry *entry = &r->entries[r->entries[0].lane ? 1 : 0];

	if (!r->session || (r->entries[0].lane && r->entries[0].lane->node == node))
		return;
	entry->request = r->id;
	entry->barrier = r->kind->barrier;
	entry->stream = r->kind->stream;
	lane_enter(lane_get(&r->session->lanes, node), entry);
}

static void set_state(struct request *r, enum lane_state state)
{
	for (size_t i = 0; i < LANES; i++)
		r->entries[i].state = state;
}

void request_enter(struct requests *all, struct request *r)
{
	struct error err;

	/* Its answer keeps its place in the order. */
	if (all->idle && r->session && r->id > all->last_taken) {
		error_unavailable(&err, OUTCOME_NOT_RUN, "the tree is ending");
		request_fail(all, r, &err);
		return;
	}
	for (size_t i = 0; i < LANES; i++)
		if (!lane_may_start(&r->entries[i]))
			return;
	set_state(r, LANE_STARTED);
	r->kind->start(all->controller, r);
}

struct request *request_find(const struct requests *all, uint64_t id)
{
	struct request *r;

	HASH_FIND(hh, all->table, &id, sizeof id, r);
	return r;
}

static void request_unlist(struct request *r)
{
	if (r->home)
		DL_DELETE(*r->home, r);
	r->home = NULL;
}

void request_move(struct request *r, struct request **home)
{
	request_unlist(r);
	DL_APPEND(*home, r);
	r->home = home;
}

void requests_restart(struct requests *all, struct request **list)
{
	cleanup_free uint64_t *ids = NULL;
	struct request *r;
	size_t count = 0;

	/* By id: starting one may end another, or put it back on this very list. */
	DL_COUNT(*list, r, count);
	ids = mem_new_array(count, sizeof *ids);
	count = 0;
	while (*list) {
		ids[count++] = (*list)->id;
		(*list)->phase = PHASE_WAITING;
		request_unlist(*list);
	}
	for (size_t i = 0; i < count; i++) {
		r = request_find(all, ids[i]);
		if (r && r->phase == PHASE_WAITING)
			r->kind->start(all->controller, r);
	}
}

static void free_if_over(struct requests *all, struct request *r)
{
	struct session *s = r->session;

	if (r->phase != PHASE_OVER || r->at_node || r->delivering)
		return;
	request_unlist(r);
	all->bytes -= r->charged;
	trim_count(&all->trim, --all->count);
	HASH_DEL(all->table, r);
	free_request(r);
	if (s)
		sessions_release(&all->sessions, s);
	if (all->idle && !all->count)
		all->idle(all->idle_arg);
}

/* What stood behind an answered request: outcomes that are ready, then what may start now. Only
 * barriers and open streams hold others up, and only barriers wait for what is neither. */
static void promote(struct requests *all, struct session *s, int node, bool held_up)
{
	struct lane *lane;
	struct request *r;
	cleanup_free uint64_t *ids = NULL;
	size_t n;

	while ((lane = lane_find(&s->lanes, node)) && lane->entries &&
	       lane->entries->state == LANE_READY) {
		r = request_find(all, lane->entries->request);
		deliver(all, r, r->kept);
	}
	if (!lane || !lane->entries || (!held_up && !lane->barriers))
		return;
	n = lane_startable(lane, &ids);
	for (size_t i = 0; i < n; i++) {
		r = request_find(all, ids[i]);
		if (r && r->entries[0].state == LANE_WAITING &&
		    (r->phase == PHASE_WAITING || r->at_node))
			request_enter(all, r);
	}
}

/* The time of all that waits in the lane begins now. */
static void renew_waiting(struct requests *all, const struct lane *lane)
{
	const struct lane_entry *e;

	DL_FOREACH (lane->entries, e) {
		if (e->state == LANE_WAITING)
			request_renew(all, request_find(all, e->request));
	}
}

void request_complete(struct requests *all, struct request *r)
{
	renew_waiting(all, r->entries[0].lane);
	lane_complete(&r->entries[0]);
	promote(all, r->session, r->node, true);
}

static size_t leave_lanes(struct request *r, int nodes[LANES])
{
	size_t count = 0;

	for (size_t i = 0; i < LANES; i++) {
		if (!r->entries[i].lane)
			continue;
		nodes[count++] = r->entries[i].lane->node;
		lane_leave(&r->entries[i]);
	}
	return count;
}

bool request_behind_stream(const struct request *r)
{
	for (size_t i = 0; i < LANES; i++)
		if (r->entries[i].state == LANE_WAITING && lane_behind_open(&r->entries[i]))
			return true;
	return false;
}

bool request_may_complete(struct request *r)
{
	struct lane_entry *entry = &r->entries[0];

	if (!lane_behind_open(entry))
		return true;
	entry->stream = false;
	entry->state = LANE_WAITING;
	return false;
}

/* A barrier is answered: the pingalls that were asked after it wait for one less. */
static void release_sweeps(struct requests *all, struct session *s, uint64_t barrier)
{
	struct request *r;
	bool free_to_go = false;

	DL_FOREACH (s->sweeps, r) {
		if (r->id > barrier)
			free_to_go |= --r->awaits == 0;
	}
	if (free_to_go)
		requests_restart(all, &s->sweeps);
}

/* The one place where anyone is called back. */
static void deliver(struct requests *all, struct request *r, const struct outcome *outcome)
{
	struct session *s = r->session;
	bool held_up = r->kind->barrier || r->entries[0].open;
	int nodes[LANES];
	size_t count;

	if (r->entries[0].open)
		renew_waiting(all, r->entries[0].lane);
	count = leave_lanes(r, nodes);
	r->phase = PHASE_OVER;
	r->delivering = true;
	deadlines_remove(&all->due, r);
	if (s)
		s->barriers -= r->kind->barrier;
	if (r->done && !(s && s->closed))
		r->done(r->arg, outcome);
	outcome_free(r->kept);
	r->kept = NULL;
	/* The session stays until its last request, this one at least, is freed. */
	for (size_t i = 0; i < count; i++)
		promote(all, s, nodes[i], held_up);
	if (s && r->kind->barrier)
		release_sweeps(all, s, r->id);
	r->delivering = false;
	free_if_over(all, r);
}

void request_finish(struct requests *all, struct request *r, const struct outcome *outcome)
{
	if (request_answered(r))
		return;
	if (!r->at_node)
		request_unlist(r);
	if (r->deadline <= clock_ms() ||
	    (lane_is_first(&r->entries[0]) && lane_is_first(&r->entries[1]))) {
		deliver(all, r, outcome);
		return;
	}
	r->phase = PHASE_KEPT;
	r->kept = outcome_copy(outcome);
	set_state(r, LANE_READY);
	if (r->entries[0].open)
		request_complete(all, r);
}

void request_fail(struct requests *all, struct request *r, const struct error *err)
{
	request_finish(all, r, &(struct outcome){.error = *err, .id = r->node});
}

bool request_cancel(struct requests *all, const struct session *s, const void *arg)
{
	struct request *r;
	struct error err;

	for (r = all->due.requests; r; r = r->due_next)
		if (r->session == s && r->done && r->arg == arg && !request_answered(r))
			break;
	if (!r)
		return false;
	error_set(&err, ERR_CANCELLED, "cancelled by its client");
	err.outcome = r->phase == PHASE_SENT ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN;
	if (r->phase == PHASE_WAITING && r->entries[0].lane)
		request_fail(all, r, &err);
	else if (r->kind->cancel)
		r->kind->cancel(all->controller, r, &err);
	else
		return false;
	return true;
}

void request_settle(struct requests *all, struct request *r)
{
	request_unlist(r);
	r->at_node = false;
	free_if_over(all, r);
}

void request_renew(struct requests *all, struct request *r)
{
	if (r->phase != PHASE_OVER)
		deadlines_renew(&all->due, r);
}

void request_due_in(struct requests *all, struct request *r, int64_t ms)
{
	if (r->phase != PHASE_OVER)
		deadlines_set(&all->due, r, ms);
}
