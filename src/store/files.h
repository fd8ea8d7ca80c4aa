/*
 * The files of a store beside the work of SQLite: their names, the mark, and what becomes of them
 * when they are damaged.
 *
 * In its directory: NAME (as dict.db), NAME-wal as SQLite makes it, and NAME-mark, which holds the
 * number of the last acknowledged commit. A log that was cut off or changed ends early for SQLite,
 * without an error (https://www.sqlite.org/walformat.html, section 4.1, "recovery"); the mark shows
 * that something is missing.
 *
 * Damaged files of a kind that sets aside stay as NAME.damaged-N. As long as one is there and no
 * NAME, there is no store: it is for people to say that what was in it may be forgotten.
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
	bool sync;  /* must they survive the loss of power? */
	int mark;   /* descriptor, or -1 */
};

/* Nothing is made yet. files_free() ends it. */
void files_init(struct files *f, const struct store_kind *kind, const char *dir, bool sync);
void files_free(struct files *f);

/* Makes the directory. *fresh: there is no store, and none was lost. -1: one was lost; or it cannot
 * be told now, and nothing was moved. */
int files_find(struct files *f, bool *fresh, struct error *err);
/* An empty file for a new database, which only we may read; what an earlier attempt left goes. */
int files_make(const char *path, struct error *err);
/* Removes that with all that belongs to it. */
void files_unmake(const char *path);
/* The database at `made` becomes the store's, with a mark of 0. */
int files_install(struct files *f, const char *made, struct error *err);

/* Opens the mark. *damaged: with -1, what was read is no mark, or there is none; else it cannot be
 * read now. */
int files_mark_read(struct files *f, uint64_t *commits, bool *damaged, struct error *err);
/* After the commit, before it is acknowledged. It is not synced: after a loss of power the mark may
 * be behind, which is no harm, and never in front of what was synced before it. */
int files_mark_write(struct files *f, uint64_t commits, struct error *err);

int files_have_log(const struct files *f, bool *there, struct error *err);
/* Removes the log that SQLite made when it opened a database that had none, if nothing is in it. */
void files_drop_log(const struct files *f);

/* Renames all the files and says so in the log, or leaves them all, as the kind wants it or as
 * nothing can be renamed now. -1 always: err names them and the reason. */
int files_damaged(struct files *f, const char *reason, struct error *err);

#endif
