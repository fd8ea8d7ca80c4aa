/*
 * Owns departures. Invariants: a process in one carries its id in its tag; `below` counts the
 * members that hang under a member and are not gone; a member is gone when its process is and they
 * are; `left` counts those that are not gone, or whose directory is not.
 */
#include "controller/lifecycle/terminate.h"

#include <signal.h>
#include <stdlib.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/internal.h"
#include "controller/registry/data_dirs.h"
#include "controller/registry/remover.h"

/* Unless terminate_limits() says otherwise. */
#define RECORD_MS 1000
#define END_MS    1000
#define NOBODY    SIZE_MAX

enum stage {
	STAGE_RECORD, /* the registry is written */
	STAGE_FINISH, /* they may finish */
	STAGE_END,    /* they are killed */
	STAGE_OVER,   /* what is left does not end */
};

struct member {
	struct process *process; /* borrowed; NULL: gone */
	uint32_t data_id;
	size_t above; /* index, or NOBODY */
	size_t below;
	bool hung;
	bool asked;
	bool gone;
};

struct departure {
	struct controller *controller; /* borrowed */
	uint64_t id;
	bool erase;
	bool held;     /* nobody is asked to finish yet */
	bool recorded; /* that they are to go, or it cannot be */
	bool gives_up; /* and tells, though something is left */
	enum stage stage;
	int64_t record_ms;
	int64_t grace_ms;
	int64_t end_ms;
	terminate_done_fn *done; /* NULL: it was told */
	uint64_t number;
	struct error err; /* of the registry */
	struct member *members;
	size_t count;
	size_t room;
	size_t left;
	struct timer timer;     /* of the stage */
	struct departure *prev; /* utlist */
	struct departure *next;
};

struct departures {
	struct departure *list;
	uint64_t last;           /* id given */
	struct remover *remover; /* of nodes' directories */
};

static void on_limit(void *arg);

struct departure *terminate_new(struct controller *c, int64_t grace_ms, bool erase,
                                terminate_done_fn *done, uint64_t number)
{
	struct departure *d = mem_new(sizeof *d);

	d->controller = c;
	d->id = ++c->lifecycle->departures->last;
	d->erase = erase;
	d->record_ms = RECORD_MS;
	d->grace_ms = grace_ms;
	d->end_ms = END_MS;
	d->done = done;
	d->number = number;
	timer_init(&d->timer, c->loop, on_limit, d);
	DL_APPEND(c->lifecycle->departures->list, d);
	return d;
}

void terminate_limits(struct departure *d, int64_t record_ms, int64_t end_ms)
{
	d->record_ms = record_ms;
	d->end_ms = end_ms;
	d->gives_up = true;
}

uint64_t terminate_id(const struct departure *d)
{
	return d->id;
}

static struct departure *find(const struct controller *c, uint64_t id)
{
	struct departure *d;

	DL_FOREACH (c->lifecycle->departures->list, d) {
		if (d->id == id)
			return d;
	}
	return NULL;
}

static size_t above(const struct departure *d, const struct node *n)
{
	const struct controller *c = d->controller;
	const struct node *parent = node_find(c->nodes, tree_parent(c->tree, n->id));

	/* The first one's parent stays, or is in no departure. */
	return parent && d->count ? parent->place : NOBODY;
}

static void add(struct departure *d, struct member member)
{
	if (d->count == d->room) {
		d->room = d->room ? 2 * d->room : 16;
		d->members = mem_resize(d->members, d->room * sizeof *d->members);
	}
	if (member.above != NOBODY)
		d->members[member.above].below++;
	if (member.process)
		process_depart(member.process, d->id, d->count);
	d->members[d->count++] = member;
	d->left++;
}

static void free_departure(struct departure *d);

void terminate_add(struct departure *d, struct node *n)
{
	struct departure *former = n->leaves ? find(d->controller, n->leaves) : NULL;
	bool hung = !node_is_answering(n) || node_unreachable(n);
	const struct member member = {.process = n->process,
	                              .data_id = n->data_id,
	                              .above = above(d, n),
	                              .hung = hung,
	                              .asked = former && former->stage != STAGE_RECORD &&
	                                       !former->held && !hung};

	if (former)
		free_departure(former);
	n->leaves = d->id;
	n->place = d->count;
	add(d, member);
}

void terminate_add_stray(struct departure *d, struct process *p, uint32_t data_id)
{
	add(d, (struct member){.process = p, .data_id = data_id, .above = NOBODY, .hung = true});
}

void terminate_add_former(struct departure *d, struct process *p)
{
	add(d, (struct member){.process = p, .above = NOBODY});
}

static void free_departure(struct departure *d)
{
	timer_stop(&d->timer);
	DL_DELETE(d->controller->lifecycle->departures->list, d);
	free(d->members);
	free(d);
}

/* Once. The asker may do anything then: by id. */
static void tell(struct departure *d)
{
	terminate_done_fn *done = d->done;
	struct error err = d->err;

	d->done = NULL;
	if (done)
		done(d->controller, d->number, err.code ? &err : NULL);
}

static void finish_if_over(struct departure *d)
{
	struct controller *c = d->controller;
	uint64_t id = d->id;

	if (d->left)
		return;
	if (d->stage == STAGE_OVER)
		log_info("end", "what was left behind has ended");
	tell(d);
	d = find(c, id);
	if (d)
		free_departure(d);
}

static void ask(struct member *m)
{
	if (!m->asked)
		process_signal(m->process, m->hung ? SIGKILL : SIGUSR2);
	m->asked = true;
}

