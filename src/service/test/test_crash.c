/*
 * The process of a dictionary is killed at each system call that changes files: acknowledged writes
 * are kept, and the commit under way is kept whole or not at all.
 */
#include <criterion/criterion.h>
#include <limits.h>

#include "service/test/durable.h"
#include "support/crash.h"

#define COMMITS 12
#define WRITES  3 /* of a commit */

/* Shared with the process that is killed. */
static int *acknowledged;

static void set_up(void)
{
	cr_assert_not_null(freopen("/dev/null", "w", stderr)); /* the log lines */
	acknowledged = crash_shared(sizeof *acknowledged);
	scratch_set_up();
}

TestSuite(crash, .init = set_up, .fini = scratch_tear_down, .timeout = 600);

static void write_commits(void)
{
	void *dict = durable_open(DTREE_DURABILITY_FULL);

	for (int i = 0; i < COMMITS; i++) {
		cleanup_free char *value = mem_format("%d", i);
		for (int j = 0; j < WRITES; j++) {
			cleanup_free char *name = mem_format("n%d", j);
			free(durable_say(dict, name, value));
		}
		service_dict.commit(dict, NULL);
		*acknowledged = i + 1;
	}
}

/* The value of a name, or -1: there is none. */
static int value_of(void *dict, const char *name)
{
	cleanup_free char *said = durable_say(dict, name, NULL);
	int value = -1;

	if (sscanf(said, "Ok: %d", &value) != 1)
		cr_assert_not_null(strstr(said, "not found"), "%s", said);
	return value;
}

static void check_commits(int at)
{
	void *dict = durable_open(DTREE_DURABILITY_FULL);
	int first = value_of(dict, "n0");

	cr_assert_geq(first, *acknowledged - 1, "killed at call %d", at);
	cr_assert_leq(first, *acknowledged, "killed at call %d", at);
	for (int j = 1; j < WRITES; j++) {
		cleanup_free char *name = mem_format("n%d", j);
		cr_assert_eq(value_of(dict, name), first, "killed at call %d", at);
	}
	durable_expect(dict, "Ok", "more", "5");
	durable_commit(dict);
	service_dict.destroy(dict);
}

Test(crash, a_dictionary_survives_it_at_every_call)
{
	int at = 1;

	for (;; at++) {
		bool ended;
		*acknowledged = 0;
		ended = !crash_killed(write_commits, at);
		check_commits(at);
		cr_assert_eq(remove_all(scratch_dir, NULL), 0);
		if (ended)
			break;
	}
	cr_assert_eq(*acknowledged, COMMITS);
	cr_assert_gt(at, 3 * COMMITS, "only %d calls", at);
}

/* Opens the files that an earlier death left. */
Test(crash, a_dictionary_survives_it_again_and_again)
{
	*acknowledged = 0;
	for (int at = 1;; at++) {
		if (!crash_killed(write_commits, at))
			break;
		service_dict.destroy(durable_open(DTREE_DURABILITY_FULL));
	}
	check_commits(0);
}

#define LONG_NAMES 40

static char *long_name(int i)
{
	char *name = mem_new(60001);

	memset(name, 'a' + i % 26, 60000);
	name[0] = (char)('a' + i / 26);
	return name;
}

/* Enough that the log is copied into the database. */
static void write_long_names(void)
{
	void *dict = durable_open(DTREE_DURABILITY_PROCESS);

	for (int i = 0; i < 2 * LONG_NAMES; i++) {
		cleanup_free char *name = long_name(i % LONG_NAMES);
		cleanup_free char *value = mem_format("%d", i);
		free(durable_say(dict, name, value));
		service_dict.commit(dict, NULL);
		*acknowledged = i + 1;
	}
}

Test(crash, the_log_may_be_on_its_way_into_the_database)
{
	for (int at = 1;; at += 41) {
		bool ended;
		void *dict;

		*acknowledged = 0;
		ended = !crash_killed(write_long_names, at);
		dict = durable_open(DTREE_DURABILITY_PROCESS);
		for (int i = *acknowledged - 1; i >= 0 && i >= *acknowledged - LONG_NAMES; i--) {
			cleanup_free char *name = long_name(i % LONG_NAMES);
			int value = value_of(dict, name);
			cr_assert(value == i || value == *acknowledged, "call %d: %d", at, i);
		}
		service_dict.destroy(dict);
		cr_assert_eq(remove_all(scratch_dir, NULL), 0);
		if (ended)
			break;
	}
	cr_assert_eq(*acknowledged, 2 * LONG_NAMES);
}

static void open_damaged(void)
{
	char *why = NULL;

	_exit(durable_try(DTREE_DURABILITY_FULL, &why) != NULL);
}

Test(crash, what_is_damaged_is_kept_while_it_is_set_aside)
{
	bool more = true;

	for (int at = 1; more; at++) {
		cleanup_free char *log = NULL;
		cleanup_free char *kept = NULL;
		char *why = NULL;
		size_t size = 0;
		size_t kept_size = 0;

		crash_killed(write_commits, INT_MAX);
		scratch_write("dict.db-mark", "damaged", 7);
		log = scratch_read("dict.db-wal", &size);
		more = crash_killed(open_damaged, at);
		for (int i = 0; i < 2; i++) {
			cr_assert_null(durable_try(DTREE_DURABILITY_FULL, &why), "call %d", at);
			cr_assert_not_null(strstr(why, "dict.db.damaged-"), "%s", why);
			free(why);
		}
		cr_assert_not(scratch_is_there("dict.db"));
		kept = scratch_read("dict.db.damaged-1-wal", &kept_size);
		cr_assert(kept && kept_size == size && memcmp(kept, log, size) == 0, "call %d", at);
		cr_assert_eq(remove_all(scratch_dir, NULL), 0);
	}
}
