/*
 * The files of a store, as far as SQLite does not handle them: their names, the mark, and the
 * setting aside of damaged ones.
 *
 * In its directory: NAME (as dict.db), NAME-wal as SQLite makes it, and NAME-mark, which holds the
 * number of the last acknowledged commit. A log that was cut off or changed ends early for SQLite,
 * without an error (https://www.sqlite.org/walformat.html, section 4.1, "recovery"); the mark shows
 * that something is missing.
 *
 * Damaged files of a kind that sets aside stay as NAME.damaged-N. While one exists and NAME does
 * not, there is no store: only a person may decide that its data can be forgotten.
 */
#ifndef STORE_FILES_H
#define STORE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/kind.h"

struct files {
	const struct store_kind *kind; /* borrowed */
	char *dir;
	char *path; /* of the database */
	bool sync;  /* the files must survive a loss of power */
	int mark;   /* descriptor, or -1 */
};

/* Creates no file. Call files_free() at the end. */
void files_init(struct files *f, const struct store_kind *kind, const char *dir, bool sync);
void files_free(struct files *f);

/* Makes the directory. *fresh: there is no store, and none was lost. -1: a store was lost; or it
 * cannot be told now, and nothing was moved. */
int files_find(struct files *f, bool *fresh, struct error *err);
/* Makes an empty file for a new database, which only this user may read; replaces what an earlier
 * attempt left. */
int files_make(const char *path, struct error *err);
/* Removes that file and those that belong to it. */
void files_unmake(const char *path);
/* The database at `made` becomes the store's, with a mark of 0. */
int files_install(struct files *f, const char *made, struct error *err);

/* Opens the mark. *damaged, with -1: what was read is no mark, or there is none. Without it the
 * mark cannot be read now. */
int files_mark_read(struct files *f, uint64_t *commits, bool *damaged, struct error *err);
/* Call it after a commit, before that is acknowledged. It is not synced: after a loss of power the
 * mark may be behind the synced commits, which is harmless, but never ahead of them. */
int files_mark_write(struct files *f, uint64_t commits, struct error *err);

int files_have_log(const struct files *f, bool *there, struct error *err);
/* Removes the log that SQLite made for a database that had none, if it is empty. */
void files_drop_log(const struct files *f);

/* Renames all the files and logs that; or leaves all of them, if the kind says so or if they cannot
 * be renamed now. Returns -1: err names them and the reason. */
int files_damaged(struct files *f, const char *reason, struct error *err);

#endif
