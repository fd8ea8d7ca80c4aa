/*
 * A dictionary whose files are cut off or changed at many places: either all acknowledged writes
 * are there, or the damage is reported and the files are set aside unchanged.
 */
#include <criterion/criterion.h>

#include "service/test/durable.h"
#include "support/damage.h"

/* Enough names for a tree of pages; some are only in the log. */
#define NAMES 400

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

static damage_told_fn damage_told;

static void set_up(void)
{
	void *dict;

	cr_assert_not_null(freopen("/dev/null", "w", stderr)); /* the log lines */
	scratch_set_up();
	dict = durable_open(DTREE_DURABILITY_PROCESS);
	write_all(dict, 0, NAMES);
	service_dict.destroy(dict);
	damage_set_up("dict.db", damage_told);
}

static void tear_down(void)
{
	damage_free();
	scratch_tear_down();
}

TestSuite(damage, .init = set_up, .fini = tear_down, .timeout = 600);

/* Opens the files. true: the damage was reported and the files were set aside. */
static bool damage_told(size_t which, const char *bytes, size_t size, const char *what, size_t at)
{
	char *why = NULL;
	char *again = NULL;
	void *dict = durable_try(DTREE_DURABILITY_PROCESS, &why);

	if (dict) {
		cr_assert(holds_all(dict), "%s %s at %zu: data is missing, and nothing said",
		          damage_files[which], what, at);
		service_dict.destroy(dict);
		return false;
	}
	cr_assert_not_null(strstr(why, "dict.db.damaged-1"), "%s %s at %zu: %s",
	                   damage_files[which], what, at, why);
	for (size_t i = 0; i < DAMAGE_FILES; i++) {
		cleanup_free char *aside =
		    mem_format("dict.db.damaged-1%s", damage_files[i] + strlen("dict.db"));
		cr_assert_not(scratch_is_there(damage_files[i]));
		if (i != which)
			damage_assert_same(aside, damage_good[i], damage_sizes[i]);
		else if (bytes)
			damage_assert_same(aside, bytes, size);
	}
	/* The next attempt fails too. */
	cr_assert_null(durable_try(DTREE_DURABILITY_PROCESS, &again));
	cr_assert_not_null(strstr(again, "dict.db.damaged-1"), "%s", again);
	free(why);
	free(again);
	return true;
}

DAMAGE_TESTS(damage, 150, 100, 61)

Test(damage, every_changed_entry_is_told)
{
	size_t found = 0;

	damage_empty_log();
	for (size_t at = 0; at + 16 < damage_sizes[0]; at++) {
		if (memcmp(damage_good[0] + at, "ofthedictionary", 15) != 0)
			continue;
		cleanup_free char *bytes = mem_copy(damage_good[0], damage_sizes[0]);
		bytes[at] ^= 1; /* the name */
		damage_lay(0, bytes, damage_sizes[0]);
		cr_assert(damage_told(0, bytes, damage_sizes[0], "flipped", at));
		bytes[at] ^= 1;
		bytes[at + 15] ^= 1; /* the value, or the next entry's header */
		damage_lay(0, bytes, damage_sizes[0]);
		found += damage_told(0, bytes, damage_sizes[0], "flipped", at + 15);
	}
	cr_assert_geq(found, NAMES);
}

Test(damage, a_missing_database_is_told)
{
	damage_lay(0, NULL, 0);
	cr_assert(damage_told(0, NULL, 0, "missing", 0));
	damage_lay(1, NULL, 0);
	cr_assert(damage_told(1, NULL, 0, "missing", 0));
	damage_lay(2, NULL, 0);
	cr_assert(damage_told(2, NULL, 0, "missing", 0));
}

Test(damage, an_older_database_is_told)
{
	char *why = NULL;
	void *dict;

	damage_lay(0, damage_good[0], damage_sizes[0]);
	dict = durable_open(DTREE_DURABILITY_PROCESS);
	write_all(dict, 0, 10);
	service_dict.destroy(dict);
	scratch_write(damage_files[0], damage_good[0], damage_sizes[0]);
	scratch_write(damage_files[1], damage_good[1], damage_sizes[1]);
	cr_assert_null(durable_try(DTREE_DURABILITY_PROCESS, &why));
	cr_assert_not_null(strstr(why, "acknowledged commits are missing: 1"), "%s", why);
	free(why);
}

Test(damage, people_decide_by_removing_what_was_set_aside)
{
	char *why = NULL;
	void *dict;

	damage_lay(2, damage_good[2], damage_sizes[2] - 1);
	cr_assert_null(durable_try(DTREE_DURABILITY_PROCESS, &why));
	free(why);
	for (size_t i = 0; i < DAMAGE_FILES; i++) {
		cleanup_free char *name =
		    mem_format("dict.db.damaged-1%s", damage_files[i] + strlen("dict.db"));
		cleanup_free char *path = scratch_path(name);
		cr_assert_eq(unlink(path), 0);
	}
	dict = durable_open(DTREE_DURABILITY_PROCESS);
	durable_expect(dict, "Ok: 'name1ofthedictionary' not found", "name1ofthedictionary", NULL);
	service_dict.destroy(dict);
}
