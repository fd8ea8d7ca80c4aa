/*
 * Owns lifecycle.order_rounds. A round lives until its request is freed and none of its nodes is
 * under way. Invariants: none of the first `begun` of its turns is ahead; `under_way` counts the
 * nodes whose order is not answered.
 */
#include "controller/lifecycle/order_all.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/exec/exec_all.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/orders.h"

#define NO_MEMBER SIZE_MAX

enum member_state { MEMBER_AHEAD, MEMBER_UNDER_WAY, MEMBER_PASSED, MEMBER_DONE, MEMBER_FAILED };

struct order_round;

struct order_row {
	enum order order;
	struct request_kind kind;
	bool leaves_first;
	bool careful; /* a failure ends it */
	bool (*wants)(const struct node *n, bool named);
};

struct order_member {
	int id;
	enum member_state state;
	struct order_round *round; /* borrowed */
	size_t depth;              /* in the tree */
	size_t up;                 /* its parent among the members; or NO_MEMBER */
	size_t waits;              /* for so many members */
	pid_t pid;
	struct error *error; /* owned; MEMBER_FAILED */
};

struct order_round {
	struct controller *controller; /* borrowed */
	const struct order_row *row;   /* static */
	struct request *request;       /* NULL: it is answered */
	bool freed;                    /* its request is */
	int root;                      /* NODE_CONTROLLER: all nodes */
	bool halted;                   /* no further node is begun */
	size_t at_once;
	struct order_member *members; /* by id */
	size_t count;
	struct order_member **turns; /* in the order in which they begin */
	size_t begun;                /* of them, at the least */
	size_t under_way;
	struct order_all_result result; /* owned */
	struct order_round *prev;       /* utlist */
	struct order_round *next;
};

static bool order_all_restarts(const struct node *n, bool named)
{
	return named || (n->worker.process && !node_is_new(n) &&
	                 (n->life != LIFE_STOPPING || n->restart.to_restart));
}

static bool order_all_starts(const struct node *n, bool named)
{
	(void)named;
	return n->life == LIFE_STOPPED || n->life == LIFE_DEAD || n->life == LIFE_GIVEN_UP ||
	       n->life == LIFE_BACKOFF || (n->life == LIFE_STOPPING && !n->restart.to_restart);
}

static bool order_all_stops(const struct node *n, bool named)
{
	(void)named;
	return n->life != LIFE_STOPPED && !node_is_new(n);
}

static void order_round_free(struct order_round *o)
{
	DL_DELETE(o->controller->lifecycle->order_rounds, o);
	for (size_t i = 0; i < o->count; i++)
		free(o->members[i].error);
	free(o->members);
	free(o->turns);
	free((void *)(uintptr_t)o->result.words);
	free((void *)(uintptr_t)o->result.left);
	free(o);
}

static void order_round_free_if_over(struct order_round *o)
{
	if (o->freed && !o->under_way)
		order_round_free(o);
}

void order_all_stop(struct controller *c)
{
	while (c->lifecycle->order_rounds)
		order_round_free(c->lifecycle->order_rounds);
}

static void order_all_release(struct request *r)
{
	struct order_round *o = r->detail;

	o->request = NULL;
	o->halted = o->freed = true;
	order_round_free_if_over(o);
}

static void order_round_answer(struct order_round *o)
{
	struct order_word *words = mem_new_array(o->count, sizeof *words);
	int *left = mem_new_array(o->count, sizeof *left);
	struct order_all_result *all = &o->result;
	struct request *r = o->request;

	for (size_t i = 0; i < o->count; i++) {
		const struct order_member *m = &o->members[i];
		if (m->state == MEMBER_AHEAD)
			left[all->left_count++] = m->id;
		else if (m->state != MEMBER_PASSED)
			words[all->word_count++] =
			    (struct order_word){.id = m->id, .pid = m->pid, .error = m->error};
	}
	all->words = words;
	all->left = left;
	o->request = NULL;
	request_finish(o->controller->requests, r,
	               &(struct outcome){.id = o->root, .ordered = all});
}

