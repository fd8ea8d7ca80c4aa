/*
 * What a request is made of, and the kinds of them. What is done with it is in request.h.
 */
#ifndef CONTROLLER_REQUEST_KIND_H
#define CONTROLLER_REQUEST_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "base/mem.h"
#include "controller/request/lane.h"
#include "controller/request/types.h"
#include "wire/message.h"

struct controller;
struct node;
struct session;
struct slow_seen;
struct request;
struct request_trace;
struct steps;

/* The most nodes that a request names. */
#define LANES 2

struct request_kind {
	const char *name;
	bool barrier;
	bool stream; /* until request_complete() what comes behind it waits, but of an input */
	bool holds;  /* what comes behind it waits, however long, and has its time from then on */
	bool input;  /* a stream that runs before it is complete */
	bool behind_barriers; /* it also waits for the barriers that its session asked for before */
	/* Its asker reads what it asked for when it is told that it succeeded: until then barriers
	 * behind it wait, also where it ended as it was asked. */
	bool read_when_told;
	size_t told_in_turn; /* so many are told in a turn of the loop, as that costs; 0: all */
	bool is_ping;        /* it counts in the windows of pings */
	bool pooled; /* it names no node, see request_place(); it counts in its node's pool */
	/* Also of a stream that had to wait for its completion: now it may be. */
	void (*start)(struct controller *c, struct request *r);
	/* The deadline passed: must end in request_finish(), or give it another. */
	void (*expire)(struct controller *c, struct request *r);
	/* Its asker wants it no more, and it has started: must end in request_finish() with the
	 * error. NULL: it goes on. */
	void (*cancel)(struct controller *c, struct request *r, const struct error *err);
	/* Sends it to its node; also again, when what was sent, or its answer, may be lost. NULL:
	 * it is never sent to a node. */
	void (*send)(struct controller *c, struct node *n, struct request *r);
	/* From within request_finish(): its outcome is known, and told later. NULL: nothing to do.
	 */
	void (*finished)(struct controller *c, struct request *r, const struct outcome *outcome);
	/* The node that it was for has not begun it, and never will, as the error says: it goes to
	 * another node, or must end in request_finish(). NULL: it ends with the error. */
	void (*pass_on)(struct controller *c, struct request *r, const struct error *err);
	void (*release)(struct request *r); /* lets go of `detail`; NULL: nothing to do */
};

enum request_phase {
	PHASE_WAITING,  /* for its lanes */
	PHASE_BLOCKED,  /* on a list of `home`, until what it waits for has changed */
	PHASE_QUEUED,   /* for room in a window of its node */
	PHASE_SENT,     /* to its node, or being carried out here */
	PHASE_FINISHED, /* its outcome is known, and waits for the loop and for its lanes */
	PHASE_TOLD,
};

/* When it went from one phase to the next: clock_ns(); 0: it did not, or not for lack of room. */
struct request_stamps {
	uint64_t read; /* its bytes came; 0: no client's */
	uint64_t submitted;
	uint64_t started; /* its lanes let it start later than that */
	uint64_t ready;   /* what it was blocked by had changed, or it had to wait for its window */
	uint64_t sent;    /* to its node, or by a sweep */
	uint64_t answered;
	bool kept;          /* it was answered, and not the first to be told */
	uint32_t behind;    /* requests that filled its node's window when it had to wait */
	uint32_t behind_of; /* of so many sessions */
	uint32_t before;    /* what its node had been sent when it was */
	uint32_t before_of;
	bool own; /* what it was behind was its own session's */
	int code; /* an enum error_code of its outcome */
	size_t result_size;
	enum request_phase phase; /* that it was in when it was answered, */
	bool unstarted;           /* and its lanes had not let it start by then */
	uint64_t way;             /* the node's traffic.way when it was sent */
	const char *waits;        /* static: the state of its node when it was blocked by that */
	struct msg_stamps node;   /* as the node says; 0: it did not answer */
};

struct request {
	uint64_t id; /* the key; grows with time */
	const struct request_kind *kind;
	struct session *session; /* borrowed; NULL: asked by the controller itself */
	outcome_fn *done;        /* NULL: nobody listens */
	void *arg;               /* borrowed */
	progress_fn *progress;   /* NULL: its asker does not want it */
	int node;
	int64_t timeout_ms;
	int64_t deadline; /* clock_ms() */
	enum request_phase phase;
	bool at_node; /* the node has it: kept until the node answers, or is gone */
	bool queued;  /* in completions */
	bool held;    /* its outcome is kept until its asker listens, or its deadline has passed */
	bool unordered;  /* it is told when its outcome is known */
	int64_t until;   /* cancelling: its deadline before that */
	bool cancelling; /* its outcome is that it was cancelled, once its node has said more */
	struct request *cancels; /* who asked for that, and are told behind it */
	struct lane_entry entries[LANES];
	struct outcome *outcome; /* owned; PHASE_FINISHED, unless nobody listens */
	struct error *failure; /* owned; known, and told once it is recorded; NULL: there is none */
	size_t awaits;         /* behind_barriers: so many of them */
	void *detail;          /* of the kind */
	struct request_stamps at;
	struct request_trace *trace; /* owned; NULL: it is not traced */
	struct slow_seen *look;      /* owned; see exec/slow_look.h; NULL: it was not looked at */
	struct steps *did; /* owned; what was done for it: see change_steps.h; NULL: nothing */

	uint64_t serial; /* among all that its node was sent */
	char *args;      /* owned; exec */
	size_t args_size;
	uint64_t fed;      /* bytes that came to a stream since */
	char *traceparent; /* owned; NULL: none */
	size_t charged;    /* bytes that count in REQUESTS_BYTES_MAX */
	struct buffer result;
	size_t result_expected; /* of a large result */

	struct request *asked_prev; /* of its session */
	struct request *asked_next;
	struct request **home; /* the list that it is on now, or NULL */
	size_t *length;        /* of that list, where it is counted; NULL: it is not */
	struct request *prev;  /* of that list */
	struct request *next;
	struct request *due_prev; /* of deadlines; NULL: it is not on its list */
	struct request *due_next;
	size_t due_place;          /* in its heap, from 1; 0: none */
	struct request *told_prev; /* of completions */
	struct request *told_next;
	UT_hash_handle hh;
};

#endif
