/*
 * A request to a program: what it is made of. engine.h says what becomes of it.
 */
#ifndef PROGRAM_CALL_H
#define PROGRAM_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uthash.h>

#include "base/mem.h"
#include "loop/timer.h"

struct subprocess;
struct engine;

enum call_phase {
	CALL_WAITING,   /* it has not begun */
	CALL_RUNNING,   /* a byte of it may have been given to the program */
	CALL_ABANDONED, /* it was answered; what the program still says to it is dropped */
};

enum answer_kind {
	ANSWER_DONE,    /* text is the result; NULL: there is none */
	ANSWER_REFUSED, /* text is the reason; the program said so, or was not asked for good */
	ANSWER_NOT_RUN, /* the same, and it never began */
	ANSWER_UNKNOWN, /* the same, and it may have been done */
	ANSWER_LATE,    /* it never began: its deadline passed, or it was cancelled */
};

/* clock_ns() each; 0: it did not happen. */
struct call_times {
	uint64_t begun;  /* it was given to the program */
	uint64_t first;  /* the program wrote something that is, or may be, for it */
	pid_t pid;       /* of the program */
	uint32_t before; /* requests that the program had before it, waiting or begun */
};

struct answer {
	enum answer_kind kind;
	char *text; /* owned by the receiver */
	size_t size;
	char *detail;            /* owned by the receiver; of a failure, see detail.h; NULL: none */
	struct call_times times; /* filled by the engine */
};

/* The standard input of a call's own process, if it comes in parts. */
struct call_input {
	bool used;           /* it does */
	bool whole;          /* its end has come */
	struct buffer parts; /* until there is a process */
	size_t given;        /* bytes that the process was to have */
	size_t taken;        /* of them, taken by it and told */
	bool sated;          /* that it takes no more was told */
};

struct call {
	uint64_t id; /* the key, if it is a request */
	bool probe;  /* it is none, but the engine's own (probe.h), and not in the table */
	bool aside;  /* takes no place of a request */
	const struct call_owner *owner; /* of a probe that is waited for; else NULL */
	struct engine *engine;
	enum call_phase phase;
	struct call_times times;
	int64_t deadline;   /* clock_ms(); 0: none */
	struct timer timer; /* until the deadline; of one that is abandoned: until it is given up */
	char *args;         /* owned; each with a NUL behind it */
	size_t size;
	char *traceparent;    /* owned; NULL: none */
	struct buffer result; /* as it comes in */
	char *progress;       /* owned: the last, not told yet; NULL: none */
	struct call_input input;
	struct subprocess *subprocess; /* run: its own process; owned */
	bool too_large;                /* so is its result */
	bool kept;                     /* it waited already when the program ended */
	int64_t number;                /* json: its id for the program, from 1 */
	struct call *prev;             /* of the queue, or of those that have begun; in order */
	struct call *next;
	UT_hash_handle hh;
};

#endif
