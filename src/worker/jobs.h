/*
 * Requests by session, and the calls into the service. No locks and no thread in here: one thread
 * at a time uses it (runner.h says which).
 */
#ifndef WORKER_JOBS_H
#define WORKER_JOBS_H

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
struct job_news {
	uint64_t request;
	size_t taken;   /* argument bytes consumed */
	bool answered;  /* then: */
	bool tentative; /* good only if the next commit is */
	unsigned flags; /* message flags but FLAG_LAST */
	char *text;     /* owned by whoever takes the news */
	size_t size;
};

struct jobs;

/* The node is copied; its strings and the service are borrowed for ever. */
struct jobs *jobs_new(const struct dtree_node *node, const struct dtree_service *service);
void jobs_free(struct jobs *jobs);

/* Takes over one part. true and *news: it ended a request, which answers FLAG_LATE. */
bool jobs_add(struct jobs *jobs, struct job_part *part, struct job_news *news);
/* Runs one part of one request, sessions in turn: true and *news, or false: there is none to run.
 */
bool jobs_step(struct jobs *jobs, struct job_news *news);
/* Is no request here? */
bool jobs_empty(const struct jobs *jobs);
/*
 * A whole request, an EXEC with FLAG_LAST, while no other is here: *news is its answer. It is what
 * jobs_add() and jobs_step() would come to, without a copy.
 */
void jobs_run_whole(struct jobs *jobs, const struct message *m, struct job_news *news);
/* Drops every request whose last part is not here; nobody is told. */
void jobs_drop_partial(struct jobs *jobs);
/*
 * Commits what was run. The answers that came since the last commit are given; when it fails, those
 * of them that rest on it become refusals, or FLAG_UNKNOWN where it may have been done. Only for a
 * service that has commit().
 */
void jobs_commit(struct jobs *jobs, struct job_news *answers, size_t count);

#endif
