/* Owns the descriptors of the last copy. What is staged is NAME, NAME-wal and NAME-mark in its
 * directory; the next copy removes them. */
#include "backup/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define TRIES     100
#define BUSY_MS   10000
#define RETRY_US  2000
#define MAGIC     "SQLite format 3" /* with its NUL */
#define WAL_BYTES 32                /* its header */

/* How stable a plain file must be. */
#define PLAIN_TRIES 3

struct stage {
	char *dir;
	char *path;           /* of the last copy; NULL: there is none */
	struct staged staged; /* its descriptors are owned */
};

static void stage_close(int *fd)
{
	mem_cleanup_close(fd);
	*fd = -1;
}

static void stage_drop(struct stage *s)
{
	static const char *const parts[] = {"", "-wal", "-journal", "-mark"};

	stage_close(&s->staged.fd);
	stage_close(&s->staged.mark_fd);
	for (size_t i = 0; s->path && i < ARRAY_SIZE(parts); i++) {
		cleanup_free char *part = mem_format("%s%s", s->path, parts[i]);
		unlink(part);
	}
	free(s->path);
	s->path = NULL;
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
	free(s->dir);
	free(s);
}

static int stage_fail(const char *path, const char *name, int why, struct error *err)
{
	return error_set(err, why == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "%s/%s: %s", path, name,
	                 strerror(why));
}

/* -1 with errno; ENOTSUP where it is no regular file. */
static int stage_open(int dir, const char *name, struct stat *st)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && (fstat(fd, st) || !S_ISREG(st->st_mode))) {
		close(fd);
		errno = ENOTSUP;
		return -1;
	}
	return fd;
}

/* As many bytes as the file had; fewer where it became shorter. -1 with errno. */
static int stage_bytes(int from, int64_t size, int to)
{
	char chunk[65536];
	int64_t done = 0;

	if (ftruncate(to, 0))
		return -1;
	while (done < size) {
		size_t want =
		    size - done < (int64_t)sizeof chunk ? (size_t)(size - done) : sizeof chunk;
		ssize_t n = pread(from, chunk, want, done);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		for (ssize_t put = 0; put < n;) {
			ssize_t k = pwrite(to, chunk + put, (size_t)(n - put), done + put);
			if (k < 0)
				return -1;
			put += k;
		}
		done += n;
	}
	return 0;
}

