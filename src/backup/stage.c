/* Owns the descriptors of the last copy. What is staged is NAME, NAME-wal and NAME-mark in its
 * directory; the next copy removes them. */
#include "backup/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backup/background.h"
#include "backup/regular.h"
#include "base/mem.h"

#define TRIES     100
#define BUSY_MS   10000
#define RETRY_NS  2000000
#define MAGIC     "SQLite format 3" /* with its NUL */
#define WAL_BYTES 32                /* its header */
/* How often a plain file is read that is being written. */
#define PLAIN_TRIES 3
/* What stores set aside, for people, is damaged by its name (store/files.h). */
#define ASIDE ".damaged-"

struct stage {
	char *dir;
	char *path;           /* of the last copy; NULL: there was none */
	struct staged staged; /* its descriptors are owned */
};

/* Removes what was copied. */
static void stage_drop(struct stage *s)
{
	static const char *const parts[] = {"", "-wal", "-journal", "-mark"};

	mem_cleanup_close(&s->staged.fd);
	mem_cleanup_close(&s->staged.mark_fd);
	for (size_t i = 0; s->path && i < ARRAY_SIZE(parts); i++) {
		cleanup_free char *part = mem_format("%s%s", s->path, parts[i]);
		unlink(part);
	}
	s->staged = (struct staged){.fd = -1, .mark_fd = -1};
}

struct stage *stage_new(const char *dir)
{
	struct stage *s = mem_new(sizeof *s);

	s->dir = mem_string(dir);
	s->staged.fd = s->staged.mark_fd = -1;
	return s;
}

void stage_free(struct stage *s)
{
	if (!s)
		return;
	stage_drop(s);
	free(s->path);
	free(s->dir);
	free(s);
}

static int stage_fail(const char *path, const char *name, int why, struct error *err)
{
	return error_set(err, why == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "%s/%s: %s", path, name,
	                 strerror(why));
}

/* The file with that suffix. 1: there is none. -1 with errno. */
static int stage_part(const struct stage *s, int dir, const char *name, const char *suffix,
                      bool *changed)
{
	cleanup_free char *from = mem_format("%s%s", name, suffix);
	cleanup_free char *to = mem_format("%s%s", s->path, suffix);

	if (regular_copy(dir, from, to, changed) == 0)
		return 0;
	return errno == ENOENT ? 1 : -1;
}

/* The header of a database's log; zeroes where there is no log. */
static void stage_log_header(int dir, const char *name, char header[WAL_BYTES])
{
	cleanup_free char *wal = mem_format("%s-wal", name);
	struct stat st;
	cleanup_close int fd = regular_open(dir, wal, &st);

	memset(header, 0, WAL_BYTES);
	if (fd >= 0 && pread(fd, header, WAL_BYTES, 0) != WAL_BYTES)
		memset(header, 0, WAL_BYTES);
}

/* The database and its log, as they were at one moment; or *again. As stage_part(). */
static int stage_log_mode(const struct stage *s, int dir, const char *name, bool *again)
{
	static const char nothing[WAL_BYTES];
	char before[WAL_BYTES];
	char after[WAL_BYTES];
	bool changed;
	bool log_changed;
	int rc;

	stage_log_header(dir, name, before);
	rc = stage_part(s, dir, name, "", &changed);
	if (rc || stage_part(s, dir, name, "-wal", &log_changed) < 0)
		return rc ? rc : -1;
	stage_log_header(dir, name, after);
	/* Without a log the database itself must have been left alone. */
	*again = memcmp(before, after, WAL_BYTES) != 0 ||
	         (changed && memcmp(after, nothing, WAL_BYTES) == 0);
	return 0;
}

