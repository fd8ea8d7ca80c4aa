/* Owns the connection. Invariant: a new archive is one transaction, without a journal: if it is not
 * finished, its file is of no use. */
#include "backup/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/background.h"
#include "base/mem.h"

/* "dtrb": PRAGMA application_id. */
#define ARCHIVE_ID 0x64747262
#define CHUNK      ((size_t)1024 * 1024)
/* What is written of a new archive goes to the disk in steps of so many bytes. All of it at once,
 * at the end, would hold up every sync of others on that file system meanwhile. */
#define STEP ((int64_t)256 * 1024)

struct archive {
	char *path;
	sqlite3 *db;
	char *chunk;  /* CHUNK bytes */
	int fd;       /* of a new one, to write it out; else -1 */
	int64_t step; /* bytes of entries since the last step */
};

static int archive_fail(struct archive *a, const char *what, struct error *err)
{
	int code = sqlite3_errcode(a->db) & 0xff;

	return error_set(err, code == SQLITE_TOOBIG ? ERR_LIMIT : ERR_INTERNAL, "%s: %s%s%s",
	                 a->path, what, *what ? ": " : "", sqlite3_errmsg(a->db));
}

static int archive_exec(struct archive *a, const char *sql, struct error *err)
{
	return sqlite3_exec(a->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
	                                                               : archive_fail(a, "", err);
}

/* NULL with *err. The caller finalizes it. */
static sqlite3_stmt *archive_prepare(struct archive *a, const char *sql, struct error *err)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(a->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		archive_fail(a, "", err);
	return stmt;
}

/* A statement without rows; finalizes it. */
static int archive_run(struct archive *a, sqlite3_stmt *stmt, const char *what, struct error *err)
{
	int result = sqlite3_step(stmt) == SQLITE_DONE ? 0 : archive_fail(a, what, err);

	sqlite3_finalize(stmt);
	return result;
}

static struct archive *archive_connect(const char *path, int flags, struct error *err)
{
	struct archive *a = mem_new(sizeof *a);

	a->path = mem_string(path);
	a->chunk = mem_new(CHUNK);
	a->fd = -1;
	if (sqlite3_open_v2(path, &a->db, flags | SQLITE_OPEN_EXRESCODE, NULL) == SQLITE_OK)
		return a;
	archive_fail(a, "", err);
	archive_free(a);
	return NULL;
}

void archive_free(struct archive *a)
{
	if (!a)
		return;
	sqlite3_close(a->db);
	mem_cleanup_close(&a->fd);
	free(a->chunk);
	free(a->path);
	free(a);
}

/* As SQLite keeps them. */
static const char *const tables[] = {
    "CREATE TABLE sqlar (name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, data BLOB)",
    "CREATE TABLE owner (name TEXT PRIMARY KEY, uid INT, gid INT)",
    "CREATE TABLE fact (name TEXT PRIMARY KEY, value INT)",
};

struct archive *archive_new(const char *path, struct error *err)
{
	struct archive *a = archive_connect(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
	cleanup_free char *sql =
	    mem_format("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
	               "PRAGMA application_id = %d; PRAGMA user_version = %d; BEGIN;"
	               "%s; %s; %s",
	               ARCHIVE_ID, ARCHIVE_FORM, tables[0], tables[1], tables[2]);

	if (!a)
		return NULL;
	a->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (a->fd < 0)
		error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	else if (archive_exec(a, sql, err) == 0)
		return a;
	archive_free(a);
	return NULL;
}

/* Waits for what the last step has begun to write, and begins with what came since. */
static void archive_write_out(struct archive *a, int64_t bytes)
{
	a->step += bytes;
	if (a->step < STEP)
		return;
	a->step = 0;
	sqlite3_db_cacheflush(a->db);
	/* What is not written now is at the end, and an error is told there. */
	sync_file_range(a->fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE);
}

/* The only value of a statement; -1 where there is none. */
static int64_t archive_number(struct archive *a, const char *sql)
{
	sqlite3_stmt *stmt = archive_prepare(a, sql, NULL);
	int64_t number =
	    stmt && sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;

	sqlite3_finalize(stmt);
	return number;
}

/* Nothing but the tables: a view or a trigger would be run by those who read it. */
static bool archive_has_its_tables(struct archive *a)
{
	cleanup_free char *sql = mem_format("SELECT sum(sql IN ('%s', '%s', '%s')) * 100 + count(*)"
	                                    " FROM sqlite_master WHERE sql IS NOT NULL",
	                                    tables[0], tables[1], tables[2]);

	return archive_number(a, sql) == ARRAY_SIZE(tables) * 100 + ARRAY_SIZE(tables);
}

static int archive_check(struct archive *a, struct error *err)
{
	sqlite3_stmt *stmt;
	int64_t form;
	bool whole;

	if (archive_number(a, "PRAGMA application_id") != ARCHIVE_ID)
		return error_set(err, ERR_PARAMS, "%s is no backup of dtree", a->path);
	form = archive_number(a, "PRAGMA user_version");
	if (form != ARCHIVE_FORM)
		return error_set(err, ERR_PARAMS,
		                 "%s is a backup of form %lld; this version knows form %d", a->path,
		                 (long long)form, ARCHIVE_FORM);
	if (!archive_has_its_tables(a))
		return error_set(err, ERR_PARAMS, "%s has not the tables of a backup", a->path);
	stmt = archive_prepare(a, "PRAGMA integrity_check(1)", err);
	if (!stmt)
		return -1;
	whole = sqlite3_step(stmt) == SQLITE_ROW &&
	        strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
	sqlite3_finalize(stmt);
	return whole ? 0 : error_set(err, ERR_PARAMS, "%s is damaged", a->path);
}

struct archive *archive_open(const char *path, struct error *err)
{
	struct archive *a;

	/* SQLite's own word for it is that it cannot open something. */
	if (access(path, R_OK)) {
		error_set(err, ERR_PARAMS, "%s: %s", path, strerror(errno));
		return NULL;
	}
	a = archive_connect(path, SQLITE_OPEN_READONLY, err);
	if (!a || archive_check(a, err) == 0)
		return a;
	archive_free(a);
	return NULL;
}

static int archive_fill(struct archive *a, const struct archive_entry *e, int64_t row, int fd,
                        struct error *err)
{
	sqlite3_blob *blob = NULL;
	int64_t done = 0;
	int result = 0;

	if (sqlite3_blob_open(a->db, "main", "sqlar", "data", row, 1, &blob) != SQLITE_OK)
		result = archive_fail(a, e->name, err);
	while (result == 0 && done < e->size) {
		ssize_t n = pread(fd, a->chunk, CHUNK, done);
		if (n <= 0)
			result = error_set(err, ERR_INTERNAL, "%s: %s", e->name,
			                   n ? strerror(errno) : "it became shorter");
		else if (sqlite3_blob_write(blob, a->chunk, (int)n, (int)done) != SQLITE_OK)
			result = archive_fail(a, e->name, err);
		else
			archive_write_out(a, n);
		background_pause();
		done += n;
	}
	sqlite3_blob_close(blob);
	return result;
}

static int archive_add_owner(struct archive *a, const struct archive_entry *e, struct error *err)
{
	sqlite3_stmt *stmt = archive_prepare(a, "INSERT INTO owner VALUES (?, ?, ?)", err);

	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, e->name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, e->uid);
	sqlite3_bind_int64(stmt, 3, e->gid);
	return archive_run(a, stmt, e->name, err);
}

int archive_add(struct archive *a, const struct archive_entry *e, int fd, struct error *err)
{
	sqlite3_stmt *stmt = archive_prepare(a, "INSERT INTO sqlar VALUES (?, ?, ?, ?, ?)", err);

	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, e->name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, e->mode);
	sqlite3_bind_int64(stmt, 3, e->mtime);
	sqlite3_bind_int64(stmt, 4, S_ISLNK(e->mode) ? -1 : S_ISREG(e->mode) ? e->size : 0);
	if (S_ISLNK(e->mode))
		sqlite3_bind_text(stmt, 5, e->link, -1, SQLITE_STATIC);
	else if (S_ISREG(e->mode) && sqlite3_bind_zeroblob64(stmt, 5, (uint64_t)e->size)) {
		sqlite3_finalize(stmt);
		return archive_fail(a, e->name, err);
	}
	if (archive_run(a, stmt, e->name, err) || archive_add_owner(a, e, err))
		return -1;
	return S_ISREG(e->mode) ? archive_fill(a, e, sqlite3_last_insert_rowid(a->db), fd, err) : 0;
}

