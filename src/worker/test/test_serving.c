/* What serves a node's requests changes its kind while it works. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "worker/serving.h"
#include "worker/test/fake_service.h"

#define DEADLINE_S 30.0

static struct ev_loop *loop;
static struct serving *serving;
static struct servant *answered_by[8]; /* by request */
static int done;

static void serving_on_update(void *arg, struct servant *from, const struct job_update *update)
{
	(void)arg;
	if (!update->answered)
		return;
	cr_assert_eq(update->flags & FLAG_REFUSED, 0, "request %d", (int)update->request);
	answered_by[update->request] = from;
	servant_unstore(from, update->size);
	free(update->text);
	servant_answered(from);
}

static void set_up(void)
{
	const struct work work = {.service = &fake_row};

	loop = ev_loop_new(EVFLAG_AUTO);
	fake_service.result = "yes";
	serving = serving_new(loop, &(struct dtree_node){.id = 7}, &work, serving_on_update, NULL);
}

static void on_late(struct ev_loop *l, ev_timer *timer, int revents)
{
	(void)l;
	(void)timer;
	(void)revents;
	cr_assert_fail("it takes too long");
}

/* Turns the loop until that is so. */
#define AWAIT(condition) \
	do { \
		ev_timer late; \
		ev_timer_init(&late, on_late, DEADLINE_S, 0.0); \
		ev_timer_start(loop, &late); \
		while (!(condition)) \
			ev_run(loop, EVRUN_ONCE); \
		ev_timer_stop(loop, &late); \
	} while (0)

static void on_done(void *arg)
{
	(void)arg;
	done++;
}

static void tear_down(void)
{
	serving_finish(serving, on_done, NULL);
	AWAIT(done);
	serving_free(serving);
	fake_service_tear_down();
	ev_loop_destroy(loop);
}

TestSuite(serving, .init = set_up, .fini = tear_down, .timeout = 60);

static void ask(struct servant *v, uint64_t request)
{
	cr_assert_eq(servant_take(v, &(struct message){.type = MSG_EXEC,
	                                               .request = request,
	                                               .flags = FLAG_LAST,
	                                               .exec.session = 1,
	                                               .payload = "a",
	                                               .payload_size = 2}),
	             0);
}

static void change_to_program(void)
{
	struct work work = {.program = mem_new(sizeof *work.program)};
	struct error err;

	program_spec_init(work.program, "word", "here");
	cr_assert_eq(program_spec_set(work.program, "protocol", "run", &err), 0);
	cr_assert_eq(program_spec_set(work.program, "command", "/bin/echo", &err), 0);
	cr_assert_eq(serving_reload(serving, &work), 0);
}

static void change_to_service(void)
{
	const struct work work = {.service = &fake_row};

	cr_assert_eq(serving_reload(serving, &work), 0);
}

Test(serving, each_request_is_answered_by_who_had_it_and_a_former_one_ends)
{
	struct servant *former = serving_begin(serving);
	struct servant *newest;

	ask(former, 1);
	change_to_program();
	newest = serving_begin(serving);
	cr_assert_neq(former, newest);
	ask(newest, 2);
	AWAIT(answered_by[1] && answered_by[2]);
	cr_assert_eq(answered_by[1], former);
	cr_assert_eq(answered_by[2], newest);
	AWAIT(!atomic_load(&fake_service.states));
	servant_leave(former, true);
	servant_leave(newest, true);
}

Test(serving, one_that_has_nothing_to_finish_ends_at_once)
{
	struct servant *former = serving_begin(serving);

	ask(former, 1);
	AWAIT(answered_by[1]);
	servant_leave(former, true);
	cr_assert_eq(atomic_load(&fake_service.states), 1);
	change_to_program();
	AWAIT(!atomic_load(&fake_service.states));
}

Test(serving, so_many_former_ones_may_be_kept)
{
	struct servant *kept[5];

	for (int i = 0; i < 4; i++) {
		kept[i] = serving_begin(serving);
		cr_assert(serving_may_reload(serving));
		if (i % 2 == 0)
			change_to_program();
		else
			change_to_service();
	}
	kept[4] = serving_begin(serving);
	cr_assert_not(serving_may_reload(serving));
	for (int i = 0; i < 5; i++)
		servant_leave(kept[i], false);
	AWAIT(serving_may_reload(serving));
}