/* By SQLite, which waits for a writer, and lets none in meanwhile. */
static int stage_by_sqlite(const struct stage *s, const char *path, const char *name)
{
	cleanup_free char *from = mem_format("%s/%s", path, name);
	sqlite3_backup *backup = NULL;
	sqlite3 *source = NULL;
	sqlite3 *copy = NULL;
	bool good = sqlite3_open_v2(from, &source, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW,
	                            NULL) == SQLITE_OK &&
	            sqlite3_busy_timeout(source, BUSY_MS) == SQLITE_OK &&
	            sqlite3_open_v2(s->path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
	                            NULL) == SQLITE_OK &&
	            sqlite3_exec(copy, "PRAGMA synchronous = OFF", NULL, NULL, NULL) == SQLITE_OK;

	if (good)
		backup = sqlite3_backup_init(copy, "main", source, "main");
	good = backup && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
	good = sqlite3_backup_finish(backup) == SQLITE_OK && good;
	sqlite3_close(copy);
	sqlite3_close(source);
	return good ? 0 : -1;
}

/* One that SQLite does not read, as a dead writer left it half written, has a journal, which
 * belongs to the copy. As stage_part(). */
static int stage_journal_mode(const struct stage *s, int dir, const char *path, const char *name,
                              bool *again)
{
	bool changed;
	bool journal_changed = false;
	int rc;

	*again = false;
	if (stage_by_sqlite(s, path, name) == 0)
		return 0;
	rc = stage_part(s, dir, name, "", &changed);
	if (rc || stage_part(s, dir, name, "-journal", &journal_changed) < 0)
		return rc ? rc : -1;
	*again = changed || journal_changed;
	return 0;
}

/* The copy is whole, and all of it is in one file then. */
static int stage_check(struct stage *s, const char *path, const char *name, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	bool whole;

	whole = sqlite3_open_v2(s->path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	        sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF", NULL,
	                     NULL, NULL) == SQLITE_OK &&
	        sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL) == SQLITE_OK &&
	        sqlite3_step(stmt) == SQLITE_ROW &&
	        strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
	sqlite3_finalize(stmt);
	whole = whole && sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
	                                           NULL) == SQLITE_OK;
	if (!whole)
		error_set(err, ERR_SERVICE, "%s/%s is a damaged database: %s", path, name,
		          sqlite3_errcode(db) == SQLITE_ROW ? "its content does not agree"
		                                            : sqlite3_errmsg(db));
	sqlite3_close(db);
	return whole ? 0 : -1;
}

static int stage_no_entry(void *arg, struct store_text name, struct store_text value,
                          struct error *err)
{
	(void)arg;
	(void)name;
	(void)value;
	(void)err;
	return 0;
}

/* As its owner would find it after kill -9. */
static int stage_check_store(struct stage *s, const char *path, const char *name,
                             store_entry_fn *entry, void *arg, struct error *err)
{
	const struct store_kind kind = {
	    .file = name, .noun = "copy", .area = "backup", .values = "TEXT"};
	struct error why;
	struct store *store =
	    store_open(&kind, s->dir, false, entry ? entry : stage_no_entry, arg, &why);

	if (!store)
		return error_set(err, ERR_SERVICE, "%s/%s: its copy is not good: %s", path, name,
		                 why.text);
	store_close(store);
	return 0;
}

static bool stage_is_database(int fd, bool *log)
{
	char head[20] = "";

	if (pread(fd, head, sizeof head, 0) != sizeof head ||
	    memcmp(head, MAGIC, sizeof MAGIC) != 0)
		return false;
	*log = head[18] == 2;
	return true;
}

/* A number, and the same with all bits inverted; see store/files.c. */
static bool stage_is_mark(int fd)
{
	uint64_t mark[3];

	return pread(fd, mark, sizeof mark, 0) == 2 * sizeof *mark && mark[0] == ~mark[1];
}

/* Its mark first: it may be behind the database, and never ahead of it. -1 with errno. */
static int stage_mark(struct stage *s, int dir, const char *name)
{
	cleanup_free char *path = mem_format("%s-mark", s->path);
	bool changed;

	switch (stage_part(s, dir, name, "-mark", &changed)) {
	case 0:
		s->staged.mark_fd = open(path, O_RDONLY | O_CLOEXEC);
		if (s->staged.mark_fd < 0 || fstat(s->staged.mark_fd, &s->staged.mark))
			return -1;
		s->staged.store = stage_is_mark(s->staged.mark_fd);
		return 0;
	case 1:
		return 0;
	default:
		return -1;
	}
}

