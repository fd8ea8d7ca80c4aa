/*
 * The order of a session's requests: which of them start, and when an outcome is told. Owns the
 * entries of requests in lanes. Invariant: an outcome is told from the loop only, in order_pass().
 */
#include <utlist.h>

#include "base/clock.h"
#include "base/probes.h"
#include "controller/request/internal.h"
#include "controller/request/outcome.h"
#include "controller/request/trace.h"

void order_take_place(struct request *r, int node)
{
	struct lane_entry *entry = &r->entries[r->entries[0].lane ? 1 : 0];

	if (!r->session || (r->entries[0].lane && r->entries[0].lane->node == node))
		return;
	entry->request = r;
	entry->barrier = r->kind->barrier || r->kind->holds;
	entry->stream = (r->kind->stream && !r->kind->input) || r->kind->holds;
	/* Counted once, however many its lanes are. */
	if (entry == &r->entries[0])
		r->session->barriers += r->kind->barrier;
	lane_enter(lane_get(&r->session->lanes, node), entry);
}

/* It leaves the order; what stands behind it may be the first now. */
static void order_loosen(struct requests *all, struct request *r)
{
	for (size_t i = 0; i < LANES; i++) {
		const struct lane *lane = r->entries[i].lane;
		if (!lane || r->entries[i].open)
			continue;
		lane_loosen(&r->entries[i]);
		if (lane->entries && lane->entries->state == LANE_READY)
			completions_add(&all->completions, lane->entries->request);
	}
}

void order_enter(struct requests *all, struct request *r)
{
	if (r->awaits) {
		r->phase = PHASE_BLOCKED;
		request_move(r, &r->session->sweeps);
		return;
	}
	for (size_t i = 0; i < LANES; i++)
		if (!lane_may_start(&r->entries[i]))
			return;
	for (size_t i = 0; i < LANES; i++)
		r->entries[i].state = LANE_STARTED;
	if (r->unordered)
		order_loosen(all, r);
	r->kind->start(all->controller, r);
}

/* What stood behind a request that is told or complete: an outcome that is known, then what may
 * start now. Only barriers and open streams hold others up, and only barriers wait for what is
 * neither. */
static void order_promote(struct requests *all, struct session *s, int node, bool held_up)
{
	cleanup_free struct request **startable = NULL;
	struct lane *lane = lane_find(&s->lanes, node);
	size_t count;

	if (!lane || !lane->entries)
		return;
	if (lane->entries->state == LANE_READY)
		completions_add(&all->completions, lane->entries->request);
	if (!held_up && !lane->barriers && !lane->completing)
		return;
	count = lane_startable(lane, &startable);
	for (size_t i = 0; i < count; i++) {
		struct request *r = startable[i];
		/* One that was started before may have completed a stream. */
		if (r->entries[0].state != LANE_WAITING ||
		    (r->phase != PHASE_WAITING && !r->at_node))
			continue;
		r->at.started = clock_ns();
		order_enter(all, r);
	}
}

/* The time of all that waits in the lane begins now. */
static void order_renew_waiting(struct requests *all, const struct lane *lane)
{
	const struct lane_entry *e;

	DL_FOREACH (lane->entries, e) {
		if (e->state == LANE_WAITING)
			request_renew(all, e->request);
	}
}

void request_complete(struct requests *all, struct request *r)
{
	order_renew_waiting(all, r->entries[0].lane);
	lane_complete(&r->entries[0]);
	if (r->unordered)
		order_loosen(all, r);
	order_promote(all, r->session, r->node, true);
}

bool request_behind_stream(const struct request *r)
{
	for (size_t i = 0; i < LANES; i++)
		if (r->entries[i].state == LANE_WAITING && lane_behind_open(&r->entries[i]))
			return true;
	return false;
}

/* Is something before it not on its way to the node? The stream, which is there, would overtake it.
 */
static bool order_behind_unsent(const struct lane_entry *entry)
{
	const struct lane_entry *e;

	DL_FOREACH (entry->lane->entries, e) {
		const struct request *r = e->request;
		if (e == entry)
			break;
		if (r->kind->send && !r->kind->is_ping && !r->at_node && !request_answered(r))
			return true;
	}
	return false;
}

bool request_may_complete(struct request *r)
{
	struct lane_entry *entry = &r->entries[0];

	if (!lane_behind_open(entry) && !order_behind_unsent(entry))
		return true;
	lane_wait_to_complete(entry);
	return false;
}

/* Something in the lane is sent, or will not be: the first stream that waits for that looks again.
 */
