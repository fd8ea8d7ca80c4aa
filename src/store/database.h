/*
 * One SQLite connection to the file of a store, and the distinction of its errors. Damage is only
 * content that was read and does not agree. All other errors come from the environment: the
 * operation cannot be done now, and nothing is known of the file.
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
	int header;                /* the file format write version in its header, or -1 */
	bool damaged;              /* found by the last connection */
};

/* flags: of sqlite3_open_v2(). Call database_disconnect() whether it succeeds or not. The file is
 * locked while it is open. */
int database_connect(struct database *d, const char *path, int flags, struct error *err);
/* The caller has finalized all statements. */
void database_disconnect(struct database *d);

/* Checks that a file that was just made, and is not connected, has the write-ahead log's mode. */
int database_check_log(const struct database *d, const char *path, struct error *err);
/* Checks, before it is connected, that the file exists and may be written. An empty file is
 * damaged. */
int database_check_file(struct database *d, struct error *err);
/* Checks that the connection can write. */
int database_check_writable(struct database *d, struct error *err);

/*
 * Checks that the stored form is one that this version knows. The form is in the file's "PRAGMA
 * user_version": 0 is form 1, DATABASE_MARK + N is form N. A version that writes data which this
 * one must not read or change takes the next number. Such a file is not damaged: it stays as it is.
 * The mark distinguishes it from a number that is there by damage.
 */
#define DATABASE_FORM 1
#define DATABASE_MARK 0x64740000
int database_check_form(struct database *d, struct error *err);

/* Returns -1 with SQLite's text for its last call. */
int database_fail(struct database *d, const char *what, struct error *err);
/* Returns -1: the content does not agree, unless reading has failed. */
int database_disagrees(struct database *d, const char *text, struct error *err);
/* One or more statements without rows. */
int database_exec(struct database *d, const char *what, const char *sql, struct error *err);
/* Checks that the statement gives one row and column with the text `wanted`. */
int database_expect(struct database *d, const char *sql, const char *wanted, struct error *err);

#endif
