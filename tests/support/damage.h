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

#endif
