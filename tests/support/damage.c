#include "support/damage.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/remove.h"

char *damage_files[DAMAGE_FILES];
char *damage_good[DAMAGE_FILES];
size_t damage_sizes[DAMAGE_FILES];
static damage_told_fn *damage_told;

void damage_set_up(const char *name, damage_told_fn *told)
{
	static const char *const ends[DAMAGE_FILES] = {"", "-wal", "-mark"};

	for (size_t i = 0; i < DAMAGE_FILES; i++)
		damage_files[i] = mem_format("%s%s", name, ends[i]);
	damage_told = told;
	damage_take_files();
}

void damage_take_files(void)
{
	for (size_t i = 0; i < DAMAGE_FILES; i++) {
		free(damage_good[i]);
		damage_good[i] = scratch_read(damage_files[i], &damage_sizes[i]);
		cr_assert_not_null(damage_good[i], "%s", damage_files[i]);
	}
}

void damage_free(void)
{
	for (size_t i = 0; i < DAMAGE_FILES; i++) {
		free(damage_good[i]);
		free(damage_files[i]);
	}
}

void damage_lay(size_t which, const char *bytes, size_t size)
{
	cr_assert_eq(remove_all(scratch_dir, NULL), 0);
	cr_assert_eq(mkdir(scratch_dir, 0700), 0);
	for (size_t i = 0; i < DAMAGE_FILES; i++)
		if (i != which)
			scratch_write(damage_files[i], damage_good[i], damage_sizes[i]);
	if (bytes)
		scratch_write(damage_files[which], bytes, size);
}

void damage_assert_same(const char *name, const char *bytes, size_t size)
{
	size_t n = 0;
	cleanup_free char *now = scratch_read(name, &n);

	cr_assert_not_null(now, "%s is not there", name);
	cr_assert_eq(n, size, "%s", name);
	cr_assert_eq(memcmp(now, bytes, n), 0, "%s was changed", name);
}

size_t damage_cut(size_t which, size_t step)
{
	size_t found = 0;

	for (size_t size = 0; size < damage_sizes[which]; size += step) {
		damage_lay(which, damage_good[which], size);
		found += damage_told(which, damage_good[which], size, "cut off", size);
	}
	return found;
}

size_t damage_flip(size_t which, size_t step)
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

void damage_empty_log(void)
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