/* A file to write to: the copy's path with a suffix. */
static int stage_make(const struct stage *s, const char *suffix)
{
	cleanup_free char *path = mem_format("%s%s", s->path, suffix);

	return open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static bool stage_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Copies a file that is there to the copy's path with a suffix, and gives its descriptor. *again:
 * it changed meanwhile. -1 with errno. */
static int stage_one(const struct stage *s, int dir, const char *name, const char *suffix,
                     struct stat *st, bool *again)
{
	cleanup_free char *whole = mem_format("%s%s", name, suffix);
	cleanup_close int from = stage_open(dir, whole, st);
	struct stat after;
	int to = from < 0 ? -1 : stage_make(s, suffix);
	int why;

	*again = false;
	if (to < 0)
		return -1;
	if (stage_bytes(from, st->st_size, to) || fstat(from, &after)) {
		why = errno;
		close(to);
		errno = why;
		return -1;
	}
	*again = !stage_is_same(st, &after);
	return to;
}

/* The header of a database's log; zeroes where there is no log. */
static void stage_log_header(int dir, const char *name, char header[WAL_BYTES])
{
	cleanup_free char *wal = mem_format("%s-wal", name);
	struct stat st;
	cleanup_close int fd = stage_open(dir, wal, &st);

	memset(header, 0, WAL_BYTES);
	if (fd >= 0 && pread(fd, header, WAL_BYTES, 0) != WAL_BYTES)
		memset(header, 0, WAL_BYTES);
}

/* The database and its log, as they were at one moment; or *again. -1 with errno. */
static int stage_log_mode(struct stage *s, int dir, const char *name, bool *again)
{
	char before[WAL_BYTES];
	char after[WAL_BYTES];
	struct stat st;
	bool changed;
	bool log_changed;
	int log;

	stage_log_header(dir, name, before);
	stage_close(&s->staged.fd);
	s->staged.fd = stage_one(s, dir, name, "", &s->staged.st, &changed);
	if (s->staged.fd < 0)
		return -1;
	log = stage_one(s, dir, name, "-wal", &st, &log_changed);
	if (log < 0 && errno != ENOENT)
		return -1;
	stage_close(&log);
	stage_log_header(dir, name, after);
	/* Without a log the database itself must have been left alone. */
	*again = memcmp(before, after, WAL_BYTES) != 0 || (!after[0] && changed);
	return 0;
}

/* By SQLite, which waits for a writer, and lets none in meanwhile. */
static int stage_by_sqlite(struct stage *s, const char *path, const char *name)
{
	cleanup_free char *from = mem_format("%s/%s", path, name);
	sqlite3_backup *backup = NULL;
	sqlite3 *source = NULL;
	sqlite3 *copy = NULL;
	bool good = sqlite3_open_v2(from, &source, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW,
	                            NULL) == SQLITE_OK &&
	            sqlite3_busy_timeout(source, BUSY_MS) == SQLITE_OK &&
	            sqlite3_open_v2(s->path, &copy, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
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
 * belongs to the copy. */
static int stage_journal_mode(struct stage *s, int dir, const char *path, const char *name,
                              bool *again)
{
	struct stat st;
	bool changed;
	bool journal_changed = false;
	int journal;

	stage_close(&s->staged.fd);
	s->staged.fd = stage_one(s, dir, name, "", &s->staged.st, &changed);
	if (s->staged.fd < 0 || ftruncate(s->staged.fd, 0))
		return -1;
	*again = false;
	if (stage_by_sqlite(s, path, name) == 0)
		return 0;
	stage_close(&s->staged.fd);
	s->staged.fd = stage_one(s, dir, name, "", &s->staged.st, &changed);
	if (s->staged.fd < 0)
		return -1;
	journal = stage_one(s, dir, name, "-journal", &st, &journal_changed);
	if (journal < 0 && errno != ENOENT)
		return -1;
	stage_close(&journal);
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

/* Its mark first: it may be behind the database, and never ahead of it. */
static int stage_mark(struct stage *s, int dir, const char *name)
{
	bool again;

	stage_close(&s->staged.mark_fd);
	s->staged.mark_fd = stage_one(s, dir, name, "-mark", &s->staged.mark, &again);
	s->staged.store = s->staged.mark_fd >= 0 && stage_is_mark(s->staged.mark_fd);
	return s->staged.mark_fd >= 0 || errno == ENOENT ? 0 : -1;
}

static int stage_database(struct stage *s, int dir, const char *path, const char *name, bool log,
                          store_entry_fn *entry, void *arg, struct error *err)
{
	bool again = true;

	s->staged.database = true;
	for (int i = 0; again && i < TRIES; i++) {
		if (i)
			usleep(RETRY_US);
		if (stage_mark(s, dir, name) ||
		    (log ? stage_log_mode(s, dir, name, &again)
		         : stage_journal_mode(s, dir, path, name, &again)))
			return stage_fail(path, name, errno, err);
	}
	if (again)
		return error_set(err, ERR_INTERNAL, "%s/%s changes too fast to be copied", path,
		                 name);
	/* A store's log stays when it is closed. */
	if (s->staged.store && stage_check_store(s, path, name, entry, arg, err))
		return -1;
	return stage_check(s, path, name, err);
}

static int stage_plain(struct stage *s, int dir, const char *path, const char *name,
                       struct error *err)
{
	bool again = true;

	for (int i = 0; again && i < PLAIN_TRIES; i++) {
		stage_close(&s->staged.fd);
		s->staged.fd = stage_one(s, dir, name, "", &s->staged.st, &again);
		if (s->staged.fd < 0)
			return stage_fail(path, name, errno, err);
	}
	return 0;
}

/* The size of the copy. The database may be another file now. */
static int stage_measure(struct stage *s, struct error *err)
{
	struct stat st;

	if (s->staged.database) {
		close(s->staged.fd);
		s->staged.fd = open(s->path, O_RDONLY | O_CLOEXEC);
	}
	if (s->staged.fd < 0 || fstat(s->staged.fd, &st))
		return error_set(err, ERR_INTERNAL, "%s: %s", s->path, strerror(errno));
	s->staged.st.st_size = st.st_size;
	return 0;
}

int stage_copy(struct stage *s, int dir, const char *path, const char *name, store_entry_fn *entry,
               void *arg, struct staged *staged, struct error *err)
{
	struct stat st;
	cleanup_close int fd = stage_open(dir, name, &st);
	bool log;

	stage_drop(s);
	if (fd < 0)
		return stage_fail(path, name, errno, err);
	s->path = mem_format("%s/%s", s->dir, name);
	if (stage_is_database(fd, &log) ? stage_database(s, dir, path, name, log, entry, arg, err)
	                                : stage_plain(s, dir, path, name, err))
		return -1;
	if (stage_measure(s, err))
		return -1;
	*staged = s->staged;
	return 0;
}

bool stage_is_part(int dir, const char *name)
{
	static const char *const suffixes[] = {"-wal", "-shm", "-journal", "-mark"};
	size_t size = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		size_t n = strlen(suffixes[i]);
		cleanup_free char *base = NULL;
		cleanup_close int fd = -1;
		struct stat st;
		bool log;

		if (size <= n || strcmp(name + size - n, suffixes[i]) != 0)
			continue;
		if (strcmp(suffixes[i], "-mark") == 0) {
			fd = stage_open(dir, name, &st);
			if (fd < 0 || !stage_is_mark(fd))
				return false;
			stage_close(&fd);
		}
		base = mem_copy(name, size - n);
		fd = stage_open(dir, base, &st);
		return fd >= 0 && stage_is_database(fd, &log);
	}
	return false;
}
