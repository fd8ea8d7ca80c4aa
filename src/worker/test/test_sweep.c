/*
 * Sweeps at a node: the messages down and up, the children that are waited for, and that a sweep
 * runs once. With the service sum, and one child, which is a link of the test.
 */
#include "worker/sweep.h"

#include <criterion/criterion.h>
#include <ev.h>
#include <string.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/mem.h"
#include "link/parent.h"
#include "service/service.h"
#include "support/await.h"
#include "support/scratch.h"
#include "wire/tally.h"

#define NODE  7
#define CHILD 8

static struct link_context *context;
static struct ev_loop *loop;
static struct reply_cache *cache;
static struct children *children;
static struct parent *child; /* NULL: none */
static struct child_states child_states;
static struct sweeps *sweeps;
static struct traces *traces;
static bool finished;

static struct message said; /* the last; its payload is in `bytes` */
static char bytes[MESSAGE_PAYLOAD_MAX];
static size_t parts; /* MSG_SWEPT so far */

static struct message asked; /* the last message to the child */
static size_t asked_count;
static size_t linked; /* children that said hello */

static void on_said(void *arg, struct message *m)
{
	(void)arg;
	if (message_is_sweep(m->request) && m->type != MSG_SWEPT) {
		sweeps_answer(sweeps, m);
		return;
	}
	cr_assert_eq(m->type, MSG_SWEPT);
	said = *m;
	memcpy(bytes, m->payload, m->payload_size);
	parts++;
}

static void on_linked(void *arg, const struct peer_name *name)
{
	(void)arg;
	child_state_here(&child_states, name);
	linked++;
}

static void on_swept(void *arg, const struct peer_name *from, const struct message *m,
                     const struct frame *frame)
{
	(void)arg;
	(void)frame;
	/* A tally that is not waited for is passed up. */
	if (!sweeps_swept(sweeps, from, m))
		on_said(NULL, &(struct message){.type = MSG_SWEPT,
		                                .request = m->request,
		                                .flags = m->flags,
		                                .node = m->node,
		                                .payload = m->payload,
		                                .payload_size = m->payload_size});
}

static void on_silent(void *arg, const struct peer_name *name, int64_t silent_ms)
{
	(void)arg;
	(void)name;
	(void)silent_ms;
}

static void on_back(void *arg, const struct peer_name *name)
{
	(void)arg;
	(void)name;
}

static const struct children_handlers children_handlers = {
    .linked = on_linked, .message = on_swept, .silent = on_silent, .back = on_back};

static void on_asked(void *arg, struct parent *from, const struct message *m, struct frame *frame)
{
	(void)arg;
	(void)from;
	(void)frame;
	if (m->type != MSG_SWEEP)
		return;
	asked = *m;
	asked_count++;
}

static const struct parent_handlers parent_handlers = {.message = on_asked};

static void on_finished(void *arg)
{
	(void)arg;
	finished = true;
}

static char *endpoint;

static void set_up(void)
{
	struct error err;

	scratch_set_up();
	endpoint = mem_format("ipc://%s/link", scratch_top);
	loop = ev_loop_new(EVFLAG_AUTO);
	context = link_context_new(loop, &(struct link_context_config){0}, &err);
	cr_assert(context, "%s", err.text);
	cache = reply_cache_new(loop, &(struct dtree_node){.id = NODE},
	                        &(struct work){.service = service_find("sum")}, on_said, NULL);
	children = children_new(context, loop, endpoint, &children_handlers, NULL, &err);
	cr_assert(children, "%s", err.text);
	traces = traces_new(loop);
	sweeps = sweeps_new(loop, NODE, cache, children, &child_states, traces, on_said, NULL);
}

static const struct peer_name child_name = {.id = CHILD, .incarnation = 3, .generation = 1};

/* With a child. */
static void set_up_child(void)
{
	struct error err;

	set_up();
	child = parent_new(context, loop, endpoint, &child_name, &parent_handlers, NULL, &err);
	cr_assert(child, "%s", err.text);
	await_count(loop, &linked, 1);
}

static void tear_down(void)
{
	sweeps_free(sweeps);
	traces_free(traces);
	child_states_free(&child_states);
	parent_free(child);
	children_free(children);
	link_context_free(context);
	reply_cache_finish(cache, on_finished, NULL);
	while (!finished)
		ev_run(loop, EVRUN_ONCE);
	reply_cache_free(cache);
	ev_loop_destroy(loop);
	free(endpoint);
	scratch_tear_down();
}

TestSuite(sweep, .init = set_up, .fini = tear_down, .timeout = 120);
TestSuite(sweep_down, .init = set_up_child, .fini = tear_down, .timeout = 120);

#define NUMBER(n) (MESSAGE_SWEEP + 1000 + (n))
#define ARGS \
	"2\0" \
	"3\0" \
	"4"

/* The newest life that sweeps are for. */
static uint32_t newest = 3;

