/*
 * The files of an intact store, and copies of them with one cut off or changed at many places. The
 * test decides whether the damage was reported.
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

/* Opens the files: true if the damage was reported. File `which` has these bytes (NULL: it is
 * missing); `what` and `at` describe the damage in messages. */
typedef bool damage_told_fn(size_t which, const char *bytes, size_t size, const char *what,
                            size_t at);

/* Takes the files of the intact store of that name ("dict.db"). */
void damage_set_up(const char *name, damage_told_fn *told);
/* Takes the present files of the directory as intact ones. */
void damage_take_files(void);
void damage_free(void);
/* Writes the files into the directory, one of them with the given bytes; NULL: that one is
 * missing. */
void damage_lay(size_t which, const char *bytes, size_t size);
void damage_assert_same(const char *name, const char *bytes, size_t size);
/* Cuts the file at each `step` bytes; gives how many cuts are reported. */
size_t damage_cut(size_t which, size_t step);
/* Changes one bit at a time, in all of the first bytes and then at each step; gives how many are
 * reported. */
size_t damage_flip(size_t which, size_t step);
/* Moves the content of the log into the database. */
void damage_empty_log(void);

/*
 * Tests that are the same for every store: the log is cut and changed at that many places, of which
 * more than `cuts` cuts are reported, and the database is changed every `step` bytes.
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
