/*
 * Owns the only connection: it locks the database while it is open, which also avoids the shared
 * memory of the log (https://www.sqlite.org/wal.html, section 8). Invariants: nothing is written
 * before the whole content was checked; while `unsure` is set the store can only be opened again or
 * closed.
 */
#include "store/store.h"

#include <sqlite3.h>
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/probes.h"
#include "store/database.h"
#include "store/digest.h"
#include "store/files.h"

struct store {
	struct files files;
	struct database database;
	sqlite3_stmt *put;
	sqlite3_stmt *remove;
	sqlite3_stmt *head;
	uint64_t commits;
	uint64_t digest;  /* the sum of entry_digest() over all entries */
	uint64_t changed; /* the digest including the open transaction */
	bool had_log;     /* before it was opened */
	bool refused;     /* the caller has refused an entry as invalid */
	bool unsure;      /* the content of the database is unknown */
	bool synced;      /* all of the log is synced, or there was none; see store_sync() */
	bool must_sync;   /* a sync has failed */
};

static void disconnect(struct store *s)
{
	sqlite3_finalize(s->put);
	sqlite3_finalize(s->remove);
	sqlite3_finalize(s->head);
	s->put = s->remove = s->head = NULL;
	database_disconnect(&s->database);
}

/* Under another name, so that a database with the store's name was complete once. */
static int create(struct store *s, struct error *err)
{
	cleanup_free char *path = mem_format("%s-new", s->files.path);
	cleanup_free char *sql = mem_format(
	    "BEGIN;"
	    "CREATE TABLE entry (name TEXT PRIMARY KEY, value %s NOT NULL) STRICT, WITHOUT ROWID;"
	    "CREATE TABLE head (commits INTEGER NOT NULL, digest INTEGER NOT NULL) STRICT;"
	    "INSERT INTO head VALUES (0, 0);"
	    "COMMIT",
	    s->files.kind->values);
	int rc;

	rc = files_make(path, err) ||
	     database_connect(&s->database, path, SQLITE_OPEN_CREATE, err) ||
	     database_exec(&s->database, "make", sql, err) ||
	     database_expect(&s->database, "PRAGMA journal_mode = WAL", "wal", err);
	disconnect(s);
	/* SQLite answers "wal" even if the mode could not be written. */
	if (rc == 0)
		rc = database_check_log(&s->database, path, err);
	if (rc == 0)
		rc = files_install(&s->files, path, err);
	if (rc)
		files_unmake(path);
	s->database.damaged = false; /* an error of the new database is no damage of the store */
	return rc ? -1 : 0;
}

static int read_end(struct store *s, sqlite3_stmt *stmt, struct error *err)
{
	switch (sqlite3_step(stmt)) {
	case SQLITE_DONE:
		return 0;
	case SQLITE_ROW:
		return database_disagrees(&s->database, "it has more than one head", err);
	default:
		return database_fail(&s->database, "read", err);
	}
}

static int read_head(struct store *s, uint64_t *digest, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(s->database.db, "SELECT commits, digest FROM head", -1, &stmt,
	                       NULL) ||
	    sqlite3_step(stmt) != SQLITE_ROW) {
		rc = sqlite3_errcode(s->database.db) == SQLITE_DONE
		         ? database_disagrees(&s->database, "it has no head", err)
		         : database_fail(&s->database, "read", err);
	} else {
		s->commits = (uint64_t)sqlite3_column_int64(stmt, 0);
		*digest = (uint64_t)sqlite3_column_int64(stmt, 1);
		rc = read_end(s, stmt, err);
	}
	sqlite3_finalize(stmt);
	return rc;
}

/* The bytes of NULL are NULL. */
static struct store_text column(sqlite3_stmt *stmt, int i)
{
	const char *bytes = (const char *)sqlite3_column_text(stmt, i);

	return (struct store_text){bytes, (size_t)sqlite3_column_bytes(stmt, i)};
}

static bool is_null(sqlite3_stmt *stmt)
{
	return sqlite3_data_count(stmt) && (sqlite3_column_type(stmt, 0) == SQLITE_NULL ||
	                                    sqlite3_column_type(stmt, 1) == SQLITE_NULL);
}

static int refuse_entry(struct store *s, struct error *err)
{
	s->refused = s->database.damaged = err->code != ERR_LIMIT;
	err->code = ERR_SERVICE;
	return -1;
}