/* '0' is the character behind '/'. */
static int archive_drop_from(struct archive *a, const char *table, const char *name,
                             struct error *err)
{
	cleanup_free char *sql = mem_format("DELETE FROM %s WHERE name = ?1 OR "
	                                    "(name > ?1 || '/' AND name < ?1 || '0')",
	                                    table);
	sqlite3_stmt *stmt = archive_prepare(a, sql, err);

	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	return archive_run(a, stmt, name, err);
}

int archive_drop(struct archive *a, const char *name, struct error *err)
{
	return archive_drop_from(a, "sqlar", name, err) || archive_drop_from(a, "owner", name, err)
	           ? -1
	           : 0;
}

int archive_set(struct archive *a, const char *fact, int64_t value, struct error *err)
{
	sqlite3_stmt *stmt = archive_prepare(a, "REPLACE INTO fact VALUES (?, ?)", err);

	if (!stmt)
		return -1;
	sqlite3_bind_text(stmt, 1, fact, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, value);
	return archive_run(a, stmt, fact, err);
}

int archive_finish(struct archive *a, struct error *err)
{
	if (archive_exec(a, "COMMIT", err))
		return -1;
	if (fsync(a->fd))
		return error_set(err, ERR_INTERNAL, "cannot sync %s: %s", a->path, strerror(errno));
	return 0;
}

