/*
 * Owns the connection, the only one: it locks the database for as long as it is open, which also
 * spares the shared memory of the log (https://www.sqlite.org/wal.html, section 8).
 * Invariant: nothing is written before all that is there was found good.
 */
#include "store/store.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/parse.h"
#include "store/files.h"

/* For a process that is about to end. */
#define BUSY_MS 1000
/* KiB, as a negative number (https://www.sqlite.org/pragma.html#pragma_cache_size): what is read is
 * read once. */
#define CACHE_SIZE "-256"
/* How much of SQLite's words an error message repeats. */
#define SHOWN ((size_t)160)

struct store {
	struct files files;
	sqlite3 *db;
	sqlite3_stmt *put;
	sqlite3_stmt *remove;
	sqlite3_stmt *head;
	uint64_t commits;
	uint64_t digest;  /* the sum of entry_digest() over all entries */
	uint64_t changed; /* the digest with the open transaction */
	bool damaged;
	bool had_log; /* before it was opened */
};

/* FNV-1a (RFC 9923) */
static uint64_t text_digest(uint64_t h, struct store_text text)
{
	for (size_t i = 0; i < text.size; i++)
		h = (h ^ (unsigned char)text.bytes[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Over name and value, with the name's size between them, so that no byte can change sides. The
 * last step, of splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
 * 2014), makes the sum of many a good one. */
static uint64_t entry_digest(struct store_text name, struct store_text value)
{
	uint64_t h = text_digest(UINT64_C(0xcbf29ce484222325), name);

	h = text_digest(h ^ name.size * UINT64_C(0x9e3779b97f4a7c15), value);
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

/* What speaks of the surroundings and not of the file. */
static bool is_passing(int code)
{
	switch (code & 0xff) {
	case SQLITE_IOERR:
		return code != SQLITE_IOERR_SHORT_READ && code != SQLITE_IOERR_CORRUPTFS &&
		       code != SQLITE_IOERR_DATA;
	case SQLITE_PERM:
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_NOMEM:
	case SQLITE_READONLY:
	case SQLITE_INTERRUPT:
	case SQLITE_FULL:
	case SQLITE_CANTOPEN:
	case SQLITE_AUTH:
		return true;
	default:
		return false;
	}
}

static int fail(struct store *s, const char *what, struct error *err)
{
	const char *said = s->db ? sqlite3_errmsg(s->db) : "out of memory";
	int code = s->db ? sqlite3_extended_errcode(s->db) : SQLITE_NOMEM;
	/* It may quote what it found in the file. */
	cleanup_free char *shown = parse_printable(said, strlen(said), SHOWN);

	s->damaged = s->damaged || !is_passing(code);
	return error_set(err, ERR_SERVICE, "cannot %s %s: %s", what, s->files.path, shown);
}

static int find_damage(struct store *s, const char *text, struct error *err)
{
	s->damaged = true;
	return error_set(err, ERR_SERVICE, "%s", text);
}

static int exec(struct store *s, const char *what, const char *sql, struct error *err)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(s, what, err);
}

/* The one row and column that this gives is to be that text. */
static int expect(struct store *s, const char *sql, const char *wanted, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = -1;

	if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) || sqlite3_step(stmt) != SQLITE_ROW) {
		fail(s, "check", err);
	} else {
		const char *got = (const char *)sqlite3_column_text(stmt, 0);
		cleanup_free char *shown =
		    parse_printable(got ? got : "", got ? strlen(got) : 0, SHOWN);
		cleanup_free char *text = mem_format("%s gives '%s'", sql, shown);
		rc = got && strcmp(got, wanted) == 0 ? 0 : find_damage(s, text, err);
	}
	sqlite3_finalize(stmt);
	return rc;
}

