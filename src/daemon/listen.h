/* The control socket's file and the descriptor that listens on it. */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include <sys/types.h>

#include "base/error.h"

struct listen;

/*
 * Listens at the path, mode 0660. A socket that a crash left there is taken over; one that answers
 * is an error, and so is anything that is no socket: it is left alone. `passed` (taken over,
 * whatever becomes of it) is a listening socket that is used instead, or -1; then the path is not
 * touched. `former` is a dtreed that has ended: a socket of it that seems to answer does not; or 0.
 * NULL and an error that names the path.
 */
struct listen *listen_new(const char *path, int passed, pid_t former, struct error *err);
/* 0: the file is there, or not ours to make. 1: it was not, and is now; *fd is another descriptor,
 * as of listen_take(). -1: it cannot be made. */
int listen_renew(struct listen *l, int *fd, struct error *err);
/* The directory of the file; NULL: it is not ours to make. Borrowed until the next call. */
const char *listen_dir(const struct listen *l);
/* Removes the socket's file, if it is still the one that was made. */
void listen_free(struct listen *l);

/* Hands the descriptor over, once: close-on-exec, not blocking. */
int listen_take(struct listen *l);

#endif
