/*
 * Worker processes: forked by the fork server, started by fork and exec, or taken over from a
 * former dtreed; watched by pidfd, reaped by nobody else. A process outlives its node for a moment:
 * a node that was killed is gone at once, its process when the kernel says so.
 *
 * A process is known by its pid and its start time: a pid alone may be somebody else's by now.
 */
#ifndef CONTROLLER_PROCESS_H
#define CONTROLLER_PROCESS_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "controller/nursery.h"
#include "controller/worker_log.h"

struct process;
struct processes;

/* Whose process it is, in the terms of whoever started it. */
struct process_tag {
	int node;
	uint32_t incarnation;
	uint64_t departure; /* whose end was ordered: see depart.h; 0: it was not */
	size_t place;       /* in that departure */
};

/* The process is gone and reaped; `cause` is "exit status N" or "signal N (Name)", or "unknown" for
 * one that was taken over: it is not our child. It is freed after the call. */
typedef void process_exit_fn(void *arg, const struct process_tag *tag, const char *cause);

/* What programs say that are started goes to `log` (borrowed; may be NULL). */
struct processes *processes_new(struct ev_loop *loop, struct worker_log *log,
                                process_exit_fn *exited, void *arg);
/* Kills and reaps all that are left (blocking, they are dying already); calls nobody. Those that do
 * not end within that time are logged and left behind. */
void processes_free(struct processes *all, int64_t limit_ms);
/* Lets them all live on, but those that were not let go. */
void processes_leave(struct processes *all);

/*
 * Starts argv[0] with only the standard descriptors open: output to the workers' log, input from a
 * pipe, the gate: it ends, or a byte comes by process_let_go(). `socket_path` is the socket file
 * that the program makes; it is removed at its end. nursery: makes processes of that program; NULL:
 * the program is started. ERR_LIMIT when the system has no room for it,
 * ERR_INTERNAL when the program cannot be started.
 */
struct process *process_start(struct processes *all, struct nursery *nursery, char *const argv[],
                              const char *socket_path, const struct process_tag *tag,
                              struct error *err);
/* It may begin. */
void process_let_go(struct process *p);
/* Takes over a process that lives, of that pid and start time. NULL: there is none (any more), or
 * with *err set to another code than ERR_NONE, it cannot be watched. */
struct process *process_adopt(struct processes *all, pid_t pid, uint64_t start,
                              const char *socket_path, const struct process_tag *tag,
                              struct error *err);

/* Whose process it is, living or not reaped yet; NULL: it is none of these. */
const struct process_tag *processes_find(const struct processes *all, pid_t pid);

int process_node(const struct process *p);
pid_t process_pid(const struct process *p);
/* In clock ticks since the machine started (proc_pid_stat(5), starttime). */
uint64_t process_start_time(const struct process *p);
/* Since its start. */
int64_t process_age_ms(const struct process *p);
/* Has it not ended? Its end may not be told yet. */
bool process_lives(const struct process *p);
/* From now on its end belongs to a departure. */
void process_depart(struct process *p, uint64_t departure, size_t place);
/* Any signal; nothing if it is gone already. Its end is told when it is there. */
void process_signal(struct process *p, int signal);

#endif
