/*
 * One connection of SQLite to the file of a store, and what of its errors is damage: only what was
 * read and does not agree. All else speaks of the surroundings: it cannot be done now, and nothing
 * is known of the file.
 */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "base/error.h"
#include "store/files.h"

struct database {
	const struct files *files; /* borrowed */
	sqlite3 *db;               /* NULL: not connected */
	int header;                /* the file's own word on who may write it, or -1 */
	bool damaged;              /* by the last connection's reading */
};

/* flags: of sqlite3_open_v2(). Whatever it returns, database_disconnect() ends it. The file is
 * locked for as long as it is open. */
int database_connect(struct database *d, const char *path, int flags, struct error *err);
/* All statements are finalized before. */
void database_disconnect(struct database *d);

/* A file that was just made, and is not connected, has the mode of the write-ahead log. */
int database_check_log(const struct database *d, const char *path, struct error *err);
/* The file is there and may be written, before it is connected. An empty one is damaged. */
int database_check_file(struct database *d, struct error *err);
/* It is connected so that it can be written. */
int database_check_writable(struct database *d, struct error *err);

/*
 * What is stored is in a form that this version knows. The form is in the file's "PRAGMA
 * user_version": 0 is form 1, DATABASE_MARK + N is form N. A version that writes what this one must
 * not read or change takes the next one. Such a file is not damaged: it is left as it is. The mark
 * tells it from a number that is there by damage.
 */
#define DATABASE_FORM 1
#define DATABASE_MARK 0x64740000
int database_check_form(struct database *d, struct error *err);

/* -1 always: what SQLite says of its last call. */
int database_fail(struct database *d, const char *what, struct error *err);
/* -1 always: something does not agree, unless reading was what failed. */
int database_disagrees(struct database *d, const char *text, struct error *err);
/* One or more statements without rows. */
int database_exec(struct database *d, const char *what, const char *sql, struct error *err);
/* The one row and column that this gives is to be that text. */
int database_expect(struct database *d, const char *sql, const char *wanted, struct error *err);

#endif
