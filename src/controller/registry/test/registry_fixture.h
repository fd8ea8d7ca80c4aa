/* A registry in the test's directory, and its content when it is opened. */
#ifndef CONTROLLER_REGISTRY_TEST_REGISTRY_FIXTURE_H
#define CONTROLLER_REGISTRY_TEST_REGISTRY_FIXTURE_H

#include <criterion/criterion.h>
#include <ev.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "controller/registry/encoding.h"
#include "controller/registry/registry.h"
#include "support/scratch.h"

#define BIRTHS      64
#define PATIENCE_MS 60000

/* The content of a registry, as texts; NULL: there is none. */
struct told {
	char *rows[BIRTHS];
	char *head;
};

static struct ev_loop *registry_loop;

static inline void registry_set_up(void)
{
	scratch_set_up();
	cr_assert_eq(mkdir(scratch_dir, 0700), 0);
	registry_loop = ev_loop_new(EVFLAG_AUTO);
}

static inline void registry_tear_down(void)
{
	ev_loop_destroy(registry_loop);
	scratch_tear_down();
}

/* A row and a head whose fields all depend on their number. */
static inline struct registry_row registry_row_of(uint32_t data_id, unsigned number)
{
	static const char *const services[] = {"dict", "sum", "a-long-name-of-a-service"};
	static const char *const causes[] = {"", "signal 9 (Killed)", "exit status 1"};

	return (struct registry_row){
	    .data_id = data_id,
	    .id = (int)(number * 7) - 100,
	    .phase = number % 3,
	    .parent = (int)number - 1,
	    .slot = number / 2 % 3,
	    .order = number * UINT64_C(1000000007),
	    .service = services[number % ARRAY_SIZE(services)],
	    .restart = number % 2 ? "on-failure" : "no",
	    .name = number % 3 ? "worker-1" : NULL,
	    .group = number % 4 ? "workers" : NULL,
	    .incarnation = number + 1,
	    .pid = (pid_t)(number % 4 * 1000),
	    .pid_start = number * UINT64_C(77777777777),
	    .restarts = number / 3,
	    .deaths = number / 2,
	    .life = number % 5,
	    .pid_inode = number % 3 * UINT64_C(4294967311),
	    .cause = causes[number / 2 % ARRAY_SIZE(causes)],
	};
}

static inline struct registry_head registry_head_of(unsigned number)
{
	return (struct registry_head){
	    .epoch = number,
	    .incarnation = number * 3,
	    .topology = number % 2 ? "bst" : "balanced",
	    .boot = "bd0b1d5e-3a5c-4d0b-8f05-b7e6f8c3a111",
	    .place = number % 4 ? "fd01:77" : "",
	    .link = number % 7 ? "" : "tcp:%9=a",
	    .links = number % 3 ? "/run/dtree/links" : "/tmp/with blanks/links",
	    .heartbeat_ms = (int64_t)number - 1,
	    .ended = number % 5 == 4,
	};
}

/* The same in the expected content. */
static inline void told_put(struct told *told, const struct registry_row *row)
{
	cr_assert_lt(row->data_id, BIRTHS);
	free(told->rows[row->data_id]);
	told->rows[row->data_id] = registry_row_text(row);
}

static inline void told_drop(struct told *told, uint32_t data_id)
{
	free(told->rows[data_id]);
	told->rows[data_id] = NULL;
}

static inline void told_head(struct told *told, const struct registry_head *head)
{
	free(told->head);
	told->head = registry_head_text(head);
}

static inline void told_free(struct told *told)
{
	for (uint32_t i = 0; i < BIRTHS; i++)
		told_drop(told, i);
	free(told->head);
	told->head = NULL;
}

static inline bool told_same(const struct told *a, const struct told *b)
{
	for (size_t i = 0; i < BIRTHS; i++)
		if (!mem_same(a->rows[i], b->rows[i]))
			return false;
	return mem_same(a->head, b->head);
}

static inline int registry_on_row(void *arg, const struct registry_row *row, struct error *err)
{
	struct told *told = arg;

	(void)err;
	cr_assert_lt(row->data_id, BIRTHS);
	cr_assert_null(told->rows[row->data_id], "row %u came twice", row->data_id);
	told_put(told, row);
	return 0;
}

