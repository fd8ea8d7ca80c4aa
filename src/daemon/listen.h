/* The control socket's file and the descriptor that listens on it. */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include <sys/types.h>

#include "base/error.h"

struct listen;

/*
 * Listens at the path, a file of that mode. A socket that a crash left there is replaced. A socket
 * that answers is an error and stays, as does a file that is no socket. `passed` is a listening
 * socket that is used instead (owned by this from now on, also on failure), or -1; with it the path
 * is not touched. `former` is a dtreed that has ended, or 0: if its socket seems to answer, it does
 * not. NULL and an error that names the path.
 */
struct listen *listen_new(const char *path, int passed, mode_t mode, pid_t former,
                          struct error *err);
/* 0: the file exists, or is not made by this program. 1: it was missing and was made; *fd is a new
 * descriptor, as of listen_take(). -1: it cannot be made. */
int listen_renew(struct listen *l, int *fd, struct error *err);
/* The directory of the file; NULL: the file is not made by this program. Borrowed until the next
 * call. */
const char *listen_dir(const struct listen *l);
/* Removes the socket's file, if it is still the one that was made. */
void listen_free(struct listen *l);

/* Hands the descriptor over, once: close-on-exec, not blocking. */
int listen_take(struct listen *l);

#endif
