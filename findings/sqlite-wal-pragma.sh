#!/bin/sh
# Guess: PRAGMA journal_mode = WAL answers with the mode that is in force then; "wal" in the row means
# that the file is in that mode now, and every later connection finds it so. A failure is an error, or
# another word in the row (https://www.sqlite.org/pragma.html#pragma_journal_mode).
# Seen: with one sync that fails while the file's header is written, the answer may be "wal", without
# an error, and the file stays as it was: the next connection finds "delete". Who makes a database
# under another name and installs it after that answer installs one that is not what it checked. The
# bytes 18 and 19 of the file tell.
# (The failure of one sync is played by functions of those names in the program.)
# Version: SQLite 3.40.1.
. "${0%/*}/common.sh"
pinned libsqlite3-0=3.40.1-2+deb12u2 libsqlite3-dev=3.40.1-2+deb12u2

built header -lsqlite3 <<'C'
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int syncs;
static int failing;

/* In place of glibc's: SQLite's calls come here. */
int fdatasync(int fd)
{
	(void)fd;
	if (++syncs != failing)
		return 0;
	errno = EIO;
	return -1;
}

int fsync(int fd)
{
	return fdatasync(fd);
}

static void say(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		printf("%s", (const char *)sqlite3_column_text(stmt, 0));
	else
		printf("error");
	sqlite3_finalize(stmt);
}

int main(int argc, char **argv)
{
	sqlite3 *db;

	(void)argc;
	sqlite3_open(argv[1], &db);
	sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL);
	syncs = 0;
	failing = atoi(argv[2]);
	say(db, "PRAGMA journal_mode = WAL");
	if (syncs < failing) {
		printf(" and no more syncs\n");
		return 0;
	}
	/* The process ends as by kill -9: nothing is closed. */
	sqlite3_open(argv[1], &db);
	printf(" then ");
	say(db, "PRAGMA journal_mode");
	printf("\n");
	fflush(stdout);
	_exit(0);
}
C
lies=0
for number in 1 2 3 4 5 6; do
	said=$("$work/header" "$work/$number.db" $number)
	echo "output: sync $number fails: $said"
	[ "$said" != "wal then delete" ] || lies=$((lies + 1))
done
same 'some sync fails, the answer is "wal", the file is not' yes "$([ $lies -gt 0 ] && echo yes || echo no)"
verdict
