/*
 * The process of a registry is killed at each system call of any thread that changes files:
 * acknowledged changes are kept, and changes that were made together are kept all or not at all.
 */
#include <criterion/criterion.h>

#include "controller/registry/test/registry_fixture.h"
#include "support/crash.h"

#define STEPS 12
#define AHEAD 3 /* steps that are not acknowledged */

/* Shared with the process that is killed. */
static struct {
	unsigned said;         /* steps that were begun */
	unsigned acknowledged; /* steps that are written */
} * steps;

static void set_up(void)
{
	cr_assert_not_null(freopen("/dev/null", "w", stderr)); /* the log lines */
	steps = crash_shared(sizeof *steps);
	registry_set_up();
}

TestSuite(registry_crash, .init = set_up, .fini = registry_tear_down, .timeout = 600);

/* One step: some rows, a row less, and the number of the step in the head. Applied to a registry,
 * or without one to the expected content. */
static void say(struct registry *r, struct told *told, unsigned step)
{
	struct registry_head head = registry_head_of(step + 1);
	struct registry_row one = registry_row_of(step % 5, step);
	struct registry_row other = registry_row_of(10 + step % 7, step + 1);
	uint32_t gone = (step + 2) % 5;

	if (r) {
		registry_put(r, &one);
		registry_put(r, &other);
		registry_drop(r, gone);
		registry_head(r, &head);
		return;
	}
	told_put(told, &one);
	told_put(told, &other);
	told_drop(told, gone);
	told_head(told, &head);
}

static void on_written(void *arg, uint64_t number, const struct error *err)
{
	(void)arg;
	if (err)
		_exit(2);
	steps->acknowledged = (unsigned)number;
}

/* Continues from the registry's step. */
static void write_steps(void)
{
	struct told told = {.head = NULL};
	struct registry_head head;
	struct error err;
	struct registry *r =
	    registry_open(registry_loop, scratch_dir, registry_on_row, &told, &head, &err);

	if (!r)
		_exit(3);
	for (unsigned i = (unsigned)head.epoch; i < STEPS; i++) {
		steps->said = i + 1;
		say(r, NULL, i);
		if (i == STEPS - 1)
			break; /* that one is left to the end */
		registry_then(r, on_written, NULL, i + 1);
		ev_run(registry_loop, EVRUN_NOWAIT);
		while (steps->acknowledged + AHEAD < i + 1)
			ev_run(registry_loop, EVRUN_ONCE);
	}
	registry_close(r, REGISTRY_FOR_EVER);
	steps->acknowledged = STEPS;
}

/* It holds a whole number of steps, at least the acknowledged ones. */
static unsigned check(int at)
{
	struct told told = {.head = NULL};
	struct told wanted = {.head = NULL};
	struct registry_head head = {.epoch = 0};
	struct registry *r = registry_open_told(&told);
	struct error err;
	unsigned found;

	if (told.head) {
		cleanup_free char *text = mem_string(told.head);
		cr_assert_eq(registry_head_parse(text, &head, &err), 0, "%s", err.text);
	}
	found = (unsigned)head.epoch;
	cr_assert_geq(found, steps->acknowledged, "killed at call %d", at);
	cr_assert_leq(found, steps->said, "killed at call %d", at);
	for (unsigned i = 0; i < found; i++)
		say(NULL, &wanted, i);
	cr_assert(told_same(&told, &wanted), "killed at call %d: step %u is not whole", at, found);
	registry_close(r, REGISTRY_FOR_EVER);
	told_free(&told);
	told_free(&wanted);
	return found;
}

/* Writing still works. */
static void check_more(void)
{
	struct registry *r = registry_open_any();
	struct registry_row row = registry_row_of(40, 40);
	struct registry_head head = registry_head_of(50);
	struct answers answers;

	registry_head(r, &head);
	registry_put(r, &row);
	cr_assert(registry_written(r, &answers), "%s", answers.err.text);
	registry_close(r, REGISTRY_FOR_EVER);
}

Test(registry_crash, it_survives_at_every_call)
{
	bool ended = false;
	int at = 0;

	while (!ended) {
		steps->said = steps->acknowledged = 0;
		ended = !crash_killed(write_steps, ++at);
		check(at);
		check_more();
		cr_assert_eq(remove_all(scratch_dir, NULL), 0);
		cr_assert_eq(mkdir(scratch_dir, 0700), 0);
	}
	cr_assert_eq(steps->acknowledged, STEPS);
	cr_assert_gt(at, 50, "only %d calls", at);
}

/* Opens the files that an earlier death left. */
Test(registry_crash, it_survives_again_and_again)
{
	unsigned found = 0;

	steps->said = steps->acknowledged = 0;
	for (int at = 1;; at++) {
		bool ended = !crash_killed(write_steps, at);
		unsigned now = check(at);
		cr_assert_geq(now, found, "killed at call %d", at);
		found = now;
		if (ended)
			break;
	}
	cr_assert_eq(found, STEPS);
}

#define LONG_ROWS 20
#define LONG_SIZE 120000

static void put_long(struct registry *r, unsigned i)
{
	static char cause[LONG_SIZE + 1];
	struct registry_row row = registry_row_of(i % LONG_ROWS, i);

	memset(cause, 'a' + (int)(i % 26), sizeof cause - 1);
	row.cause = cause;
	registry_put(r, &row);
}

/* Enough that the log is copied into the database. */
static void write_long_rows(void)
{
	struct registry *r = registry_open_any();
	struct registry_head head = registry_head_of(1);

	registry_head(r, &head);
	for (unsigned i = 0; i < 2 * LONG_ROWS; i++) {
		put_long(r, i);
		registry_then(r, on_written, NULL, i + 1);
		while (steps->acknowledged < i + 1)
			ev_run(registry_loop, EVRUN_ONCE);
	}
	registry_close(r, REGISTRY_FOR_EVER);
}

static int on_long_row(void *arg, const struct registry_row *row, struct error *err)
{
	uint64_t *numbers = arg;

	(void)err;
	/* As registry_row_of() made it of its number. */
	numbers[row->data_id] = row->order / UINT64_C(1000000007) + 1;
	cr_assert_eq(strlen(row->cause), LONG_SIZE);
	return 0;
}

static void check_long(int at)
{
	uint64_t numbers[LONG_ROWS] = {0};
	struct registry_head head;
	struct error err;
	struct registry *r =
	    registry_open(registry_loop, scratch_dir, on_long_row, numbers, &head, &err);
	unsigned done = steps->acknowledged;

	cr_assert(r, "call %d: %s", at, err.text);
	registry_close(r, REGISTRY_FOR_EVER);
	for (unsigned i = done > LONG_ROWS ? done - LONG_ROWS : 0; i < done; i++) {
		uint64_t number = numbers[i % LONG_ROWS];
		cr_assert(number == i + 1 || number == done + 1, "call %d: %u", at, i);
	}
}

Test(registry_crash, the_log_may_be_on_its_way_into_the_database)
{
	bool ended = false;

	for (int at = 1; !ended; at += 67) {
		steps->acknowledged = 0;
		ended = !crash_killed(write_long_rows, at);
		check_long(at);
		cr_assert_eq(remove_all(scratch_dir, NULL), 0);
		cr_assert_eq(mkdir(scratch_dir, 0700), 0);
	}
	cr_assert_eq(steps->acknowledged, 2 * LONG_ROWS);
}
