/*
 * The directory of a private tree. A lock on the directory itself says that it is in use: it lives
 * as long as anybody has the descriptor open, so that what a crash left behind can be told.
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
 * Makes "dtree-XXXXXX", for this user only, in the first of $XDG_RUNTIME_DIR, $TMPDIR and /tmp that
 * will do, so that a socket in it with a name of at most `room` bytes has a path that fits
 * (unix(7)). Removes first what crashes left there: directories that this function made and that
 * nobody has locked.
 */
int directory_make(struct directory *d, size_t room, struct error *err);
/* Removes it with all that is in it, and lets the lock go. Follows no links. */
void directory_remove(struct directory *d);

#endif
