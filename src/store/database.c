/* Owns the connection. Invariant: only a successful read sets `damaged`. */
#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

/* Time for another process that has the file and is about to end. */
#define BUSY_MS 1000
/* KiB, as a negative number (https://www.sqlite.org/pragma.html#pragma_cache_size): each page is
 * read once. */
#define CACHE_SIZE "-256"
/* How much of SQLite's words an error message repeats. */
#define SHOWN ((size_t)160)
/* The file format write version; 2 is the write-ahead log; with a higher version the file may not
 * be written (https://www.sqlite.org/fileformat2.html, section 1.3.3). */
#define WRITE_VERSION_AT 18
#define WRITE_VERSION    2

/* SQLITE_ERROR: the file does not have our schema. */
static bool is_damage(int code)
{
	switch (code & 0xff) {
	case SQLITE_ERROR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_MISMATCH:
	case SQLITE_CONSTRAINT:
		return true;
	case SQLITE_IOERR:
		return code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_DATA;
	default:
		return false;
	}
}

static int file_errno(sqlite3_file *file)
{
	int number = 0;

	if (file && file->pMethods)
		file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
	/* These two come of locks only. */
	return number == EAGAIN || number == EACCES ? 0 : number;
}

/* errno of the last call that failed on the database or its log. SQLite's checks report an
 * unreadable page like a wrong one: in a row, without an error. */
static int last_errno(const struct database *d)
{
	sqlite3_file *file = NULL;
	sqlite3_file *log = NULL;

	if (!d->db)
		return 0;
	sqlite3_file_control(d->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	sqlite3_file_control(d->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	return file_errno(file) ? file_errno(file) : file_errno(log);
}

int database_fail(struct database *d, const char *what, struct error *err)
{
	const char *said = d->db ? sqlite3_errmsg(d->db) : "out of memory";
	int code = d->db ? sqlite3_extended_errcode(d->db) : SQLITE_NOMEM;
	/* The text may quote the file's content. */
	cleanup_free char *shown = parse_printable(said, strlen(said), SHOWN);

	d->damaged = d->damaged || (is_damage(code) && !last_errno(d));
	return error_set(err, ERR_SERVICE, "cannot %s %s: %s", what, d->files->path, shown);
}

int database_disagrees(struct database *d, const char *text, struct error *err)
{
	int number = last_errno(d);

	if (number)
		return error_set(err, ERR_SERVICE, "cannot read %s: %s", d->files->path,
		                 strerror(number));
	d->damaged = true;
	return error_set(err, ERR_SERVICE, "%s", text);
}

int database_exec(struct database *d, const char *what, const char *sql, struct error *err)
{
	if (sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return database_fail(d, what, err);
}

static int compare(struct database *d, const char *sql, const char *got, const char *wanted,
                   struct error *err)
{
	cleanup_free char *shown = parse_printable(got, strlen(got), SHOWN);
	cleanup_free char *text = mem_format("%s gives '%s'", sql, shown);

	return strcmp(got, wanted) == 0 ? 0 : database_disagrees(d, text, err);
}

int database_expect(struct database *d, const char *sql, const char *wanted, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	const char *got = NULL;
	int rc = -1;

	if (sqlite3_prepare_v2(d->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		got = (const char *)sqlite3_column_text(stmt, 0);
	/* A row without a text means that there was no memory. */
	rc = got ? compare(d, sql, got, wanted, err) : database_fail(d, "check", err);
	sqlite3_finalize(stmt);
	return rc;
}

int database_check_form(struct database *d, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int version = 0;
	int rc = 0;

	if (sqlite3_prepare_v2(d->db, "PRAGMA user_version", -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		version = sqlite3_column_int(stmt, 0);
	else
		rc = database_fail(d, "read", err);
	sqlite3_finalize(stmt);
	if (rc || version == 0)
		return rc;
	if (version <= DATABASE_MARK + DATABASE_FORM || version > DATABASE_MARK + UINT16_MAX)
		return database_disagrees(d, "its user_version is none of ours", err);
	return error_set(err, ERR_SERVICE,
	                 "%s was written by a later version of dtree (form %d, this one knows %d): "
	                 "it is left as it is",
	                 d->files->path, version - DATABASE_MARK, DATABASE_FORM);
}

int database_connect(struct database *d, const char *path, int flags, struct error *err)
{
	int rc = sqlite3_open_v2(path, &d->db,
	                         flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
	                             SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE,
	                         NULL);

	d->damaged = false;
	if (rc)
		return database_fail(d, "open", err);
	sqlite3_busy_timeout(d->db, BUSY_MS);
	/* Closing must not write an incomplete log into a database that is set aside. */
	sqlite3_db_config(d->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* This comes first: see the head of store.c. */
	if (database_exec(d, "lock", "PRAGMA locking_mode = EXCLUSIVE", err) ||
	    database_exec(d, "open", "PRAGMA temp_store = MEMORY", err) ||
	    database_exec(d, "open", "PRAGMA cache_size = " CACHE_SIZE, err) ||
	    database_exec(d, "open", "PRAGMA cell_size_check = ON", err))
		return -1;
	return database_exec(
	    d, "open", d->files->sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF",
	    err);
}

void database_disconnect(struct database *d)
{
	sqlite3_close(d->db);
	d->db = NULL;
}

int database_check_log(const struct database *d, const char *path, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	unsigned char version = 0;
	ssize_t n = fd < 0 ? -1 : pread(fd, &version, sizeof version, WRITE_VERSION_AT);

	if (n < 0)
		return error_set(err, ERR_SERVICE, "cannot read %s: %s", path, strerror(errno));
	if (n == sizeof version && version == WRITE_VERSION)
		return 0;
	return error_set(err, ERR_SERVICE, "cannot make %s: its log cannot be written",
	                 d->files->path);
}

int database_check_file(struct database *d, struct error *err)
{
	/* The descriptor is closed before SQLite opens the file: closing it later would release
	 * SQLite's locks (fcntl(2)). */
	cleanup_close int fd = open(d->files->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	unsigned char version = 0;
	struct stat st;
	ssize_t n;

	d->damaged = false;
	if (fd < 0 || fstat(fd, &st))
		return error_set(err, ERR_SERVICE, "cannot open %s: %s", d->files->path,
		                 strerror(errno));
	/* SQLite would take an empty file for a new database and remove its log. */
	if (!st.st_size)
		return database_disagrees(d, "the file is empty", err);
	n = pread(fd, &version, sizeof version, WRITE_VERSION_AT);
	if (n < 0)
		return error_set(err, ERR_SERVICE, "cannot read %s: %s", d->files->path,
		                 strerror(errno));
	d->header = n ? version : -1;
	return 0;
}

int database_check_writable(struct database *d, struct error *err)
{
	if (!sqlite3_db_readonly(d->db, "main"))
		return 0;
	if (d->header > WRITE_VERSION)
		return database_disagrees(d, "its header says that it may not be written", err);
	/* SQLite opens a file for reading if it cannot open it for writing, for any reason. */
	return error_set(err, ERR_SERVICE, "cannot open %s for writing now", d->files->path);
}
