/*
 * Errors that pass: if any call fails while intact files are read, a later attempt succeeds, and no
 * file was moved. After a failed sync it is unknown whether the write is kept.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <sqlite3.h>

#include "faults/fail.h"
#include "service/test/durable.h"
#include "support/sanitizer.h"

void fail_use(struct fail_plan *shared);

static struct fail_plan plan;

static void set_up(void)
{
	cr_assert_not_null(freopen("/dev/null", "w", stderr)); /* the log lines */
	scratch_set_up();
	plan = (struct fail_plan){.role = FAIL_TEST};
	fail_use(&plan);
}

TestSuite(passing, .init = set_up, .fini = scratch_tear_down, .timeout = 300);

static void let_fail(enum fail_kind kind, uint64_t first, uint64_t times, int number)
{
	memset(plan.seen, 0, sizeof plan.seen);
	plan.kind = kind;
	plan.times = times;
	plan.number = number;
	plan.failed = 0;
	plan.first = first;
}

/* Enough for a tree of pages. */
static void fill(enum dtree_durability durability)
{
	void *dict = durable_open(durability);

	for (int i = 0; i < 300; i++) {
		cleanup_free char *name = mem_format("name%dofthedictionary", i);
		durable_expect(dict, "Ok", name, "7");
		if (i % 100 == 99)
			durable_commit(dict);
	}
	service_dict.destroy(dict);
}

static void expect_all(void *dict)
{
	for (int i = 0; i < 300; i++) {
		cleanup_free char *name = mem_format("name%dofthedictionary", i);
		durable_expect(dict, "Ok: 7", name, NULL);
	}
}

/* The names of all files, in no order that matters: a sum. */
static size_t names_in_dir(void)
{
	DIR *d = opendir(scratch_dir);
	const struct dirent *entry;
	size_t sum = 0;

	cr_assert_not_null(d);
	while ((entry = readdir(d)))
		for (const char *p = entry->d_name; *p; p++)
			sum = sum * 31 + (unsigned char)*p;
	closedir(d);
	return sum;
}

/* Opens it once for each call that may fail; gives how many did. */
static uint64_t walk(enum fail_kind kind, uint64_t times, int number)
{
	size_t before = names_in_dir();
	uint64_t at = 1;

	for (;; at++) {
		char *why = NULL;
		void *dict;
		bool hit;

		let_fail(kind, at, times, number);
		dict = durable_try(DTREE_DURABILITY_FULL, &why);
		hit = plan.failed;
		let_fail(kind, 0, 0, 0);
		cr_assert(dict || why, "call %d of kind %d", (int)at, (int)kind);
		cr_assert(dict || !strstr(why, "damaged"), "%s", why);
		cr_assert_eq(names_in_dir(), before, "call %d of kind %d: %s", (int)at, (int)kind,
		             why ? why : "");
		if (dict)
			expect_all(dict);
		if (dict)
			service_dict.destroy(dict);
		free(why);
		if (!hit)
			return at - 1;
	}
}

Test(passing, no_failed_read_is_damage)
{
	fill(DTREE_DURABILITY_PROCESS);
	cr_assert_gt(walk(FAIL_READ, 1, EIO), 10);
	cr_assert_gt(walk(FAIL_READ, 1000000, EIO), 10);
	cr_assert_gt(walk(FAIL_READ, 3, ENOMEM), 10);
}

Test(passing, no_failed_open_is_damage)
{
	fill(DTREE_DURABILITY_PROCESS);
	cr_assert_gt(walk(FAIL_OPEN, 1, EMFILE), 2);
	cr_assert_gt(walk(FAIL_OPEN, 1000000, ENFILE), 2);
	cr_assert_gt(walk(FAIL_OPEN, 2, EACCES), 2);
}

/* SQLite's allocator, one of whose pieces is not there. */
static sqlite3_mem_methods sqlite_memory;
static uint64_t pieces;
static uint64_t missing;

static void *piece(int size)
{
	return ++pieces == missing ? NULL : sqlite_memory.xMalloc(size);
}

static void *piece_again(void *old, int size)
{
	return ++pieces == missing ? NULL : sqlite_memory.xRealloc(old, size);
}

Test(passing, no_missing_memory_of_sqlite_is_damage)
{
	sqlite3_mem_methods methods;
	size_t before;
	bool hit = true;

	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory);
	methods = sqlite_memory;
	methods.xMalloc = piece;
	methods.xRealloc = piece_again;
	cr_assert_eq(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
	fill(DTREE_DURABILITY_PROCESS);
	before = names_in_dir();
	for (uint64_t at = 1; hit; at++) {
		char *why = NULL;
		void *dict;

		pieces = 0;
		missing = at;
		dict = durable_try(DTREE_DURABILITY_PROCESS, &why);
		hit = pieces >= at;
		missing = 0;
		cr_assert(dict || !strstr(why, "damaged"), "piece %d: %s", (int)at, why);
		cr_assert_eq(names_in_dir(), before);
		if (dict)
			service_dict.destroy(dict);
		free(why);
	}
	cr_assert_gt(pieces, 20);
	service_dict.destroy(durable_open(DTREE_DURABILITY_PROCESS));
}

