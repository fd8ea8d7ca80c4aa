/* Owns the requests and the sessions of a controller, their deadlines and their completions. */
#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "controller/request/internal.h"
#include "wire/message.h"

static void requests_on_completion(void *arg, struct request *r)
{
	order_pass(arg, r);
}

/* One that is due, after all that is answered is told: that may have let it start, with a deadline
 * of its own. */
static bool requests_on_due(void *arg)
{
	struct requests *all = arg;
	struct request *r = deadlines_next(&all->due);

	if (!r)
		return false;
	if (request_answered(r)) {
		/* Its outcome waits for its lanes no longer. */
		deadlines_remove(&all->due, r);
		completions_add(&all->completions, r);
	} else if (request_behind_stream(r)) {
		request_renew(all, r);
	} else {
		r->kind->expire(all->controller, r);
	}
	return true;
}

static void requests_on_none_left(void *arg)
{
	struct requests *all = arg;

	if (!all->count)
		all->idle(all->idle_arg);
}

struct requests *requests_new(struct ev_loop *loop, struct controller *c, int64_t timeout_ms)
{
	struct requests *all = mem_new(sizeof *all);

	all->controller = c;
	deadlines_init(&all->due, loop, timeout_ms);
	completions_init(&all->completions, loop, requests_on_completion, requests_on_due, all);
	deferred_init(&all->none_left, loop, requests_on_none_left, all);
	deferred_init(&all->turned, loop, order_turn, all);
	trim_init(&all->trim, loop);
	return all;
}

void requests_epoch(struct requests *all, uint64_t epoch)
{
	all->last_request = all->sessions.last = epoch << MESSAGE_EPOCH_SHIFT;
}

void requests_account(struct requests *all, account_fn *account)
{
	all->account = account;
}

void requests_tell_slow(struct requests *all, int64_t ms, slow_fn *slow)
{
	all->slow_ns = (uint64_t)ms * 1000000;
	all->slow = slow;
}

void requests_timeout(struct requests *all, int64_t timeout_ms)
{
	deadlines_timeout(&all->due, timeout_ms);
}

void requests_watch(struct requests *all, watch_fn *watch)
{
	all->watch = watch;
	all->watched = false;
}

/* Requests are in the table by age. */
int64_t requests_look(struct requests *all, int64_t age_ms, look_fn *look)
{
	uint64_t age = (uint64_t)age_ms * 1000000;
	uint64_t now = clock_ns();
	bool again = false;
	size_t count = 0;

	for (struct request *r = all->table; r; r = r->hh.next) {
		uint64_t since = now - r->at.submitted;
		if (since < age)
			return again ? 1 : (int64_t)((age - since) / 1000000) + 1;
		if (++count > REQUESTS_LOOKED)
			return 1;
		if (r->session && !request_answered(r))
			again |= look(all->controller, r);
	}
	all->watched = again;
	return again;
}

void requests_close(struct requests *all, void (*idle)(void *arg), void *arg)
{
	all->closed = true;
	all->idle = idle;
	all->idle_arg = arg;
	if (!all->count)
		deferred_call(&all->none_left);
}

void requests_free(struct requests *all)
{
	struct request *r;
	struct request *next;

	if (!all)
		return;
	deadlines_stop(&all->due);
	completions_stop(&all->completions);
	deferred_stop(&all->none_left);
	deferred_stop(&all->turned);
	trim_stop(&all->trim);
	HASH_ITER (hh, all->table, r, next) {
		HASH_DEL(all->table, r);
		request_free(r);
	}
	sessions_free(&all->sessions);
	free(all);
}

size_t requests_count(const struct requests *all)
{
	return all->count;
}

size_t requests_bytes(const struct requests *all)
{
	return all->bytes;
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
	struct request *r;

	/* Nobody listens: what waits for its turn only to be told waits no more. */
	DL_FOREACH2(s->asked, r, asked_next)
	{
		if (r->phase == PHASE_FINISHED && r->entries[0].lane)
			completions_add(&all->completions, r);
	}
	sessions_close(&all->sessions, s);
}

int requests_check_room(const struct requests *all, size_t count, size_t size, struct error *err)
{
	if (all->count > REQUESTS_MAX || count > REQUESTS_MAX - all->count)
		return error_set(err, ERR_LIMIT, "%zu requests are under way", all->count);
	if (size > REQUESTS_BYTES_MAX - all->bytes)
		return error_set(err, ERR_LIMIT, "%zu bytes of requests are under way", all->bytes);
	if (mem_short())
		return error_set(err, ERR_LIMIT, "no memory is left for another request");
	return 0;
}

struct request *request_submit(struct requests *all, struct session *s,
                               const struct request_spec *spec)
{
	struct request_spec made = *spec;
	struct request *r;
	struct error err;

	if (spec->refusal || requests_check_room(all, 1, spec->size, &err)) {
		made.args = NULL;
		made.size = 0;
		r = request_new(all, s, &made);
		request_fail(all, r, spec->refusal ? spec->refusal : &err);
		return r;
	}
	r = request_new(all, s, spec);
	if (s && all->slow_ns && all->watch && !all->watched) {
		all->watched = true;
		all->watch(all->controller);
	}
	deadlines_start(&all->due, r, r->at.submitted);
	if (spec->in_lane)
		order_take_place(r, spec->node);
	if (spec->in_second_lane)
		order_take_place(r, spec->second);
	if (s && spec->kind->behind_barriers)
		r->awaits = s->barriers;
	if (s && all->closed) {
		/* Its answer keeps its place in the order. */
		error_unavailable(&err, OUTCOME_NOT_RUN, "the tree is ending");
		request_fail(all, r, &err);
	} else {
		order_enter(all, r);
	}
	if (request_answered(r))
		order_step_aside(r);
	return r;
}

void request_tell(struct requests *all, struct session *s, outcome_fn *done, void *arg,
                  const struct outcome *outcome)
{
	static const struct request_kind known = {.name = "known"};

	request_finish(
	    all,
	    request_new(all, s,
	                &(struct request_spec){
	                    .kind = &known, .node = outcome->id, .done = done, .arg = arg}),
	    outcome);
}
