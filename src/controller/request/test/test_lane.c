/* Lanes: which entries may start, in which order, and that an empty lane is freed. */
#include "controller/request/lane.h"

#include <criterion/criterion.h>
#include <utlist.h>

#include "base/mem.h"
#include "controller/request/kind.h"

TestSuite(lane, .timeout = 60);

static struct lane *table;
static struct request requests[10];

static void enter(struct lane *lane, struct lane_entry *e, size_t request, bool barrier)
{
	*e = (struct lane_entry){.request = &requests[request], .barrier = barrier};
	lane_enter(lane, e);
}

static void assert_startable(const struct lane *lane, const size_t *wanted, size_t count)
{
	cleanup_free struct request **startable = NULL;
	size_t n = lane_startable(lane, &startable);

	cr_assert_eq(n, count, "%zu may start, not %zu", n, count);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(startable[i], &requests[wanted[i]]);
}

#define STARTABLE(lane, ...) \
	assert_startable((lane), (const size_t[]){__VA_ARGS__}, \
	                 ARRAY_SIZE(((const size_t[]){__VA_ARGS__})))

Test(lane, a_node_has_one_lane_of_its_own)
{
	struct lane *five = lane_get(&table, 5);

	cr_assert_eq(lane_get(&table, 5), five);
	cr_assert_eq(lane_find(&table, 5), five);
	cr_assert_neq(lane_get(&table, -5), five);
	cr_assert_null(lane_find(&table, 6));
	lanes_free(&table);
	cr_assert_null(table);
}

Test(lane, it_is_gone_with_its_last_entry)
{
	struct lane_entry first;
	struct lane_entry second;

	enter(lane_get(&table, 5), &first, 1, false);
	enter(lane_get(&table, 5), &second, 2, true);
	lane_leave(&first);
	cr_assert_not_null(lane_find(&table, 5));
	lane_leave(&second);
	cr_assert_null(lane_find(&table, 5));
	cr_assert_null(table);
}

Test(lane, it_stays_while_its_windows_hold_something)
{
	struct lane_entry e;
	struct lane *lane = lane_get(&table, 5);

	lane->execs.requests = 1;
	enter(lane, &e, 1, false);
	lane_leave(&e);
	cr_assert_eq(lane_find(&table, 5), lane);
	lane->execs.requests = 0;
	lane->pings.requests = 1;
	lane_drop_if_empty(lane);
	cr_assert_eq(lane_find(&table, 5), lane);
	lane->pings.requests = 0;
	lane_drop_if_empty(lane);
	cr_assert_null(table);
}

Test(lane, it_takes_its_windows_with_it)
{
	struct window *ring = NULL;
	struct lane_entry e;
	struct lane *lane = lane_get(&table, 5);

	enter(lane, &e, 1, false);
	lane->pings.ring = lane->execs.ring = &ring;
	DL_APPEND(ring, &lane->pings);
	DL_APPEND(ring, &lane->execs);
	lane_leave(&e);
	cr_assert_null(table);
	cr_assert_null(ring);
}

Test(lane, leaving_twice_does_nothing)
{
	struct lane_entry e;

	enter(lane_get(&table, 5), &e, 1, true);
	lane_leave(&e);
	cr_assert_null(e.lane);
	lane_leave(&e);
}

Test(lane, what_is_in_no_lane_may_start)
{
	struct lane_entry plain = {.request = &requests[1]};
	struct lane_entry barrier = {.request = &requests[2], .barrier = true};

	cr_assert(lane_may_start(&plain));
	cr_assert(lane_may_start(&barrier));
	cr_assert(lane_is_first(&plain));
}

Test(lane, without_a_barrier_all_may_start)
{
	struct lane *lane = lane_get(&table, 5);
	struct lane_entry e[3];

	for (size_t i = 0; i < ARRAY_SIZE(e); i++)
		enter(lane, &e[i], i, false);
	for (size_t i = 0; i < ARRAY_SIZE(e); i++) {
		cr_assert(lane_may_start(&e[i]));
		cr_assert_eq(lane_is_first(&e[i]), i == 0);
	}
	STARTABLE(lane, 0, 1, 2);
	lanes_free(&table);
}

Test(lane, behind_a_barrier_nothing_starts)
{
	struct lane *lane = lane_get(&table, 5);
	struct lane_entry before;
	struct lane_entry barrier;
	struct lane_entry behind;

	enter(lane, &before, 1, false);
	enter(lane, &barrier, 2, true);
	enter(lane, &behind, 3, false);
	cr_assert(lane_may_start(&before));
	cr_assert(!lane_may_start(&barrier));
	cr_assert(!lane_may_start(&behind));
	STARTABLE(lane, 1);

	lane_leave(&before);
	cr_assert(lane_may_start(&barrier));
	cr_assert(!lane_may_start(&behind));
	STARTABLE(lane, 2);

	lane_leave(&barrier);
	cr_assert(lane_may_start(&behind));
	STARTABLE(lane, 3);
	lane_leave(&behind);
}

