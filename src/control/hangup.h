/*
 * Tells when the peer of a connection has closed it whole, also while the connection is not read:
 * as it has shut down its sending direction, or has too much under way.
 */
#ifndef CONTROL_HANGUP_H
#define CONTROL_HANGUP_H

#include <ev.h>
#include <stdint.h>

struct hangups;

typedef void hangup_fn(void *arg, uint64_t id);

/* NULL: there is no descriptor for it (errno). */
struct hangups *hangups_new(struct ev_loop *loop, hangup_fn *fn, void *arg);
void hangups_free(struct hangups *h);

/* Calls fn with that id from the loop, once, when the peer of fd is gone, until fd is closed. -1:
 * there is no memory for it (errno). */
int hangups_watch(struct hangups *h, int fd, uint64_t id);

#endif