static int connect(struct store *s, const char *path, int flags, struct error *err)
{
	int rc = sqlite3_open_v2(path, &s->db,
	                         flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	                             SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE,
	                         NULL);

	if (rc)
		return fail(s, "open", err);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	/* A log that is not whole must not go into the database when it is set aside. */
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* First of all: see the head of this file. */
	if (exec(s, "lock", "PRAGMA locking_mode = EXCLUSIVE", err) ||
	    exec(s, "open", "PRAGMA temp_store = MEMORY", err) ||
	    exec(s, "open", "PRAGMA cache_size = " CACHE_SIZE, err) ||
	    exec(s, "open", "PRAGMA cell_size_check = ON", err))
		return -1;
	return exec(s, "open",
	            s->files.sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF", err);
}

static void disconnect(struct store *s)
{
	sqlite3_finalize(s->put);
	sqlite3_finalize(s->remove);
	sqlite3_finalize(s->head);
	sqlite3_close(s->db);
	s->put = s->remove = s->head = NULL;
	s->db = NULL;
}

/* Under another name, so that one that is there was whole once. */
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

	rc = files_make(path, err) || connect(s, path, SQLITE_OPEN_CREATE, err) ||
	     exec(s, "make", sql, err) || expect(s, "PRAGMA journal_mode = WAL", "wal", err);
	disconnect(s);
	if (rc == 0)
		rc = files_install(&s->files, path, err);
	if (rc)
		files_unmake(path);
	s->damaged = false; /* whatever happened to the new one */
	return rc ? -1 : 0;
}

static int check_file(struct store *s, struct error *err)
{
	struct stat st;

	if (stat(s->files.path, &st) || access(s->files.path, R_OK | W_OK))
		return error_set(err, ERR_SERVICE, "cannot open %s: %s", s->files.path,
		                 strerror(errno));
	/* SQLite takes it for a new one, and removes its log. */
	if (!st.st_size)
		return find_damage(s, "the file is empty", err);
	return 0;
}