static void take(uint64_t number, enum tally_kind kind, unsigned flags, int64_t ms)
{
	sweeps_take(sweeps, &(struct message){.type = MSG_SWEEP,
	                                      .flags = flags,
	                                      .request = number,
	                                      .sweep.session = 1,
	                                      .sweep.deadline = clock_ms() + ms,
	                                      .sweep.kind = kind,
	                                      .sweep.newest = newest,
	                                      .sweep.step_ms = 100,
	                                      .sweep.most = 100,
	                                      .payload = ARGS,
	                                      .payload_size = sizeof ARGS});
}

/* The last message, complete. */
static struct tally_view heard(enum tally_kind kind)
{
	struct tally_view view;
	struct error err;

	cr_assert(said.flags & FLAG_LAST);
	cr_assert_eq(tally_read(bytes, said.payload_size, kind, &view, &err), 0, "%s", err.text);
	return view;
}

Test(sweep, a_leaf_answers_a_ping_at_once)
{
	take(NUMBER(1), TALLY_PING, 0, 1000);
	cr_assert_eq(parts, 1);
	struct tally_view view = heard(TALLY_PING);
	cr_assert(view.id_count == 1 && tally_id(&view, 0) == NODE);
}

Test(sweep, a_leaf_runs_its_service_once)
{
	take(NUMBER(1), TALLY_SUM, 0, 10000);
	await_count(loop, &parts, 1);
	struct tally_view view = heard(TALLY_SUM);
	cr_assert(view.value.any && view.value.number == 7 && view.id_count == 1);
	/* The same again, and an older one: the answer is an empty tally. */
	take(NUMBER(1), TALLY_SUM, FLAG_ALONE, 10000);
	cr_assert_eq(parts, 2);
	view = heard(TALLY_SUM);
	cr_assert(!view.value.any && !view.id_count && !view.words_size);
	take(NUMBER(0), TALLY_LIST, 0, 10000);
	cr_assert_eq(parts, 3);
	cr_assert_eq(heard(TALLY_LIST).words_size, 0);
}

Test(sweep, what_cannot_be_is_not_answered)
{
	take(NUMBER(1), TALLY_KINDS, 0, 1000);
	take(5, TALLY_PING, 0, 1000);
	cr_assert_eq(parts, 0);
}

/* A tally from the child. */
static void child_says(uint64_t number, struct tally *t, unsigned flags)
{
	struct buffer b = {0};

	tally_write(t, &b);
	tally_clear(t);
	parent_send(child, &(struct message){.type = MSG_SWEPT,
	                                     .flags = flags,
	                                     .request = number,
	                                     .node = CHILD,
	                                     .incarnation = child_name.incarnation,
	                                     .payload = buffer_bytes(&b),
	                                     .payload_size = buffer_size(&b)});
	buffer_free(&b);
}

/* The sweep lay at a node that was stopped meanwhile. */
Test(sweep_down, a_child_whose_life_began_later_is_not_asked)
{
	newest = child_name.incarnation - 1;
	take(NUMBER(1), TALLY_SUM, 0, 10000);
	await_count(loop, &parts, 1);
	cr_assert_eq(heard(TALLY_SUM).id_count, 1);
	newest = child_name.incarnation;
	take(NUMBER(2), TALLY_SUM, 0, 10000);
	await_count(loop, &asked_count, 1);
	cr_assert_eq(asked.request, NUMBER(2));
	cr_assert_eq(asked_count, 1);
}

Test(sweep_down, a_child_has_less_time_and_is_merged)
{
	struct tally t = {.kind = TALLY_SUM};
	int64_t deadline = clock_ms() + 10000;
	struct tally_view view;
	size_t before = parts;

	take(NUMBER(1), TALLY_SUM, 0, 10000);
	await_count(loop, &asked_count, 1);
	cr_assert(asked.node == CHILD && asked.incarnation == child_name.incarnation);
	cr_assert_leq(asked.sweep.deadline, deadline);
	cr_assert_eq(asked.sweep.step_ms, 100);
	cr_assert_eq(asked.payload_size, sizeof ARGS);
	cr_assert_eq(parts, before, "it does not wait for its child");
	tally_add_result(&t, CHILD, "-9", 2, 100);
	child_says(NUMBER(1), &t, 0);
	tally_add_result(&t, 20, "1", 1, 100);
	child_says(NUMBER(1), &t, FLAG_LAST);
	await_count(loop, &parts, before + 1);
	cr_assert_eq(parts, before + 1);
	view = heard(TALLY_SUM);
	cr_assert(view.value.number == -1 && view.id_count == 3);
}

