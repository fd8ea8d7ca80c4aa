/*
 * The files of a store, in good order, and laid out again with one of them cut off or changed, at
 * many places. Whether that is told is the test's.
 */
#ifndef TESTS_DAMAGE_H
#define TESTS_DAMAGE_H

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <string.h>

#include "base/mem.h"
#include "support/scratch.h"

/* The database, its log and its mark. */
#define DAMAGE_FILES 3
extern char *damage_files[DAMAGE_FILES]; /* their names */
extern char *damage_good[DAMAGE_FILES];
extern size_t damage_sizes[DAMAGE_FILES];

/* Opens what was laid out: true, if the damage was told. `which` file has these bytes (NULL: it is
 * missing); what was done `at` which place is for messages. */
typedef bool damage_told_fn(size_t which, const char *bytes, size_t size, const char *what,
                            size_t at);

/* The store of that name ("dict.db") is in good order now. */
void damage_set_up(const char *name, damage_told_fn *told);
/* What is in the directory now is in good order. */
void damage_take_files(void);
void damage_free(void);
/* The directory with its files, of which one is as given; NULL: that one is missing. */
void damage_lay(size_t which, const char *bytes, size_t size);
void damage_assert_same(const char *name, const char *bytes, size_t size);
/* How many of the cuts are told. */
size_t damage_cut(size_t which, size_t step);
/* One bit at a time; all of the first bytes. */
size_t damage_flip(size_t which, size_t step);
/* All of it in the database, none in the log. */
void damage_empty_log(void);

/*
 * The tests that are the same for every store: a log with so many places to cut or change, of which
 * more than `cuts` cuts are told, and a database that is changed every `step` bytes.
 */
#define DAMAGE_TESTS(suite, places, cuts, step) \
	Test(suite, none_is_seen_where_there_is_none) \
	{ \
		damage_lay(0, damage_good[0], damage_sizes[0]); \
		cr_assert_not(damage_told(0, damage_good[0], damage_sizes[0], "whole", 0)); \
	} \
	/* All but cuts into what is behind the last commit. */ \
	Test(suite, a_log_that_was_cut_off_is_told) \
	{ \
		cr_assert_gt(damage_cut(1, damage_sizes[1] / (places) | 1), cuts); \
	} \
	Test(suite, a_log_that_was_changed_is_told_or_harmless) \
	{ \
		cr_assert_gt(damage_flip(1, damage_sizes[1] / (places) | 1), 100); \
	} \
	Test(suite, a_mark_that_was_cut_off_or_changed_is_told) \
	{ \
		cr_assert_eq(damage_cut(2, 1), damage_sizes[2]); \
		cr_assert_eq(damage_flip(2, 1), damage_sizes[2]); \
	} \
	Test(suite, a_database_that_was_cut_off_is_told) \
	{ \
		damage_empty_log(); \
		cr_assert_eq(damage_cut(0, 211), (damage_sizes[0] + 210) / 211); \
	} \
	Test(suite, a_database_that_was_changed_is_told_or_harmless) \
	{ \
		damage_empty_log(); \
		cr_assert_gt(damage_flip(0, step), 100); \
	}

#endif
