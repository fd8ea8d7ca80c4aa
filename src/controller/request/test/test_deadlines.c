/* Deadlines: which request is due first, in whatever order they were set. */
#include "controller/request/deadlines.h"

#include <criterion/criterion.h>
#include <ev.h>
#include <stdlib.h>

#include "base/clock.h"
#include "controller/request/kind.h"

#define USUAL 50
#define MANY  ((size_t)200)

static struct ev_loop *turning;
static struct deadlines due;
static struct request those[MANY];

static void deadlines_set_up(void)
{
	turning = ev_loop_new(EVFLAG_AUTO);
	deadlines_init(&due, turning, USUAL);
}

static void deadlines_tear_down(void)
{
	deadlines_stop(&due);
	ev_loop_destroy(turning);
}

TestSuite(deadlines, .init = deadlines_set_up, .fini = deadlines_tear_down, .timeout = 60);

static void begin(size_t which, int64_t timeout_ms)
{
	those[which].timeout_ms = timeout_ms;
	deadlines_start(&due, &those[which], clock_ns());
}

/* Waits for the next that is due. */
static struct request *next(void)
{
	struct request *r;

	while (!(r = deadlines_next(&due)))
		ev_run(turning, EVRUN_ONCE);
	deadlines_remove(&due, r);
	return r;
}

Test(deadlines, a_shorter_one_is_due_before_an_earlier_one)
{
	int64_t start = clock_ms();

	begin(0, 60000);
	begin(1, USUAL);
	begin(2, 10);
	cr_assert_eq(next(), &those[2]);
	cr_assert_lt(clock_ms() - start, 40000);
	cr_assert_eq(next(), &those[1]);
	cr_assert_null(deadlines_next(&due));
	deadlines_remove(&due, &those[0]);
}

Test(deadlines, it_may_be_set_anew_with_another_time)
{
	begin(0, USUAL);
	begin(1, USUAL);
	deadlines_set(&due, &those[0], 60000);
	cr_assert_eq(next(), &those[1]);
	deadlines_set(&due, &those[0], 1);
	cr_assert_eq(next(), &those[0]);
	begin(0, USUAL);
	cr_assert_eq(next(), &those[0]);
}

Test(deadlines, many_of_all_times_come_in_their_order)
{
	int64_t last = 0;
	unsigned seed = 7;

	for (size_t i = 0; i < MANY; i++)
		begin(i, i % 4 ? 1 + rand_r(&seed) % 100 : USUAL);
	for (size_t i = 0; i < MANY; i += 3)
		deadlines_remove(&due, &those[i]);
	for (size_t i = 0; i < MANY; i += 6)
		begin(i, 1 + rand_r(&seed) % 100);
	for (size_t i = 0; i < MANY - (MANY + 2) / 3 + (MANY + 5) / 6; i++) {
		const struct request *r = next();
		cr_assert_geq(r->deadline, last);
		last = r->deadline;
	}
	cr_assert_null(due.requests);
	cr_assert_eq(due.count, 0);
}
