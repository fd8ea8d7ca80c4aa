/*
 * Owns the entries and what serves them. Invariants: a request has an entry from its EXEC until its
 * answer is known to have arrived; the runner is given each byte of its arguments once and in
 * order.
 */
#include "worker/reply_cache.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/number_hash.h"
#include "base/pieces.h"
#include "wire/refusal.h"
#include "worker/job_times.h"
#include "worker/serving.h"

/* A longer result is offered first and sent in parts, as the controller gives credit. What is
 * refused is not. */
#define RESULT_PART ((size_t)64 * 1024)

struct entry {
	uint64_t request; /* the key */
	uint64_t serial;
	uint64_t received; /* bytes of arguments that the runner was given */
	uint64_t taken;    /* of them, consumed */
	bool complete;     /* the runner was given all */
	bool input;        /* what counts in these is standard input */
	bool sated;        /* no more of that is wanted */
	bool answered;
	bool settled; /* the answer has arrived, and is freed; only that it was run is known */
	bool traced;
	struct msg_stamps at;
	struct job_times *times; /* of one that is traced, when it was run; owned; or NULL */
	struct servant *servant; /* borrowed */
	unsigned flags;          /* of the answer */
	char *text;              /* owned */
	size_t size;
	size_t stored; /* counts in the runner's bound */
	size_t sent;   /* of a large result */
	UT_hash_handle hh;
};

struct reply_cache {
	struct serving *serving;
	reply_cache_answer_fn *answer;
	void *arg;             /* borrowed */
	struct entry *entries; /* by age */
	uint64_t settled;      /* the answers to all serials below have arrived */
};

static struct pieces reply_cache_entries = {.size = sizeof(struct entry)};

static struct entry *reply_cache_find(struct reply_cache *c, uint64_t request)
{
	struct entry *e;

	HASH_FIND(hh, c->entries, &request, sizeof request, e);
	return e;
}

static void reply_cache_forget(struct reply_cache *c, struct entry *e)
{
	HASH_DEL(c->entries, e);
	servant_unstore(e->servant, e->stored);
	servant_leave(e->servant, e->answered);
	free(e->times);
	free(e->text);
	pieces_give(&reply_cache_entries, e);
}

/* A copy of its EXEC may still come, by a way that was slow; a later one ends that
 * (settle_below()). A sweep's number is good once anyway. */
static void reply_cache_settle(struct reply_cache *c, struct entry *e)
{
	if (e->serial == UINT64_MAX) {
		reply_cache_forget(c, e);
		return;
	}
	servant_unstore(e->servant, e->stored);
	free(e->text);
	e->text = NULL;
	e->size = e->stored = 0;
	if (!e->answered)
		servant_answered(e->servant);
	e->answered = e->settled = true;
}

static void say_taken(struct reply_cache *c, const struct entry *e)
{
	c->answer(c->arg, &(struct message){.type = MSG_TAKEN,
	                                    .request = e->request,
	                                    .flags = e->sated ? FLAG_LAST : 0,
	                                    .taken.bytes = e->taken});
}

static bool entry_is_large(const struct entry *e)
{
	return e->size > (e->flags & FLAG_REFUSED ? REFUSAL_MAX : RESULT_PART);
}

/* Before an answer that is known to be traced. */
static void say_trace(struct reply_cache *c, const struct entry *e)
{
	static const struct job_times never_run;
	struct buffer bytes = {0};
	struct steps steps = {0};

	job_times_steps(e->times ? e->times : &never_run, &e->at, &steps);
	if (entry_is_large(e))
		steps_add(&steps, STEP_PARTS, e->at.answered, clock_ns(), 0, 0);
	steps_write(&steps, &bytes);
	c->answer(c->arg, &(struct message){.type = MSG_TRACE,
	                                    .request = e->request,
	                                    .payload = buffer_bytes(&bytes),
	                                    .payload_size = buffer_size(&bytes)});
	buffer_free(&bytes);
}

static void say_answer(struct reply_cache *c, const struct entry *e)
{
	if (entry_is_large(e)) {
		c->answer(c->arg, &(struct message){.type = MSG_OFFER,
		                                    .request = e->request,
		                                    .offer.size = e->size});
		return;
	}
	if (e->traced)
		say_trace(c, e);
	c->answer(c->arg,
	          &(struct message){.type = MSG_RESULT,
	                            .request = e->request,
	                            .flags = e->flags | FLAG_LAST | (e->traced ? FLAG_TRACED : 0),
	                            .result.at = e->at,
	                            .payload = e->text,
	                            .payload_size = e->size});
}

