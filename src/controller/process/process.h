/*
 * Worker processes: forked by the fork server, started by fork and exec, or taken over from a
 * former dtreed; watched by pidfd, and reaped here only. A process outlives its node for a moment:
 * a node that was killed is gone at once, its process when the kernel says so.
 *
 * One of a former dtreed is known by the place that it holds as long as it lives (base/lock.h): its
 * incarnation, in a file of the state directory. A process id that was written down may belong to
 * another process by now.
 */
#ifndef CONTROLLER_PROCESS_PROCESS_H
#define CONTROLLER_PROCESS_PROCESS_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "controller/process/fork_server.h"
#include "controller/process/identity.h"
#include "controller/process/worker_file.h"
#include "controller/process/worker_log.h"

struct process;
struct processes;

/* Whose process it is, as its starter says. */
struct process_tag {
	int node;
	uint32_t incarnation;
	uint64_t departure; /* whose end was ordered: see terminate.h; 0: it was not */
	size_t place;       /* in that departure */
};

/* The process has ended; `cause` is "exit status N" or "signal N (Name)", or "unknown" where it is
 * not our child and the kernel does not tell. It is freed after the call. */
typedef void process_exit_fn(void *arg, const struct process_tag *tag, const char *cause);

/* What programs say that are started goes to `log` (borrowed; may be NULL). */
struct processes *processes_new(struct ev_loop *loop, struct worker_log *log,
                                process_exit_fn *exited, void *arg);
/* Kills and reaps all that are left (blocking, they are ending already); no callback comes. Those
 * that do not end within that time are logged and left behind: false, if there are any. */
bool processes_free(struct processes *all, int64_t limit_ms);
/* Lets them all live on, but those that were not let go. */
void processes_leave(struct processes *all);

/*
 * Starts argv[0] with only the standard descriptors open: output to the workers' log, input from a
 * pipe, the start barrier: it ends, or a byte comes by process_let_go(). `socket_path` is the
 * socket file that the program makes; it is removed at its end. fork_server: makes processes of
 * that program; NULL: the program is started. ERR_LIMIT when the system has no room for it,
 * ERR_INTERNAL when the program cannot be started.
 */
struct process *process_start(struct processes *all, struct fork_server *fork_server,
                              char *const argv[], const char *socket_path,
                              const struct process_tag *tag, struct error *err);
/* It may begin. */
void process_let_go(struct process *p);

/* A process of a former dtreed, as it was written down. */
struct process_record {
	int lives;          /* the file of places; -1: there is none */
	uint32_t place;     /* the one it holds while it lives */
	bool places;        /* it was started by a version that takes places */
	bool same_boot;     /* the machine has not started anew since */
	struct identity id; /* pid 0: there was none */
};

enum process_found {
	PROCESS_GONE,
	PROCESS_LIVES,
	PROCESS_APART,  /* that process lives, but its place in this file is not held */
	PROCESS_HIDDEN, /* a process that cannot be reached from here holds its place */
	PROCESS_FAILED, /* it cannot be told */
};

/* Looks for it, and with PROCESS_LIVES and PROCESS_APART takes it over, as *found. *err says why in
 * the last two cases. */
enum process_found process_find(struct processes *all, const struct process_record *record,
                                const char *socket_path, const struct process_tag *tag,
                                struct process **found, struct error *err);
/* Lets it live on. */
void process_leave(struct process *p);

/* Whose process it is, living or not reaped yet; NULL: it is none of these. */
const struct process_tag *processes_find(const struct processes *all, pid_t pid);

int process_node(const struct process *p);
pid_t process_pid(const struct process *p);
const struct identity *process_identity(const struct process *p);
/* The program that it runs. */
const struct worker_file *process_file(const struct process *p);
/* Since its start; 0 where that is not known. */
int64_t process_age_ms(const struct process *p);
/* Has it not ended? Its end may not be told yet. */
bool process_lives(const struct process *p);
/* From now on its end belongs to a departure. */
void process_depart(struct process *p, uint64_t departure, size_t place);
/* Any signal; nothing if it is gone already. Its end is told when it is there. */
void process_signal(struct process *p, int signal);

#endif
