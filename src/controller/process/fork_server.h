/*
 * The fork server (worker/forkserver.h), as dtreed has it: one process of the worker program that
 * makes the others, in less time than the program needs to load. Its workers are dtreed's own
 * children. It can be missing at any time, because it loads still, or was killed: then a worker is
 * started as a program, and another server later. One whose program was replaced makes no more.
 */
#ifndef CONTROLLER_PROCESS_FORK_SERVER_H
#define CONTROLLER_PROCESS_FORK_SERVER_H

#include <ev.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "controller/process/worker_log.h"

struct fork_server;

/* Starts a server of that program; whatever is wrong with it is its own trouble. What it says goes
 * to `log` (borrowed). */
struct fork_server *fork_server_new(struct ev_loop *loop, const char *program,
                                    struct worker_log *log);
/* Is this the server? n may be NULL. */
bool fork_server_is_server(const struct fork_server *n, pid_t pid);
/* Is this the server, or a worker that it made and that was not taken yet? n may be NULL. */
bool fork_server_awaits(const struct fork_server *n, pid_t pid);
/* Ends the server. NULL: nothing. */
void fork_server_free(struct fork_server *n);

/*
 * A worker with this command line, and this as its standard input: its pid, a child of ours that
 * only the caller reaps. 0: not now. A server that does not answer costs
 * FORK_SERVER_PATIENCE_MS, once: it is killed. -1 with ERR_LIMIT: it does not die, so that it may
 * yet make this worker, and no other may be started in its stead.
 */
#define FORK_SERVER_PATIENCE_MS 100
pid_t fork_server_fork(struct fork_server *n, char *const argv[], int start_barrier,
                       struct error *err);

#endif
