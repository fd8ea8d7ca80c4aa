/* Owns the outcomes. Invariant: the steps before `next` were begun, and the others were not. */
#include "daemon/plan_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/node/after_ids.h"
#include "loop/deferred.h"

/* What is under way weighs so much at the most. A new process is waited for, and its request has
 * only so long, so few of them are asked for at a time; the rest waits for the disk alone. */
#define WEIGHT_MAX   256
#define WEIGHT_START 16

struct run_step {
	struct plan_run *run;
	const struct plan_step *step;
	unsigned orders; /* so many were given; see run_orders() */
	bool over;
	char *error; /* NULL: none */
};

struct plan_run {
	struct controller *controller; /* borrowed */
	struct session *session;
	const struct plan *plan; /* borrowed */
	struct run_step *steps;
	size_t next;
	size_t over;
	size_t weight;         /* of those under way */
	struct deferred ended; /* nothing may be to be waited for */
};

static void run_go_on(struct plan_run *run);
static void run_on_outcome(void *arg, const struct outcome *outcome);

static size_t run_weight(const struct plan_step *step)
{
	return step->kind == PLAN_CREATE || step->returns ? WEIGHT_START : 1;
}

/* The id that a change of the parent names. */
static int run_parent(const struct plan_change *change)
{
	int id = NODE_CONTROLLER;

	parse_parent(change->to, strlen(change->to), "parent", &id, NULL);
	return id;
}

static const char *change_to(const struct plan_step *step, enum node_key key)
{
	const struct plan_change *change = plan_step_change(step, key);

	/* Else the controller knows the default. */
	return change && change->said ? change->to : NULL;
}

/* after: room for the ids of AFTER. */
static struct node_settings run_settings(const struct plan_step *step, enum node_declared declared,
                                         int *after)
{
	const char *ids = change_to(step, NODE_AFTER);
	const char *timeout = change_to(step, NODE_HANG_TIMEOUT);
	struct node_settings settings = {.restart = change_to(step, NODE_RESTART),
	                                 .name = change_to(step, NODE_NAME),
	                                 .group = change_to(step, NODE_GROUP),
	                                 .declared = declared,
	                                 .on_hang = change_to(step, NODE_ON_HANG)};

	if (timeout)
		parse_int64(timeout, strlen(timeout), &settings.hang_timeout_ms);
	settings.after = after;
	if (ids)
		after_parse(ids, after, &settings.after_count, NULL);
	return settings;
}

static void order_create(struct run_step *s)
{
	int after[AFTER_MAX];
	const struct plan_change *parent = plan_step_change(s->step, NODE_PARENT);
	const struct create_request request = {
	    .id = s->step->id,
	    .has_parent = parent,
	    .parent = parent ? run_parent(parent) : NODE_CONTROLLER,
	    .service = change_to(s->step, NODE_SERVICE),
	    .settings = run_settings(s->step, NODE_DECLARED, after),
	};

	controller_create(s->run->session, &request, run_on_outcome, s);
}

static void order_change(struct run_step *s, enum node_declared declared)
{
	int after[AFTER_MAX];
	static const unsigned bits[NODE_KEYS] = {
	    [NODE_PARENT] = CHANGE_PARENT,   [NODE_RESTART] = CHANGE_RESTART,
	    [NODE_ON_HANG] = CHANGE_ON_HANG, [NODE_HANG_TIMEOUT] = CHANGE_HANG_TIMEOUT,
	    [NODE_AFTER] = CHANGE_AFTER,     [NODE_NAME] = CHANGE_NAME,
	    [NODE_GROUP] = CHANGE_GROUP};
	const struct plan_change *parent = plan_step_change(s->step, NODE_PARENT);
	struct change_request request = {
	    .id = s->step->id,
	    .what = s->step->kind == PLAN_RENAME ? 0 : CHANGE_DECLARED,
	    .parent = parent ? run_parent(parent) : NODE_CONTROLLER,
	    .settings = run_settings(s->step, declared, after),
	};

	for (size_t i = 0; i < s->step->count; i++)
		request.what |= bits[s->step->changes[i].key];
	controller_change(s->run->session, &request, run_on_outcome, s);
}

static void order_start(struct run_step *s)
{
	controller_start(s->run->session, s->step->id, run_on_outcome, s);
}

static void order_return(struct run_step *s)
{
	order_change(s, NODE_DECLARED);
}

