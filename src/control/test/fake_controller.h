/*
 * A controller without a tree, for the tests of src/control: it has no nodes, answers as the test
 * says, and counts requests.
 */
#ifndef TESTS_FAKE_CONTROLLER_H
#define TESTS_FAKE_CONTROLLER_H

#include "base/mem.h"
#include "controller/controller.h"
#include "controller/node/event.h"

/* A request that has not been answered. */
struct fake_call {
	struct session *session; /* borrowed */
	outcome_fn *done;
	void *arg;
	struct outcome outcome; /* its answer; result is owned */
	bool cancelled;         /* as its client was gone */
	bool due;               /* it is answered when the loop turns */
	struct fake_call *prev; /* utlist */
	struct fake_call *next;
};

struct controller {
	bool hold; /* requests are answered by fake_answer() only; else in the same turn of the loop
	            */
	enum error_code fails; /* the error of all requests; ERR_NONE: they succeed */
	const char *detail;    /* of the error of all requests; NULL: none; borrowed */
	size_t big;            /* bytes of exec's result; 0: it is its arguments */
	char filling;          /* of the big result */
	size_t asked;
	bool traced;        /* what is asked now is traced */
	size_t traces;      /* asked so */
	size_t cancelled;   /* as their client was gone */
	int64_t timeout_ms; /* of the last exec or exec_open or exec_all */
	bool unordered;     /* of the last exec or exec_open */
	size_t sessions;
	size_t streams; /* open */
	int64_t heartbeat_ms;
	struct fake_call *calls;
	struct fake_stream *stream_list;
	uint64_t last_stream;
	struct event_log *events;
	struct ev_loop *loop; /* borrowed */
	ev_prepare turn;
	ev_idle awake; /* while a call is due */
};

struct controller *fake_new(struct ev_loop *loop);
/* Every session must be closed. */
void fake_free(struct controller *c);

/* Answers the oldest waiting request, or all. */
void fake_answer(struct controller *c);
void fake_answer_all(struct controller *c);
size_t fake_waiting(const struct controller *c);
/* An event of a node. */
void fake_event(struct controller *c, enum event_type type, int id);

#endif