Test(lane, a_barrier_waits_for_the_barrier_before_it)
{
	struct lane *lane = lane_get(&table, 5);
	struct lane_entry create;
	struct lane_entry kill;

	enter(lane, &create, 1, true);
	enter(lane, &kill, 2, true);
	cr_assert(lane_may_start(&create));
	cr_assert(!lane_may_start(&kill));
	create.state = LANE_STARTED;
	assert_startable(lane, NULL, 0);
	lane_leave(&create);
	cr_assert(lane_may_start(&kill));
	STARTABLE(lane, 2);
	lane_leave(&kill);
}

Test(lane, behind_an_open_stream_only_streams_start)
{
	struct lane *lane = lane_get(&table, 5);
	struct lane_entry first = {.request = &requests[1], .stream = true};
	struct lane_entry plain = {.request = &requests[2]};
	struct lane_entry second = {.request = &requests[3], .stream = true};
	struct lane_entry barrier = {.request = &requests[4], .barrier = true};

	lane_enter(lane, &first);
	lane_enter(lane, &plain);
	lane_enter(lane, &second);
	lane_enter(lane, &barrier);
	cr_assert(lane_may_start(&first) && !lane_behind_open(&first));
	cr_assert(!lane_may_start(&plain) && lane_behind_open(&plain));
	cr_assert(lane_may_start(&second) && lane_behind_open(&second));
	cr_assert(!lane_may_start(&barrier) && lane_behind_open(&barrier));
	STARTABLE(lane, 1, 3);

	first.state = second.state = LANE_STARTED;
	lane_complete(&first);
	lane_complete(&first);
	cr_assert(lane_may_start(&plain) && !lane_behind_open(&plain));
	cr_assert(!lane_behind_open(&second));
	cr_assert(!lane_may_start(&barrier));
	STARTABLE(lane, 2);

	lane_leave(&plain);
	lane_leave(&first);
	/* A stream that has left is not open. */
	lane_leave(&second);
	cr_assert_eq(lane->open, 0);
	STARTABLE(lane, 4);
	lane_leave(&barrier);
	cr_assert_null(table);
}

Test(lane, what_has_started_does_not_start_again)
{
	struct lane *lane = lane_get(&table, 5);
	struct lane_entry e[3];

	for (size_t i = 0; i < ARRAY_SIZE(e); i++)
		enter(lane, &e[i], i, false);
	e[0].state = LANE_STARTED;
	e[1].state = LANE_READY;
	STARTABLE(lane, 2);
	e[2].state = LANE_STARTED;
	assert_startable(lane, NULL, 0);
	lanes_free(&table);
}

/* A lane of random entries beside a plain array that is searched from its front. */
Test(lane, startable_and_may_start_say_the_same)
{
	struct lane_entry e[8];

	for (unsigned barriers = 0; barriers < 256; barriers++) {
		for (unsigned started = 0; started < 256; started += 7) {
			struct lane *lane = lane_get(&table, 1);
			cleanup_free struct request **startable = NULL;
			size_t n = 0;

			for (size_t i = 0; i < ARRAY_SIZE(e); i++) {
				enter(lane, &e[i], i, barriers >> i & 1);
				if (started >> i & 1)
					e[i].state = LANE_STARTED;
			}
			size_t count = lane_startable(lane, &startable);
			for (size_t i = 0; i < ARRAY_SIZE(e); i++) {
				unsigned before = barriers & ((1U << i) - 1);
				bool may = barriers >> i & 1 ? i == 0 : before == 0;

				cr_assert_eq(lane_may_start(&e[i]), may);
				if (!may || e[i].state != LANE_WAITING)
					continue;
				cr_assert(n < count);
				cr_assert_eq(startable[n], &requests[i]);
				n++;
			}
			cr_assert_eq(n, count);
			for (size_t i = 0; i < ARRAY_SIZE(e); i++)
				lane_leave(&e[i]);
			cr_assert_null(table);
		}
	}
}

Test(lane, what_is_loose_holds_up_barriers_only)
{
	struct lane *lane = lane_get(&table, 5);
	struct lane_entry first;
	struct lane_entry second;
	struct lane_entry third;

	enter(lane, &first, 1, false);
	enter(lane, &second, 2, false);
	enter(lane, &third, 3, true);
	lane_loosen(&first);
	lane_loosen(&first);
	cr_assert(lane_is_first(&first));
	cr_assert(lane_is_first(&second));
	second.state = LANE_STARTED;
	lane_leave(&second);
	cr_assert(lane_is_first(&third));
	cr_assert(!lane_may_start(&third));
	assert_startable(lane, NULL, 0);
	lane_leave(&first);
	cr_assert(lane_may_start(&third));
	STARTABLE(lane, 3);
	lane_leave(&third);
	cr_assert_null(table);
}

Test(lane, a_lane_of_loose_ones_stays_until_they_are_gone)
{
	struct lane_entry only;

	enter(lane_get(&table, 5), &only, 1, false);
	lane_loosen(&only);
	lane_drop_if_empty(lane_find(&table, 5));
	cr_assert_not_null(lane_find(&table, 5));
	lane_leave(&only);
	cr_assert_null(table);
}