/* It may be lost, and is not kept. */
static void say_progress(struct reply_cache *c, const struct job_update *update)
{
	c->answer(c->arg, &(struct message){.type = MSG_PROGRESS,
	                                    .request = update->request,
	                                    .payload = update->progress,
	                                    .payload_size = strlen(update->progress)});
}

static void on_update(void *arg, struct servant *from, const struct job_update *update)
{
	struct reply_cache *c = arg;
	struct entry *e = reply_cache_find(c, update->request);

	if (update->progress) {
		if (e && !e->answered)
			say_progress(c, update);
		return;
	}
	if (!e || e->settled) {
		servant_unstore(from, update->size);
		free(update->text);
		return;
	}
	e->taken += update->taken;
	e->sated |= update->sated;
	if (!update->answered) {
		say_taken(c, e);
		return;
	}
	e->answered = true;
	servant_answered(e->servant);
	if (e->traced)
		e->times =
		    (struct job_times *)(void *)mem_copy(&update->times, sizeof update->times);
	e->at.begun = update->times.begun;
	e->at.ended = update->times.ended;
	/* Programs are heard on the loop, too. */
	e->at.answered =
	    update->times.on_loop || update->times.pid ? update->times.ended : clock_ns();
	e->flags = update->flags;
	e->text = update->text;
	e->size = e->stored = update->size;
	say_answer(c, e);
}

/* A refusal that does not come from the runner is kept like any other answer. */
static void reply_cache_refuse(struct reply_cache *c, struct entry *e, unsigned flags,
                               const char *why)
{
	e->answered = true;
	servant_answered(e->servant);
	e->at.begun = e->at.ended = e->at.answered = clock_ns();
	e->flags = FLAG_REFUSED | flags;
	e->text = mem_string(why);
	e->size = strlen(why);
	say_answer(c, e);
}

static void pass_on(struct reply_cache *c, struct entry *e, const struct message *m, size_t skip)
{
	struct message rest = *m;

	rest.payload = m->payload + skip;
	rest.payload_size = m->payload_size - skip;
	if (m->type == MSG_EXEC)
		rest.exec.came = e->at.received;
	e->received += rest.payload_size;
	e->complete = m->flags & FLAG_LAST;
	if (servant_take(e->servant, &rest))
		reply_cache_refuse(c, e, 0, "the worker cannot start a thread");
}

/* All arguments of a request whose input follows. */
static void pass_on_input(struct reply_cache *c, struct entry *e, const struct message *m)
{
	e->input = true;
	if (servant_takes_input(e->servant))
		servant_take(e->servant, m);
	else
		reply_cache_refuse(c, e, FLAG_LATE,
		                   "the service takes no standard input: it is no program of "
		                   "protocol run");
}

/* `at`: the offset of the payload in the arguments. Bytes that came before are skipped. */
static void take_args(struct reply_cache *c, struct entry *e, const struct message *m, uint64_t at)
{
	uint64_t skip = at < e->received ? e->received - at : 0;
	bool more = skip < m->payload_size || (skip == m->payload_size && m->flags & FLAG_LAST);

	if (e->answered)
		say_answer(c, e);
	else if (!e->complete && at <= e->received && more)
		pass_on(c, e, m, (size_t)skip);
	else
		say_taken(c, e); /* the former TAKEN may be lost */
}

static void settle_below(struct reply_cache *c, uint64_t serial)
{
	struct entry *e;

	if (serial > c->settled)
		c->settled = serial;
	while ((e = c->entries) && e->serial < c->settled && e->answered)
		reply_cache_forget(c, e);
}

