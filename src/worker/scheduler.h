/*
 * Requests by session, and the calls into the service. It has no lock and no thread: one thread at
 * a time uses it (see runner.c).
 */
#ifndef WORKER_SCHEDULER_H
#define WORKER_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dtree/service.h"
#include "wire/message.h"
#include "worker/job_times.h"

/* One message for the service, with its payload behind it; malloc()ed. */
struct job_part {
	enum message_type type; /* EXEC, DATA, CANCEL; RELOAD: `service` alone */
	const struct dtree_service *service;
	uint64_t request;
	uint64_t session;
	int64_t deadline;
	bool last;
	bool traced;
	bool woken;            /* traced: the thread slept until it came */
	uint64_t collected;    /* the same: clock_ns(), when the thread took it */
	uint64_t woken_wait;   /* ns that it had to wait to be woken */
	struct job_part *prev; /* utlist */
	struct job_part *next;
	size_t size;
	char bytes[];
};

/* The outcome of a part. */
struct job_update {
	uint64_t request;
	size_t taken;                         /* argument bytes, or bytes of input, consumed */
	bool sated;                           /* no more of its input is wanted */
	const char *progress;                 /* borrowed; not NULL: this is nothing but that */
	const struct dtree_service *replaced; /* not NULL: this is nothing but that: it runs now */
	bool answered;                        /* then: */
	bool tentative;                       /* valid only if the next commit succeeds */
	unsigned flags;                       /* message flags but FLAG_LAST */
	struct job_times times;
	char *text; /* owned by the receiver of the update */
	size_t size;
};

struct scheduler;

/* The node is copied; its strings and the service are borrowed for ever. */
struct scheduler *scheduler_new(const struct dtree_node *node, const struct dtree_service *service);
void scheduler_free(struct scheduler *s);

/* Takes over one part. true and *update: the part cancelled a request, whose answer is
 * FLAG_LATE. */
bool scheduler_add(struct scheduler *s, struct job_part *part, struct job_update *update);
/* Runs one part of one request, sessions in turn: true and *update, or false: there is none to run.
 */
bool scheduler_step(struct scheduler *s, struct job_update *update);
/* Has it no request? */
bool scheduler_empty(const struct scheduler *s);
/*
 * Runs a whole request, an EXEC with FLAG_LAST, while it has no other: *update is its answer. The
 * effect is that of scheduler_add() and scheduler_step(), without a copy.
 */
void scheduler_run_whole(struct scheduler *s, const struct message *m, struct job_update *update);
/*
 * A part of type RELOAD brings another service. While requests are open, which are half sent, those
 * that are whole are run by the former service, and others that begin half sent are kept; so the
 * open ones become none. Is that so? Then the caller commits everything and calls
 * scheduler_replace(), which gives the service that is run from now on.
 */
bool scheduler_may_replace(const struct scheduler *s);
const struct dtree_service *scheduler_replace(struct scheduler *s);
/* Has it a state of its service? */
bool scheduler_has_state(const struct scheduler *s);
/* Does its service commit? */
bool scheduler_commits(const struct scheduler *s);
/* Drops every request whose last part has not come, without an answer. */
void scheduler_drop_partial(struct scheduler *s);
/*
 * Commits. `answers` are those since the last commit; if it fails, the tentative ones become
 * refusals, or FLAG_UNKNOWN where the commit may have happened. Only for a service that has
 * commit().
 */
void scheduler_commit(struct scheduler *s, struct job_update *answers, size_t count);

#endif