/* entry may be NULL. */
static int read_entries(struct store *s, store_entry_fn *entry, void *arg, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc =
	    sqlite3_prepare_v2(s->database.db, "SELECT name, value FROM entry", -1, &stmt, NULL);

	while (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
		struct store_text name = column(stmt, 0);
		struct store_text value = column(stmt, 1);

		/* Without memory, unless the column is empty. */
		if (!name.bytes || !value.bytes)
			break;
		s->digest += entry_digest(name, value);
		if (entry && entry(arg, name, value, err)) {
			sqlite3_finalize(stmt);
			return refuse_entry(s, err);
		}
	}
	if (sqlite3_errcode(s->database.db) == SQLITE_DONE)
		rc = 0;
	else if (sqlite3_errcode(s->database.db) == SQLITE_ROW && is_null(stmt))
		rc = database_disagrees(&s->database, "it has an entry without a value", err);
	else
		rc = database_fail(&s->database, "read", err);
	sqlite3_finalize(stmt);
	return rc;
}

static int check_mark(struct store *s, struct error *err)
{
	uint64_t acknowledged = 0;
	cleanup_free char *text = NULL;

	if (files_mark_read(&s->files, &acknowledged, &s->database.damaged, err))
		return -1;
	if (acknowledged <= s->commits)
		return 0;
	text = mem_format("acknowledged commits are missing: %llu",
	                  (unsigned long long)(acknowledged - s->commits));
	return database_disagrees(&s->database, text, err);
}

/* Reads all of it, and writes nothing. */
static int store_load(struct store *s, store_entry_fn *entry, void *arg, struct error *err)
{
	struct database *d = &s->database;
	uint64_t digest = 0;

	s->digest = 0;
	s->refused = false;
	if (files_have_log(&s->files, &s->had_log, err) || database_check_file(d, err) ||
	    database_connect(d, s->files.path, 0, err) || database_check_form(d, err) ||
	    database_expect(d, "PRAGMA journal_mode", "wal", err) ||
	    database_expect(d, "PRAGMA quick_check(1)", "ok", err) || read_head(s, &digest, err) ||
	    read_entries(s, entry, arg, err) || check_mark(s, err))
		return -1;
	if (digest != s->digest)
		return database_disagrees(d, "its entries are not what was written", err);
	return database_check_writable(d, err);
}

static int store_prepare(struct store *s, struct error *err)
{
	if (sqlite3_prepare_v3(s->database.db,
	                       "INSERT INTO entry VALUES (?1, ?2)"
	                       " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	                       -1, SQLITE_PREPARE_PERSISTENT, &s->put, NULL) ||
	    sqlite3_prepare_v3(s->database.db, "DELETE FROM entry WHERE name = ?1", -1,
	                       SQLITE_PREPARE_PERSISTENT, &s->remove, NULL) ||
	    sqlite3_prepare_v3(s->database.db, "UPDATE head SET commits = ?1, digest = ?2", -1,
	                       SQLITE_PREPARE_PERSISTENT, &s->head, NULL))
		return database_fail(&s->database, "open", err);
	return 0;
}

static void store_let_go(struct store *s)
{
	bool damaged = s->database.damaged;

	disconnect(s);
	if (damaged && !s->had_log)
		files_drop_log(&s->files);
}

/* Returns -1. Only damage that two readings find is handled as damage. */
static int store_judge(struct store *s, struct error *err)
{
	struct error first = *err;
	struct error second = *err;

	store_let_go(s);
	if (!s->refused && (store_load(s, NULL, NULL, &second) == 0 || !s->database.damaged)) {
		disconnect(s);
		return error_set(err, ERR_SERVICE, "cannot read %s now: %s", s->files.path,
		                 first.text);
	}
	store_let_go(s);
	return files_damaged(&s->files, second.text, err);
}

static int open_files(struct store *s, store_entry_fn *entry, void *arg, struct error *err)
{
	if (store_load(s, entry, arg, err) == 0 && store_prepare(s, err) == 0) {
		s->unsure = false;
		return 0;
	}
	if (s->database.damaged)
		return store_judge(s, err);
	disconnect(s);
	return -1;
}

struct store *store_open(const struct store_kind *kind, const char *dir, bool full,
                         store_entry_fn *entry, void *arg, struct error *err)
{
	struct store *s = mem_new(sizeof *s);
	bool fresh;

	/* Without memory statistics SQLite takes no lock for each allocation: 64 puts take 49 us,
	 * not 59. Once SQLite is in use this has no effect. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	files_init(&s->files, kind, dir, full);
	s->database.files = &s->files;
	if (files_find(&s->files, &fresh, err) == 0 && (!fresh || create(s, err) == 0) &&
	    open_files(s, entry, arg, err) == 0) {
		s->synced = !s->had_log || !full;
		return s;
	}
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	disconnect(s);
	files_free(&s->files);
	free(s);
}

int store_reopen(struct store *s, store_entry_fn *entry, void *arg, bool *kept, struct error *err)
{
	uint64_t before = s->commits;
	bool fresh;
	int rc;

	disconnect(s);
	*kept = false;
	rc = files_find(&s->files, &fresh, err);
	if (rc == 0 && fresh)
		rc = error_set(err, ERR_SERVICE, "%s is not there any more", s->files.path);
	if (rc || open_files(s, entry, arg, err)) {
		/* A later attempt may succeed, and must ask about the same commit. */
		s->commits = before;
		return -1;
	}
	*kept = s->commits > before;
	return 0;
}

