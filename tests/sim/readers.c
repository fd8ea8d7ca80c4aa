/* Owns the readers of each node. Invariant: one that is not over has something that is to happen,
 * or waits for input. */
#include "sim/readers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "sim/flows.h"
#include "sim/history.h"
#include "sim/worker.h"

struct reader {
	uint64_t request;
	uint64_t number; /* of what is to happen; 0: nothing is */
	uint64_t seq;
	size_t size;    /* of the result that is wanted */
	uint64_t total; /* bytes of the input */
	uint64_t come;  /* of them */
	uint64_t read;
	uint64_t enough;     /* it wants no more than that */
	bool whole;          /* the end of the input has come */
	bool sated;          /* it has said that it wants no more */
	struct reader *prev; /* utlist */
	struct reader *next;
};

struct readers {
	struct sim_process *process;
	runner_update_fn *update;
	void *arg;
	struct reader *list;
	uint64_t due; /* the number of the one that acts */
};

static uint64_t last_number;

struct readers *readers_new(runner_update_fn *update, void *arg)
{
	struct readers *all = mem_new(sizeof *all);

	all->process = os_current();
	all->process->readers = all;
	all->update = update;
	all->arg = arg;
	return all;
}

static void reader_free(struct readers *all, struct reader *r)
{
	DL_DELETE(all->list, r);
	free(r);
}

void readers_free(struct readers *all)
{
	while (all->list)
		reader_free(all, all->list);
	all->process->readers = NULL;
	free(all);
}

static void on_due(void *arg, uint64_t number);

static void reader_act_later(const struct readers *all, struct reader *r)
{
	if (r->number)
		return;
	r->number = ++last_number;
	world_at(world_now() + os_delay() + world_between(5, 2000), on_due, all->process,
	         r->number);
}

static void reader_answer(struct readers *all, struct reader *r)
{
	struct job_update update = {.request = r->request, .answered = true};
	int node = all->process->node;

	update.text = mem_format("%d", node);
	update.size = strlen(update.text);
	if (r->size > update.size) {
		update.text = mem_resize(update.text, r->size);
		memset(update.text + update.size, ' ', r->size - update.size);
		update.size = r->size;
	}
	reader_free(all, r);
	all->update(all->arg, &update);
}

/* What has come and is wanted, and is not read yet. */
static uint64_t reader_unread(const struct reader *r)
{
	return (r->come < r->enough ? r->come : r->enough) - r->read;
}

/* It needs nothing that is still to come. */
static bool reader_may_end(const struct reader *r)
{
	return r->whole || (r->read == r->enough && r->enough < r->total);
}

/* Reads a part of what has come, says that it wants no more, or ends. */
static void reader_act(struct readers *all, struct reader *r)
{
	struct job_update update = {.request = r->request};

	if (reader_unread(r)) {
		update.taken = (size_t)world_between(1, (int64_t)reader_unread(r));
		r->read += update.taken;
	} else if (r->whole || r->sated) {
		reader_answer(all, r);
		return;
	} else {
		update.sated = r->sated = true;
	}
	if (reader_unread(r) || reader_may_end(r))
		reader_act_later(all, r);
	all->update(all->arg, &update);
}

static void readers_act(struct sim_process *p)
{
	struct readers *all = p->readers;
	struct reader *r;

	DL_SEARCH_SCALAR(all->list, r, number, all->due);
	if (!r)
		return;
	r->number = 0;
	reader_act(all, r);
}

static void on_due(void *arg, uint64_t number)
{
	struct sim_process *p = arg;

	if (!os_alive(p) || !p->readers)
		return;
	if (p->stopped) {
		world_at(world_now() + MS, on_due, p, number);
		return;
	}
	p->readers->due = number;
	os_run_as(p, readers_act);
	os_wake(p);
}

/* The arguments: a token, and how much is to come. */
static void reader_begin(struct readers *all, const struct message *m)
{
	struct reader *r = mem_new(sizeof *r);
	size_t token = strnlen(m->payload, m->payload_size) + 1;
	uint64_t session;

	r->request = m->request;
	DL_APPEND(all->list, r);
	if (token >= m->payload_size || m->payload[m->payload_size - 1] ||
	    sscanf(m->payload, "%" SCNu64 ".%" SCNu64, &session, &r->seq) != 2 ||
	    sscanf(m->payload + token, "%" SCNu64, &r->total) != 1) {
		world_fail("%s: the arguments of an input", all->process->name);
		return;
	}
	r->size = history_ran(all->process->node, all->process->incarnation, m->payload);
	r->enough = world_chance(800) ? r->total : world_random(r->total + 1);
	if (reader_may_end(r))
		reader_act_later(all, r);
}

static void reader_hear(struct readers *all, struct reader *r, const struct message *m)
{
	for (size_t i = 0; i < m->payload_size; i++) {
		if (m->payload[i] == input_byte(r->seq, r->come + i))
			continue;
		world_fail("%s: byte %" PRIu64 " of input %" PRIu64 " is another",
		           all->process->name, r->come + i, r->seq);
		break;
	}
	r->come += m->payload_size;
	r->whole |= m->flags & FLAG_LAST;
	if (r->come > r->total || (r->whole && r->come < r->total && !r->sated))
		world_fail("%s: %" PRIu64 " bytes of input %" PRIu64 ", of %" PRIu64,
		           all->process->name, r->come, r->seq, r->total);
	if (reader_unread(r) || reader_may_end(r))
		reader_act_later(all, r);
}

bool readers_take(struct readers *all, const struct message *m)
{
	struct reader *r;

	if (m->type == MSG_EXEC && m->flags & FLAG_INPUT) {
		reader_begin(all, m);
		return true;
	}
	DL_SEARCH_SCALAR(all->list, r, request, m->request);
	if (!r)
		return false;
	if (m->type == MSG_DATA) {
		reader_hear(all, r, m);
	} else if (m->type == MSG_CANCEL) {
		reader_free(all, r);
		all->update(all->arg, &(struct job_update){.request = m->request,
		                                           .answered = true,
		                                           .flags = FLAG_REFUSED | FLAG_UNKNOWN});
	}
	return true;
}

void readers_finish(struct readers *all)
{
	while (all->list) {
		if (all->list->whole)
			reader_answer(all, all->list);
		else
			reader_free(all, all->list);
	}
}
