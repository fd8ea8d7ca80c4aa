/*
 * The directory of a private tree. A lock on the directory itself marks it as used: the lock lasts
 * as long as a process has the descriptor open, so a directory that a crash left can be recognized.
 */
#ifndef CTL_DIRECTORY_H
#define CTL_DIRECTORY_H

#include <stddef.h>

#include "base/error.h"

struct directory {
	char *path; /* owned */
	int base;   /* the directory it lies in */
	int fd;     /* the directory itself, locked */
};

/*
 * Makes "dtree-XXXXXX", for this user only, in the first suitable one of $XDG_RUNTIME_DIR, $TMPDIR
 * and /tmp, so that a socket in it with a name of at most `room` bytes has a path that fits
 * (unix(7)). First removes what crashes left there: directories that this function made and that
 * are not locked.
 */
int directory_make(struct directory *d, size_t room, struct error *err);
/* Removes it with its content, and releases the lock. Follows no links. */
void directory_remove(struct directory *d);

#endif
