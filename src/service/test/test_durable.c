/* A dictionary with a directory: what a commit keeps, what a failed one undoes, and kill -9. */
#include <criterion/criterion.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "service/test/durable.h"
#include "support/apart.h"

static const enum dtree_durability kept[] = {DTREE_DURABILITY_PROCESS, DTREE_DURABILITY_FULL};

TestSuite(durable, .init = scratch_set_up, .fini = scratch_tear_down, .timeout = 300);

/* One number from the database. */
static long long ask(const char *sql)
{
	cleanup_free char *path = scratch_path("dict.db");
	sqlite3 *db;
	sqlite3_stmt *stmt;
	long long number;

	cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK, "%s",
	             sqlite3_errmsg(db));
	cr_assert_eq(sqlite3_step(stmt), SQLITE_ROW);
	number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return number;
}

Test(durable, what_was_committed_is_there_again)
{
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		void *dict = durable_open(kept[i]);

		durable_expect(dict, "Ok", "x", "5");
		durable_expect(dict, "Ok", "y", "-9223372036854775808");
		durable_commit(dict);
		durable_expect(dict, "Ok", "x", "6");
		durable_commit(dict);
		dict = durable_again(dict, kept[i]);
		durable_expect(dict, "Ok: 6", "x", NULL);
		durable_expect(dict, "Ok: -9223372036854775808", "y", NULL);
		durable_expect(dict, "Ok: 'z' not found", "z", NULL);
		service_dict.destroy(dict);
	}
}

Test(durable, what_was_not_committed_is_not)
{
	void *dict = durable_open(DTREE_DURABILITY_FULL);

	durable_expect(dict, "Ok", "x", "5");
	durable_commit(dict);
	durable_expect(dict, "Ok", "x", "6");
	durable_expect(dict, "Ok", "y", "7");
	dict = durable_again(dict, DTREE_DURABILITY_FULL);
	durable_expect(dict, "Ok: 5", "x", NULL);
	durable_expect(dict, "Ok: 'y' not found", "y", NULL);
	service_dict.destroy(dict);
}

Test(durable, without_durability_no_file_is_made)
{
	void *dict = durable_open(DTREE_DURABILITY_NONE);

	durable_expect(dict, "Ok", "x", "5");
	durable_commit(dict);
	durable_expect(dict, "Ok: 5", "x", NULL);
	service_dict.destroy(dict);
	cr_assert_neq(access(scratch_dir, F_OK), 0);
}

Test(durable, many_writes_are_one_commit)
{
	void *dict = durable_open(DTREE_DURABILITY_FULL);

	for (int i = 0; i < 1000; i++) {
		cleanup_free char *name = mem_format("n%d", i % 100);
		cleanup_free char *value = mem_format("%d", i);
		durable_expect(dict, "Ok", name, value);
	}
	durable_commit(dict);
	durable_commit(dict); /* of nothing */
	service_dict.destroy(dict);
	cr_assert_eq(ask("SELECT commits FROM head"), 1);
	cr_assert_eq(ask("SELECT count(*) FROM entry"), 100);
	cr_assert_eq(ask("SELECT min(value) FROM entry"), 900);
}

Test(durable, only_we_may_read_it)
{
	void *dict = durable_open(DTREE_DURABILITY_FULL);
	struct stat st;

	cr_assert_eq(stat(scratch_dir, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0700);
	service_dict.destroy(dict);
}

Test(durable, a_second_user_of_the_file_is_refused)
{
	void *dict = durable_open(DTREE_DURABILITY_PROCESS);
	char *why = NULL;
	int status;
	pid_t pid;

	durable_expect(dict, "Ok", "x", "5");
	durable_commit(dict);
	/* Locks of fcntl(2) belong to one process. */
	pid = fork();
	if (pid == 0)
		_exit(durable_try(DTREE_DURABILITY_PROCESS, &why) == NULL &&
		              strstr(why, "database is locked")
		          ? 0
		          : 1);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	durable_expect(dict, "Ok", "x", "6");
	durable_commit(dict);
	service_dict.destroy(dict);
}

Test(durable, reads_and_writes_of_a_batch_are_tentative)
{
	void *dict = durable_open(DTREE_DURABILITY_FULL);
	static const struct {
		const char *args;
		size_t size;
		bool tentative;
	} steps[] = {{"x", 2, false},
	             {"x\0005", 4, true},
	             {"x", 2, true},
	             {"y", 2, false},
	             {"x\000z", 4, false}};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct dtree_result result = {0};
		void *request = service_dict.open(dict);
		cr_assert_eq(service_dict.feed(request, steps[i].args, steps[i].size), 0);
		service_dict.finish(request, &result);
		service_dict.close(request);
		free(result.text);
		cr_assert_eq(result.tentative, steps[i].tentative, "step %zu", i);
	}
	service_dict.destroy(dict);
}

/* Writes n0 = 0, n1 = 1, ... in commits of 1 to 7 and reports the number after each commit. */
static void write_for_ever(enum dtree_durability durability, int to)
{
	void *dict = durable_open(durability);

	for (int i = 0;;) {
		int last = i + 1 + i % 7;
		for (; i < last; i++) {
			cleanup_free char *name = mem_format("n%d", i % 500);
			cleanup_free char *value = mem_format("%d", i);
			durable_expect(dict, "Ok", name, value);
		}
		durable_commit(dict);
		if (write(to, &i, sizeof i) != sizeof i)
			_exit(1);
	}
}

/* A process that writes is killed after it has acknowledged `writes` writes, at a random place;
 * gives how many it acknowledged. */
