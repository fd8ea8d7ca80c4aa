/*
 * Replaces link/children.c and, of the controller's rooms, what the overlay asks of processes and
 * of the registry. Time is support/fake_time.c's.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "controller/node/persist.h"
#include "controller/overlay/test/overlay_fixture.h"
#include "controller/process/process.h"
#include "loop/deferred.h"
#include "support/fake_time.h"

#define WORDS_MAX     4096
#define DEFERREDS_MAX 64

static struct word words[WORDS_MAX];
static size_t word_count;
static int64_t stopped_ms; /* in all */

char fixture_processes[FIXTURE_NODES];
static struct deferred *deferreds[DEFERREDS_MAX];

struct word *fixture_keep(enum word_kind kind, int node)
{
	cr_assert_lt(word_count, WORDS_MAX);
	words[word_count] = (struct word){.kind = kind, .node = node};
	return &words[word_count++];
}

/* loop/deferred.h */

void deferred_init(struct deferred *d, struct ev_loop *loop, void (*fn)(void *arg), void *arg)
{
	d->loop = loop;
	d->fn = fn;
	d->arg = arg;
}

void deferred_call(struct deferred *d)
{
	size_t slot = 0;

	deferred_stop(d);
	while (deferreds[slot])
		slot++;
	deferreds[slot] = d;
}

void deferred_stop(struct deferred *d)
{
	for (size_t i = 0; i < DEFERREDS_MAX; i++)
		if (deferreds[i] == d)
			deferreds[i] = NULL;
}

/* link/children.h */

struct children *children_new(struct link_context *context, struct ev_loop *loop,
                              const char *endpoint, const struct children_handlers *handlers,
                              void *arg, struct error *err)
{
	(void)context;
	(void)loop;
	(void)endpoint;
	(void)handlers;
	(void)arg;
	error_set(err, ERR_INTERNAL, "no links in a unit test");
	return NULL;
}

void children_free(struct children *c)
{
	(void)c;
}

int children_renew(struct children *c, struct error *err)
{
	(void)c;
	(void)err;
	return 0;
}

void children_beat(struct children *c)
{
	(void)c;
}

bool children_send(struct children *c, int id, const struct message *m)
{
	struct word *word = fixture_keep(WORD_SENT, m->node);

	(void)c;
	cr_assert_eq(m->hop, 1);
	cr_assert_eq(m->route[0], id);
	cr_assert_leq(m->route_len, FIXTURE_ROUTE);
	word->m = *m;
	for (size_t i = 0; i < m->route_len; i++)
		word->route[i] = m->route[i];
	word->m.route = word->route;
	if (m->payload_size)
		memcpy(word->payload, m->payload,
		       m->payload_size < FIXTURE_PAYLOAD ? m->payload_size : FIXTURE_PAYLOAD);
	word->m.payload = word->payload;
	if (m->traceparent)
		memcpy(word->traceparent, m->traceparent, TRACEPARENT_SIZE);
	word->m.traceparent = NULL;
	return true;
}

bool children_pass(struct children *c, int id, const struct frame *frame)
{
	(void)c;
	(void)id;
	(void)frame;
	return false;
}

void children_leaving(struct children *c, const struct peer_name *name)
{
	(void)c;
	(void)name;
}

void children_forget(struct children *c, const struct peer_name *name)
{
	(void)c;
	fixture_keep(WORD_FORGOTTEN, name->id)->name = *name;
}

void children_interval(struct children *c, int64_t interval_ms)
{
	(void)c;
	(void)interval_ms;
}

void children_hear(struct children *c)
{
	(void)c;
}

int64_t children_clock(const struct children *c)
{
	(void)c;
	return clock_ms() - stopped_ms;
}

int64_t children_patience(const struct children *c)
{
	(void)c;
	return FIXTURE_PATIENCE_MS;
}

/* process/process.h, node/persist.h */

void process_signal(struct process *p, int signal)
{
	cr_assert_not_null(p, "a signal to nobody");
	fixture_keep(WORD_SIGNAL, (int)((char *)p - fixture_processes))->signal = signal;
}

pid_t process_pid(const struct process *p)
{
	(void)p;
	return 1;
}

int process_node(const struct process *p)
{
	return (int)((const char *)p - fixture_processes);
}

void persist_node(struct controller *c, const struct node *n)
{
	(void)c;
	(void)n;
}

bool fixture_run_deferred(void)
{
	bool any = false;

	for (size_t i = 0; i < DEFERREDS_MAX; i++) {
		struct deferred *d = deferreds[i];
		if (!d)
			continue;
		deferreds[i] = NULL;
		d->fn(d->arg);
		any = true;
	}
	return any;
}

void fixture_pass(int64_t ms)
{
	fake_time_pass(ms, fixture_turn);
}

/* Timers that are due meanwhile fire when it goes on. */
void fixture_stop(int64_t ms)
{
	stopped_ms += ms;
	fake_time_skip(ms, fixture_turn);
}

void fixture_clear(void)
{
	word_count = 0;
}

size_t fixture_count(enum word_kind kind, int node)
{
	size_t count = 0;

	for (size_t i = 0; i < word_count; i++)
		count += words[i].kind == kind && words[i].node == node;
	return count;
}

size_t fixture_sent(enum message_type type, int node)
{
	size_t count = 0;

	for (size_t i = 0; i < word_count; i++)
		count +=
		    words[i].kind == WORD_SENT && words[i].node == node && words[i].m.type == type;
	return count;
}

const struct word *fixture_last(enum word_kind kind, int node)
{
	for (size_t i = word_count; i-- > 0;)
		if (words[i].kind == kind && words[i].node == node)
			return &words[i];
	cr_assert_fail("nothing of that kind of node %d", node);
	return NULL;
}

const struct word *fixture_last_sent(enum message_type type, int node)
{
	for (size_t i = word_count; i-- > 0;)
		if (words[i].kind == WORD_SENT && words[i].node == node && words[i].m.type == type)
			return &words[i];
	cr_assert_fail("no %s to node %d", message_name(type), node);
	return NULL;
}

const struct word *fixture_message(size_t index)
{
	for (size_t i = 0; i < word_count; i++)
		if (words[i].kind == WORD_SENT && index-- == 0)
			return &words[i];
	return NULL;
}

size_t fixture_events(enum event_type type, int node)
{
	size_t count = 0;

	for (size_t i = 0; i < word_count; i++)
		count += words[i].kind == WORD_EVENT && words[i].node == node &&
		         words[i].event.type == type;
	return count;
}

int64_t fixture_now(void)
{
	return clock_ms();
}