static void order_stop(struct run_step *s)
{
	controller_stop(s->run->session, s->step->id, run_on_outcome, s);
}

/* What is stopped first and counts as undeclared then is stopped by the next start if dtreed ends
 * in between. */
static void order_undeclare(struct run_step *s)
{
	order_change(s, NODE_UNDECLARED);
}

static void order_remove(struct run_step *s)
{
	controller_kill_undeclared(s->run->session, s->step->id, run_on_outcome, s);
}

typedef void run_order(struct run_step *s);

/* One after the other; NULL behind the last. */
static run_order *const *run_orders(const struct plan_step *step)
{
	static run_order *const renames[] = {order_return, NULL};
	static run_order *const creates[] = {order_create, NULL};
	static run_order *const changes[] = {order_return, NULL};
	static run_order *const returns[] = {order_start, order_return, NULL};
	static run_order *const undeclares[] = {order_stop, order_undeclare, NULL};
	static run_order *const disowns[] = {order_undeclare, NULL};
	static run_order *const removes[] = {order_remove, NULL};
	static run_order *const none[] = {NULL};

	switch (step->kind) {
	case PLAN_RENAME:
		return renames;
	case PLAN_CREATE:
		return creates;
	case PLAN_CHANGE:
		return step->returns ? returns : changes;
	case PLAN_UNDECLARE:
		return undeclares;
	case PLAN_DISOWN:
		return disowns;
	case PLAN_REMOVE:
		return step->carried ? none : removes;
	}
	return none;
}

static void run_step_over(struct run_step *s)
{
	s->over = true;
	s->run->over++;
	s->run->weight -= run_weight(s->step);
}

static void run_step_on(struct run_step *s)
{
	run_order *order = run_orders(s->step)[s->orders];

	if (!order) {
		run_step_over(s);
		return;
	}
	s->orders++;
	order(s);
}

/* Did somebody else do it meanwhile? */
static bool is_done_anyway(const struct run_step *s, enum error_code code)
{
	enum plan_kind kind = s->step->kind;

	if (code == ERR_ALREADY_RUNNING)
		return true;
	return code == ERR_NOT_FOUND && kind != PLAN_CREATE && kind != PLAN_CHANGE;
}

static void run_on_outcome(void *arg, const struct outcome *outcome)
{
	struct run_step *s = arg;
	struct plan_run *run = s->run;
	enum error_code code = outcome->error.code;

	if (code != ERR_NONE && !is_done_anyway(s, code) && !s->error)
		s->error = mem_string(outcome->error.text);
	/* A start that failed is tried again by the controller, and the node is declared. */
	if (s->error && !s->step->returns)
		run_step_over(s);
	else
		run_step_on(s);
	run_go_on(run);
}

static bool run_may_begin(const struct plan_run *run, const struct plan_step *step)
{
	if (run->weight + run_weight(step) > WEIGHT_MAX)
		return false;
	if (step->waits)
		return run->over == run->next;
	return !step->after || run->steps[step->after - 1].over;
}

static void run_go_on(struct plan_run *run)
{
	while (run->next < run->plan->count && run_may_begin(run, &run->plan->steps[run->next])) {
		struct run_step *s = &run->steps[run->next++];
		run->weight += run_weight(s->step);
		run_step_on(s);
	}
	if (run->over == run->plan->count)
		deferred_call(&run->ended);
}

struct plan_run *plan_run_new(struct ev_loop *loop, struct controller *c, const struct plan *plan,
                              void (*done)(void *arg), void *arg)
{
	struct plan_run *run = mem_new(sizeof *run);

	run->controller = c;
	run->session = session_open(c);
	run->plan = plan;
	run->steps = mem_new_array(plan->count + 1, sizeof *run->steps);
	deferred_init(&run->ended, loop, done, arg);
	for (size_t i = 0; i < plan->count; i++)
		run->steps[i] = (struct run_step){.run = run, .step = &plan->steps[i]};
	run_go_on(run);
	return run;
}

void plan_run_free(struct plan_run *run)
{
	if (!run)
		return;
	deferred_stop(&run->ended);
	session_close(run->session);
	for (size_t i = 0; i < run->plan->count; i++)
		free(run->steps[i].error);
	free(run->steps);
	free(run);
}

size_t plan_run_left(const struct plan_run *run)
{
	return run->plan->count - run->over;
}

const char *plan_run_error(const struct plan_run *run, size_t i)
{
	return run->steps[i].error;
}
