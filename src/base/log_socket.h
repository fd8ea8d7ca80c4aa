/*
 * A sink of the log (log_divert()) for a worker: each line is a datagram to dtreed's socket
 * (controller/process/worker_log.h), found by its path, so that a later dtreed at the same path
 * hears it too. Nothing waits: a line that cannot be sent now is kept and sent later. When there is
 * no room for more, lines are dropped, and a line tells how many.
 *
 * Standard output and standard error become such a socket too, which no other process shares: what
 * libraries print there reaches dtreed as lines.
 */
#ifndef BASE_LOG_SOCKET_H
#define BASE_LOG_SOCKET_H

#include <stdbool.h>

#include "base/error.h"

/* Bytes of lines that are kept. */
#define LOG_SOCKET_KEPT ((size_t)16384)

/* The path is borrowed for ever. It is no error if nothing listens there. A forked process calls it
 * again to get a socket of its own. */
int log_socket_open(const char *path, struct error *err);

/*
 * A word that is no line of the log: why this process ends, if it does before it is ready, or what
 * it is about to do that may end it; the last one counts, "" takes it back. dtreed tells it with
 * what it says of the end. Waits a second for dtreed to take it; false: it does not.
 */
#define LOG_SOCKET_WORD "<0>"
bool log_socket_word(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Are lines kept? log_socket_retry() then sends what can be sent. Any thread. */
bool log_socket_waiting(void);
void log_socket_retry(void);

#endif
