/*
 * A sink of the log (log_divert()) for a worker: each line is a datagram to dtreed's socket
 * (controller/process/worker_log.h), found by its path, so that a later dtreed at the same path
 * hears it too. Nothing waits: what cannot be sent now is kept, and told later; of what there is no
 * room for it is told how many lines were dropped.
 *
 * Standard output and standard error become such a socket as well, of this process alone: what
 * libraries print there reaches dtreed as lines.
 */
#ifndef BASE_LOG_SOCKET_H
#define BASE_LOG_SOCKET_H

#include <stdbool.h>

#include "base/error.h"

/* Bytes of lines that are kept. */
#define LOG_SOCKET_KEPT ((size_t)16384)

/* The path is borrowed for ever. That nobody listens there is no error. Called again in a process
 * that was forked, it makes a socket of its own. */
int log_socket_open(const char *path, struct error *err);
/* Are lines kept? Then log_socket_retry() sends what can be sent. Any thread. */
bool log_socket_waiting(void);
void log_socket_retry(void);

#endif
