/* The registry: rows and heads are found again, and written in as few commits as possible. */
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "base/parse.h"
#include "controller/registry/test/registry_fixture.h"

TestSuite(registry, .init = registry_set_up, .fini = registry_tear_down, .timeout = 300);

/* The number of commits in the database. */
static long long commits(void)
{
	cleanup_free char *path = scratch_path("registry.db");
	sqlite3 *db;
	sqlite3_stmt *stmt;
	long long number;

	cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, "SELECT commits FROM head", -1, &stmt, NULL),
	             SQLITE_OK);
	cr_assert_eq(sqlite3_step(stmt), SQLITE_ROW);
	number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return number;
}

Test(registry, a_new_one_is_empty)
{
	struct told told = {.head = NULL};
	struct registry_head head;
	struct error err;
	struct registry *r =
	    registry_open(registry_loop, scratch_dir, registry_on_row, &told, &head, &err);

	cr_assert(r, "%s", err.text);
	cr_assert_eq(head.epoch, 0);
	cr_assert_eq(head.heartbeat_ms, -1);
	cr_assert_null(head.topology);
	cr_assert_null(head.boot);
	cr_assert_null(head.links);
	registry_close(r, REGISTRY_FOR_EVER);
	registry_expect(&told);
	cr_assert_eq(commits(), 0);
}

Test(registry, what_was_put_is_there_again)
{
	struct told told = {.head = NULL};
	struct registry *r = registry_open_any();

	registry_say_head(r, &told, 1);
	for (uint32_t data_id = 0; data_id < BIRTHS; data_id++)
		registry_say_put(r, &told, data_id, data_id);
	registry_must_write(r);
	registry_close(r, REGISTRY_FOR_EVER);
	registry_expect(&told);
	r = registry_open_any();
	for (uint32_t data_id = 0; data_id < BIRTHS; data_id += 3)
		registry_say_drop(r, &told, data_id);
	for (uint32_t data_id = 1; data_id < BIRTHS; data_id += 3)
		registry_say_put(r, &told, data_id, data_id + 5);
	registry_say_head(r, &told, 2);
	registry_must_write(r);
	registry_say_drop(r, &told, 1);
	registry_say_head(r, &told, 3);
	registry_must_write(r);
	registry_close(r, REGISTRY_FOR_EVER);
	registry_expect(&told);
	told_free(&told);
}

Test(registry, what_nobody_waited_for_is_written_at_the_end)
{
	struct told told = {.head = NULL};
	struct registry *r = registry_open_any();

	registry_say_head(r, &told, 1);
	registry_say_put(r, &told, 5, 5);
	registry_close(r, REGISTRY_FOR_EVER);
	registry_expect(&told);
	told_free(&told);
}

Test(registry, close_waits_for_what_is_under_way)
{
	struct told told = {.head = NULL};

	for (unsigned round = 0; round < 30; round++) {
		struct answers answers = {.count = 0};
		struct registry *r = registry_open_any();
		registry_say_head(r, &told, round);
		registry_say_put(r, &told, 5, round);
		registry_then(r, registry_on_done, &answers, 1);
		ev_run(registry_loop, EVRUN_NOWAIT);
		registry_say_put(r, &told, 6, round);
		registry_close(r, REGISTRY_FOR_EVER);
		registry_expect(&told);
		cr_assert_leq(answers.count, 1);
	}
	told_free(&told);
}