static void take_exec(struct reply_cache *c, const struct message *m)
{
	struct entry *e;

	settle_below(c, m->exec.settled);
	e = reply_cache_find(c, m->request);
	if (e && e->input && !e->answered) {
		say_taken(c, e);
		return;
	}
	if (e) {
		if (!e->settled)
			take_args(c, e, m, 0);
		return;
	}
	if (m->exec.serial < c->settled)
		return; /* an old message: its answer has arrived */
	e = pieces_new(&reply_cache_entries);
	e->request = m->request;
	e->serial = m->exec.serial;
	e->at.received = clock_ns();
	e->traced = m->flags & FLAG_TRACED;
	e->servant = serving_begin(c->serving);
	HASH_ADD(hh, c->entries, request, sizeof e->request, e);
	if (m->flags & FLAG_INPUT)
		pass_on_input(c, e, m);
	else
		pass_on(c, e, m, 0);
}

static void reply_cache_cancel(struct reply_cache *c, struct entry *e, const struct message *m)
{
	if (e && !e->answered && servant_take(e->servant, m) == 0)
		return; /* the runner answers FLAG_LATE, or has answered just now */
	if (e && !entry_is_large(e)) {
		say_answer(c, e);
		return;
	}
	/* A large result is dropped. */
	c->answer(c->arg, &(struct message){.type = MSG_RESULT,
	                                    .request = m->request,
	                                    .flags = FLAG_LAST | (e ? FLAG_UNKNOWN : FLAG_LATE)});
	if (e)
		reply_cache_settle(c, e);
}

/* The controller has `from` bytes of the result and takes what is below `limit`. */
static void send_parts(struct reply_cache *c, struct entry *e, uint64_t from, uint64_t limit,
                       bool again)
{
	if (limit > e->size)
		limit = e->size;
	if (again && from < e->sent)
		e->sent = (size_t)from;
	while (e->sent < limit) {
		size_t part = (size_t)limit - e->sent;
		if (part > RESULT_PART)
			part = RESULT_PART;
		struct message m = {.type = MSG_RESULT,
		                    .request = e->request,
		                    .flags = e->flags,
		                    .result.offset = e->sent,
		                    .result.at = e->at,
		                    .payload = e->text + e->sent,
		                    .payload_size = part};
		e->sent += part;
		if (e->sent == e->size)
			m.flags |= FLAG_LAST | (e->traced ? FLAG_TRACED : 0);
		if (m.flags & FLAG_TRACED)
			say_trace(c, e);
		c->answer(c->arg, &m);
	}
}

void reply_cache_take(struct reply_cache *c, const struct message *m)
{
	struct entry *e = reply_cache_find(c, m->request);

	if (m->type == MSG_EXEC)
		take_exec(c, m);
	else if (e && e->settled)
		return; /* an old message */
	else if (m->type == MSG_CANCEL)
		reply_cache_cancel(c, e, m);
	else if (m->type == MSG_DATA && e)
		take_args(c, e, m, m->data.offset);
	else if (m->type == MSG_CREDIT && e && e->answered)
		send_parts(c, e, m->credit.here, m->credit.limit, m->flags & FLAG_AGAIN);
	else if (m->type == MSG_SETTLED && e && e->answered)
		reply_cache_settle(c, e);
}

struct reply_cache *reply_cache_new(struct ev_loop *loop, const struct dtree_node *node,
                                    const struct work *work, reply_cache_answer_fn *answer,
                                    void *arg)
{
	struct reply_cache *c = mem_new(sizeof *c);

	c->answer = answer;
	c->arg = arg;
	c->serving = serving_new(loop, node, work, on_update, c);
	return c;
}

void reply_cache_free(struct reply_cache *c)
{
	while (c->entries)
		reply_cache_forget(c, c->entries);
	serving_free(c->serving);
	free(c);
}

void reply_cache_adopt(struct reply_cache *c)
{
	struct entry *e;

	while ((e = c->entries)) {
		if (!e->complete && !e->answered)
			servant_take(e->servant,
			             &(struct message){.type = MSG_CANCEL, .request = e->request});
		reply_cache_forget(c, e);
	}
	c->settled = 0;
	serving_adopted(c->serving);
}

void reply_cache_finish(struct reply_cache *c, runner_done_fn *done, void *arg)
{
	serving_finish(c->serving, done, arg);
}

void reply_cache_renew(struct reply_cache *c, pid_t pid)
{
	serving_renew(c->serving, pid);
}

bool reply_cache_may_reload(const struct reply_cache *c)
{
	return serving_may_reload(c->serving);
}

int reply_cache_reload(struct reply_cache *c, const struct work *work)
{
	return serving_reload(c->serving, work);
}
