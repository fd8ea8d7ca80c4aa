/* Sends the lines again that dtreed could not take because it was busy or dead: base/log_socket.h
 * keeps them, and this tries from time to time. One thread: the loop's. */
#ifndef WORKER_LOG_RETRY_H
#define WORKER_LOG_RETRY_H

#include <ev.h>

struct log_retry;

struct log_retry *log_retry_new(struct ev_loop *loop);
/* Tries a last time. */
void log_retry_free(struct log_retry *r);

#endif
