/*
 * Worker processes: started by fork and exec, watched by pidfd, reaped by nobody else. A process
 * outlives its node for a moment: a node that was killed is gone at once, its process when the
 * kernel says so.
 */
#ifndef CONTROLLER_PROCESS_H
#define CONTROLLER_PROCESS_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct process;
struct processes;

/* Whose process it is, in the terms of whoever started it. */
struct process_tag {
	int node;
	uint32_t incarnation;
	uint32_t birth;
	uint64_t killer; /* the request that killed it; 0: none */
};

/* The process is gone and reaped; `cause` is "exit status N" or "signal N (Name)". It is freed
 * after the call. */
typedef void process_exit_fn(void *arg, const struct process_tag *tag, const char *cause);

struct processes *processes_new(struct ev_loop *loop, process_exit_fn *exited, void *arg);
/* Kills and reaps all that are left (blocking, they are dying already); calls nobody. */
void processes_free(struct processes *all);

/*
 * Starts argv[0] with only the standard descriptors open: input from /dev/null, output to standard
 * error. `socket_path` is the socket file that the program makes; it is removed at its end.
 * ERR_LIMIT when the system has no room for it, ERR_INTERNAL when the program cannot be started.
 */
struct process *process_start(struct processes *all, char *const argv[], const char *socket_path,
                              const struct process_tag *tag, struct error *err);
pid_t process_pid(const struct process *p);
/* Any signal; nothing if it is gone already. */
void process_signal(struct process *p, int signal);
/* SIGKILL, in the name of a request (0: of none). Its end is told when it is there. */
void process_kill(struct process *p, uint64_t killer);

#endif