/* Its data first: a row that is left leads the next start to them. */
static void erase(const struct departure *d, size_t place)
{
	struct controller *c = d->controller;

	remover_remove(c->lifecycle->departures->remover,
	               data_dirs_path(c->lifecycle->data_dirs, d->members[place].data_id), d->id,
	               place);
}

static void on_removed(void *arg, uint64_t id, size_t place)
{
	struct controller *c = arg;
	struct departure *d = find(c, id);

	if (!d)
		return;
	registry_drop(c->registry, d->members[place].data_id);
	d->left--;
	finish_if_over(d);
}

void terminate_init(struct controller *c)
{
	c->lifecycle->departures = mem_new(sizeof *c->lifecycle->departures);
	c->lifecycle->departures->remover = remover_new(c->loop, on_removed, c);
}

/* Nobody is left below this one: it is asked, or if it has ended it is gone, and whoever is above
 * it may come to the same. */
static void settle(struct departure *d, size_t place)
{
	while (place != NOBODY && !d->members[place].below && !d->members[place].gone) {
		struct member *m = &d->members[place];
		if (m->process) {
			if (!d->held)
				ask(m);
			return;
		}
		m->gone = true;
		if (!d->erase)
			d->left--;
		else if (d->recorded)
			erase(d, place);
		place = m->above;
		if (place != NOBODY)
			d->members[place].below--;
	}
}

static void kill_all(const struct departure *d)
{
	log_warn("end", "%zu processes did not end in time and are killed", d->left);
	for (size_t i = d->count; i-- > 0;)
		if (d->members[i].process)
			process_signal(d->members[i].process, SIGKILL);
}

/* Those that do not end, in words; else what takes so long is the disk. */
static void say_left(struct departure *d)
{
	const struct process *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct process *p = d->members[i].process;
		if (!p || !process_lives(p))
			continue;
		first = first ? first : p;
		count++;
	}
	if (first)
		error_set(&d->err, ERR_INTERNAL,
		          "left behind: process %d of node %d%s did not end, though it was killed",
		          (int)process_pid(first), process_node(first),
		          count > 1 ? " and others" : "");
	else if (d->err.code == ERR_NONE)
		error_set(&d->err, ERR_INTERNAL,
		          "left behind: data that is to be removed; the disk does not answer");
	log_error("end", "%s", d->err.text);
}

static void give_up(struct departure *d)
{
	d->stage = STAGE_OVER;
	timer_stop(&d->timer);
	say_left(d);
	if (d->gives_up)
		tell(d);
}

void terminate_hold(struct departure *d)
{
	d->held = true;
}

void terminate_release(struct controller *c, uint64_t id)
{
	struct departure *d = find(c, id);

	if (!d || !d->held)
		return;
	d->held = false;
	for (size_t i = d->count; d->stage == STAGE_FINISH && i-- > 0;)
		settle(d, i);
}

static void begin(struct departure *d)
{
	d->stage = STAGE_FINISH;
	timer_start(&d->timer, d->grace_ms);
	for (size_t i = d->count; i-- > 0;) {
		if (d->members[i].process && d->members[i].hung)
			ask(&d->members[i]);
		settle(d, i);
	}
	finish_if_over(d);
}

static void on_limit(void *arg)
{
	struct departure *d = arg;

	switch (d->stage) {
	case STAGE_RECORD:
		error_set(&d->err, ERR_INTERNAL, "the registry was not written within %lld ms",
		          (long long)d->record_ms);
		d->err.outcome = OUTCOME_UNKNOWN;
		log_error("end", "%s", d->err.text);
		begin(d);
		break;
	case STAGE_FINISH:
		d->stage = STAGE_END;
		kill_all(d);
		timer_start(&d->timer, d->end_ms);
		break;
	case STAGE_END:
		give_up(d);
		break;
	case STAGE_OVER:
		break;
	}
}

static void on_recorded(void *arg, uint64_t id, const struct error *err)
{
	struct departure *d = find(arg, id);

	if (!d)
		return;
	d->recorded = true;
	if (err)
		d->err = *err;
	if (d->stage == STAGE_RECORD) {
		begin(d);
		return;
	}
	for (size_t i = d->count; d->erase && i-- > 0;)
		if (d->members[i].gone)
			erase(d, i);
}

int64_t terminate_grace(const struct controller *c)
{
	int64_t most = c->config.request_timeout_ms / 2;

	return c->config.stop_grace_ms < most ? c->config.stop_grace_ms : most;
}

void terminate_begin(struct departure *d)
{
	timer_start(&d->timer, d->record_ms);
	registry_then(d->controller->registry, on_recorded, d->controller, d->id);
}

void terminate_give_up(struct controller *c, uint64_t id)
{
	struct departure *d = find(c, id);

	if (d && d->gives_up && d->done)
		give_up(d);
}

void terminate_process_gone(struct controller *c, const struct process_tag *tag)
{
	struct departure *d = find(c, tag->departure);

	if (!d)
		return;
	d->members[tag->place].process = NULL;
	if (d->stage == STAGE_RECORD)
		return;
	settle(d, tag->place);
	finish_if_over(d);
}

void terminate_stop(struct controller *c, int64_t limit_ms)
{
	remover_free(c->lifecycle->departures->remover, limit_ms);
	while (c->lifecycle->departures->list)
		free_departure(c->lifecycle->departures->list);
	free(c->lifecycle->departures);
}