Test(registry, every_value_comes_back_as_it_was)
{
	static const struct registry_row rows[] = {
	    {.data_id = UINT32_MAX,
	     .id = INT32_MIN,
	     .phase = REGISTRY_DOOMED,
	     .parent = INT32_MAX,
	     .slot = SLOT_RIGHT,
	     .order = UINT64_MAX,
	     .service = "a b%c\n",
	     .restart = "\x7f\x01%20",
	     .incarnation = UINT32_MAX,
	     .pid = INT32_MAX,
	     .pid_start = UINT64_MAX,
	     .restarts = UINT32_MAX,
	     .deaths = UINT32_MAX,
	     .reported = true,
	     .life = REGISTRY_LIFE_GIVEN_UP,
	     .cause = " \t a=b cause=\r\n%00 \xc3\xa4\xff id=5 "},
	    {.service = "s", .restart = "r", .parent = NODE_CONTROLLER, .cause = ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct registry_row row = {.data_id = rows[i].data_id};
		cleanup_free char *text = registry_row_text(&rows[i]);
		struct error err;
		cr_assert_null(strpbrk(text, "\t\r\n\x7f"));
		cr_assert_eq(registry_row_parse(text, &row, &err), 0, "%s", err.text);
		cr_assert_eq(row.id, rows[i].id);
		cr_assert_eq(row.phase, rows[i].phase);
		cr_assert_eq(row.parent, rows[i].parent);
		cr_assert_eq(row.slot, rows[i].slot);
		cr_assert_eq(row.order, rows[i].order);
		cr_assert_str_eq(row.service, rows[i].service);
		cr_assert_str_eq(row.restart, rows[i].restart);
		cr_assert_eq(row.incarnation, rows[i].incarnation);
		cr_assert_eq(row.pid, rows[i].pid);
		cr_assert_eq(row.pid_start, rows[i].pid_start);
		cr_assert_eq(row.restarts, rows[i].restarts);
		cr_assert_eq(row.deaths, rows[i].deaths);
		cr_assert_eq(row.reported, rows[i].reported);
		cr_assert_eq(row.life, rows[i].life);
		cr_assert_str_eq(row.cause, rows[i].cause);
	}
}

Test(registry, a_row_of_the_first_version_is_read)
{
	char text[] = "id=10 phase=kept parent=-1 slot=any order=5 service=dict restart=no "
	              "incarnation=3 pid=77 pid-start=1234 restarts=1 deaths=2 reported=no cause=";
	cleanup_free char *same = mem_string(text);
	cleanup_free char *written = NULL;
	struct registry_row row = {0};
	struct error err;

	cr_assert_eq(registry_row_parse(text, &row, &err), 0, "%s", err.text);
	cr_assert_eq(row.pid, 77);
	cr_assert_eq(row.life, REGISTRY_LIFE_UNKNOWN);
	written = registry_row_text(&row);
	cr_assert_str_eq(written, same);
}

Test(registry, the_head_comes_back_as_it_was)
{
	const struct registry_head wanted = {.epoch = UINT64_MAX,
	                                     .incarnation = UINT32_MAX,
	                                     .topology = "list",
	                                     .boot = "b",
	                                     .place = "x y",
	                                     .link = "tcp:a%b=%",
	                                     .links = " /a%b\n c ",
	                                     .heartbeat_ms = INT64_MAX,
	                                     .ended = true};
	struct registry_head head;
	struct told told = {.head = NULL};
	struct registry *r = registry_open_any();
	struct error err;

	registry_head(r, &wanted);
	registry_close(r, REGISTRY_FOR_EVER);
	r = registry_open(registry_loop, scratch_dir, registry_on_row, &told, &head, &err);
	cr_assert(r, "%s", err.text);
	cr_assert_eq(head.epoch, wanted.epoch);
	cr_assert_eq(head.incarnation, wanted.incarnation);
	cr_assert_str_eq(head.topology, wanted.topology);
	cr_assert_str_eq(head.boot, wanted.boot);
	cr_assert_str_eq(head.place, wanted.place);
	cr_assert_str_eq(head.link, wanted.link);
	cr_assert_str_eq(head.links, wanted.links);
	cr_assert_eq(head.heartbeat_ms, wanted.heartbeat_ms);
	cr_assert_eq(head.ended, wanted.ended);
	/* The caller may free or change the strings. */
	head.epoch = 5;
	told_head(&told, &head);
	registry_head(r, &head);
	registry_close(r, REGISTRY_FOR_EVER);
	registry_expect(&told);
	told_free(&told);
}

Test(registry, what_comes_together_is_one_commit)
{
	struct told told = {.head = NULL};
	struct answers answers = {.count = 0};
	struct registry *r = registry_open_any();

	registry_say_head(r, &told, 1);
	for (uint32_t i = 0; i < 100; i++) {
		registry_say_put(r, &told, i % BIRTHS, i);
		registry_then(r, registry_on_done, &answers, i);
	}
	cr_assert_eq(answers.count, 0);
	REGISTRY_AWAIT(answers.count == 100);
	registry_close(r, REGISTRY_FOR_EVER);
	cr_assert_eq(commits(), 1);
	registry_expect(&told);
	told_free(&told);
}

Test(registry, what_is_so_already_is_not_written)
{
	struct told told = {.head = NULL};
	struct answers answers = {.count = 0};
	struct registry *r = registry_open_any();

	registry_say_head(r, &told, 1);
	registry_say_put(r, &told, 5, 5);
	registry_must_write(r);
	registry_say_head(r, &told, 1);
	registry_say_put(r, &told, 5, 5);
	registry_say_drop(r, &told, 6);
	registry_then(r, registry_on_done, &answers, 1);
	cr_assert_eq(answers.count, 1);
	/* A change and its reversal. */
	registry_say_put(r, &told, 7, 7);
	registry_then(r, registry_on_done, &answers, 2);
	registry_say_drop(r, &told, 7);
	registry_say_put(r, &told, 5, 6);
	registry_say_put(r, &told, 5, 5);
	REGISTRY_AWAIT(answers.count == 2);
	registry_close(r, REGISTRY_FOR_EVER);
	cr_assert_eq(commits(), 1);
	registry_expect(&told);
	told_free(&told);
}

/* The answer comes with the commit, and not with an earlier one. */
static void on_commit(void *arg, uint64_t number, const struct error *err)
{
	cr_assert_geq(registry_marked(), number);
	registry_on_done(arg, number, err);
}

Test(registry, what_comes_while_another_is_written_is_in_the_next)
{
	struct told told = {.head = NULL};
	struct answers answers = {.count = 0};
	struct registry *r = registry_open_any();

	registry_say_head(r, &told, 1);
	for (unsigned i = 1; i <= 100; i++) {
		registry_say_put(r, &told, i % 3, i);
		registry_then(r, on_commit, &answers, 2 * i - 1);
		ev_run(registry_loop, EVRUN_NOWAIT); /* it begins */
		registry_say_put(r, &told, i % 3, i + 500);
		registry_then(r, on_commit, &answers, 2 * i);
		REGISTRY_AWAIT(answers.count == 2 * i);
	}
	registry_close(r, REGISTRY_FOR_EVER);
	registry_expect(&told);
	told_free(&told);
}

struct chain {
	struct registry *registry;
	struct answers answers;
};

/* Waits again from the callback, with something to write and without. */
static void on_link(void *arg, uint64_t number, const struct error *err)
{
	struct chain *chain = arg;

	registry_on_done(&chain->answers, number, err);
	if (number == 2)
		registry_then(chain->registry, registry_on_done, &chain->answers, 4);
	if (number == 3) {
		struct registry_row row = registry_row_of(9, 9);
		registry_put(chain->registry, &row);
		registry_then(chain->registry, registry_on_done, &chain->answers, 5);
	}
}

Test(registry, who_waits_is_called_in_order)
{
	struct told told = {.head = NULL};
	struct chain chain = {.registry = registry_open_any()};

	registry_then(chain.registry, on_link, &chain, 1);
	cr_assert_eq(chain.answers.count, 1);
	registry_say_head(chain.registry, &told, 1);
	registry_then(chain.registry, on_link, &chain, 2);
	registry_then(chain.registry, on_link, &chain, 3);
	cr_assert_eq(chain.answers.count, 1);
	REGISTRY_AWAIT(chain.answers.count == 5);
	for (size_t i = 0; i < 5; i++) {
		cr_assert_eq(chain.answers.numbers[i], i + 1);
		cr_assert_not(chain.answers.failed[i]);
	}
	registry_close(chain.registry, REGISTRY_FOR_EVER);
	cr_assert_eq(commits(), 2);
	told_free(&told);
}

Test(registry, before_the_loop_turns_it_can_be_written_too)
{
	struct told told = {.head = NULL};
	struct answers answers = {.count = 0};
	struct registry *r = registry_open_any();
	struct error err;

	registry_say_head(r, &told, 1);
	registry_then(r, registry_on_done, &answers, 1);
	cr_assert_eq(registry_write(r, REGISTRY_FOR_EVER, &err), 0, "%s", err.text);
	cr_assert_eq(answers.count, 1);
	cr_assert_eq(registry_write(r, REGISTRY_FOR_EVER, &err), 0, "%s", err.text);
	registry_say_put(r, &told, 5, 5);
	registry_then(r, registry_on_done, &answers, 2);
	ev_run(registry_loop, EVRUN_NOWAIT);
	cr_assert_eq(registry_write(r, REGISTRY_FOR_EVER, &err), 0, "%s", err.text);
	cr_assert_eq(answers.count, 2);
	registry_close(r, REGISTRY_FOR_EVER);
	cr_assert_eq(commits(), 2);
	registry_expect(&told);
	told_free(&told);
}

Test(registry, without_a_directory_everything_counts_as_written)
{
	struct answers answers = {.count = 0};
	struct told told = {.head = NULL};
	struct registry_head head;
	struct error err;
	struct registry *r = registry_open(registry_loop, NULL, NULL, NULL, &head, &err);

	cr_assert(r);
	cr_assert_eq(head.heartbeat_ms, -1);
	registry_say_head(r, &told, 1);
	registry_say_put(r, &told, 5, 5);
	registry_say_drop(r, &told, 5);
	registry_then(r, registry_on_done, &answers, 1);
	cr_assert_eq(answers.count, 1);
	cr_assert_not(answers.failed[0]);
	cr_assert_eq(registry_write(r, REGISTRY_FOR_EVER, &err), 0);
	registry_close(r, REGISTRY_FOR_EVER);
	told_free(&told);
}

Test(registry, a_second_process_is_refused)
{
	struct told told = {.head = NULL};
	struct registry *r = registry_open_any();
	int status;
	pid_t pid;

	registry_say_head(r, &told, 1);
	registry_must_write(r);
	pid = fork();
	if (pid == 0) {
		struct error err;
		_exit(registry_try(&told, &err) ||
		      !strstr(err.text, "registry.db: database is locked"));
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	registry_close(r, REGISTRY_FOR_EVER);
	registry_expect(&told);
	told_free(&told);
}

Test(registry, only_we_may_read_it)
{
	static const char *const names[] = {"registry.db", "registry.db-wal", "registry.db-mark"};
	struct stat st;

	umask(0);
	registry_close(registry_open_any(), REGISTRY_FOR_EVER);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = scratch_path(names[i]);
		cr_assert_eq(stat(path, &st), 0);
		cr_assert_eq(st.st_mode & 0777, 0600, "%s: %o", names[i], st.st_mode);
	}
}
