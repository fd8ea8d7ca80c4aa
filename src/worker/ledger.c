/*
 * Owns the entries and the runner. Invariants: a request has an entry from its EXEC until its
 * answer is known to have arrived; the runner is given each byte of its arguments once and in
 * order.
 */
#include "worker/ledger.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"

/* A longer result is offered first and sent in parts, as the controller gives credit. */
#define RESULT_PART ((size_t)64 * 1024)

struct entry {
	uint64_t request; /* the key */
	uint64_t serial;
	uint64_t received; /* bytes of arguments that the runner was given */
	uint64_t taken;    /* of them, consumed */
	bool complete;     /* the runner was given all */
	bool answered;
	unsigned flags; /* of the answer */
	char *text;     /* owned */
	size_t size;
	size_t stored; /* counts in the runner's bound */
	size_t sent;   /* of a large result */
	UT_hash_handle hh;
};

struct ledger {
	struct runner *runner;
	ledger_answer_fn *answer;
	void *arg;             /* borrowed */
	struct entry *entries; /* by age */
	uint64_t settled;      /* the answers to all serials below have arrived */
};

static struct entry *find(struct ledger *l, uint64_t request)
{
	struct entry *e;

	HASH_FIND(hh, l->entries, &request, sizeof request, e);
	return e;
}

static void forget(struct ledger *l, struct entry *e)
{
	HASH_DEL(l->entries, e);
	runner_unstore(l->runner, e->stored);
	free(e->text);
	free(e);
}

static void say_taken(struct ledger *l, const struct entry *e)
{
	l->answer(l->arg, &(struct message){
	                      .type = MSG_TAKEN, .request = e->request, .taken.bytes = e->taken});
}

static void say_answer(struct ledger *l, const struct entry *e)
{
	if (e->size > RESULT_PART) {
		l->answer(l->arg, &(struct message){.type = MSG_OFFER,
		                                    .request = e->request,
		                                    .offer.size = e->size});
		return;
	}
	l->answer(l->arg, &(struct message){.type = MSG_RESULT,
	                                    .request = e->request,
	                                    .flags = e->flags | FLAG_LAST,
	                                    .payload = e->text,
	                                    .payload_size = e->size});
}

static void on_news(void *arg, const struct job_news *news)
{
	struct ledger *l = arg;
	struct entry *e = find(l, news->request);

	if (!e) {
		runner_unstore(l->runner, news->size);
		free(news->text);
		return;
	}
	e->taken += news->taken;
	if (!news->answered) {
		say_taken(l, e);
		return;
	}
	e->answered = true;
	e->flags = news->flags;
	e->text = news->text;
	e->size = e->stored = news->size;
	say_answer(l, e);
}

/* Not from the runner: a refusal of our own, which is kept like any other answer. */
static void refuse(struct ledger *l, struct entry *e, const char *why)
{
	e->answered = true;
	e->flags = FLAG_REFUSED;
	e->text = mem_string(why);
	e->size = strlen(why);
	say_answer(l, e);
}

static void pass_on(struct ledger *l, struct entry *e, const struct message *m, size_t skip)
{
	struct message rest = *m;

	rest.payload = m->payload + skip;
	rest.payload_size = m->payload_size - skip;
	e->received += rest.payload_size;
	e->complete = m->flags & FLAG_LAST;
	if (runner_take(l->runner, &rest))
		refuse(l, e, "the worker cannot start a thread");
}

/* `at`: where in the arguments the payload begins. What came before is left out. */
static void take_args(struct ledger *l, struct entry *e, const struct message *m, uint64_t at)
{
	uint64_t skip = at < e->received ? e->received - at : 0;
	bool more = skip < m->payload_size || (skip == m->payload_size && m->flags & FLAG_LAST);

	if (e->answered)
		say_answer(l, e);
	else if (!e->complete && at <= e->received && more)
		pass_on(l, e, m, (size_t)skip);
	else
		say_taken(l, e); /* perhaps our word on it was lost */
}

static void settle_below(struct ledger *l, uint64_t serial)
{
	struct entry *e;

	if (serial > l->settled)
		l->settled = serial;
	while ((e = l->entries) && e->serial < l->settled && e->answered)
		forget(l, e);
}

static void take_exec(struct ledger *l, const struct message *m)
{
	struct entry *e;

	settle_below(l, m->exec.settled);
	e = find(l, m->request);
	if (e) {
		take_args(l, e, m, 0);
		return;
	}
	if (m->exec.serial < l->settled)
		return; /* an old word: its answer has arrived long since */
	e = mem_new(sizeof *e);
	e->request = m->request;
	e->serial = m->exec.serial;
	HASH_ADD(hh, l->entries, request, sizeof e->request, e);
	pass_on(l, e, m, 0);
}

static void cancel(struct ledger *l, struct entry *e, const struct message *m)
{
	if (e && !e->answered && runner_take(l->runner, m) == 0)
		return; /* the runner answers FLAG_LATE, or has answered just now */
	if (e && e->size <= RESULT_PART) {
		say_answer(l, e);
		return;
	}
	l->answer(l->arg, &(struct message){.type = MSG_RESULT,
	                                    .request = m->request,
	                                    .flags = FLAG_LAST | FLAG_LATE});
	if (e)
		forget(l, e);
}

/* The controller has `from` bytes of the result and takes what is below `limit`. */
static void send_parts(struct ledger *l, struct entry *e, uint64_t from, uint64_t limit, bool again)
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
		                    .payload = e->text + e->sent,
		                    .payload_size = part};
		e->sent += part;
		if (e->sent == e->size)
			m.flags |= FLAG_LAST;
		l->answer(l->arg, &m);
	}
}

void ledger_take(struct ledger *l, const struct message *m)
{
	struct entry *e = find(l, m->request);

	if (m->type == MSG_EXEC)
		take_exec(l, m);
	else if (m->type == MSG_CANCEL)
		cancel(l, e, m);
	else if (m->type == MSG_DATA && e)
		take_args(l, e, m, m->data.offset);
	else if (m->type == MSG_CREDIT && e && e->answered)
		send_parts(l, e, m->credit.here, m->credit.limit, m->flags & FLAG_AGAIN);
	else if (m->type == MSG_SETTLED && e && e->answered)
		forget(l, e);
}

struct ledger *ledger_new(struct ev_loop *loop, const struct dtree_node *node,
                          const struct dtree_service *service, ledger_answer_fn *answer, void *arg)
{
	struct ledger *l = mem_new(sizeof *l);

	l->answer = answer;
	l->arg = arg;
	l->runner = runner_new(loop, node, service, on_news, l);
	return l;
}

void ledger_free(struct ledger *l)
{
	while (l->entries)
		forget(l, l->entries);
	runner_free(l->runner);
	free(l);
}

void ledger_adopt(struct ledger *l)
{
	struct entry *e;

	while ((e = l->entries)) {
		if (!e->complete && !e->answered)
			runner_take(l->runner,
			            &(struct message){.type = MSG_CANCEL, .request = e->request});
		forget(l, e);
	}
	l->settled = 0;
}

void ledger_finish(struct ledger *l, runner_done_fn *done, void *arg)
{
	runner_finish(l->runner, done, arg);
}
