/*
 * One process of a program: its three streams and its end.
 *
 * What it writes to standard error goes to the log, line by line (error_log.h). Its end is told
 * once all that it wrote was read. With it ends everything in its process group; of what has left
 * the group see orphans.h.
 *
 * One thread: the loop's.
 */
#ifndef PROGRAM_CHILD_H
#define PROGRAM_CHILD_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/log.h"
#include "program/child_end.h"
#include "program/environment.h"
#include "program/spec.h"

struct child;

struct child_handlers {
	/* Bytes of its standard output, borrowed. n is 0: it was closed. May stop the child, and
	 * must not free it. */
	void (*output)(void *arg, const char *bytes, size_t n);
	/* It has taken more of what was written, later than it was, or takes nothing more. NULL:
	 * nobody waits for that. Must not free the child. */
	void (*taken)(void *arg);
	/* It has ended. The child may be freed. */
	void (*ended)(void *arg, const struct child_end *end);
};

/* The node's directory is there then. argv is borrowed for the call, the rest for as long as the
 * child is there. NULL: it cannot be started, see spawn_start() and environment_make(); ERR_LIMIT
 * also without descriptors. */
struct child *child_start(struct ev_loop *loop, const struct program_spec *spec,
                          const struct program_node *node, char *const *argv,
                          const struct child_handlers *handlers, void *arg, struct error *err);
/* One that has not ended is killed with its group, and reaped. */
void child_free(struct child *c);

pid_t child_pid(const struct child *c);
/* The last line that it wrote to standard error; "": none. New memory. */
char *child_last_word(const struct child *c);

/* A line or more that it has said in another way than on standard error; kept and logged as if
 * there. */
void child_say(struct child *c, enum log_level level, const char *text, size_t n);

/* Is given to its standard input as it takes it. Dropped once that is closed. */
void child_write(struct child *c, const char *bytes, size_t n);
/* Bytes that it has not taken yet. */
size_t child_unsent(const struct child *c);
/* Has its standard input been closed, by it or by us? */
bool child_input_closed(const struct child *c);
/* Its standard input ends behind what was written. */
void child_close_input(struct child *c);
/* There is so much under way that its answers are better read together: if it has answered a moment
 * ago, the next are left for a moment. few: these were few. */
void child_gather(struct child *c, bool few);
/* Nothing of its output is read for the time being. */
void child_pause(struct child *c, bool pause);

/* Ends it: standard input is closed at once; SIGTERM goes to its group after a moment, at once if
 * `now`; SIGKILL when `stop-grace` is over. */
void child_stop(struct child *c, bool now);

#endif
