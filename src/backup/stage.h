/*
 * Copies of files that somebody may be writing: each is made in a directory of this process first,
 * and is what the file was at one moment, if its writer goes by SQLite; of any other file it is
 * what was read, again if it changed meanwhile, three times at the most. A database is one file
 * then, whatever it had beside it. What stores have set aside counts as other files.
 *
 * No lock is taken on a database in the mode of the write-ahead log, and nobody waits: while the
 * log has the same salts (https://www.sqlite.org/walformat.html) it holds every page that the
 * database may have got since they were read. So the log's header, the database, the log and again
 * its header are read, all of it again if the headers differ. One with a rollback journal is read
 * by SQLite, which locks out its writers for that time.
 */
#ifndef BACKUP_STAGE_H
#define BACKUP_STAGE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/error.h"
#include "store/store.h"

struct stage;

/* dir: of this user only, and stays. */
struct stage *stage_new(const char *dir);
void stage_free(struct stage *s);

/* A copy, until the next one is made. */
struct staged {
	int fd;         /* of the copy; borrowed */
	struct stat st; /* of the original, with the size of the copy */
	bool store;     /* of dtree: NAME-mark belongs to it, which the next two are of */
	int mark_fd;
	struct stat mark;
};

/*
 * The regular file NAME of a directory: its descriptor and its path. -1: ERR_NOT_FOUND, there is
 * none (any more); ERR_SERVICE: it is a damaged database; or it cannot be read. entry (may be NULL)
 * is told the entries of a store.
 */
int stage_copy(struct stage *s, int dir, const char *path, const char *name, store_entry_fn *entry,
               void *arg, struct staged *staged, struct error *err);

/* Is it a file that belongs to a database beside it? */
bool stage_is_part(int dir, const char *name);

#endif