/* NULL with an error. told: zeroed. */
static inline struct registry *registry_try(struct told *told, struct error *err)
{
	struct registry_head head;
	struct registry *r =
	    registry_open(registry_loop, scratch_dir, registry_on_row, told, &head, err);

	if (r && head.topology)
		told_head(told, &head);
	return r;
}

static inline struct registry *registry_open_told(struct told *told)
{
	struct error err;
	struct registry *r = registry_try(told, &err);

	cr_assert(r, "%s", err.text);
	return r;
}

/* Opens it without a look at its content. */
static inline struct registry *registry_open_any(void)
{
	struct told told = {.head = NULL};
	struct registry *r = registry_open_told(&told);

	told_free(&told);
	return r;
}

/* The content of the directory: a registry is opened and closed for it. */
static inline void registry_ask(struct told *told)
{
	registry_close(registry_open_told(told), REGISTRY_FOR_EVER);
}

static inline void registry_expect(const struct told *wanted)
{
	struct told told = {.head = NULL};

	registry_ask(&told);
	for (size_t i = 0; i < BIRTHS; i++)
		cr_assert(mem_same(told.rows[i], wanted->rows[i]), "row %zu: '%s', not '%s'", i,
		          told.rows[i] ? told.rows[i] : "", wanted->rows[i] ? wanted->rows[i] : "");
	cr_assert(mem_same(told.head, wanted->head), "'%s', not '%s'", told.head ? told.head : "",
	          wanted->head ? wanted->head : "");
	told_free(&told);
}

static inline void registry_tick(struct ev_loop *loop, ev_timer *timer, int revents)
{
	(void)loop;
	(void)timer;
	(void)revents;
}

/* Turns the loop until the condition holds. */
#define REGISTRY_AWAIT(condition) \
	do { \
		int64_t until = clock_ms() + PATIENCE_MS; \
		ev_timer tick; \
		ev_timer_init(&tick, registry_tick, 0.01, 0.01); \
		ev_timer_start(registry_loop, &tick); \
		while (!(condition)) { \
			cr_assert_lt(clock_ms(), until, #condition); \
			ev_run(registry_loop, EVRUN_ONCE); \
		} \
		ev_timer_stop(registry_loop, &tick); \
	} while (0)

/* The number of commits, as it is kept beside the database. */
static inline uint64_t registry_marked(void)
{
	size_t size = 0;
	cleanup_free char *bytes = scratch_read("registry.db-mark", &size);
	uint64_t number;

	cr_assert_eq(size, 2 * sizeof number);
	memcpy(&number, bytes, sizeof number);
	return number;
}

/* The answers to callers of registry_when_written(). */
struct answers {
	uint64_t numbers[256]; /* in the order in which they came */
	bool failed[256];
	size_t count;
	struct error err; /* the last */
};

static inline void registry_on_done(void *arg, uint64_t number, const struct error *err)
{
	struct answers *answers = arg;

	cr_assert_lt(answers->count, ARRAY_SIZE(answers->numbers));
	answers->numbers[answers->count] = number;
	answers->failed[answers->count++] = err;
	if (err)
		answers->err = *err;
}

/* Waits until all changes so far are written; true: they were. */
static inline bool registry_written(struct registry *r, struct answers *answers)
{
	*answers = (struct answers){.count = 0};
	registry_then(r, registry_on_done, answers, 0);
	REGISTRY_AWAIT(answers->count == 1);
	return !answers->failed[0];
}

/* Changes a registry and its expected content. */
static inline void registry_say_put(struct registry *r, struct told *told, uint32_t data_id,
                                    unsigned number)
{
	struct registry_row row = registry_row_of(data_id, number);

	registry_put(r, &row);
	told_put(told, &row);
}

static inline void registry_say_drop(struct registry *r, struct told *told, uint32_t data_id)
{
	registry_drop(r, data_id);
	told_drop(told, data_id);
}

static inline void registry_say_head(struct registry *r, struct told *told, unsigned number)
{
	struct registry_head head = registry_head_of(number);

	registry_head(r, &head);
	told_head(told, &head);
}

static inline void registry_must_write(struct registry *r)
{
	struct answers answers;

	cr_assert(registry_written(r, &answers), "%s", answers.err.text);
}

#endif
