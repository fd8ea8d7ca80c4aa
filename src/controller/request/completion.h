/*
 * The one point at which the loop deals with requests that are answered or due: once a turn each is
 * passed to its owner, in order.
 *
 * That happens after the control socket has read what its clients ask and before it writes
 * (control/socket.c), so that a request that comes and ends in one turn is answered in that turn.
 */
#ifndef CONTROLLER_REQUEST_COMPLETION_H
#define CONTROLLER_REQUEST_COMPLETION_H

#include <ev.h>
#include <stdbool.h>

struct request;

/* So many a turn: what is asked and ends at once, again and again, does not hold up the loop. */
#define COMPLETIONS_TURN 4096

/* Lies inside its owner. */
struct completions {
	struct ev_loop *loop;  /* borrowed */
	struct request *queue; /* utlist, told_prev and told_next; borrowed */
	ev_prepare turn;
	ev_idle awake; /* the loop does not wait */
	void (*pass)(void *arg, struct request *request);
	bool (*more)(void *arg);
	void *arg; /* borrowed */
};

/* `pass` may add more, also the request that it is given; those come in the same turn. `more` is
 * called when none is left: it deals with what may add some, or says that there is nothing. */
void completions_init(struct completions *all, struct ev_loop *loop,
                      void (*pass)(void *arg, struct request *request), bool (*more)(void *arg),
                      void *arg);
void completions_stop(struct completions *all);

/* Nothing for one that is on its way. */
void completions_add(struct completions *all, struct request *request);
/* One that is on its way is passed behind those that were added since. */
void completions_put_last(struct completions *all, struct request *request);

#endif
