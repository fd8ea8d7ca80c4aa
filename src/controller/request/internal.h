/* What the files of this directory share, and no others. */
#ifndef CONTROLLER_REQUEST_INTERNAL_H
#define CONTROLLER_REQUEST_INTERNAL_H

#include "controller/request/completion.h"
#include "controller/request/deadlines.h"
#include "controller/request/malloc_trim.h"
#include "controller/request/request.h"
#include "loop/deferred.h"

/* Made and freed by requests.c. */
struct requests {
	struct controller *controller; /* borrowed */
	struct request *table;         /* owned, by id */
	size_t count;
	size_t bytes;
	struct deadlines due;
	struct completions completions;
	struct trim trim;
	struct sessions sessions;
	uint64_t last_request; /* id given */
	account_fn *account;   /* NULL: nobody counts */
	uint64_t slow_ns;      /* what took so long is told to `slow`; 0: nothing */
	slow_fn *slow;
	watch_fn *watch;         /* NULL: nobody does */
	bool watched;            /* somebody does */
	bool closed;             /* further ones are refused */
	void (*idle)(void *arg); /* once it is closed */
	void *idle_arg;          /* borrowed */
	struct deferred none_left;
	struct deferred turned;
	size_t told;            /* of those with told_in_turn, since the loop turned */
	struct request *untold; /* those that wait for that */
};

/* A request that is in the table, and in no lane. Its arguments are copied. */
struct request *request_new(struct requests *all, struct session *s,
                            const struct request_spec *spec);
/* Frees it with all that it owns. */
void request_free(struct request *r);
/* Takes it out of the table and frees it, if it is told and settled. */
void request_drop_if_over(struct requests *all, struct request *r);

/* Answers who asked for a cancel. */
void request_tell_cancel(struct requests *all, struct request *r);

/* A place in its session's lane of that node; none if it has it already, or has no session. */
void order_take_place(struct request *r, int node);
/* Starts it if its lanes let it. */
void order_enter(struct requests *all, struct request *r);
/* One that ended as it was asked, the last of its lanes and the first: it holds up nothing that
 * comes behind it, so that a script that is sent at once starts in its order; but where its asker
 * has still to read (read_when_told). */
void order_step_aside(struct request *r);
/* Its turn to be told has come, unless it waits for others in its lanes. */
void order_pass(struct requests *all, struct request *r);
/* The loop has turned: as many more may be told. A deferred's function; all is a struct requests.
 */
void order_turn(void *all);

#endif
