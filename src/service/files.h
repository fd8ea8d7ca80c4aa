/*
 * The files of a durable dictionary beside the work of SQLite: their names, the mark, and setting
 * them aside.
 *
 * In a node's directory: dict.db, dict.db-wal as SQLite makes it, and dict.db-mark, which holds the
 * number of the last acknowledged commit. A log that was cut off or changed ends early for SQLite,
 * without an error (https://www.sqlite.org/walformat.html, section 4.1, "recovery"); the mark shows
 * that something is missing.
 *
 * Damaged files stay as NAME.damaged-N. As long as one is there and no dict.db, there is no
 * dictionary: it is for people to say that what was in it may be forgotten.
 */
#ifndef SERVICE_FILES_H
#define SERVICE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct files {
	char *dir;
	char *path; /* of dict.db */
	bool sync;  /* must they survive the loss of power? */
	int mark;   /* descriptor, or -1 */
};

/* Nothing is made yet. files_free() ends it. */
void files_init(struct files *f, const char *dir, bool sync);
void files_free(struct files *f);

/* Makes the directory. *fresh: there is no dictionary, and none was lost. -1: one was; or errno's
 * reason. */
int files_find(struct files *f, bool *fresh, struct error *err);
/* The database at `made` becomes dict.db, with a mark of 0. */
int files_install(struct files *f, const char *made, struct error *err);

/* Opens the mark. *damaged: with -1, is that the reason? */
int files_mark_read(struct files *f, uint64_t *commits, bool *damaged, struct error *err);
/* After the commit, before it is acknowledged. It is not synced: after a loss of power the mark may
 * be behind, which is no harm, and never in front of what was synced before it. */
int files_mark_write(struct files *f, uint64_t commits, struct error *err);

/* Renames the files; says so in the log. -1 always: err names them and the reason. */
int files_set_aside(struct files *f, const char *reason, struct error *err);

#endif
