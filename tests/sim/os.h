/*
 * The simulated system: processes with a loop each, which stop, go on, get signals and die;
 * descriptors, and who holds which place of the file of lives.
 *
 * A process's loop turns by itself: when something is ready for it, a timer of it is due, or a turn
 * left something to do. Who runs is `os_current()`: what is made belongs to it.
 */
#ifndef SIM_OS_H
#define SIM_OS_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sim/world.h"

struct link_end;
struct readers;
struct runner;
struct sim_program;

enum process_kind {
	PROCESS_DTREED,
	PROCESS_WORKER,
};

struct sim_process {
	enum process_kind kind;
	pid_t pid;
	pid_t parent;
	char name[24];
	int node; /* a worker's */
	uint32_t incarnation;
	struct ev_loop *loop;
	bool running; /* its loop turns, unless it is stopped */
	bool stopped;
	bool dying; /* SIGKILL came: it does nothing more, and ends in a moment */
	bool dead;
	bool refused; /* there was no room for its last link, and it has none since */
	int64_t stopped_at;
	int64_t continued_at; /* or it began */
	int64_t died_at;
	int status; /* of exit, or the signal */
	bool by_signal;
	bool reaped;
	unsigned signals;   /* that came and were not handled: bits */
	uint64_t turns;     /* number of the turn that is to come */
	int64_t turn_due;   /* 0: none is */
	int64_t busy_until; /* the last turn took so long */
	char **words;       /* of its command line; owned */
	int gate;           /* a number of gates; 0: none */
	void *self;         /* the relay, or the controller */
	struct runner *runner;
	struct readers *readers;
	struct sim_program *program; /* NULL: it has none */
	struct link_end *ends;       /* its sockets; see links.c */
	int *ready;                  /* descriptors that may be ready */
	size_t ready_count;
	size_t ready_room;
	void (*free_self)(struct sim_process *p); /* NULL: nothing to free */
	void (*turned)(struct sim_process *p);    /* NULL: nobody looks at it after a turn */
	struct descriptor *owned;                 /* its open descriptors; see descriptors.c */
	struct descriptor *watching;              /* those that tell its end */
	struct sim_process *prev;                 /* utlist */
	struct sim_process *next;
};

void os_begin(void);
/* Ends all that live, without a word. */
void os_end(void);

struct sim_process *os_current(void);
/* Lets fn run as the process, which need not be running. */
void os_run_as(struct sim_process *p, void (*fn)(struct sim_process *p));
/* Those that have not ended, the youngest first. */
struct sim_process *os_processes(void);
/* It need not live. */
struct sim_process *os_find(pid_t pid);
/* A process that does not run yet. */
struct sim_process *os_process_new(enum process_kind kind, const char *name);
/* Its loop begins to turn. */
void os_process_run(struct sim_process *p);
/* It lives, and has not been killed. */
bool os_alive(const struct sim_process *p);
/* Something is there for it. */
void os_wake(struct sim_process *p);
/* The loop was broken off, or main() returned: it ends by itself. */
void os_exit(struct sim_process *p, int status);

void os_signal(struct sim_process *p, int signal);
void os_stop(struct sim_process *p);
void os_continue(struct sim_process *p);
void os_kill(struct sim_process *p);

/* Descriptors of the world have numbers from here on. */
#define SIM_FD 1000000
int os_fd_new(struct sim_process *owner);
void os_fd_set(int fd, bool ready);
bool os_fd_is_ready(int fd);
void os_fd_close(int fd);
void os_fd_watch(int fd, ev_io *watcher);
ev_io *os_fd_watcher(int fd);
int os_pidfd_new(struct sim_process *owner, struct sim_process *target);
struct sim_process *os_pidfd_target(int fd);
/* The end of a pipe at which a worker waits; or, of the same number below 0, the one at which it is
 * let in. */
int os_gate_fd_new(struct sim_process *owner, int gate);
int os_gate_of(int fd);
void os_gate_written(int fd);

/* How late a process gets a processor; see faults.c for when it is more. */
void os_set_load(int64_t usual_us, int64_t worst_us, unsigned worst_per_mille);
int64_t os_delay(void);

/* descriptors.c: those of the process are closed; who watches for its end sees it. */
void descriptors_died(struct sim_process *p);
void descriptors_tell(struct sim_process *p);
void descriptors_end(void);

/* loop.c: one turn. When the next is due: 0, at once; INT64_MAX, when something comes; or -1: the
 * loop was broken off. */
int64_t loop_turn(struct ev_loop *loop);

/* links.c */
void links_continued(struct sim_process *p);
void links_died(struct sim_process *p);
void links_begin(void);
void links_end(void);

/* disk.c */
void disk_died(struct sim_process *p);

/* kernel.c */
void kernel_begin(void);

/* worker.c: what spawn_program() starts: main() up to the gate, and behind it. */
void worker_main(struct sim_process *p);
void worker_let_in(struct sim_process *p);

#endif
