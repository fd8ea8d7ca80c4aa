/* A runner in a loop, and its end. */
#ifndef WORKER_TEST_RUNNER_FIXTURE_H
#define WORKER_TEST_RUNNER_FIXTURE_H

#include <criterion/criterion.h>

#include "worker/runner.h"
#include "worker/test/fake_service.h"

#define DEADLINE_S 30.0

static struct ev_loop *loop;
static struct runner *runner;
static int answers;
static int wanted;
static int done;

static inline void on_late(struct ev_loop *l, ev_timer *timer, int revents)
{
	(void)l;
	(void)timer;
	(void)revents;
	cr_assert_fail("%d of %d answers came", answers, wanted);
}

static inline void start(const struct dtree_service *service, runner_update_fn *on_update)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	runner = runner_new(loop, &(struct dtree_node){.id = 7}, service, on_update, NULL);
}

static inline void on_done(void *arg)
{
	cr_assert_eq(arg, &done);
	done++;
	ev_break(loop, EVBREAK_ALL);
}

static inline void finish(void)
{
	ev_timer late;

	ev_timer_init(&late, on_late, DEADLINE_S, 0.0);
	ev_timer_start(loop, &late);
	while (!done)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &late);
	ev_run(loop, EVRUN_NOWAIT);
	cr_assert_eq(done, 1);
	fake_service_tear_down();
}

static inline void tear_down(void)
{
	if (!done)
		runner_finish(runner, on_done, &done);
	finish();
	runner_free(runner);
	ev_loop_destroy(loop);
}

static inline void take(enum message_type type, uint64_t request, unsigned flags)
{
	struct message m = {.type = type, .request = request, .flags = flags};

	if (type == MSG_EXEC)
		m.exec.session = 1;
	else if (type == MSG_DATA)
		m.data.session = 1;
	cr_assert_eq(runner_take(runner, &m), 0);
}

#endif
