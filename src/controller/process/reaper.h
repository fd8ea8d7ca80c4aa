/*
 * Children that are none of ours. As process 1 of a container, or where a former program left some
 * before it became dtreed, processes that were not started here end as our children: they are
 * reaped, and nothing else happens. A child of ours is left to the code that waits for it by its
 * pidfd.
 *
 * What a node's program has started comes to us when the node's worker was killed, as we are the
 * subreaper: it is killed, and nothing else is. It is known by its mark (base/descendants.h).
 */
#ifndef CONTROLLER_PROCESS_REAPER_H
#define CONTROLLER_PROCESS_REAPER_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct reaper;

/* Does other code wait for this child? */
typedef bool reaper_awaited_fn(void *arg, pid_t pid);

/* Its process becomes a subreaper. */
struct reaper *reaper_new(struct ev_loop *loop, reaper_awaited_fn *awaited, void *arg);
/* The workers have ended: ends what their programs have left, and waits for it, so long at the
 * most.
 */
void reaper_end(struct reaper *r, int64_t limit_ms);
/* NULL: nothing. */
void reaper_free(struct reaper *r);

#endif
