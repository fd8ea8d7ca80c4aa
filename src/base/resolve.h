/*
 * A directory's name, resolved once: what is found is held by a descriptor, and named by an
 * absolute path without links, "." or "..", so that it has one name however it was given.
 *
 * A symbolic link is followed if it belongs to root, to this user, or to the owner of the directory
 * that it stands in. Others can put links into directories like /tmp; these lead nowhere.
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
 * what: names the directory in errors, "state directory". mode: of one that is made, whatever the
 * umask. 0: resolved_free() later. -1: ERR_INTERNAL with the path as it was given, and nothing to
 * be freed.
 */
int resolve_directory(struct resolved *r, const char *what, const char *path,
                      enum resolve_missing missing, mode_t mode, struct error *err);
void resolved_free(struct resolved *r);
/* Does it belong to this user or to root, and may nobody write there whom the bits of `apart` stand
 * for? `path` is for the error. */
int resolved_check(const struct resolved *r, const char *what, mode_t apart, struct error *err);

#endif
