/*
 * A directory's name, resolved once: a descriptor holds the directory, and an absolute path without
 * links, "." or ".." names it, so that it has one name however it was given.
 *
 * A symbolic link is followed if it belongs to root, to this user, or to the owner of the directory
 * that it stands in. Links that other users put into directories like /tmp are refused.
 */
#ifndef BASE_RESOLVE_H
#define BASE_RESOLVE_H

#include <sys/types.h>

#include "base/error.h"

struct resolved {
	char *path;
	int fd;
};

enum resolve_missing {
	RESOLVE_REFUSE,   /* a directory that is missing is an error */
	RESOLVE_MAKE,     /* the last one is made */
	RESOLVE_MAKE_ALL, /* those above it too, with mode 0700 */
};

/*
 * what: the directory's name in errors, "state directory". mode: of a directory that is made,
 * independent of the umask. 0: call resolved_free() later. -1: ERR_INTERNAL with the path as it was
 * given, and nothing to free.
 */
int resolve_directory(struct resolved *r, const char *what, const char *path,
                      enum resolve_missing missing, mode_t mode, struct error *err);
void resolved_free(struct resolved *r);
/* Checks that the directory belongs to this user or to root, and that none of the permission bits
 * `apart` is set. `path` is for the error. */
int resolved_check(const struct resolved *r, const char *what, mode_t apart, struct error *err);

#endif
