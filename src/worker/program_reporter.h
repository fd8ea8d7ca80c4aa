/*
 * Tells the controller of this node's program: each state that is not followed by another at once,
 * again until the controller has seen it, so that the last one arrives whatever becomes of a relay
 * or a link on the way; and what the program says has happened, which is told once.
 *
 * Neither is told more often than its rate lets it be. States are put together, as each report has
 * all that is known; events are dropped, which their numbers show.
 *
 * One thread: the loop's.
 */
#ifndef WORKER_PROGRAM_REPORTER_H
#define WORKER_PROGRAM_REPORTER_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>

#include "program/announce.h"
#include "wire/message.h"

/* Reports at once, and in a second. */
#define PROGRAM_REPORTS_BURST  8
#define PROGRAM_REPORTS_SECOND 4
/* Where nothing but the number of processes has changed, it is told of so much later, in ms. */
#define PROGRAM_COUNT_MS 1000
/* A report that was not seen is sent again after so many ms. */
#define PROGRAM_AGAIN_MS 250
/* Events at once, and in a second; one counts as many times as its data have begun a KiB. */
#define PROGRAM_EVENTS_BURST  200
#define PROGRAM_EVENTS_SECOND 100

struct program_reporter;

/* Sends up; the message is borrowed for the call. */
typedef void program_say_fn(void *arg, struct message *m);

/* Nothing is sent before program_reporter_anew(). */
struct program_reporter *program_reporter_new(struct ev_loop *loop, program_say_fn *say, void *arg);
void program_reporter_free(struct program_reporter *r);
/* What the engine tells of its program. Borrowed: it is the reporter's. */
const struct program_watch *program_reporter_watch(struct program_reporter *r);

/* There is a way to the controller of this epoch, which may know nothing. */
void program_reporter_anew(struct program_reporter *r, uint64_t controller_epoch);
/* A MSG_PROGRAM_SEEN. */
void program_reporter_seen(struct program_reporter *r, const struct message *m);

#endif
