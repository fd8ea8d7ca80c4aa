/* Owns the list of departures, and their stages. The order of the members is departure.c's. */
#include "controller/lifecycle/terminate.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/departure.h"
#include "controller/lifecycle/internal.h"
#include "controller/node/invariants.h"
#include "controller/overlay/rehome.h"
#include "controller/registry/remover.h"

/* Unless terminate_limits() says otherwise. */
#define RECORD_MS 1000
#define END_MS    1000

struct departures {
	struct departure *list;
	uint64_t last; /* id given */
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

static struct departure *terminate_find(const struct controller *c, uint64_t id)
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
	return parent && d->count ? parent->departure.place : DEPARTURE_NONE;
}

static int terminate_moves_to(const struct node *n)
{
	return node_is_moving(n) ? n->link.move.to : NODE_CONTROLLER;
}

static void terminate_free(struct departure *d);

void terminate_add(struct departure *d, struct node *n)
{
	struct departure *former =
	    n->departure.id ? terminate_find(d->controller, n->departure.id) : NULL;
	bool hung = !node_is_answering(n) || node_unreachable(n);
	const struct departure_member member = {
	    .process = n->worker.process,
	    .data_id = n->data_id,
	    .link = {.id = n->id, .incarnation = n->incarnation, .generation = UINT64_MAX},
	    .parents = {node_link_parent(n), terminate_moves_to(n)},
	    .above = above(d, n),
	    .hung = hung,
	    .asked = former && former->stage != STAGE_RECORD && !former->held && !hung};

	if (former)
		terminate_free(former);
	n->departure.id = d->id;
	n->departure.place = d->count;
	departure_add(d, member);
}

void terminate_add_stray(struct departure *d, struct process *p, uint32_t data_id)
{
	departure_add(d,
	              (struct departure_member){
	                  .process = p, .data_id = data_id, .above = DEPARTURE_NONE, .hung = true});
}

void terminate_add_former(struct departure *d, struct process *p)
{
	departure_add(d, (struct departure_member){.process = p, .above = DEPARTURE_NONE});
}

static void terminate_free(struct departure *d)
{
	timer_stop(&d->timer);
	DL_DELETE(d->controller->lifecycle->departures->list, d);
	departure_free(d);
}

/* Once. */
static void terminate_tell(struct departure *d)
{
	terminate_done_fn *done = d->done;
	struct error err = d->err;

	d->done = NULL;
	if (done)
		done(d->controller, d->number, err.code ? &err : NULL);
}

static void finish_if_over(struct departure *d)
{
	if (d->left)
		return;
	if (d->stage == STAGE_OVER)
		log_info("end", "what was left behind has ended");
	terminate_tell(d);
	terminate_free(d);
}

static void on_removed(void *arg, uint64_t id, size_t place)
{
	struct controller *c = arg;
	struct departure *d = terminate_find(c, id);

	if (!d)
		return;
	departure_erased(d, place);
	finish_if_over(d);
}

void terminate_resend(struct controller *c, struct node *n)
{
	const struct departure *d;

	DL_FOREACH (c->lifecycle->departures->list, d) {
		for (size_t i = 0; d->erase && i < d->count; i++) {
			const struct departure_member *m = &d->members[i];
			if (m->process && (m->parents[0] == n->id || m->parents[1] == n->id))
				rehome_forget_link(c, n, &m->link);
		}
	}
}

void terminate_init(struct controller *c)
{
	c->lifecycle->departures = mem_new(sizeof *c->lifecycle->departures);
	c->lifecycle->remover = remover_new(c->loop, on_removed, c);
}

static void terminate_stop_waiting(struct departure *d)
{
	d->stage = STAGE_OVER;
	timer_stop(&d->timer);
	departure_name_left(d);
	if (d->gives_up)
		terminate_tell(d);
}

void terminate_hold(struct departure *d)
{
	d->held = true;
}

void terminate_release(struct controller *c, uint64_t id)
{
	struct departure *d = terminate_find(c, id);

	if (!d || !d->held)
		return;
	d->held = false;
	d->times.released = clock_ns();
	for (size_t i = d->count; d->stage == STAGE_FINISH && i-- > 0;)
		departure_settle(d, i);
}

static void terminate_ask_all(struct departure *d)
{
	d->stage = STAGE_FINISH;
	d->times.recorded = clock_ns();
	timer_start(&d->timer, d->grace_ms);
	departure_settle_all(d);
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
		terminate_ask_all(d);
		break;
	case STAGE_FINISH:
		d->stage = STAGE_END;
		departure_kill_all(d);
		timer_start(&d->timer, d->end_ms);
		break;
	case STAGE_END:
		terminate_stop_waiting(d);
		break;
	case STAGE_OVER:
		break;
	}
}

static void terminate_on_recorded(void *arg, uint64_t id, const struct error *err)
{
	struct departure *d = terminate_find(arg, id);

	if (!d)
		return;
	d->recorded = true;
	if (err)
		d->err = *err;
	if (d->stage == STAGE_RECORD) {
		terminate_ask_all(d);
		return;
	}
	if (d->erase)
		departure_erase_gone(d);
}

int64_t terminate_grace(const struct controller *c)
{
	int64_t most = c->config.request_timeout_ms / 2;

	return c->config.stop_grace_ms < most ? c->config.stop_grace_ms : most;
}

void terminate_begin(struct departure *d)
{
	d->times.ordered = clock_ns();
	for (size_t i = 0; i < d->count; i++)
		d->times.processes += d->members[i].process != NULL;
	timer_start(&d->timer, d->record_ms);
	registry_then(d->controller->registry, terminate_on_recorded, d->controller, d->id);
}

void terminate_give_up(struct controller *c, uint64_t id)
{
	struct departure *d = terminate_find(c, id);

	if (d && d->gives_up && d->done)
		terminate_stop_waiting(d);
}

void terminate_process_gone(struct controller *c, const struct process_tag *tag)
{
	struct departure *d = terminate_find(c, tag->departure);

	if (!d)
		return;
	d->members[tag->place].process = NULL;
	d->times.gone = clock_ns();
	if (d->stage == STAGE_RECORD)
		return;
	departure_settle(d, tag->place);
	finish_if_over(d);
}

const struct end_times *terminate_times(const struct controller *c, uint64_t id)
{
	const struct departure *d = id ? terminate_find(c, id) : NULL;

	return d ? &d->times : NULL;
}

const char *terminate_valid(const struct controller *c)
{
	const char *wrong = NULL;
	const struct departure *d;

	DL_FOREACH (c->lifecycle->departures->list, d) {
		wrong = departure_valid(d);
		if (wrong)
			return wrong;
	}
	for (const struct node *n = c->nodes; n; n = n->hh.next)
		CHECK(n->life != LIFE_STOPPING || c->lifecycle->shutdown ||
		      terminate_find(c, n->departure.id));
	return NULL;
}

void terminate_stop(struct controller *c, int64_t limit_ms)
{
	remover_free(c->lifecycle->remover, limit_ms);
	while (c->lifecycle->departures->list)
		terminate_free(c->lifecycle->departures->list);
	free(c->lifecycle->departures);
}