/* What waits for it waits no longer. */
static void member_settle(struct order_member *m, enum member_state state)
{
	struct order_round *o = m->round;

	m->state = state;
	if (o->row->leaves_first && m->up != NO_MEMBER)
		o->members[m->up].waits--;
}

static int member_by_id(const void *a, const void *b)
{
	const struct order_member *x = a;
	const struct order_member *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* NULL: it is none of them. */
static struct order_member *member_find(const struct order_round *o, int id)
{
	const struct order_member key = {.id = id};

	return bsearch(&key, o->members, o->count, sizeof key, member_by_id);
}

static bool member_is_settled(const struct order_member *m)
{
	return m->state > MEMBER_UNDER_WAY;
}

/* Has one of those after which it is started not had its turn yet? */
static bool member_awaits(const struct order_member *m)
{
	const struct node *n = node_find(m->round->controller->nodes, m->id);

	for (size_t i = 0; n && i < n->after.count; i++) {
		const struct order_member *other = member_find(m->round, n->after.ids[i]);
		if (other && !member_is_settled(other))
			return true;
	}
	return false;
}

/* A start does not wait for a parent that itself waits for others: they may be below it. */
static bool member_may_begin(const struct order_member *m)
{
	const struct order_round *o = m->round;
	const struct order_member *up = m->up == NO_MEMBER ? NULL : &o->members[m->up];

	if (o->row->leaves_first)
		return !m->waits;
	return (!up || member_is_settled(up) || member_awaits(up)) && !member_awaits(m);
}

/* NULL: none may begin. What is started after others lets those behind it begin first. */
static struct order_member *order_round_next(struct order_round *o)
{
	while (o->begun < o->count && o->turns[o->begun]->state != MEMBER_AHEAD)
		o->begun++;
	for (size_t i = o->begun; i < o->count; i++) {
		struct order_member *m = o->turns[i];
		if (m->state == MEMBER_AHEAD && member_may_begin(m))
			return m;
		if (o->row->leaves_first)
			break;
	}
	return NULL;
}

static void order_round_go_on(struct order_round *o);

static void member_on_outcome(void *arg, const struct outcome *outcome)
{
	struct order_member *m = arg;
	struct order_round *o = m->round;
	enum error_code code = outcome->error.code;

	o->under_way--;
	if (code == ERR_NOT_FOUND || code == ERR_ALREADY_RUNNING) {
		member_settle(m, MEMBER_PASSED);
	} else if (code != ERR_NONE) {
		m->error = mem_new(sizeof *m->error);
		*m->error = outcome->error;
		o->halted |= o->row->careful;
		member_settle(m, MEMBER_FAILED);
	} else {
		m->pid = outcome->pid;
		member_settle(m, MEMBER_DONE);
	}
	order_round_go_on(o);
}

static void member_begin(struct order_member *m)
{
	struct order_round *o = m->round;
	const struct node *n = node_find(o->controller->nodes, m->id);

	if (!n || !o->row->wants(n, m->id == o->root)) {
		member_settle(m, MEMBER_PASSED);
		return;
	}
	m->state = MEMBER_UNDER_WAY;
	o->under_way++;
	orders_ask(o->controller, NULL, o->row->order, m->id, member_on_outcome, m);
}

/* A request to many nodes waits until none of them is restarting. Its turn comes between two nodes.
 */
static bool order_round_may_begin(const struct order_round *o)
{
	return !o->halted && (!o->under_way ||
	                      (o->under_way < o->at_once && !exec_all_is_waiting(o->controller)));
}

static void order_round_go_on(struct order_round *o)
{
	struct order_member *m;

	while (order_round_may_begin(o) && (m = order_round_next(o)))
		member_begin(m);
	if (o->under_way)
		return;
	if (o->request)
		order_round_answer(o);
	order_round_free_if_over(o);
}

static int turn_from_top(const void *a, const void *b)
{
	const struct order_member *x = *(struct order_member *const *)a;
	const struct order_member *y = *(struct order_member *const *)b;

	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	return member_by_id(x, y);
}

static int turn_from_leaves(const void *a, const void *b)
{
	return turn_from_top(b, a);
}

/* Each waits for what is next to it in the tree. */
static void order_round_connect(struct order_round *o)
{
	const struct controller *c = o->controller;

	for (size_t i = 0; i < o->count; i++) {
		struct order_member *m = &o->members[i];
		struct order_member *up = member_find(o, tree_parent(c->tree, m->id));
		m->up = up ? (size_t)(up - o->members) : NO_MEMBER;
		if (up)
			up->waits++;
	}
}

static void order_round_collect(struct order_round *o)
{
	const struct controller *c = o->controller;
	struct tree_ids ids = {0};

	tree_subtree(c->tree, o->root, &ids);
	o->members = mem_new_array(ids.count, sizeof *o->members);
	o->turns = mem_new_array(ids.count, sizeof(struct order_member *));
	for (size_t i = 0; i < ids.count; i++) {
		const struct node *n = node_find(c->nodes, ids.items[i]);
		if (o->row->wants(n, n->id == o->root))
			o->members[o->count++] = (struct order_member){
			    .id = n->id, .round = o, .depth = tree_depth(c->tree, n->id)};
	}
	tree_ids_free(&ids);
	if (!o->count)
		return;
	qsort(o->members, o->count, sizeof *o->members, member_by_id);
	order_round_connect(o);
	for (size_t i = 0; i < o->count; i++)
		o->turns[i] = &o->members[i];
	qsort(o->turns, o->count, sizeof(struct order_member *),
	      o->row->leaves_first ? turn_from_leaves : turn_from_top);
}

static void order_all_start(struct controller *c, struct request *r)
{
	struct order_round *o = r->detail;
	struct error err;

	if (o->root != NODE_CONTROLLER && !node_find(c->nodes, o->root)) {
		error_set(&err, ERR_NOT_FOUND, "no node %d", o->root);
		request_fail(c->requests, r, &err);
		return;
	}
	r->phase = PHASE_SENT;
	o->request = r;
	order_round_collect(o);
	order_round_go_on(o);
}

/* Each of its nodes has a deadline, as what it waits for has. */
static void order_all_expire(struct controller *c, struct request *r)
{
	request_renew(c->requests, r);
}

static void order_all_cancel(struct controller *c, struct request *r, const struct error *err)
{
	struct order_round *o = r->detail;

	o->request = NULL;
	o->halted = true;
	request_fail(c->requests, r, err);
}

#define ORDER_ALL_KIND(text) \
	{ \
		.name = (text), .behind_barriers = true, .start = order_all_start, \
		.expire = order_all_expire, .cancel = order_all_cancel, \
		.release = order_all_release \
	}

static const struct order_row order_rows[] = {
    [ORDER_START] = {.order = ORDER_START,
                     .kind = ORDER_ALL_KIND("start_all"),
                     .wants = order_all_starts},
    [ORDER_STOP] = {.order = ORDER_STOP,
                    .kind = ORDER_ALL_KIND("stop_all"),
                    .leaves_first = true,
                    .wants = order_all_stops},
    [ORDER_RESTART] = {.order = ORDER_RESTART,
                       .kind = ORDER_ALL_KIND("restart_all"),
                       .leaves_first = true,
                       .careful = true,
                       .wants = order_all_restarts},
};

void order_all_ask(struct session *s, const struct order_all_request *asked, outcome_fn *done,
                   void *arg)
{
	struct controller *c = s->controller;
	struct order_round *o = mem_new(sizeof *o);

	o->controller = c;
	o->row = &order_rows[asked->order];
	o->root = asked->has_root ? asked->root : NODE_CONTROLLER;
	o->at_once = asked->at_once ? asked->at_once : ORDER_AT_ONCE;
	DL_APPEND(c->lifecycle->order_rounds, o);
	request_submit(
	    c->requests, s,
	    &(struct request_spec){
	        .kind = &o->row->kind, .node = o->root, .detail = o, .done = done, .arg = arg});
}
