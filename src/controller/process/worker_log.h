/*
 * What workers say: a datagram socket in the directory of the links, where each worker's log
 * (base/log_socket.h) and whatever its libraries print arrives as lines, which go into dtreed's own
 * log with the node's number. So no worker writes where dtreed writes, and what they say outlives a
 * dtreed: the next one listens at the same path.
 *
 * The kernel says which process a line is from (SCM_CREDENTIALS in unix(7)), not the line. Lines of
 * other users than ours and root are dropped; a process that says too much is cut short, and how
 * many of its lines were dropped is logged.
 */
#ifndef CONTROLLER_PROCESS_WORKER_LOG_H
#define CONTROLLER_PROCESS_WORKER_LOG_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/log_fact.h"

struct worker_log;

/* Writes what the process is called ("node 5"), and which node it is, where it is one, and returns
 * true; or false: it is none of ours. */
typedef bool worker_log_name_fn(void *arg, pid_t pid, char *name, size_t size,
                                struct log_about *about);

/* A process of ours says why it ends, if it does (log_socket_word()); "": it does not. */
typedef void worker_log_word_fn(void *arg, pid_t pid, const char *word);

/* Lines of one process that are logged at once, and each second from then on. */
#define WORKER_LOG_BURST  500
#define WORKER_LOG_SECOND 50

/* Listens in that directory, in place of a former listener. */
struct worker_log *worker_log_open(struct ev_loop *loop, const char *dir, worker_log_name_fn *name,
                                   worker_log_word_fn *word, void *arg, struct error *err);
/* Logs what has come, and closes. NULL: nothing. */
void worker_log_free(struct worker_log *w);

const char *worker_log_path(const struct worker_log *w);
/* A socket whose datagrams arrive here, for the standard output of one program that is started; to
 * be closed by the caller; or -1 with errno. w may be NULL: it is /dev/null. */
int worker_log_speaker(const struct worker_log *w);
/* Logs what has come so far: call it before a process is forgotten. w may be NULL. */
void worker_log_read(struct worker_log *w);
/* Is the socket's file still the one that was made? */
bool worker_log_stands(const struct worker_log *w);
/* Listens at the path anew. */
int worker_log_renew(struct worker_log *w, struct error *err);

#endif
