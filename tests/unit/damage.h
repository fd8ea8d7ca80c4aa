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
#include "scratch.h"

/* The database, its log and its mark; who includes this defines DAMAGE_NAME. */
#define DAMAGE_FILES 3
static const char *const damage_files[DAMAGE_FILES] = {DAMAGE_NAME, DAMAGE_NAME "-wal",
                                                       DAMAGE_NAME "-mark"};
static char *damage_good[DAMAGE_FILES];
static size_t damage_sizes[DAMAGE_FILES];

/* Opens what was laid out: true, if the damage was told. `which` file has these bytes (NULL: it is
 * missing); what was done `at` which place is for messages. */
static bool damage_told(size_t which, const char *bytes, size_t size, const char *what, size_t at);

/* What is in the directory now is in good order. */
static inline void damage_take_files(void)
{
	for (size_t i = 0; i < DAMAGE_FILES; i++) {
		free(damage_good[i]);
		damage_good[i] = scratch_read(damage_files[i], &damage_sizes[i]);
		cr_assert_not_null(damage_good[i], "%s", damage_files[i]);
	}
}

static inline void damage_free(void)
{
	for (size_t i = 0; i < DAMAGE_FILES; i++)
		free(damage_good[i]);
}

/* The directory with its files, of which one is as given; NULL: that one is missing. */
static inline void damage_lay(size_t which, const char *bytes, size_t size)
{
	cr_assert_eq(remove_all(scratch_dir, NULL), 0);
	cr_assert_eq(mkdir(scratch_dir, 0700), 0);
	for (size_t i = 0; i < DAMAGE_FILES; i++)
		if (i != which)
			scratch_write(damage_files[i], damage_good[i], damage_sizes[i]);
	if (bytes)
		scratch_write(damage_files[which], bytes, size);
}

static inline void damage_assert_same(const char *name, const char *bytes, size_t size)
{
	size_t n = 0;
	cleanup_free char *now = scratch_read(name, &n);

	cr_assert_not_null(now, "%s is not there", name);
	cr_assert_eq(n, size, "%s", name);
	cr_assert_eq(memcmp(now, bytes, n), 0, "%s was changed", name);
}

/* How many of the cuts are told. */
static inline size_t damage_cut(size_t which, size_t step)
{
	size_t found = 0;

	for (size_t size = 0; size < damage_sizes[which]; size += step) {
		damage_lay(which, damage_good[which], size);
		found += damage_told(which, damage_good[which], size, "cut off", size);
	}
	return found;
}

/* One bit at a time; all of the first bytes. */
static inline size_t damage_flip(size_t which, size_t step)
{
	size_t found = 0;

	for (size_t at = 0; at < damage_sizes[which]; at += at < 128 ? 1 : step) {
		cleanup_free char *bytes = mem_copy(damage_good[which], damage_sizes[which]);
		bytes[at] = (char)(bytes[at] ^ 1 << at % 8);
		damage_lay(which, bytes, damage_sizes[which]);
		found += damage_told(which, bytes, damage_sizes[which], "flipped", at);
	}
	return found;
}

/* All of it in the database, none in the log. */
static inline void damage_empty_log(void)
{
	cleanup_free char *path = scratch_path(damage_files[0]);
	sqlite3 *db;

	damage_lay(0, damage_good[0], damage_sizes[0]);
	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL),
	             SQLITE_OK);
	sqlite3_close(db);
	damage_take_files();
	cr_assert_eq(damage_sizes[1], 0);
}

#endif
