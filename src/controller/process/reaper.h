/*
 * Children that are none of ours. As process 1 of a container, or where a former program left some
 * before it became dtreed, processes that were not started here end as our children: they are
 * reaped, and nothing else happens. A child of ours is left to the code that waits for it by its
 * pidfd.
 */
#ifndef CONTROLLER_PROCESS_REAPER_H
#define CONTROLLER_PROCESS_REAPER_H

#include <ev.h>
#include <stdbool.h>
#include <sys/types.h>

struct reaper;

/* Does other code wait for this child? */
typedef bool reaper_awaited_fn(void *arg, pid_t pid);

struct reaper *reaper_new(struct ev_loop *loop, reaper_awaited_fn *awaited, void *arg);
/* NULL: nothing. */
void reaper_free(struct reaper *r);

#endif
