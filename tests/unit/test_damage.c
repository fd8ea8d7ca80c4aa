/*
 * A dictionary whose files were cut off or changed: at each of many places, either all that was
 * acknowledged is there, or the damage is told and the files are set aside, byte for byte.
 */
#include <criterion/criterion.h>
#include <sqlite3.h>

#include "durable.h"

/* Enough for a tree of pages; some of it only in the log. */
#define NAMES 400

static const char *const files[] = {"dict.db", "dict.db-wal", "dict.db-mark"};
static char *good[ARRAY_SIZE(files)];
static size_t sizes[ARRAY_SIZE(files)];

static void write_all(void *dict, int from, int to)
{
	for (int i = from; i < to; i++) {
		cleanup_free char *name = mem_format("name%dofthedictionary", i);
		cleanup_free char *value = mem_format("%d", i * 7);
		durable_expect(dict, "Ok", name, value);
		if (i % 10 == 9)
			durable_commit(dict);
	}
	durable_commit(dict);
}

static bool holds_all(void *dict)
{
	for (int i = 0; i < NAMES; i++) {
		cleanup_free char *name = mem_format("name%dofthedictionary", i);
		cleanup_free char *wanted = mem_format("Ok: %d", i * 7);
		cleanup_free char *said = durable_say(dict, name, NULL);
		if (strcmp(said, wanted) != 0)
			return false;
	}
	return true;
}

static void take_files(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		free(good[i]);
		good[i] = durable_read(files[i], &sizes[i]);
		cr_assert_not_null(good[i], "%s", files[i]);
	}
}

static void set_up(void)
{
	void *dict;

	cr_assert_not_null(freopen("/dev/null", "w", stderr)); /* the log lines */
	durable_set_up();
	dict = durable_open(DTREE_DURABILITY_PROCESS);
	write_all(dict, 0, NAMES);
	service_dict.destroy(dict);
	take_files();
}

static void tear_down(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		free(good[i]);
	durable_tear_down();
}

TestSuite(damage, .init = set_up, .fini = tear_down, .timeout = 600);

/* The directory with its files, of which one is as given; NULL: that one is missing. */
static void lay(size_t which, const char *bytes, size_t size)
{
	cr_assert_eq(remove_all(durable_dir, NULL), 0);
	cr_assert_eq(mkdir(durable_dir, 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (i != which)
			durable_write(files[i], good[i], sizes[i]);
	if (bytes)
		durable_write(files[which], bytes, size);
}

static void assert_same(const char *name, const char *bytes, size_t size)
{
	size_t n = 0;
	cleanup_free char *now = durable_read(name, &n);

	cr_assert_not_null(now, "%s is not there", name);
	cr_assert_eq(n, size, "%s", name);
	cr_assert_eq(memcmp(now, bytes, n), 0, "%s was changed", name);
}

/* Opens what was laid. true: it was told and set aside. */
static bool told(size_t which, const char *bytes, size_t size, const char *what, size_t at)
{
	char *why = NULL;
	char *again = NULL;
	void *dict = durable_try(DTREE_DURABILITY_PROCESS, &why);

	if (dict) {
		cr_assert(holds_all(dict), "%s %s at %zu: data is missing, and nothing said",
		          files[which], what, at);
		service_dict.destroy(dict);
		return false;
	}
	cr_assert_not_null(strstr(why, "dict.db.damaged-1"), "%s %s at %zu: %s", files[which], what,
	                   at, why);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *aside =
		    mem_format("dict.db.damaged-1%s", files[i] + strlen("dict.db"));
		cr_assert_not(durable_is_there(files[i]));
		if (i != which)
			assert_same(aside, good[i], sizes[i]);
		else if (bytes)
			assert_same(aside, bytes, size);
	}
	/* And so for ever, not only once. */
	cr_assert_null(durable_try(DTREE_DURABILITY_PROCESS, &again));
	cr_assert_not_null(strstr(again, "dict.db.damaged-1"), "%s", again);
	free(why);
	free(again);
	return true;
}

/* How many of the cuts are told. */
static size_t cut(size_t which, size_t step)
{
	size_t found = 0;

	for (size_t size = 0; size < sizes[which]; size += step) {
		lay(which, good[which], size);
		found += told(which, good[which], size, "cut off", size);
	}
	return found;
}

static size_t flip(size_t which, size_t step)
{
	size_t found = 0;

	for (size_t at = 0; at < sizes[which]; at += at < 128 ? 1 : step) {
		cleanup_free char *bytes = mem_copy(good[which], sizes[which]);
		bytes[at] = (char)(bytes[at] ^ 1 << at % 8);
		lay(which, bytes, sizes[which]);
		found += told(which, bytes, sizes[which], "flipped", at);
	}
	return found;
}

Test(damage, none_is_seen_where_there_is_none)
{
	lay(0, good[0], sizes[0]);
	cr_assert_not(told(0, good[0], sizes[0], "whole", 0));
}

Test(damage, a_log_that_was_cut_off_is_told)
{
	/* All but cuts into what is behind the last commit. */
	size_t step = sizes[1] / 150 | 1;

	cr_assert_gt(cut(1, step), 100);
}

Test(damage, a_log_that_was_changed_is_told_or_harmless)
{
	cr_assert_gt(flip(1, sizes[1] / 150 | 1), 100);
}

Test(damage, a_mark_that_was_cut_off_or_changed_is_told)
{
	cr_assert_eq(cut(2, 1), sizes[2]);
	cr_assert_eq(flip(2, 1), sizes[2]);
}

/* All of it in the database, none in the log. */
static void empty_log(void)
{
	cleanup_free char *path = durable_path("dict.db");
	sqlite3 *db;

	lay(0, good[0], sizes[0]);
	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL),
	             SQLITE_OK);
	sqlite3_close(db);
	take_files();
	cr_assert_eq(sizes[1], 0);
}