static int read_head(struct store *s, uint64_t *digest, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(s->db, "SELECT commits, digest FROM head", -1, &stmt, NULL) ||
	    sqlite3_step(stmt) != SQLITE_ROW) {
		rc = sqlite3_errcode(s->db) == SQLITE_DONE ? find_damage(s, "it has no head", err)
		                                           : fail(s, "read", err);
	} else {
		s->commits = (uint64_t)sqlite3_column_int64(stmt, 0);
		*digest = (uint64_t)sqlite3_column_int64(stmt, 1);
		if (sqlite3_step(stmt) != SQLITE_DONE)
			rc = find_damage(s, "it has more than one head", err);
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

static int read_entries(struct store *s, store_entry_fn *entry, void *arg, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(s->db, "SELECT name, value FROM entry", -1, &stmt, NULL);

	while (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
		struct store_text name = column(stmt, 0);
		struct store_text value = column(stmt, 1);

		if (!name.bytes || !value.bytes)
			break;
		s->digest += entry_digest(name, value);
		if (entry(arg, name, value, err)) {
			s->damaged = true;
			sqlite3_finalize(stmt);
			return -1;
		}
	}
	rc = sqlite3_errcode(s->db) == SQLITE_DONE ? 0 : fail(s, "read", err);
	sqlite3_finalize(stmt);
	return rc;
}

static int check_mark(struct store *s, struct error *err)
{
	uint64_t acknowledged = 0;
	cleanup_free char *text = NULL;

	if (files_mark_read(&s->files, &acknowledged, &s->damaged, err))
		return -1;
	if (acknowledged <= s->commits)
		return 0;
	text = mem_format("acknowledged commits are missing: %llu",
	                  (unsigned long long)(acknowledged - s->commits));
	return find_damage(s, text, err);
}

/* Reads all of it, and writes nothing. */
static int load(struct store *s, store_entry_fn *entry, void *arg, struct error *err)
{
	uint64_t digest = 0;

	s->had_log = files_have_log(&s->files);
	if (check_file(s, err) || connect(s, s->files.path, 0, err) ||
	    expect(s, "PRAGMA journal_mode", "wal", err) ||
	    expect(s, "PRAGMA quick_check(1)", "ok", err) || read_head(s, &digest, err) ||
	    read_entries(s, entry, arg, err) || check_mark(s, err))
		return -1;
	if (digest != s->digest)
		return find_damage(s, "its entries are not what was written", err);
	if (sqlite3_db_readonly(s->db, "main"))
		return find_damage(s, "its header says that it may not be written", err);
	return 0;
}

static int prepare(struct store *s, struct error *err)
{
	if (sqlite3_prepare_v3(s->db,
	                       "INSERT INTO entry VALUES (?1, ?2)"
	                       " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
	                       -1, SQLITE_PREPARE_PERSISTENT, &s->put, NULL) ||
	    sqlite3_prepare_v3(s->db, "DELETE FROM entry WHERE name = ?1", -1,
	                       SQLITE_PREPARE_PERSISTENT, &s->remove, NULL) ||
	    sqlite3_prepare_v3(s->db, "UPDATE head SET commits = ?1, digest = ?2", -1,
	                       SQLITE_PREPARE_PERSISTENT, &s->head, NULL))
		return fail(s, "open", err);
	return 0;
}

/* -1 always, with the reason that is there or a better one. */
static int give_up(struct store *s, struct error *err)
{
	struct error reason = *err;

	disconnect(s);
	return files_damaged(&s->files, reason.text, err);
}

struct store *store_open(const struct store_kind *kind, const char *dir, bool full,
                         store_entry_fn *entry, void *arg, struct error *err)
{
	struct store *s = mem_new(sizeof *s);
	bool fresh;

	/* Without a count of its memory, which nobody asks for, SQLite takes no lock for each
	 * piece: 64 puts take 49 us, not 59. Once it is in use this does nothing. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	files_init(&s->files, kind, dir, full);
	if (files_find(&s->files, &fresh, err) == 0 && (!fresh || create(s, err) == 0)) {
		if (load(s, entry, arg, err) == 0 && prepare(s, err) == 0)
			return s;
		if (s->damaged && !s->had_log)
			files_drop_log(&s->files);
		if (s->damaged)
			give_up(s, err);
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

/* Runs a statement that gives no rows; nothing stays bound. */
static int run(struct store *s, sqlite3_stmt *stmt, struct error *err)
{
	int rc = sqlite3_step(stmt) == SQLITE_DONE ? 0 : fail(s, "write", err);

	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return rc;
}

int store_begin(struct store *s, struct error *err)
{
	s->changed = s->digest;
	return exec(s, "write", "BEGIN IMMEDIATE", err);
}

int store_put(struct store *s, struct store_text name, const struct store_text *old,
              struct store_text value, struct error *err)
{
	if (old)
		s->changed -= entry_digest(name, *old);
	s->changed += entry_digest(name, value);
	sqlite3_bind_text64(s->put, 1, name.bytes, name.size, SQLITE_STATIC, SQLITE_UTF8);
	sqlite3_bind_text64(s->put, 2, value.bytes, value.size, SQLITE_STATIC, SQLITE_UTF8);
	return run(s, s->put, err);
}

int store_remove(struct store *s, struct store_text name, struct store_text old, struct error *err)
{
	s->changed -= entry_digest(name, old);
	sqlite3_bind_text64(s->remove, 1, name.bytes, name.size, SQLITE_STATIC, SQLITE_UTF8);
	return run(s, s->remove, err);
}

int store_commit(struct store *s, struct error *err)
{
	struct error late;

	sqlite3_bind_int64(s->head, 1, (int64_t)(s->commits + 1));
	sqlite3_bind_int64(s->head, 2, (int64_t)s->changed);
	if (run(s, s->head, err) || exec(s, "write", "COMMIT", err))
		return -1;
	s->commits++;
	s->digest = s->changed;
	/* What is committed is committed. */
	if (files_mark_write(&s->files, s->commits, &late))
		log_warn(s->files.kind->area, "%s", late.text);
	return 0;
}

int store_rollback(struct store *s, struct error *err)
{
	/* SQLite has done it already after some errors. */
	if (!s->damaged && !sqlite3_get_autocommit(s->db) &&
	    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL))
		fail(s, "write", err);
	return s->damaged ? give_up(s, err) : 0;
}