static int killed_after(enum dtree_durability durability, int writes)
{
	int pipes[2];
	int acknowledged = 0;
	int number;
	pid_t pid;

	cr_assert_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0)
		write_for_ever(durability, pipes[1]);
	close(pipes[1]);
	while (acknowledged < writes && read(pipes[0], &number, sizeof number) == sizeof number)
		acknowledged = number;
	cr_assert_geq(acknowledged, writes);
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	while (read(pipes[0], &number, sizeof number) == sizeof number)
		acknowledged = number;
	close(pipes[0]);
	return acknowledged;
}

/* All acknowledged writes are there, and at most one more commit, whole or not at all. */
static void check_after_kill(enum dtree_durability durability, int acknowledged)
{
	void *dict = durable_open(durability);
	int next = acknowledged + 1 + acknowledged % 7;
	int committed = acknowledged;

	for (int i = 0; i < 500; i++) {
		cleanup_free char *name = mem_format("n%d", i);
		cleanup_free char *said = durable_say(dict, name, NULL);
		int value = -1;
		if (sscanf(said, "Ok: %d", &value) == 1 && value >= committed)
			committed = next;
	}
	for (int i = committed - 1; i >= 0 && i >= committed - 500; i--) {
		cleanup_free char *name = mem_format("n%d", i % 500);
		cleanup_free char *wanted = mem_format("Ok: %d", i);
		durable_expect(dict, wanted, name, NULL);
	}
	for (int i = committed; i < 500; i++) {
		cleanup_free char *name = mem_format("n%d", i);
		cleanup_free char *wanted = mem_format("Ok: '%s' not found", name);
		durable_expect(dict, wanted, name, NULL);
	}
	service_dict.destroy(dict);
}

Test(durable, what_was_acknowledged_survives_kill_9)
{
	int total = 0;

	for (unsigned round = 0; round < 60; round++) {
		enum dtree_durability durability = kept[round % ARRAY_SIZE(kept)];
		/* From the creation of the file to long after its names were overwritten; a sync
		 * takes time. */
		int cost = durability == DTREE_DURABILITY_FULL ? 16 : 1;
		int acknowledged = killed_after(durability, (int)(round * round) / cost);
		check_after_kill(durability, acknowledged);
		total += acknowledged;
		cr_assert_eq(remove_all(scratch_dir, NULL), 0);
	}
	cr_assert_gt(total, 1000);
}

/* Writes new names until a commit is refused; gives how many were committed, and the reason. */
static int fill(void *dict, char **why)
{
	int i = 0;

	for (;; i++) {
		cleanup_free char *name = mem_format("n%d", i);
		durable_expect(dict, "Ok", name, "1");
		durable_expect(dict, "Ok", "last", name + 1);
		if (service_dict.commit(dict, why))
			return i;
		cr_assert_lt(i, 1000000);
	}
}

static void check_full(void *dict, int count)
{
	cleanup_free char *refused = mem_format("n%d", count);
	cleanup_free char *nothing = mem_format("Ok: '%s' not found", refused);
	cleanup_free char *last = mem_format("Ok: %d", count - 1);

	durable_expect(dict, nothing, refused, NULL);
	durable_expect(dict, last, "last", NULL);
	for (int i = 0; i < count; i++) {
		cleanup_free char *name = mem_format("n%d", i);
		durable_expect(dict, "Ok: 1", name, NULL);
	}
}

/* After more room was made, writing goes on, and all data is there. */
static void check_room(void *dict, enum dtree_durability durability, int count)
{
	durable_expect(dict, "Ok", "more", "5");
	durable_commit(dict);
	dict = durable_again(dict, durability);
	check_full(dict, count);
	durable_expect(dict, "Ok: 5", "more", NULL);
	service_dict.destroy(dict);
}

static void on_a_small_disk(void)
{
	char *why = NULL;
	void *dict;
	int count;

	apart_disk(scratch_top, "1M");
	dict = durable_open(DTREE_DURABILITY_FULL);
	count = fill(dict, &why);
	cr_assert_not_null(strstr(why, "database or disk is full"), "%s", why);
	cr_assert_gt(count, 10);
	check_full(dict, count);
	/* The same after the next start, with the disk still full, and with room again. */
	dict = durable_again(dict, DTREE_DURABILITY_FULL);
	check_full(dict, count);
	apart_resize(scratch_top, "8M");
	check_room(dict, DTREE_DURABILITY_FULL, count);
	free(why);
}

Test(durable, a_full_disk_refuses_writes_and_loses_nothing)
{
	apart(on_a_small_disk);
}

static void without_any_room(void)
{
	char *why = NULL;

	apart_disk(scratch_top, "4k");
	cr_assert_null(durable_try(DTREE_DURABILITY_FULL, &why));
	cr_assert_not_null(strstr(why, "disk is full"), "%s", why);
	apart_resize(scratch_top, "8M");
	service_dict.destroy(durable_open(DTREE_DURABILITY_FULL));
	free(why);
}

Test(durable, a_dictionary_that_could_not_be_made_is_made_later)
{
	apart(without_any_room);
}

static void with_a_limit(void)
{
	struct rlimit limit = {256 * 1024, RLIM_INFINITY};
	char *why = NULL;
	void *dict;
	int count;

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	dict = durable_open(DTREE_DURABILITY_PROCESS);
	count = fill(dict, &why);
	check_full(dict, count);
	limit.rlim_cur = RLIM_INFINITY;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	check_room(dict, DTREE_DURABILITY_PROCESS, count);
	free(why);
}

Test(durable, a_write_that_fails_is_taken_back)
{
	apart(with_a_limit);
}