/* Nothing but this process waits. */
static void stage_wait(void)
{
	const struct timespec time = {.tv_nsec = RETRY_NS};

	nanosleep(&time, NULL);
}

static int stage_database(struct stage *s, int dir, const char *path, const char *name, bool log,
                          store_entry_fn *entry, void *arg, struct error *err)
{
	bool again = true;

	for (int i = 0; again && i < TRIES; i++) {
		int rc;
		if (i)
			stage_wait();
		stage_drop(s);
		if (stage_mark(s, dir, name))
			return stage_fail(path, name, errno, err);
		rc = log ? stage_log_mode(s, dir, name, &again)
		         : stage_journal_mode(s, dir, path, name, &again);
		if (rc)
			return stage_fail(path, name, rc > 0 ? ENOENT : errno, err);
	}
	if (again)
		return error_set(err, ERR_INTERNAL, "%s/%s changes too fast to be copied", path,
		                 name);
	/* Not before: while it is copied it must not change. */
	background_pause();
	/* A store's log stays when it is closed. */
	if (s->staged.store && stage_check_store(s, path, name, entry, arg, err))
		return -1;
	background_pause();
	return stage_check(s, path, name, err);
}

static int stage_plain(const struct stage *s, int dir, const char *path, const char *name,
                       struct error *err)
{
	bool again = true;

	for (int i = 0; again && i < PLAIN_TRIES; i++) {
		int rc = stage_part(s, dir, name, "", &again);
		if (rc)
			return stage_fail(path, name, rc > 0 ? ENOENT : errno, err);
	}
	return 0;
}

int stage_copy(struct stage *s, int dir, const char *path, const char *name, store_entry_fn *entry,
               void *arg, struct staged *staged, struct error *err)
{
	struct stat st;
	struct stat copy;
	cleanup_close int fd = regular_open(dir, name, &st);
	bool log = false;
	bool database = fd >= 0 && !strstr(name, ASIDE) && stage_is_database(fd, &log);

	stage_drop(s);
	if (fd < 0)
		return stage_fail(path, name, errno, err);
	free(s->path);
	s->path = mem_format("%s/%s", s->dir, name);
	if (database ? stage_database(s, dir, path, name, log, entry, arg, err)
	             : stage_plain(s, dir, path, name, err))
		return -1;
	background_pause();
	s->staged.fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (s->staged.fd < 0 || fstat(s->staged.fd, &copy))
		return error_set(err, ERR_INTERNAL, "%s: %s", s->path, strerror(errno));
	s->staged.st = st;
	s->staged.st.st_size = copy.st_size;
	/* They belong to one user. */
	s->staged.mark.st_mode = st.st_mode;
	s->staged.mark.st_uid = st.st_uid;
	s->staged.mark.st_gid = st.st_gid;
	*staged = s->staged;
	return 0;
}

static bool stage_is_database_at(int dir, const char *name)
{
	struct stat st;
	cleanup_close int fd = regular_open(dir, name, &st);
	bool log;

	return fd >= 0 && stage_is_database(fd, &log);
}

static bool stage_is_mark_at(int dir, const char *name)
{
	struct stat st;
	cleanup_close int fd = regular_open(dir, name, &st);

	return fd >= 0 && stage_is_mark(fd);
}

bool stage_is_part(int dir, const char *name)
{
	static const char *const suffixes[] = {"-wal", "-shm", "-journal", "-mark"};
	size_t size = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(suffixes) && !strstr(name, ASIDE); i++) {
		size_t n = strlen(suffixes[i]);
		cleanup_free char *base = NULL;
		if (size <= n || strcmp(name + size - n, suffixes[i]) != 0)
			continue;
		base = mem_copy(name, size - n);
		return stage_is_database_at(dir, base) &&
		       (strcmp(suffixes[i], "-mark") != 0 || stage_is_mark_at(dir, name));
	}
	return false;
}
