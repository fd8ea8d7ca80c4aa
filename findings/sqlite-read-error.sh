#!/bin/sh
# Guess: when a page cannot be read, SQLite says SQLITE_IOERR; SQLITE_CORRUPT, "database disk image is
# malformed", says that what was read is wrong. So a program may set a file aside at the second, and
# try again at the first. A check of the whole file that cannot read it ends with an error.
# Seen: one read() that fails with EIO (a disk that stumbles, a network file system) is answered with
# "malformed", and the next try finds all in order: EIO is taken for a damaged file system. Any other
# error, as EACCES, is the SQLITE_IOERR_READ that was expected. And PRAGMA quick_check does not fail in
# either case: it ends well, with a row of text as for damage. Who sets a file aside by these words
# does it with a healthy one; the errno of the last call (SQLITE_FCNTL_LAST_ERRNO) tells them apart.
# (The failure of one pread() is played by a function of that name in the program.)
# Version: SQLite 3.40.1.
. "${0%/*}/common.sh"
pinned libsqlite3-0=3.40.1-2+deb12u2 libsqlite3-dev=3.40.1-2+deb12u2

built stumble -lsqlite3 <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails_in = -1; /* so many calls from now */
static int fails_with;

/* In place of glibc's: SQLite's calls come here. */
ssize_t pread64(int fd, void *bytes, size_t n, off_t at)
{
	if (fails_in >= 0 && fails_in-- == 0) {
		errno = fails_with;
		return -1;
	}
	return syscall(SYS_pread64, fd, bytes, n, at);
}

ssize_t pread(int fd, void *bytes, size_t n, off_t at)
{
	return pread64(fd, bytes, n, at);
}

static void ask(const char *path, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *stmt = NULL;
	int saved = -1;
	int rc;

	sqlite3_open(path, &db);
	sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(stmt, 0);
		const char *last = strrchr(text, '\n');

		/* Above it stands which database is meant. */
		printf("row: %s", last ? last + 1 : text);
	} else
		printf("error %d: %s", sqlite3_extended_errcode(db), sqlite3_errmsg(db));
	sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &saved);
	printf(" (errno %s)\n", saved ? strerrorname_np(saved) : "0");
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

int main(int argc, char **argv)
{
	static const char select[] = "SELECT count(*) FROM t";
	static const char check[] = "PRAGMA quick_check";
	static const int errors[] = {EIO, EACCES};
	const char *path = argv[argc - 1];
	sqlite3 *db;

	sqlite3_open(path, &db);
	sqlite3_exec(db,
	             "CREATE TABLE t (x);"
	             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
	             " INSERT INTO t SELECT hex(zeroblob(20)) FROM n",
	             NULL, NULL, NULL);
	sqlite3_close(db);
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		fails_with = errors[i];
		fails_in = 20;
		ask(path, select);
		fails_in = 20;
		ask(path, check);
		ask(path, select);
		ask(path, check);
	}
	return 0;
}
C
"$work/stumble" "$work/db" >"$work/said"
sed 's/^/output: /' "$work/said"
line() {
	sed -n "$1p" "$work/said"
}
same 'SELECT with one EIO' 'error 11: database disk image is malformed (errno EIO)' "$(line 1)"
same 'quick_check with one EIO' 'row: Page 103: unable to get the page. error code=8458 (errno EIO)' \
	"$(line 2)"
same 'SELECT with one EACCES' 'error 266: disk I/O error (errno EACCES)' "$(line 5)"
same 'quick_check with one EACCES' \
	'row: Page 103: unable to get the page. error code=266 (errno EACCES)' "$(line 6)"
for at in 3 7; do
	same 'SELECT again' 'row: 9999 (errno 0)' "$(line $at)"
	same 'quick_check again' 'row: ok (errno 0)' "$(line $((at + 1)))"
done
verdict
