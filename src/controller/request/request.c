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

struct pending {
	struct controller *controller; /* borrowed */
	struct task *table;
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

static void deliver(struct pending *p, struct task *r, const struct outcome *outcome);

static void on_due(void *arg, struct task *r)
{
	struct pending *p = arg;

	/* A kept outcome waits for its turn no longer. */
	if (r->kept)
		deliver(p, r, r->kept);
	else if (task_behind_stream(r))
		task_renew(p, r);
	else
		r->kind->expire(p->controller, r);
}

struct pending *pending_new(struct ev_loop *loop, struct controller *c, int64_t timeout_ms)
{
	struct pending *p = mem_new(sizeof *p);

	p->controller = c;
	deadlines_init(&p->due, loop, timeout_ms, on_due, p);
	trim_init(&p->trim, loop);
	return p;
}

void pending_epoch(struct pending *p, uint64_t epoch)
{
	p->last_request = p->sessions.last = epoch << MESSAGE_EPOCH_SHIFT;
}

void pending_close(struct pending *p, void (*idle)(void *arg), void *arg)
{
	p->idle = idle;
	p->idle_arg = arg;
	p->last_taken = p->last_request;
	if (!p->count)
		idle(arg);
}

static void free_task(struct task *r)
{
	if (r->kind->release)
		r->kind->release(r);
	outcome_free(r->kept);
	buffer_free(&r->result);
	free(r->args);
	free(r);
}

void pending_free(struct pending *p)
{
	struct task *r;
	struct task *next_task;

	if (!p)
		return;
	deadlines_stop(&p->due);
	trim_stop(&p->trim);
	HASH_ITER (hh, p->table, r, next_task) {
		HASH_DEL(p->table, r);
		free_task(r);
	}
	sessions_free(&p->sessions);
	free(p);
}

size_t pending_count(const struct pending *p)
{
	return p->count;
}

size_t pending_sessions(const struct pending *p)
{
	return p->sessions.open;
}

struct session *pending_session(struct pending *p, struct controller *c)
{
	return sessions_add(&p->sessions, c);
}

void pending_session_close(struct pending *p, struct session *s)
{
	sessions_close(&p->sessions, s);
}

struct task *task_new(struct pending *p, struct session *s, const struct task_kind *kind, int node,
                      const char *args, size_t size, outcome_fn *done, void *arg, struct error *err)
{
	struct task *r;

	if (p->count >= PENDING_MAX) {
		error_set(err, ERR_LIMIT, "%zu requests are under way", p->count);
		return NULL;
	}
	if (size > PENDING_BYTES_MAX - p->bytes) {
		error_set(err, ERR_LIMIT, "%zu bytes of requests are under way", p->bytes);
		return NULL;
	}
	if (mem_short()) {
		error_set(err, ERR_LIMIT, "no memory is left for another request");
		return NULL;
	}
	r = mem_new(sizeof *r);
	r->id = ++p->last_request;
	r->kind = kind;
	r->session = s;
	r->done = done;
	r->arg = arg;
	r->node = node;
	if (args)
		r->args = mem_copy(args, size);
	r->args_size = r->charged = size;
	p->bytes += size;
	trim_count(&p->trim, ++p->count);
	if (s) {
		s->requests++;
		s->barriers += kind->barrier;
	}
	HASH_ADD(hh, p->table, id, sizeof r->id, r);
	deadlines_add(&p->due, r);
	return r;
}

void task_names(struct task *r, int node)
{
	struct lane_entry *entry = &r->entries[r->entries[0].lane ? 1 : 0];

	if (!r->session || (r->entries[0].lane && r->entries[0].lane->node == node))
		return;
	entry->request = r->id;
	entry->barrier = r->kind->barrier;
	entry->stream = r->kind->stream;
	lane_enter(lane_get(&r->session->lanes, node), entry);
}

static void set_state(struct task *r, enum lane_state state)
{
	for (size_t i = 0; i < LANES; i++)
		r->entries[i].state = state;
}

void task_enter(struct pending *p, struct task *r)
{
	struct error err;

	/* Its answer keeps its place in the order. */
	if (p->idle && r->session && r->id > p->last_taken) {
		error_unavailable(&err, OUTCOME_NOT_RUN, "the tree is ending");
		task_fail(p, r, &err);
		return;
	}
	for (size_t i = 0; i < LANES; i++)
		if (!lane_may_start(&r->entries[i]))
			return;
	set_state(r, LANE_STARTED);
	r->kind->start(p->controller, r);
}

struct task *task_find(const struct pending *p, uint64_t id)
{
	struct task *r;

