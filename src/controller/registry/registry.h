/*
 * What must be known of the nodes when dtreed has died: STATE/registry.db, and nothing else, knows
 * which processes belong to the tree.
 *
 * The registry is told what is to be written and writes it in its own order: what came together
 * goes in one commit, by a thread, so that no disk delays the loop. What could not be written (a
 * full disk) is tried again, with whatever comes next and each second.
 *
 * Without a directory (a private tree) nothing is written, and everything counts as written.
 *
 * One thread: everything here runs on the loop that was given.
 */
#ifndef CONTROLLER_REGISTRY_REGISTRY_H
#define CONTROLLER_REGISTRY_REGISTRY_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "tree/tree.h"

enum registry_phase {
	REGISTRY_STARTING, /* its creation is not answered: a crash takes it back */
	REGISTRY_KEPT,
	REGISTRY_DOOMED, /* it was killed: a crash leaves it to be finished */
};

/* What the next start does with a node that has no process then. */
enum registry_life {
	REGISTRY_LIFE_UNKNOWN, /* a row of version 0.1.0 */
	REGISTRY_LIFE_RUNS,    /* starts it again, whatever its policy */
	REGISTRY_LIFE_DEAD,    /* nothing: it died by its own fault */
	REGISTRY_LIFE_STOPPED, /* nothing: it was stopped by order */
	REGISTRY_LIFE_GIVEN_UP,
};

/* A node's row. */
struct registry_row {
	uint32_t data_id; /* the key: names its directory */
	int id;
	enum registry_phase phase;
	int parent; /* in the logical tree */
	enum tree_slot slot;
	uint64_t order;      /* among the children of its parent: when it came there */
	const char *service; /* a name without blanks; borrowed */
	const char *restart; /* its policy; the same */
	const char *name;    /* without blanks; borrowed. NULL: none; the same of group */
	const char *group;
	const char *on_hang;     /* NULL: what the tree does; borrowed */
	int64_t hang_timeout_ms; /* 0: the tree's */
	const char *after;       /* ids, with commas between; NULL: none; borrowed */
	const char *declared;    /* a word without blanks; borrowed. NULL: it is made by hand */
	uint32_t incarnation;
	pid_t pid;          /* 0: there is no process */
	uint64_t pid_start; /* these two as in controller/process/identity.h; 0: unknown */
	uint64_t pid_inode;
	unsigned restarts;
	unsigned deaths;
	bool reported; /* that it is lost was told */
	enum registry_life life;
	uint32_t protocol; /* of the process: MESSAGE_VERSION of its program; 0: version 0.1.0 */
	const char *cause; /* of death; "": it lived. Any text of one line; borrowed */
};

/* What is known of the whole. Strings are borrowed, or the registry's where it gives them. */
struct registry_head {
	uint64_t epoch;       /* lives of the controller so far */
	uint32_t incarnation; /* the highest that was given */
	const char *topology; /* a name without blanks */
	const char *boot;     /* of the machine; without blanks */
	const char *place;    /* which directory this was written in; without blanks; may be "" */
	const char *link;     /* how they are made, without blanks; "" or NULL: over Unix sockets */
	const char *links;    /* the directory of the links' sockets */
	int64_t heartbeat_ms; /* as it was set by a request; -1: it was not */
	bool ended;           /* in order: all that lived is started again */
};

/* For a limit. */
#define REGISTRY_FOR_EVER INT64_MAX

struct registry;

/* A row, as it was read; borrowed for the call. -1 with a reason: the registry cannot be used. */
typedef int registry_row_fn(void *arg, const struct registry_row *row, struct error *err);

/*
 * Opens the registry in a directory that exists; dir NULL: there is none. `fn` is told every row,
 * in no order, then *head is filled (zero, with heartbeat_ms -1 and NULL strings, for a new one;
 * its strings are valid until registry_head()). NULL with an error that names the file: it cannot
 * be had, another process has it, or it is damaged; rows may have been told already. A damaged one
 * stays as it is: it is for people to move it away, and to begin with an empty tree.
 */
struct registry *registry_open(struct ev_loop *loop, const char *dir, registry_row_fn *fn,
                               void *arg, struct registry_head *head, struct error *err);
/* Writes what is to be written (blocking, as registry_write()), then closes. No callback comes. Not
 * from a call of registry_done_fn. */
void registry_close(struct registry *r, int64_t limit_ms);

/* Writes what is to be written so far (blocking), and makes the calls that wait for it: for the
 * start, when the loop does not turn yet. Each commit has so long; then it is left alone, and may
 * still be written. */
int registry_write(struct registry *r, int64_t limit_ms, struct error *err);

/* Sets what the row should be; copied. */
void registry_put(struct registry *r, const struct registry_row *row);
/* Removes the row of that data id. */
void registry_drop(struct registry *r, uint32_t data_id);
/* Sets what the head should be; copied. Rows without any head cannot be opened again. */
void registry_head(struct registry *r, const struct registry_head *head);

/*
 * Calls fn once when all that was put, dropped or set so far is written as durably as it gets; or
 * with an error when it could not be: then it is still to be, and will be tried again. With
 * OUTCOME_UNKNOWN it may be written already, as after a sync that failed. `number` is
 * the caller's. Calls come in the order of these; one may come before this returns (always, without
 * a directory).
 */
typedef void registry_done_fn(void *arg, uint64_t number, const struct error *err);
void registry_then(struct registry *r, registry_done_fn *fn, void *arg, uint64_t number);

#endif
