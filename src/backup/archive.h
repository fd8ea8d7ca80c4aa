/*
 * The file of a backup: an SQLite Archive (https://www.sqlite.org/sqlar.html), so that
 * `sqlite3 -A` lists and extracts it, too. Contents are not compressed. Beside the table of such an
 * archive it has who owned each entry, and facts about the whole, by name.
 *
 * A new one is on disk, whole, after archive_finish(), and nothing before that.
 */
#ifndef BACKUP_ARCHIVE_H
#define BACKUP_ARCHIVE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* What an archive says of its form; another one is refused. */
#define ARCHIVE_FORM 1

struct archive;

/* A directory, a file or a symbolic link, by its mode. */
struct archive_entry {
	const char *name; /* relative, of the whole path; borrowed */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	int64_t mtime;    /* seconds since the epoch */
	int64_t size;     /* of a file, in bytes */
	const char *link; /* where a symbolic link leads; borrowed */
};

/* Makes one; nothing is at that path. NULL with an error that names it. */
struct archive *archive_new(const char *path, struct error *err);
/* Opens one for reading, and checks that it is whole. */
struct archive *archive_open(const char *path, struct error *err);
void archive_free(struct archive *a);

/* fd: the content of a file, read from its begin; else -1. ERR_LIMIT: the file is too large (10^9
 * bytes, https://www.sqlite.org/limits.html). */
int archive_add(struct archive *a, const struct archive_entry *entry, int fd, struct error *err);
/* Takes out what has that name, and what is below it. */
int archive_drop(struct archive *a, const char *name, struct error *err);
int archive_set(struct archive *a, const char *fact, int64_t value, struct error *err);
int archive_finish(struct archive *a, struct error *err);

/* 0 where it has no such fact. */
int64_t archive_fact(struct archive *a, const char *fact);
/* Each entry, by name, so that a directory comes before what is in it. fn: 0, or -1, which ends
 * it. */
typedef int archive_entry_fn(void *arg, const struct archive_entry *entry, struct error *err);
int archive_each(struct archive *a, archive_entry_fn *fn, void *arg, struct error *err);
/* Writes the content of a file to fd. */
int archive_extract(struct archive *a, const char *name, int fd, struct error *err);

#endif