static void order_look_again(struct requests *all, const struct lane *lane)
{
	const struct lane_entry *e;

	if (!lane || !lane->completing)
		return;
	DL_FOREACH (lane->entries, e) {
		if (e->completing)
			break;
	}
	completions_add(&all->completions, e->request);
}

void request_sent(struct requests *all, const struct request *r)
{
	order_look_again(all, r->entries[0].lane);
}

/* A barrier is answered: what was asked after it and waits for barriers waits for one less. */
static void order_release_sweeps(struct requests *all, struct session *s, uint64_t barrier)
{
	struct request *ready = NULL;
	struct request *r;
	struct request *next;

	DL_FOREACH_SAFE (s->sweeps, r, next) {
		if (r->id > barrier && --r->awaits == 0)
			request_move(r, &ready);
	}
	requests_restart(all, &ready);
}

static size_t order_leave_lanes(struct request *r, int nodes[LANES])
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

void order_step_aside(struct request *r)
{
	int nodes[LANES];

	for (size_t i = 0; i < LANES; i++)
		if (r->entries[i].lane && (!lane_is_first(&r->entries[i]) || r->entries[i].next))
			return;
	if (r->kind->read_when_told && r->outcome && r->outcome->error.code == ERR_NONE)
		return;
	if (!r->kind->stream)
		order_leave_lanes(r, nodes);
}

void request_place(struct requests *all, struct request *r, int node)
{
	int nodes[LANES];
	size_t count = order_leave_lanes(r, nodes);

	order_take_place(r, node);
	lane_loosen(&r->entries[0]);
	r->entries[0].state = LANE_STARTED;
	for (size_t i = 0; i < count; i++)
		order_promote(all, r->session, nodes[i], false);
}

/* The one place where a request is counted. */
static void order_account(const struct requests *all, struct request *r)
{
	uint64_t now;

	if (!r->session || (!all->account && !all->slow_ns))
		return;
	now = clock_ns();
	if (all->account)
		all->account(all->controller, r, now);
	if (all->slow_ns && now - (r->at.read ? r->at.read : r->at.submitted) >= all->slow_ns)
		all->slow(all->controller, r, now);
}

static void order_tell(struct requests *all, struct request *r)
{
	struct session *s = r->session;
	bool barrier = r->kind->barrier && r->entries[0].request;
	bool held_up = barrier || r->entries[0].open;
	uint64_t id = r->id;
	int nodes[LANES];
	size_t count;

	if (r->entries[0].open)
		order_renew_waiting(all, r->entries[0].lane);
	count = order_leave_lanes(r, nodes);
	deadlines_remove(&all->due, r);
	if (barrier)
		s->barriers--;
	/* It stays until what stood behind the request is let go on. */
	if (s)
		s->requests++;
	PROBE_REQUEST_END(id, r->node);
	order_account(all, r);
	if (r->trace && r->outcome)
		r->outcome->trace = request_trace_told(r);
	if (r->done && !(s && s->closed))
		r->done(r->arg, r->outcome);
	outcome_free(r->outcome);
	r->outcome = NULL;
	r->phase = PHASE_TOLD;
	request_drop_if_over(all, r);
	/* Before what waits in its lanes: a barrier there that is older keeps them waiting. */
	if (barrier)
		order_release_sweeps(all, s, id);
	for (size_t i = 0; i < count; i++)
		order_promote(all, s, nodes[i], held_up);
	if (s)
		sessions_release(&all->sessions, s);
}

static bool order_may_tell(const struct request *r)
{
	return (!r->held && lane_is_first(&r->entries[0]) && lane_is_first(&r->entries[1])) ||
	       r->deadline <= clock_ms() || (r->session && r->session->closed);
}

void order_turn(void *requests)
{
	struct requests *all = requests;

	all->told = 0;
	while (all->untold) {
		struct request *r = all->untold;
		request_leave(r);
		completions_add(&all->completions, r);
	}
}

/* Has its kind had its share of this turn? One that nobody hears costs nothing. */
static bool order_turn_is_full(struct requests *all, const struct request *r)
{
	if (!r->kind->told_in_turn || !r->done || (r->session && r->session->closed))
		return false;
	deferred_call(&all->turned);
	return all->told++ >= r->kind->told_in_turn;
}

void order_pass(struct requests *all, struct request *r)
{
	if (!request_answered(r)) {
		/* What was told before it in this turn may have let it go on already. */
		if (r->entries[0].completing)
			order_enter(all, r);
	} else if (order_may_tell(r)) {
		if (order_turn_is_full(all, r))
			request_move(r, &all->untold);
		else
			order_tell(all, r);
	} else if (r->entries[0].open) {
		request_complete(all, r);
	} else {
		r->at.kept = true;
		order_look_again(all, r->entries[0].lane);
	}
}