Test(damage, a_database_that_was_cut_off_is_told)
{
	empty_log();
	cr_assert_eq(cut(0, 211), (sizes[0] + 210) / 211);
}

Test(damage, a_database_that_was_changed_is_told_or_harmless)
{
	empty_log();
	cr_assert_gt(flip(0, 61), 100);
}

Test(damage, every_changed_entry_is_told)
{
	size_t found = 0;

	empty_log();
	for (size_t at = 0; at + 16 < sizes[0]; at++) {
		if (memcmp(good[0] + at, "ofthedictionary", 15) != 0)
			continue;
		cleanup_free char *bytes = mem_copy(good[0], sizes[0]);
		bytes[at] ^= 1; /* the name */
		lay(0, bytes, sizes[0]);
		cr_assert(told(0, bytes, sizes[0], "flipped", at));
		bytes[at] ^= 1;
		bytes[at + 15] ^= 1; /* the value, or the next entry's header */
		lay(0, bytes, sizes[0]);
		found += told(0, bytes, sizes[0], "flipped", at + 15);
	}
	cr_assert_geq(found, NAMES);
}

Test(damage, a_missing_database_is_told)
{
	lay(0, NULL, 0);
	cr_assert(told(0, NULL, 0, "missing", 0));
	lay(1, NULL, 0);
	cr_assert(told(1, NULL, 0, "missing", 0));
	lay(2, NULL, 0);
	cr_assert(told(2, NULL, 0, "missing", 0));
}

Test(damage, an_older_database_is_told)
{
	char *why = NULL;
	void *dict;

	lay(0, good[0], sizes[0]);
	dict = durable_open(DTREE_DURABILITY_PROCESS);
	write_all(dict, 0, 10);
	service_dict.destroy(dict);
	durable_write(files[0], good[0], sizes[0]);
	durable_write(files[1], good[1], sizes[1]);
	cr_assert_null(durable_try(DTREE_DURABILITY_PROCESS, &why));
	cr_assert_not_null(strstr(why, "acknowledged commits are missing: 1"), "%s", why);
	free(why);
}

Test(damage, people_decide_by_removing_what_was_set_aside)
{
	char *why = NULL;
	void *dict;

	lay(2, good[2], sizes[2] - 1);
	cr_assert_null(durable_try(DTREE_DURABILITY_PROCESS, &why));
	free(why);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *name =
		    mem_format("dict.db.damaged-1%s", files[i] + strlen("dict.db"));
		cleanup_free char *path = durable_path(name);
		cr_assert_eq(unlink(path), 0);
	}
	dict = durable_open(DTREE_DURABILITY_PROCESS);
	durable_expect(dict, "Ok: 'name1ofthedictionary' not found", "name1ofthedictionary", NULL);
	service_dict.destroy(dict);
}
