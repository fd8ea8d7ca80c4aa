/* When a controller says that the tree of a former dtreed is there. */
#include "controller/lifecycle/ready.h"

#include <criterion/criterion.h>

#include "controller/lifecycle/internal.h"

TestSuite(ready, .timeout = 60);

static struct lifecycle lifecycle;
static struct controller controller = {.lifecycle = &lifecycle};
static struct node inherited;
static size_t calls;
static size_t left;

static void told(void *arg, size_t count)
{
	(void)arg;
	calls++;
	left = count;
}

/* One node runs, and has not heard of this controller yet. */
static void set_up(int64_t request_timeout_ms)
{
	controller.loop = ev_loop_new(EVFLAG_AUTO);
	controller.config.request_timeout_ms = request_timeout_ms;
	inherited = (struct node){.id = 1, .life = LIFE_RUNNING, .link.unadopted = true};
	HASH_ADD_INT(controller.nodes, id, &inherited);
	ready_when(&controller, told, NULL);
}

static void tear_down(void)
{
	ready_stop(&controller);
	HASH_CLEAR(hh, controller.nodes);
	ev_loop_destroy(controller.loop);
}

Test(ready, an_empty_tree_is_there_in_the_next_turn)
{
	controller.loop = ev_loop_new(EVFLAG_AUTO);
	ready_when(&controller, told, NULL);
	cr_assert_eq(calls, 0, "not from inside the call");
	ev_run(controller.loop, EVRUN_ONCE);
	cr_assert_eq(calls, 1);
	cr_assert_eq(left, 0);
	cr_assert_null(lifecycle.ready);
	ev_loop_destroy(controller.loop);
}

Test(ready, an_inherited_node_is_waited_for)
{
	set_up(60000);
	cr_assert_eq(calls, 0);
	ev_run(controller.loop, EVRUN_ONCE);
	cr_assert_eq(calls, 1);
	cr_assert_eq(left, 1);
	inherited.link.unadopted = false;
	while (lifecycle.ready)
		ev_run(controller.loop, EVRUN_ONCE);
	cr_assert_eq(calls, 2);
	cr_assert_eq(left, 0);
	tear_down();
}

Test(ready, without_progress_the_wait_ends)
{
	set_up(0);
	while (lifecycle.ready)
		ev_run(controller.loop, EVRUN_ONCE);
	cr_assert(inherited.link.unadopted);
	cr_assert_eq(left, 0);
	tear_down();
}
