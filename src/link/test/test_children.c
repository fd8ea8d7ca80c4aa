/* The upper end of links: which silences are reported. */
#include "link/children.h"

#include <criterion/criterion.h>
#include <ev.h>

#include "base/mem.h"
#include "link/parent.h"
#include "support/await.h"
#include "support/scratch.h"

#define INTERVAL_MS 20

static struct ev_loop *loop;
static struct link_context *context;
static char *endpoint;
static struct children *children;
static size_t linked;
static size_t left;
static size_t silent;
static size_t beats; /* heartbeats that the child got */

static void on_linked(void *arg, const struct peer_name *name)
{
	(void)arg;
	(void)name;
	linked++;
}

static void on_word(void *arg, const struct peer_name *from, const struct message *m,
                    const struct frame *frame)
{
	(void)arg;
	(void)frame;
	if (m->type != MSG_LEFT)
		return;
	children_leaving(children, from);
	left++;
}

static void on_silent(void *arg, const struct peer_name *name, int64_t silent_ms)
{
	(void)arg;
	(void)name;
	(void)silent_ms;
	silent++;
}

static void on_back(void *arg, const struct peer_name *name)
{
	(void)arg;
	(void)name;
}

static const struct children_handlers above = {
    .linked = on_linked, .message = on_word, .silent = on_silent, .back = on_back};

static void on_told(void *arg, struct parent *from, const struct message *m, struct frame *frame)
{
	(void)arg;
	(void)from;
	(void)frame;
	beats += m->type == MSG_HEARTBEAT;
}

static const struct parent_handlers below = {.message = on_told};

static void set_up(void)
{
	struct error err;

	loop = ev_loop_new(EVFLAG_AUTO);
	context = link_context_new(loop, &(struct link_context_config){0}, &err);
	cr_assert_not_null(context, "%s", err.text);
	scratch_set_up();
	endpoint = mem_format("ipc://%s/up", scratch_top);
	children = children_new(context, loop, endpoint, &above, NULL, &err);
	cr_assert_not_null(children, "%s", err.text);
	children_interval(children, INTERVAL_MS);
}

static void tear_down(void)
{
	children_free(children);
	link_context_free(context);
	ev_loop_destroy(loop);
	free(endpoint);
	scratch_tear_down();
}

TestSuite(children, .init = set_up, .fini = tear_down, .timeout = 60);

/* Connects node 5 with a link of that generation, and waits for its hello. */
static struct parent *come(uint64_t generation)
{
	const struct peer_name name = {.id = 5, .incarnation = 1, .generation = generation};
	struct error err;
	struct parent *p = parent_new(context, loop, endpoint, &name, &below, NULL, &err);
	size_t before = linked;

	cr_assert_not_null(p, "%s", err.text);
	parent_interval(p, INTERVAL_MS);
	await_count(loop, &linked, before + 1);
	return p;
}

static void leave(struct parent *p)
{
	size_t before = left;

	parent_send(p,
	            &(struct message){
	                .type = MSG_LEFT, .node = 5, .incarnation = 1, .left.link_generation = 2});
	await_count(loop, &left, before + 1);
}

Test(children, the_silence_of_one_that_went_is_told)
{
	parent_free(come(1));
	await_count(loop, &silent, 1);
}

Test(children, the_silence_of_one_that_left_is_not_told)
{
	struct parent *p = come(1);
	struct parent *other;

	leave(p);
	parent_free(p);
	for (int i = 0; i < 50; i++)
		ev_run(loop, EVRUN_ONCE);
	cr_assert_eq(silent, 0);
	other = come(2);
	parent_free(other);
	await_count(loop, &silent, 1);
}

/* LEFT over the old link may arrive after the hello over the new one. */
Test(children, one_that_came_back_before_it_left_is_watched)
{
	struct parent *before = come(1);
	struct parent *after = come(2);

	leave(before);
	parent_free(before);
	parent_free(after);
	await_count(loop, &silent, 1);
}

Test(children, a_child_hears_heartbeats_only_of_one_who_beats)
{
	struct parent *p = come(1);

	for (int i = 0; i < 50; i++)
		ev_run(loop, EVRUN_ONCE);
	cr_assert_eq(beats, 0);
	children_beat(children);
	await_count(loop, &beats, 2);
	parent_free(p);
}
