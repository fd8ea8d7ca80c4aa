/* Owns nothing. */
#include "support/await.h"

#include <criterion/criterion.h>

#define DEADLINE_S 30.0

static void await_on_late(struct ev_loop *loop, ev_timer *late, int revents)
{
	(void)loop;
	(void)late;
	(void)revents;
	cr_assert_fail("it did not happen in time");
}

void await_count(struct ev_loop *loop, const size_t *count, size_t wanted)
{
	ev_timer late;

	ev_timer_init(&late, await_on_late, DEADLINE_S, 0.0);
	ev_timer_start(loop, &late);
	while (*count < wanted)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &late);
}