Test(passing, no_missing_memory_for_an_entry_is_damage)
{
	size_t before;

	if (SANITIZED)
		cr_skip_test("a sanitizer has an allocator of its own");
	fill(DTREE_DURABILITY_PROCESS);
	before = names_in_dir();
	for (uint64_t at = 1; at < 1500; at += 7) {
		char *why = NULL;
		void *dict;

		let_fail(FAIL_MEMORY, at, 1, ENOMEM);
		dict = durable_try(DTREE_DURABILITY_PROCESS, &why);
		let_fail(FAIL_MEMORY, 0, 0, 0);
		cr_assert(dict || !strstr(why, "damaged"), "piece %d: %s", (int)at, why);
		cr_assert_eq(names_in_dir(), before);
		if (dict)
			service_dict.destroy(dict);
		free(why);
	}
}

/* A commit whose sync fails that many times. */
static int commit_unsynced(void *dict, uint64_t times, char **why)
{
	int rc;

	let_fail(FAIL_SYNC, 1, times, EIO);
	rc = service_dict.commit(dict, why);
	cr_assert_gt(plan.failed, 0);
	return rc;
}

Test(passing, after_a_failed_sync_what_is_read_is_served)
{
	void *dict = durable_open(DTREE_DURABILITY_FULL);
	char *why = NULL;

	durable_expect(dict, "Ok", "x", "5");
	durable_commit(dict);
	durable_expect(dict, "Ok", "x", "6");
	durable_expect(dict, "Ok", "y", "7");
	cr_assert_eq(commit_unsynced(dict, 1, &why), DTREE_COMMIT_UNKNOWN);
	cr_assert_not_null(strstr(why, "disk I/O error"), "%s", why);
	let_fail(FAIL_SYNC, 0, 0, 0);
	free(why);
	/* The write is in the file, and the answers are the same now and after a restart. */
	durable_expect(dict, "Ok: 6", "x", NULL);
	durable_expect(dict, "Ok: 7", "y", NULL);
	durable_expect(dict, "Ok", "z", "8");
	durable_commit(dict);
	dict = durable_again(dict, DTREE_DURABILITY_FULL);
	durable_expect(dict, "Ok: 6", "x", NULL);
	durable_expect(dict, "Ok: 7", "y", NULL);
	durable_expect(dict, "Ok: 8", "z", NULL);
	service_dict.destroy(dict);
}

Test(passing, nothing_is_promised_before_a_failed_sync_is_made_good)
{
	void *dict = durable_open(DTREE_DURABILITY_FULL);
	char *why = NULL;

	durable_expect(dict, "Ok", "x", "5");
	durable_commit(dict);
	durable_expect(dict, "Ok", "x", "6");
	cr_assert_eq(commit_unsynced(dict, 1, &why), DTREE_COMMIT_UNKNOWN);
	free(why);
	why = NULL;
	durable_expect(dict, "Ok", "y", "1");
	/* Pages of the failed sync are not written: this commit would be behind a hole. */
	cr_assert_eq(commit_unsynced(dict, 1, &why), -1);
	free(why);
	why = NULL;
	let_fail(FAIL_SYNC, 0, 0, 0);
	durable_expect(dict, "Ok: 'y' not found", "y", NULL);
	durable_expect(dict, "Ok: 6", "x", NULL);
	durable_expect(dict, "Ok", "y", "2");
	durable_commit(dict);
	service_dict.destroy(dict);
}

Test(passing, what_cannot_be_read_after_a_failed_sync_is_read_later)
{
	void *dict = durable_open(DTREE_DURABILITY_FULL);
	char *why = NULL;
	cleanup_free char *said = NULL;

	durable_expect(dict, "Ok", "x", "5");
	durable_commit(dict);
	durable_expect(dict, "Ok", "x", "6");
	let_fail(FAIL_SYNC, 1, 1, EIO);
	/* One after the other. */
	cr_assert_eq(service_dict.commit(dict, &why), DTREE_COMMIT_UNKNOWN);
	free(why);
	durable_expect(dict, "Ok", "x", "7");
	why = NULL;
	let_fail(FAIL_SYNC, 1, 1, EIO);
	cr_assert_eq(service_dict.commit(dict, &why), -1);
	free(why);
	let_fail(FAIL_OPEN, 1, 1000000, EMFILE);
	durable_expect(dict, "Ok: 6", "x", NULL);
	let_fail(FAIL_OPEN, 0, 0, 0);
	said = durable_say(dict, "x", NULL);
	cr_assert_str_eq(said, "Ok: 6");
	service_dict.destroy(dict);
}
