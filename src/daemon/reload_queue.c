/*
 * Owns the questions and the round that is under way. Invariant: while there is a round the manager
 * knows that a reload is under way, but for the round of the start and one that changes nothing.
 */
#include "daemon/reload_queue.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/log.h"
#include "base/mem.h"
#include "daemon/instances.h"
#include "daemon/plan_run.h"
#include "daemon/reload_nodes.h"
#include "daemon/reload_reading.h"
#include "daemon/reload_report.h"
#include "loop/deferred.h"
#include "loop/timer.h"

/* How long the files may take, and the libraries that are tried. */
#define READ_MS 60000

struct reload_asked {
	uint64_t question; /* 0: nobody hears */
	struct reload_request request;
	struct reload_asked *next; /* utlist */
};

/* One reload, for all that joined it. */
struct reload_round {
	bool start; /* of the start: the configuration was read */
	struct reload_request request;
	struct reload_asked *asked;
	struct reconfiguration changes;
	struct plan plan;
	struct plan_run *run; /* NULL: not yet */
};

struct reload_queue {
	struct ev_loop *loop; /* borrowed */
	struct reload_queue_config config;
	struct reload_asked *waiting;
	struct reload_round *round;     /* NULL: none is under way */
	struct reload_reading *reading; /* for it, or for one that did not wait; NULL: none */
	struct timer late;
	struct instances *instances; /* of services; NULL: not yet, or the tree is ending */
	struct deferred next;
	bool ends;
};

static void round_on_run(void *arg);

static void queue_drop(struct reload_asked **list)
{
	struct reload_asked *asked;
	struct reload_asked *next;

	LL_FOREACH_SAFE(*list, asked, next)
	{
		free(asked);
	}
	*list = NULL;
}

static void queue_answer(struct reload_queue *q, struct reload_asked **list,
                         const struct reload_report *report)
{
	const struct reload_asked *asked;

	LL_FOREACH (*list, asked) {
		if (asked->question)
			control_reloaded(q->config.target.parts.control, asked->question, report);
	}
	queue_drop(list);
}

static void reload_round_free(struct reload_round *round)
{
	plan_run_free(round->run);
	plan_free(&round->plan);
	reconfiguration_free(&round->changes);
	queue_drop(&round->asked);
	free(round);
}

/* Those that asked hear it; then the next one begins. */
static void round_over(struct reload_queue *q, struct reload_report_parts *parts)
{
	struct reload_round *round = q->round;

	q->round = NULL;
	queue_answer(q, &round->asked, &parts->report);
	reload_report_free(parts);
	if (!round->start && !round->request.dry_run)
		service_manager_reloaded(q->config.manager);
	reload_round_free(round);
	deferred_call(&q->next);
}

static void round_refuse(struct reload_queue *q, const struct mistakes *found)
{
	struct reload_report_parts parts = {0};

	mistakes_tell(found);
	reload_report_refuse(&parts, found);
	log_error("reload", "%s", parts.refused);
	round_over(q, &parts);
}

static void round_report(struct reload_queue *q)
{
	struct reload_round *round = q->round;
	struct reload_report_parts parts = {0};

	reload_report_fill(&parts, &round->changes, &round->plan, round->run);
	round_over(q, &parts);
}

/* The nodes, by the configuration that is running now. */
static void round_run(struct reload_queue *q)
{
	struct reload_round *round = q->round;
	struct controller *c = q->config.target.parts.controller;

	reload_nodes_plan(c, q->config.target.running, round->request.prune, &round->plan);
	round->run = plan_run_new(q->loop, c, &round->plan, round_on_run, q);
}

static void round_on_run(void *arg)
{
	struct reload_queue *q = arg;
	struct reload_round *round = q->round;

	reload_report_log(&round->plan, round->run);
	instances_free(q->instances);
	q->instances =
	    instances_new(q->config.target.parts.controller, &q->config.target.running->services);
	round_report(q);
}

/* What a reload has read. */
struct reload_read {
	struct config fresh;
	struct mistakes found;
	struct mistakes warnings;
};

/* What the configuration says beside its nodes; then the nodes. */
static void round_take(struct reload_queue *q, struct reload_read *read)
{
	struct reload_round *round = q->round;
	struct error err;

	if (reload_take(&q->config.target, &read->fresh, &round->changes, &read->warnings, &err)) {
		mistakes_add(&read->found, "%s", err.text);
		round_refuse(q, &read->found);
		return;
	}
	q->config.changed(q->config.arg);
	round_run(q);
}

/* What a service lacks that is new is a mistake, too. */
static void round_compare(struct reload_queue *q, struct reload_read *read)
{
	const struct reload_target *target = &q->config.target;

	reconfigure_plan(target->running, &read->fresh, target->parts.controller,
	                 &q->round->changes);
	reconfigure_judge(&q->round->changes, &read->warnings, &read->found);
}

