/*
 * Requests by session, and the calls into the service. No locks and no thread in here: one thread
 * at a time uses it (runner.h says which).
 */
#ifndef WORKER_SCHEDULER_H
#define WORKER_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dtree/service.h"
#include "wire/message.h"

/* One message for the service, with its payload behind it; malloc()ed. */
struct job_part {
	enum message_type type; /* EXEC, DATA, CANCEL */
	uint64_t request;
	uint64_t session;
	int64_t deadline;
	bool last;
	struct job_part *prev; /* utlist */
	struct job_part *next;
	size_t size;
	char bytes[];
};

/* What became of a part. */
struct job_update {
	uint64_t request;
	size_t taken;   /* argument bytes consumed */
	bool answered;  /* then: */
	bool tentative; /* good only if the next commit is */
	unsigned flags; /* message flags but FLAG_LAST */
	char *text;     /* owned by the receiver of the update */
	size_t size;
};

struct scheduler;

/* The node is copied; its strings and the service are borrowed for ever. */
struct scheduler *scheduler_new(const struct dtree_node *node, const struct dtree_service *service);
void scheduler_free(struct scheduler *s);

/* Takes over one part. true and *update: it ended a request, which answers FLAG_LATE. */
bool scheduler_add(struct scheduler *s, struct job_part *part, struct job_update *update);
/* Runs one part of one request, sessions in turn: true and *update, or false: there is none to run.
 */
bool scheduler_step(struct scheduler *s, struct job_update *update);
/* Is no request here? */
bool scheduler_empty(const struct scheduler *s);
/*
 * A whole request, an EXEC with FLAG_LAST, while no other is here: *update is its answer. It is
 * what scheduler_add() and scheduler_step() would come to, without a copy.
 */
void scheduler_run_whole(struct scheduler *s, const struct message *m, struct job_update *update);
/* Drops every request whose last part is not here; nobody is told. */
void scheduler_drop_partial(struct scheduler *s);
/*
 * Commits what was run. The answers that came since the last commit are given; when it fails, those
 * of them that rest on it become refusals, or FLAG_UNKNOWN where it may have been done. Only for a
 * service that has commit().
 */
void scheduler_commit(struct scheduler *s, struct job_update *answers, size_t count);

#endif