/* Runs a statement without rows, and clears its bindings. */
static int store_run(struct store *s, sqlite3_stmt *stmt, struct error *err)
{
	int rc = sqlite3_step(stmt) == SQLITE_DONE ? 0 : database_fail(&s->database, "write", err);

	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return rc;
}

/*
 * Pages that a failed sync has not written are in memory and are read from there, but the next sync
 * does not write them (fsync(2)); this may have happened to an earlier process. So all of the log
 * is written again, into the database, with a sync.
 */
int store_sync(struct store *s, struct error *err)
{
	int rc;

	if (s->synced)
		return 0;
	rc = sqlite3_wal_checkpoint_v2(s->database.db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL,
	                               NULL);
	/* If there is no reason to doubt the log, a full disk is no reason to stop writing. */
	if (rc != SQLITE_OK && (s->must_sync || (rc & 0xff) != SQLITE_FULL))
		return database_fail(&s->database, "sync", err);
	s->synced = true;
	s->must_sync = false;
	return 0;
}

int store_begin(struct store *s, struct error *err)
{
	if (store_sync(s, err))
		return -1;
	s->changed = s->digest;
	return database_exec(&s->database, "write", "BEGIN IMMEDIATE", err);
}

int store_put(struct store *s, struct store_text name, const struct store_text *old,
              struct store_text value, struct error *err)
{
	if (old)
		s->changed -= entry_digest(name, *old);
	s->changed += entry_digest(name, value);
	sqlite3_bind_text64(s->put, 1, name.bytes, name.size, SQLITE_STATIC, SQLITE_UTF8);
	sqlite3_bind_text64(s->put, 2, value.bytes, value.size, SQLITE_STATIC, SQLITE_UTF8);
	return store_run(s, s->put, err);
}

int store_remove(struct store *s, struct store_text name, struct store_text old, struct error *err)
{
	s->changed -= entry_digest(name, old);
	sqlite3_bind_text64(s->remove, 1, name.bytes, name.size, SQLITE_STATIC, SQLITE_UTF8);
	return store_run(s, s->remove, err);
}

/* A full disk fails before the commit record is written. */
static bool is_refused(const struct store *s)
{
	return sqlite3_errcode(s->database.db) == SQLITE_FULL;
}

static bool sync_failed(const struct store *s)
{
	int code = sqlite3_extended_errcode(s->database.db);

	return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

static int store_end(struct store *s, struct error *err)
{
	struct error late;

	sqlite3_bind_int64(s->head, 1, (int64_t)(s->commits + 1));
	sqlite3_bind_int64(s->head, 2, (int64_t)s->changed);
	if (store_run(s, s->head, err))
		return -1;
	if (database_exec(&s->database, "write", "COMMIT", err)) {
		s->unsure = !is_refused(s);
		s->must_sync |= sync_failed(s);
		s->synced &= !s->must_sync;
		return -1;
	}
	s->commits++;
	s->digest = s->changed;
	/* The commit stands even if the mark cannot be written. */
	if (files_mark_write(&s->files, s->commits, &late))
		log_warn(s->files.kind->area, "%s", late.text);
	return 0;
}

int store_commit(struct store *s, struct error *err)
{
	int rc;

	PROBE_COMMIT_START(s->files.path, s->commits + 1);
	rc = store_end(s, err);
	PROBE_COMMIT_END(s->files.path, rc != 0);
	return rc;
}

int store_rollback(struct store *s)
{
	/* After some errors SQLite has rolled back by itself. */
	if (!s->unsure && !sqlite3_get_autocommit(s->database.db) &&
	    sqlite3_exec(s->database.db, "ROLLBACK", NULL, NULL, NULL))
		s->unsure = true;
	return s->unsure || s->database.damaged ? -1 : 0;
}
