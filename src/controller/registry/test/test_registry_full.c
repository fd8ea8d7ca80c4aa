/* The disk is full: callers that wait get an error, nothing is lost, and writing goes on when there
 * is room. */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/resource.h>

#include "controller/registry/test/registry_fixture.h"
#include "support/apart.h"

static void set_up(void)
{
	cr_assert_not_null(freopen("/dev/null", "w", stderr)); /* the log lines */
	registry_set_up();
}

TestSuite(registry_full, .init = set_up, .fini = registry_tear_down, .timeout = 300);

/* Writes rows until one cannot be written; gives their number. */
static uint32_t fill(struct registry *r, struct told *told, struct answers *answers,
                     uint32_t data_id)
{
	static char cause[20001];

	memset(cause, 'x', sizeof cause - 1);
	for (;; data_id++) {
		struct registry_row row = registry_row_of(data_id, data_id);
		row.cause = cause;
		cr_assert_lt(data_id, BIRTHS);
		registry_put(r, &row);
		if (!registry_written(r, answers))
			return data_id;
		told_put(told, &row);
	}
}

/* Checks a full disk; more() makes room. */
static void check_full(void (*more)(void))
{
	struct told told = {.head = NULL};
	struct answers answers;
	struct registry *r = registry_open_any();
	struct registry_row row;
	uint64_t before;
	uint32_t count;

	registry_say_head(r, &told, 1);
	registry_must_write(r);
	count = fill(r, &told, &answers, 0);
	cr_assert_gt(count, 3);
	cr_assert_not_null(strstr(answers.err.text, "registry.db"), "%s", answers.err.text);
	/* The last attempt of an orderly end fails too; acknowledged rows are kept. */
	registry_close(r, REGISTRY_FOR_EVER);
	registry_expect(&told);
	r = registry_open_any();
	/* The first write of a life empties the log, which may make room. */
	count = fill(r, &told, &answers, count);
	row = registry_row_of(count, count);
	row.cause = told.rows[0];
	registry_put(r, &row);
	cr_assert_not(registry_written(r, &answers));
	cr_assert_not(registry_written(r, &answers));
	before = registry_marked();
	more();
	/* The registry tries again by itself. */
	REGISTRY_AWAIT(registry_marked() > before);
	told_put(&told, &row);
	registry_must_write(r);
	registry_say_put(r, &told, count + 1, 5);
	registry_must_write(r);
	registry_close(r, REGISTRY_FOR_EVER);
	registry_expect(&told);
	told_free(&told);
}

static void grow(void)
{
	apart_resize(scratch_dir, "16M");
}

static void on_a_small_disk(void)
{
	apart_disk(scratch_dir, "500k");
	check_full(grow);
}

Test(registry_full, a_full_disk_is_told_and_loses_nothing)
{
	apart(on_a_small_disk);
}

static void set_limit(rlim_t size)
{
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){size, RLIM_INFINITY}), 0);
}

static void lift(void)
{
	set_limit(RLIM_INFINITY);
}

static void with_a_limit(void)
{
	signal(SIGXFSZ, SIG_IGN);
	set_limit((rlim_t)256 * 1024);
	check_full(lift);
}

Test(registry_full, a_write_that_fails_is_told_and_tried_again)
{
	apart(with_a_limit);
}
