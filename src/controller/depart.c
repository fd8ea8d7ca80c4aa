/*
 * Owns departures. Invariants: a process in one carries its id in its tag; `below` counts the
 * members that hang under a member and are not gone; a member is gone when its process is and they
 * are.
 */
#include "controller/depart.h"

#include <signal.h>
#include <stdlib.h>
#include <utlist.h>

#include "base/log.h"
#include "controller/statedir.h"

#define NOBODY SIZE_MAX

struct member {
	struct process *process; /* borrowed; NULL: gone */
	uint32_t birth;
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
	bool begun;
	int64_t grace_ms;
	depart_done_fn *done;
	uint64_t number;
	struct error err; /* of the registry */
	struct member *members;
	size_t count;
	size_t room;
	size_t left; /* members not gone */
	ev_timer timer;
	struct departure *prev; /* utlist */
	struct departure *next;
};

static void on_grace(struct ev_loop *loop, ev_timer *timer, int revents);

struct departure *depart_new(struct controller *c, int64_t grace_ms, bool erase,
                             depart_done_fn *done, uint64_t number)
{
	struct departure *d = mem_new(sizeof *d);

	d->controller = c;
	d->id = ++c->last_departure;
	d->erase = erase;
	d->grace_ms = grace_ms;
	d->done = done;
	d->number = number;
	ev_init(&d->timer, on_grace);
	d->timer.data = d;
	DL_APPEND(c->leaving, d);
	return d;
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

static struct departure *find(const struct controller *c, uint64_t id);
static void free_departure(struct departure *d);

void depart_add(struct departure *d, struct node *n)
{
	struct departure *former = n->leaves ? find(d->controller, n->leaves) : NULL;
	bool hung = !node_is_answering(n) || node_unreachable(n);
	const struct member member = {.process = n->process,
	                              .birth = n->birth,
	                              .above = above(d, n),
	                              .hung = hung,
	                              .asked = former && former->begun && !hung};

	if (former)
		free_departure(former);
	n->leaves = d->id;
	n->place = d->count;
	add(d, member);
}

void depart_add_stray(struct departure *d, struct process *p, uint32_t birth)
{
	add(d, (struct member){.process = p, .birth = birth, .above = NOBODY, .hung = true});
}

static void free_departure(struct departure *d)
{
	ev_timer_stop(d->controller->loop, &d->timer);
	DL_DELETE(d->controller->leaving, d);
	free(d->members);
	free(d);
}

static void finish_if_over(struct departure *d)
{
	struct controller *c = d->controller;
	depart_done_fn *done = d->done;
	uint64_t number = d->number;
	struct error err = d->err;

	if (d->left)
		return;
	free_departure(d);
	done(c, number, err.code ? &err : NULL);
}

static void ask(struct member *m)
{
	if (!m->asked)
		process_signal(m->process, m->hung ? SIGKILL : SIGUSR2);
	m->asked = true;
}

/* Nobody is left below this one: it is asked, or if it has ended it is gone, and whoever is above
 * it may come to the same. */
static void settle(struct departure *d, size_t place)
{
	while (place != NOBODY && !d->members[place].below && !d->members[place].gone) {
		struct member *m = &d->members[place];
		if (m->process) {
			ask(m);
			return;
		}
		m->gone = true;
		d->left--;
		if (d->erase) {
			statedir_remove(d->controller->statedir, m->birth);
			registry_drop(d->controller->registry, m->birth);
		}
		place = m->above;
		if (place != NOBODY)
			d->members[place].below--;
	}
}

static void arm(struct departure *d, int64_t ms)
{
	ev_now_update(d->controller->loop);
	ev_timer_set(&d->timer, (double)ms / 1000.0, 0.0);
	ev_timer_start(d->controller->loop, &d->timer);
}

static void on_grace(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct departure *d = timer->data;

	(void)loop;
	(void)revents;
	log_warn("end", "%zu processes did not end in time and are killed", d->left);
	for (size_t i = d->count; i-- > 0;)
		if (d->members[i].process)
			process_signal(d->members[i].process, SIGKILL);
}

static void begin(struct departure *d)
{
	d->begun = true;
	arm(d, d->grace_ms);
	for (size_t i = d->count; i-- > 0;) {
		if (d->members[i].process && d->members[i].hung)
			ask(&d->members[i]);
		settle(d, i);
	}
	finish_if_over(d);
}

static struct departure *find(const struct controller *c, uint64_t id)
{
	struct departure *d;

	DL_FOREACH (c->leaving, d) {
		if (d->id == id)
			return d;
	}
	return NULL;
}

static void on_recorded(void *arg, uint64_t id, const struct error *err)
{
	struct departure *d = find(arg, id);

	if (!d)
		return;
	if (err)
		d->err = *err;
	begin(d);
}

int64_t depart_grace(const struct controller *c)
{
	int64_t most = c->request_timeout_ms / 2;

	return c->stop_grace_ms < most ? c->stop_grace_ms : most;
}

void depart_begin(struct departure *d)
{
	registry_then(d->controller->registry, on_recorded, d->controller, d->id);
}

void depart_process_gone(struct controller *c, const struct process_tag *tag)
{
	struct departure *d = find(c, tag->departure);

	if (!d)
		return;
	d->members[tag->place].process = NULL;
	if (!d->begun)
		return;
	settle(d, tag->place);
	finish_if_over(d);
}

void depart_stop(struct controller *c)
{
	while (c->leaving)
		free_departure(c->leaving);
}