	HASH_FIND(hh, p->table, &id, sizeof id, r);
	return r;
}

static void task_unlist(struct task *r)
{
	if (r->home)
		DL_DELETE(*r->home, r);
	r->home = NULL;
}

void task_move(struct task *r, struct task **home)
{
	task_unlist(r);
	DL_APPEND(*home, r);
	r->home = home;
}

void tasks_restart(struct pending *p, struct task **list)
{
	cleanup_free uint64_t *ids = NULL;
	struct task *r;
	size_t count = 0;

	/* By id: starting one may end another, or put it back on this very list. */
	DL_COUNT(*list, r, count);
	ids = mem_new_array(count, sizeof *ids);
	count = 0;
	while (*list) {
		ids[count++] = (*list)->id;
		(*list)->phase = PHASE_WAITING;
		task_unlist(*list);
	}
	for (size_t i = 0; i < count; i++) {
		r = task_find(p, ids[i]);
		if (r && r->phase == PHASE_WAITING)
			r->kind->start(p->controller, r);
	}
}

static void free_if_over(struct pending *p, struct task *r)
{
	struct session *s = r->session;

	if (r->phase != PHASE_OVER || r->at_node || r->delivering)
		return;
	task_unlist(r);
	p->bytes -= r->charged;
	trim_count(&p->trim, --p->count);
	HASH_DEL(p->table, r);
	free_task(r);
	if (s)
		sessions_release(&p->sessions, s);
	if (p->idle && !p->count)
		p->idle(p->idle_arg);
}

/* What stood behind an answered request: outcomes that are ready, then what may start now. Only
 * barriers and open streams hold others up, and only barriers wait for what is neither. */
static void promote(struct pending *p, struct session *s, int node, bool held_up)
{
	struct lane *lane;
	struct task *r;
	cleanup_free uint64_t *ids = NULL;
	size_t n;

	while ((lane = lane_find(&s->lanes, node)) && lane->entries &&
	       lane->entries->state == LANE_READY) {
		r = task_find(p, lane->entries->request);
		deliver(p, r, r->kept);
	}
	if (!lane || !lane->entries || (!held_up && !lane->barriers))
		return;
	n = lane_startable(lane, &ids);
	for (size_t i = 0; i < n; i++) {
		r = task_find(p, ids[i]);
		if (r && r->entries[0].state == LANE_WAITING &&
		    (r->phase == PHASE_WAITING || r->at_node))
			task_enter(p, r);
	}
}

/* The time of all that waits in the lane begins now. */
static void renew_waiting(struct pending *p, const struct lane *lane)
{
	const struct lane_entry *e;

	DL_FOREACH (lane->entries, e) {
		if (e->state == LANE_WAITING)
			task_renew(p, task_find(p, e->request));
	}
}

void task_complete(struct pending *p, struct task *r)
{
	renew_waiting(p, r->entries[0].lane);
	lane_complete(&r->entries[0]);
	promote(p, r->session, r->node, true);
}

static size_t leave_lanes(struct task *r, int nodes[LANES])
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

bool task_behind_stream(const struct task *r)
{
	for (size_t i = 0; i < LANES; i++)
		if (r->entries[i].state == LANE_WAITING && lane_behind_open(&r->entries[i]))
			return true;
	return false;
}

bool task_may_complete(struct task *r)
{
	struct lane_entry *entry = &r->entries[0];

	if (!lane_behind_open(entry))
		return true;
	entry->stream = false;
	entry->state = LANE_WAITING;
	return false;
}

/* A barrier is answered: the pingalls that were asked after it wait for one less. */
static void release_sweeps(struct pending *p, struct session *s, uint64_t barrier)
{
	struct task *r;
	bool free_to_go = false;

	DL_FOREACH (s->sweeps, r) {
		if (r->id > barrier)
			free_to_go |= --r->awaits == 0;
	}
	if (free_to_go)
		tasks_restart(p, &s->sweeps);
}

/* The one place where anyone is called back. */
static void deliver(struct pending *p, struct task *r, const struct outcome *outcome)
{
	struct session *s = r->session;
	bool held_up = r->kind->barrier || r->entries[0].open;
	int nodes[LANES];
	size_t count;

	if (r->entries[0].open)
		renew_waiting(p, r->entries[0].lane);
	count = leave_lanes(r, nodes);
	r->phase = PHASE_OVER;
	r->delivering = true;
	deadlines_remove(&p->due, r);
	if (s)
		s->barriers -= r->kind->barrier;
	if (r->done && !(s && s->closed))
		r->done(r->arg, outcome);
	outcome_free(r->kept);
	r->kept = NULL;
	/* The session stays until its last request, this one at least, is freed. */
	for (size_t i = 0; i < count; i++)
		promote(p, s, nodes[i], held_up);
	if (s && r->kind->barrier)
		release_sweeps(p, s, r->id);
	r->delivering = false;
	free_if_over(p, r);
}

void task_finish(struct pending *p, struct task *r, const struct outcome *outcome)
{
	if (task_answered(r))
		return;
	if (!r->at_node)
		task_unlist(r);
	if (r->deadline <= clock_ms() ||
	    (lane_is_first(&r->entries[0]) && lane_is_first(&r->entries[1]))) {
		deliver(p, r, outcome);
		return;
	}
	r->phase = PHASE_KEPT;
	r->kept = outcome_copy(outcome);
	set_state(r, LANE_READY);
	if (r->entries[0].open)
		task_complete(p, r);
}

void task_fail(struct pending *p, struct task *r, const struct error *err)
{
	task_finish(p, r, &(struct outcome){.error = *err, .id = r->node});
}

bool task_cancel(struct pending *p, const struct session *s, const void *arg)
{
	struct task *r;
	struct error err;

	for (r = p->due.tasks; r; r = r->due_next)
		if (r->session == s && r->done && r->arg == arg && !task_answered(r))
			break;
	if (!r)
		return false;
	error_set(&err, ERR_CANCELLED, "cancelled by its client");
	err.outcome = r->phase == PHASE_SENT ? OUTCOME_UNKNOWN : OUTCOME_NOT_RUN;
	if (r->phase == PHASE_WAITING && r->entries[0].lane)
		task_fail(p, r, &err);
	else if (r->kind->cancel)
		r->kind->cancel(p->controller, r, &err);
	else
		return false;
	return true;
}

void task_settle(struct pending *p, struct task *r)
{
	task_unlist(r);
	r->at_node = false;
	free_if_over(p, r);
}

void task_renew(struct pending *p, struct task *r)
{
	if (r->phase != PHASE_OVER)
		deadlines_renew(&p->due, r);
}

void task_due_in(struct pending *p, struct task *r, int64_t ms)
{
	if (r->phase != PHASE_OVER)
		deadlines_set(&p->due, r, ms);
}
