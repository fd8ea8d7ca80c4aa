/*
 * A sink of the log (log_divert()) that never waits: lines are queued, and a thread writes them to
 * standard error, which may be a pipe that nobody reads, a terminal that was halted, a file on a
 * disk that hangs. A line for which the queue has no room is dropped and counted; a line in its
 * place tells how many were dropped.
 *
 * The flags of standard error stay as they are, because other processes share them. Where another
 * process makes it non-blocking, the thread waits until it takes bytes again.
 */
#ifndef BASE_LOG_QUEUE_H
#define BASE_LOG_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Bytes of lines that wait. */
#define LOG_QUEUE_SIZE ((size_t)65536)

/* Starts the thread and diverts the log to it. -1: there is no thread, and lines go where they went
 * before. */
int log_queue_start(struct error *err);
/* Waits until all is written, at most patience_ms. From now on lines are written directly. */
void log_queue_stop(int64_t patience_ms);

#endif
