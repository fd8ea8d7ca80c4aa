/* Regular files, by the descriptor of their directory and their name in it. Stateless. */
#ifndef BACKUP_REGULAR_H
#define BACKUP_REGULAR_H

#include <stdbool.h>
#include <sys/stat.h>

/* Opens it for reading, and follows no link. -1 with errno; ENOTSUP: it is no regular file. */
int regular_open(int dir, const char *name, struct stat *st);
/* Copies it to the path, as many bytes as it has at the begin. *changed: it was written meanwhile,
 * as far as its times tell. -1 with errno. */
int regular_copy(int dir, const char *name, const char *to, bool *changed);

#endif
