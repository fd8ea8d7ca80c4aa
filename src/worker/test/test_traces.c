/* What a node keeps of traced requests is bounded, and told once. */
#include "worker/traces.h"

#include <criterion/criterion.h>
#include <unistd.h>

#include "worker/sweep_path.h"

static struct ev_loop *loop;
static struct traces *traces;

static void set_up(void)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	traces = traces_new(loop);
}

static void tear_down(void)
{
	traces_free(traces);
	ev_loop_destroy(loop);
}

TestSuite(traces, .init = set_up, .fini = tear_down, .timeout = 60);

static void comes(uint64_t request)
{
	traces_in(traces, &(struct message){.type = MSG_EXEC, .request = request});
}

static bool leaves(uint64_t request, struct msg_trace *told)
{
	struct message m = {.type = MSG_TRACE, .request = request};
	struct buffer bytes = {0};
	bool known = traces_out(traces, &m, &bytes);

	*told = m.trace;
	buffer_free(&bytes);
	return known;
}

Test(traces, a_request_is_told_once)
{
	struct msg_trace told;

	comes(7);
	traces_left(traces, 7);
	traces_back(traces, 7);
	cr_assert(leaves(7, &told));
	cr_expect_gt(told.in, 0);
	cr_expect_leq(told.in, told.left);
	cr_expect_leq(told.left, told.back);
	cr_expect_leq(told.back, told.out);
	cr_expect_eq(told.pid, (uint32_t)getpid());
	cr_expect_not(leaves(7, &told));
}

Test(traces, what_is_not_known_says_nothing)
{
	struct msg_trace told;

	traces_left(traces, 7);
	traces_back(traces, 7);
	cr_expect_not(leaves(7, &told));
}

Test(traces, of_one_that_comes_again_the_first_time_counts)
{
	struct msg_trace first;
	struct msg_trace told;

	comes(7);
	traces_left(traces, 7);
	comes(8);
	cr_assert(leaves(8, &first));
	comes(7);
	cr_assert(leaves(7, &told));
	cr_expect_leq(told.in, first.in);
	cr_expect_not(leaves(7, &told));
}

Test(traces, the_oldest_are_forgotten)
{
	struct msg_trace told;

	for (uint64_t request = 1; request <= 10 * TRACES_MAX; request++)
		comes(request);
	cr_expect_not(leaves(9 * TRACES_MAX, &told));
	for (uint64_t request = 9 * TRACES_MAX + 1; request <= 10 * TRACES_MAX; request++)
		cr_expect(leaves(request, &told));
}

Test(traces, a_relay_that_is_too_deep_keeps_nothing)
{
	struct msg_trace told;

	traces_in(traces, &(struct message){.type = MSG_EXEC,
	                                    .request = 7,
	                                    .hop = TRACES_DEPTH + 1,
	                                    .route_len = TRACES_DEPTH + 2});
	cr_expect_not(leaves(7, &told));
}

/* ---- of sweeps ---- */

static int said[2 * SWEEP_PATH_MAX];
static size_t said_count;

static void on_path(void *arg, struct message *m)
{
	(void)arg;
	cr_assert_lt(said_count, sizeof said / sizeof *said);
	said[said_count++] = m->node;
}

static void hold(struct sweep_path *p, int child, int node)
{
	sweep_path_hold(p, child,
	                &(struct message){.type = MSG_TRACE,
	                                  .node = node,
	                                  .incarnation = 1,
	                                  .payload = "x",
	                                  .payload_size = 1});
}

Test(traces, of_a_sweep_the_child_counts_that_was_last)
{
	struct sweep_path path = {.traced = true};

	hold(&path, 1, 11);
	hold(&path, 1, 1);
	hold(&path, 2, 21);
	sweep_path_last(&path, 1);
	hold(&path, 2, 2);
	sweep_path_last(&path, 2);
	sweep_path_say(&path, 5, on_path, NULL);
	cr_assert_eq(said_count, 3);
	cr_expect_eq(said[0], 21);
	cr_expect_eq(said[1], 2);
	cr_expect_eq(said[2], 0);
	sweep_path_free(&path);
}

Test(traces, a_child_that_floods_a_sweep_fills_no_memory)
{
	static char large[MESSAGE_PAYLOAD_MAX];
	struct sweep_path path = {.traced = true};

	for (int i = 0; i < 100 * SWEEP_PATH_MAX; i++)
		hold(&path, 1, i);
	sweep_path_hold(&path, 1,
	                &(struct message){.payload = large, .payload_size = sizeof large});
	cr_expect_eq(path.count, SWEEP_PATH_MAX);
	sweep_path_say(&path, 5, on_path, NULL);
	cr_expect_eq(said_count, SWEEP_PATH_MAX + 1);
	cr_expect_eq(said[0], 99 * SWEEP_PATH_MAX);
	sweep_path_free(&path);
}
