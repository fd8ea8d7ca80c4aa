#!/bin/sh
# Guess: SQLITE_OPEN_NOFOLLOW is for the file what O_NOFOLLOW is for open(2): a link in the place of
# the database is refused, links among the directories above it are followed.
# Seen: any link anywhere in the path is refused, the machine's own (/home, /var/lib, the private
# directories of DynamicUser=) included, and also in a relative path's directories. The error is
# SQLITE_CANTOPEN_SYMLINK (1550), and its words are only "unable to open database file". Resolve the
# directory first, with realpath(3), and give SQLite what came out.
# Version: SQLite 3.40.1.
. "${0%/*}/common.sh"
pinned libsqlite3-0=3.40.1-2+deb12u2 libsqlite3-dev=3.40.1-2+deb12u2

built nofollow -lsqlite3 <<'C'
#include <sqlite3.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	sqlite3 *db;

	sqlite3_open_v2(argv[argc - 1], &db,
	                SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW, NULL);
	printf("%d %s\n", sqlite3_extended_errcode(db), sqlite3_errmsg(db));
	sqlite3_close(db);
	return 0;
}
C
cd "$(realpath "$work")"
mkdir directory
ln -s directory way
for path in directory/a.db way/b.db "$PWD/way/c.db" "$PWD/directory/d.db"; do
	said=$("$work/nofollow" "$path")
	echo "output: ${path#"$PWD/"}: $said"
	case $path in
	*way*) expected='1550 unable to open database file' ;;
	*) expected='0 not an error' ;;
	esac
	same "${path#"$PWD/"}" "$expected" "$said"
done
verdict
