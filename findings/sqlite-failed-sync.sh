#!/bin/sh
# Guess: COMMIT that fails with an I/O error has not happened. SQLite has rolled back, every
# connection reads the old state, so a server may answer "refused" and go on.
# Seen: so it looks to all who read, until the database is opened anew: then the refused transaction
# is there. Its frames are in the write-ahead log, whole and with their checksums; only the sync
# failed. The next commit that works overwrites them, and then it is gone for good. Which of the two
# it will be is decided after the answer was given: the only true answer is "unknown", and the way to
# know is to close, open again and read.
# (The failure of one fdatasync() is played by a function of that name in the program.)
# Version: SQLite 3.40.1, journal_mode WAL, synchronous FULL.
. "${0%/*}/common.sh"
pinned libsqlite3-0=3.40.1-2+deb12u2 libsqlite3-dev=3.40.1-2+deb12u2 sqlite3=3.40.1-2+deb12u2

built refuse -lsqlite3 <<'C'
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

static int fails;

/* In place of glibc's: SQLite's calls come here. */
int fdatasync(int fd)
{
	(void)fd;
	if (!fails)
		return 0;
	fails = 0;
	errno = EIO;
	return -1;
}

int fsync(int fd)
{
	return fdatasync(fd);
}

static void run(sqlite3 *db, const char *sql)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	if (rc)
		printf("%s: %s; ", sql, sqlite3_errmsg(db));
}

static void look(sqlite3 *db, const char *who)
{
	sqlite3_stmt *stmt;

	sqlite3_prepare_v2(db, "SELECT group_concat(x) FROM t", -1, &stmt, NULL);
	sqlite3_step(stmt);
	printf("%s reads %s; ", who, (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
}

int main(int argc, char **argv)
{
	sqlite3 *db;
	sqlite3 *other;

	sqlite3_open(argv[1], &db);
	run(db, "PRAGMA journal_mode = WAL");
	run(db, "PRAGMA synchronous = FULL");
	run(db, "CREATE TABLE t (x)");
	run(db, "INSERT INTO t VALUES (1)");
	run(db, "BEGIN");
	run(db, "INSERT INTO t VALUES (2)");
	fails = 1;
	run(db, "COMMIT");
	look(db, "it");
	sqlite3_open(argv[1], &other);
	look(other, "another");
	sqlite3_close(other);
	if (argc > 2)
		run(db, "INSERT INTO t VALUES (3)");
	/* The process ends as by kill -9: nothing is closed. */
	fflush(stdout);
	_exit(0);
}
C
for then in '' more; do
	# shellcheck disable=SC2086
	said="$("$work/refuse" "$work/$then.db" $then)after a new start: $(
		sqlite3 "$work/$then.db" 'SELECT group_concat(x) FROM t')"
	echo "output: $said"
	case $then in
	more) expected=1,3 ;;
	*) expected=1,2 ;;
	esac
	same "${then:-nothing} after the failed commit" \
		"COMMIT: disk I/O error; it reads 1; another reads 1; after a new start: $expected" "$said"
done
verdict