int64_t archive_fact(struct archive *a, const char *fact)
{
	sqlite3_stmt *stmt = archive_prepare(a, "SELECT value FROM fact WHERE name = ?", NULL);
	int64_t value = 0;

	if (stmt)
		sqlite3_bind_text(stmt, 1, fact, -1, SQLITE_STATIC);
	if (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

int archive_each(struct archive *a, archive_entry_fn *fn, void *arg, struct error *err)
{
	sqlite3_stmt *stmt = archive_prepare(
	    a,
	    "SELECT s.name, s.mode, s.mtime, s.sz, CASE WHEN s.sz = -1 THEN s.data END, o.uid,"
	    " o.gid, length(s.data) FROM sqlar s JOIN owner o USING (name) ORDER BY s.name",
	    err);
	int result = stmt ? 0 : -1;

	while (result == 0 && sqlite3_step(stmt) == SQLITE_ROW) {
		const struct archive_entry e = {
		    .name = (const char *)sqlite3_column_text(stmt, 0),
		    .mode = (mode_t)sqlite3_column_int64(stmt, 1),
		    .mtime = sqlite3_column_int64(stmt, 2),
		    .size = sqlite3_column_int64(stmt, 3),
		    .link = (const char *)sqlite3_column_text(stmt, 4),
		    .uid = (uid_t)sqlite3_column_int64(stmt, 5),
		    .gid = (gid_t)sqlite3_column_int64(stmt, 6),
		};
		if (!e.name)
			result = error_set(err, ERR_PARAMS, "%s is damaged: an entry has no name",
			                   a->path);
		else if (S_ISREG(e.mode) && e.size != sqlite3_column_int64(stmt, 7))
			result = error_set(err, ERR_PARAMS, "%s: '%s' is compressed, or cut",
			                   a->path, e.name);
		else
			result = fn(arg, &e, err);
	}
	if (result == 0 && sqlite3_errcode(a->db) != SQLITE_DONE)
		result = archive_fail(a, "", err);
	sqlite3_finalize(stmt);
	return result;
}

static int64_t archive_row(struct archive *a, const char *name)
{
	sqlite3_stmt *stmt = archive_prepare(a, "SELECT rowid FROM sqlar WHERE name = ?", NULL);
	int64_t row = -1;

	if (stmt)
		sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	if (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		row = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return row;
}

static int archive_write(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t written = write(fd, bytes, n);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return -1;
		bytes += written;
		n -= (size_t)written;
	}
	return 0;
}

int archive_extract(struct archive *a, const char *name, int fd, struct error *err)
{
	sqlite3_blob *blob = NULL;
	size_t left;
	int at = 0;
	int result = 0;

	if (sqlite3_blob_open(a->db, "main", "sqlar", "data", archive_row(a, name), 0, &blob) !=
	    SQLITE_OK) {
		archive_fail(a, name, err);
		sqlite3_blob_close(blob);
		return -1;
	}
	left = (size_t)sqlite3_blob_bytes(blob);
	while (result == 0 && left) {
		size_t n = left < CHUNK ? left : CHUNK;
		if (sqlite3_blob_read(blob, a->chunk, (int)n, at) != SQLITE_OK)
			result = archive_fail(a, name, err);
		else if (archive_write(fd, a->chunk, n))
			result = error_set(err, ERR_INTERNAL, "%s: %s", name, strerror(errno));
		at += (int)n;
		left -= n;
	}
	sqlite3_blob_close(blob);
	return result;
}
