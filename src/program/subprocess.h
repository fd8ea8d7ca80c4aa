/*
 * One process of a program: its three streams and its end.
 *
 * What it writes to standard error goes to the log, line by line (error_log.h). Its end is told
 * once all that it wrote was read. With it ends everything in its process group; of what has left
 * the group see orphans.h.
 *
 * One thread: the loop's.
 */
#ifndef PROGRAM_SUBPROCESS_H
#define PROGRAM_SUBPROCESS_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/log.h"
#include "program/environment.h"
#include "program/spec.h"
#include "program/subprocess_end.h"

struct subprocess;

struct subprocess_handlers {
	/* Bytes of its standard output, borrowed. n is 0: it was closed. May stop the process, and
	 * must not free it. */
	void (*output)(void *arg, const char *bytes, size_t n);
	/* It has taken more of what was written, later than it was, or takes nothing more. NULL:
	 * nobody waits for that. Must not free the process. */
	void (*taken)(void *arg);
	/* It has ended. The process may be freed. */
	void (*ended)(void *arg, const struct subprocess_end *end);
};

/* The node's directory is there then. argv is borrowed for the call, the rest for as long as the
 * process is there. NULL: it cannot be started, see spawn_start() and environment_make(); ERR_LIMIT
 * also without descriptors. */
struct subprocess *subprocess_start(struct ev_loop *loop, const struct program_spec *spec,
                                    const struct program_node *node, char *const *argv,
                                    const struct subprocess_handlers *handlers, void *arg,
                                    struct error *err);
/* One that has not ended is killed with its group, and reaped. */
void subprocess_free(struct subprocess *p);

pid_t subprocess_pid(const struct subprocess *p);
/* The last line that it wrote to standard error; "": none. New memory. */
char *subprocess_last_word(const struct subprocess *p);

/* A line or more that it has said in another way than on standard error; kept and logged as if
 * there. */
void subprocess_say(struct subprocess *p, enum log_level level, const char *text, size_t n);

/* Is given to its standard input as it takes it. Dropped once that is closed. */
void subprocess_write(struct subprocess *p, const char *bytes, size_t n);
/* Bytes that it has not taken yet. */
size_t subprocess_unsent(const struct subprocess *p);
/* Has its standard input been closed, by it or by us? */
bool subprocess_input_closed(const struct subprocess *p);
/* Its standard input ends behind what was written. */
void subprocess_close_input(struct subprocess *p);
/* There is so much under way that its answers are better read together: if it has answered a moment
 * ago, the next are left for a moment. few: these were few. */
void subprocess_gather(struct subprocess *p, bool few);
/* Nothing of its output is read for the time being. */
void subprocess_pause(struct subprocess *p, bool pause);

/* Ends it: standard input is closed at once; SIGTERM goes to its group after a moment, at once if
 * `now`; SIGKILL when `stop-grace` is over. */
void subprocess_stop(struct subprocess *p, bool now);

#endif
