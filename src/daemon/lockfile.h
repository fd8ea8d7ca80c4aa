/*
 * The lock of a directory: place 0 of a file in it, base/lock.h. The file holds the process id of
 * its last holder, for people.
 */
#ifndef DAEMON_LOCKFILE_H
#define DAEMON_LOCKFILE_H

#include <sys/types.h>

#include "base/error.h"

struct lockfile {
	int dir;          /* borrowed */
	const char *name; /* borrowed */
	int fd;           /* -1: it is not held. Nothing else in this process opens that file */
	pid_t former;     /* the last holder, which has ended or released it; 0: unknown */
};

/* `where` names the directory in errors. -1: an error that names the directory, and the process
 * that holds it if that is known. */
int lockfile_take(struct lockfile *l, int dir, const char *name, const char *where,
                  struct error *err);
/* Removes the file and releases the lock. */
void lockfile_remove(struct lockfile *l);
/* Releases the lock; the file stays. */
void lockfile_drop(struct lockfile *l);

#endif