Test(sweep_down, a_silent_child_is_left_out_when_the_time_is_over)
{
	struct tally t = {.kind = TALLY_PING};
	struct tally_view view;
	size_t before = parts;

	take(NUMBER(1), TALLY_PING, 0, 50);
	await_count(loop, &parts, before + 1);
	view = heard(TALLY_PING);
	cr_assert(view.id_count == 1 && tally_id(&view, 0) == NODE);
	/* The child's late answer is passed up unmerged. */
	tally_add_id(&t, CHILD);
	child_says(NUMBER(1), &t, FLAG_LAST);
	await_count(loop, &parts, before + 2);
	cr_assert_eq(said.node, CHILD);
	cr_assert_eq(tally_id(&(struct tally_view){.ids = bytes + 24}, 0), CHILD);
}

Test(sweep_down, a_child_that_is_gone_is_not_waited_for)
{
	size_t before = parts;

	take(NUMBER(1), TALLY_PING, 0, 60000);
	cr_assert_eq(parts, before);
	cr_assert(child_state_silent(&child_states, &child_name, 5));
	sweeps_child_lost(sweeps, CHILD);
	cr_assert_eq(parts, before + 1);
	cr_assert_eq(heard(TALLY_PING).id_count, 1);
	/* Nor is it sent a sweep. */
	take(NUMBER(2), TALLY_PING, 0, 60000);
	cr_assert_eq(parts, before + 2);
	cr_assert(child_state_here(&child_states, &child_name));
	take(NUMBER(3), TALLY_PING, 0, 60000);
	cr_assert_eq(parts, before + 2);
	/* It has a new link: sweeps over the old one are lost. */
	sweeps_child_lost(sweeps, CHILD);
	cr_assert_eq(parts, before + 3);
}

Test(sweep_down, alone_is_without_the_children)
{
	size_t before = parts;

	take(NUMBER(1), TALLY_PING, FLAG_ALONE, 60000);
	cr_assert_eq(parts, before + 1);
}

Test(sweep_down, junk_from_a_child_counts_for_nothing)
{
	struct tally t = {.kind = TALLY_MIN};
	size_t before = parts;

	take(NUMBER(1), TALLY_PING, 0, 60000);
	tally_add_result(&t, CHILD, "-9", 2, 100);
	child_says(NUMBER(1), &t, FLAG_LAST);
	await_count(loop, &parts, before + 1);
	cr_assert_eq(heard(TALLY_PING).id_count, 1);
}

Test(sweep_down, what_is_larger_than_a_message_goes_up_in_parts)
{
	cleanup_free char *text = mem_new(60000);
	size_t before = parts;

	memset(text, 'x', 60000);
	take(NUMBER(1), TALLY_LIST, 0, 60000);
	for (int i = 0; i < 20; i++) {
		struct tally t = {.kind = TALLY_LIST};
		tally_add_result(&t, 100 + i, text, 60000, TALLY_TEXT_MAX);
		child_says(NUMBER(1), &t, i == 19 ? FLAG_LAST : 0);
	}
	while (parts == before || !(said.flags & FLAG_LAST))
		ev_run(loop, EVRUN_ONCE);
	cr_assert_eq(parts, before + 5);
}

Test(sweep_down, a_child_that_never_answers_is_sent_no_more_than_so_many)
{
	size_t i;

	for (i = 1; i <= SWEEPS_OWED + 10; i++)
		take(NUMBER(i), TALLY_PING, 0, 60000);
	/* The last ones did not wait for it. */
	cr_assert_geq(parts, 10);
	await_count(loop, &asked_count, SWEEPS_OWED - 9);
	cr_assert_leq(asked_count, SWEEPS_OWED);
}

Test(sweep_down, the_oldest_makes_room)
{
	struct tally nothing = {.kind = TALLY_PING};
	size_t before = parts;

	for (size_t i = 1; i <= SWEEPS_MAX; i++) {
		take(NUMBER(i), TALLY_PING, 0, 60000);
		/* It answers another one, so that it is sent further ones. */
		sweeps_swept(sweeps, &child_name, &(struct message){.request = 1, .node = CHILD});
	}
	cr_assert_eq(parts, before);
	take(NUMBER(SWEEPS_MAX + 1), TALLY_PING, 0, 60000);
	cr_assert_eq(parts, before + 1);
	cr_assert_eq(said.request, NUMBER(1));
	child_says(NUMBER(SWEEPS_MAX + 1), &nothing, FLAG_LAST);
	await_count(loop, &parts, before + 2);
	cr_assert_eq(said.request, NUMBER(SWEEPS_MAX + 1));
}

Test(sweep_down, a_new_controller_hears_nothing_of_former_sweeps)
{
	size_t before = parts;

	take(NUMBER(1), TALLY_SUM, 0, 60000);
	reply_cache_adopt(cache);
	sweeps_adopt(sweeps);
	take(NUMBER(2), TALLY_PING, FLAG_ALONE, 60000);
	await_count(loop, &parts, before + 1);
	cr_assert_eq(said.request, NUMBER(2));
	cr_assert_eq(parts, before + 1);
}