static void round_go_on(struct reload_queue *q, struct reload_read *read)
{
	struct reload_round *round = q->round;
	const struct reload_target *target = &q->config.target;

	round_compare(q, read);
	if (read->found.count) {
		round_refuse(q, &read->found);
		return;
	}
	if (!round->request.dry_run) {
		round_take(q, read);
		return;
	}
	reload_nodes_plan(target->parts.controller, &read->fresh, round->request.prune,
	                  &round->plan);
	round_report(q);
}

static void round_on_read(void *arg)
{
	struct reload_queue *q = arg;
	struct reload_read read = {0};

	reload_reading_take(q->reading, &read.fresh, &read.found, &read.warnings);
	reload_reading_free(q->reading);
	q->reading = NULL;
	timer_stop(&q->late);
	/* It may have been too late. */
	if (q->round)
		round_go_on(q, &read);
	mistakes_free(&read.found);
	mistakes_free(&read.warnings);
	config_free(&read.fresh);
}

static void round_fail(struct reload_queue *q, const char *why)
{
	struct mistakes found = {0};

	mistakes_add(&found, "%s", why);
	round_refuse(q, &found);
	mistakes_free(&found);
}

static void round_on_late(void *arg)
{
	round_fail(arg, "the configuration cannot be read: its files do not answer");
}

static void round_read(struct reload_queue *q)
{
	struct error err;

	if (q->reading) {
		round_fail(q, "the configuration is still being read for a reload before");
		return;
	}
	q->reading = reload_reading_new(q->loop, q->config.target.source, round_on_read, q, &err);
	if (q->reading)
		timer_start(&q->late, READ_MS);
	else
		round_fail(q, err.text);
}

/* All that wait for the same as the first one. */
static void reload_round_join(struct reload_queue *q)
{
	struct reload_round *round = q->round;
	struct reload_asked *asked;
	struct reload_asked *next;

	LL_FOREACH_SAFE(q->waiting, asked, next)
	{
		if (asked->request.dry_run != round->request.dry_run ||
		    asked->request.prune != round->request.prune)
			continue;
		LL_DELETE(q->waiting, asked);
		LL_APPEND(round->asked, asked);
	}
}

static void queue_refuse(struct reload_queue *q, struct reload_asked **list)
{
	const struct reload_report report = {.refused = "the tree is ending"};

	queue_answer(q, list, &report);
}

static void queue_on_next(void *arg)
{
	struct reload_queue *q = arg;

	if (q->ends)
		queue_refuse(q, &q->waiting);
	if (q->round || !q->waiting)
		return;
	q->round = mem_new(sizeof *q->round);
	q->round->request = q->waiting->request;
	reload_round_join(q);
	if (!q->round->request.dry_run)
		service_manager_reloading(q->config.manager);
	round_read(q);
}

struct reload_queue *reload_queue_new(struct ev_loop *loop,
                                      const struct reload_queue_config *config)
{
	struct reload_queue *q = mem_new(sizeof *q);

	q->loop = loop;
	q->config = *config;
	deferred_init(&q->next, loop, queue_on_next, q);
	timer_init(&q->late, loop, round_on_late, q);
	q->round = mem_new(sizeof *q->round);
	q->round->start = true;
	round_run(q);
	return q;
}

/* Of those that nobody hears one is enough. */
static bool is_asked(const struct reload_queue *q)
{
	const struct reload_asked *asked;

	LL_FOREACH (q->waiting, asked) {
		if (!asked->question)
			return true;
	}
	return false;
}

void reload_queue_ask(struct reload_queue *q, uint64_t question,
                      const struct reload_request *request)
{
	struct reload_asked *asked;

	if (!question && is_asked(q))
		return;
	asked = mem_new(sizeof *asked);
	asked->question = question;
	asked->request = *request;
	LL_APPEND(q->waiting, asked);
	deferred_call(&q->next);
}

size_t reload_queue_left(const struct reload_queue *q)
{
	if (!q)
		return 1;
	if (q->instances)
		return instances_left(q->instances);
	/* Behind the last step they come. */
	return q->round && q->round->run ? plan_run_left(q->round->run) + 1 : 0;
}

void reload_queue_end(struct reload_queue *q)
{
	if (!q)
		return;
	q->ends = true;
	instances_free(q->instances);
	q->instances = NULL;
	timer_stop(&q->late);
	reload_reading_free(q->reading);
	q->reading = NULL;
	if (q->round) {
		queue_refuse(q, &q->round->asked);
		reload_round_free(q->round);
		q->round = NULL;
	}
	queue_refuse(q, &q->waiting);
}

void reload_queue_free(struct reload_queue *q)
{
	if (!q)
		return;
	if (q->round)
		reload_round_free(q->round);
	instances_free(q->instances);
	queue_drop(&q->waiting);
	reload_reading_free(q->reading);
	timer_stop(&q->late);
	deferred_stop(&q->next);
	free(q);
}
