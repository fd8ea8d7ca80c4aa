/*
 * The lock of a directory: place 0 of a file in it, base/lock.h. The file holds the process id of
 * who took it last, for people.
 */
#ifndef DAEMON_LOCKFILE_H
#define DAEMON_LOCKFILE_H

#include <sys/types.h>

#include "base/error.h"

struct lockfile {
	int dir;          /* borrowed */
	const char *name; /* borrowed */
	int fd;           /* -1: it is not held. Nobody else opens that file in this process */
	pid_t former;     /* who took it last, and has ended or let it go since; 0: not known */
};

/* `where` names the directory in errors. -1: an error that names it, and the process that has it
 * where that can be told. */
int lockfile_take(struct lockfile *l, int dir, const char *name, const char *where,
                  struct error *err);
/* Removes the file and lets the lock go. */
void lockfile_remove(struct lockfile *l);
/* Lets the lock go; the file stays. */
void lockfile_drop(struct lockfile *l);

#endif
