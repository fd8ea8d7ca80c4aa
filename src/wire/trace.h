/*
 * The trace of a request, put together from what each process knows: its steps, within each other.
 * Pure.
 *
 * Spans stand in order of their begin, a parent before its children, children within their parent.
 * All times are of CLOCK_MONOTONIC, which the processes of one machine share.
 */
#ifndef WIRE_TRACE_H
#define WIRE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/step_kind.h"

#define TRACE_NO_PARENT SIZE_MAX
#define TRACE_NO_NODE   (-1)

struct trace_span {
	char *name; /* "control read", "sum"; owned */
	enum step_kind kind;
	char *process; /* "dtreed", "worker", "dtreectl", "program"; owned */
	int pid;
	int node;      /* TRACE_NO_NODE: of none */
	int depth;     /* of its process: 0 dtreectl, 1 dtreed, 2 its child, ... */
	int64_t begin; /* ns since the start */
	int64_t end;
	size_t parent; /* its index; TRACE_NO_PARENT: none */
	char *detail;  /* "behind 3 requests of 2 sessions"; owned; NULL: none */
	/* Filled by trace_account(): the time that passed in it and in none of its children, as far
	 * as the request waited for it. More than 0: it is on the critical path. */
	int64_t own;
};

struct trace {
	uint64_t request; /* its number; 0: none */
	int64_t start_us; /* CLOCK_MONOTONIC */
	int64_t waited;   /* ns before that, for a processor; 0: not known */
	struct trace_span *spans;
	size_t count;
	int64_t total; /* ns, from the first begin to the last end */
	int64_t shares[STEP_KINDS];
};

/* Frees what it holds; it is empty then. */
void trace_clear(struct trace *trace);
void trace_span_clear(struct trace_span *span);

/*
 * Fills `own`, `total` and the shares, which add up to it. Where several children are under way at
 * once the time is that of the one that ended last: nothing could go on before.
 */
void trace_account(struct trace *trace);

bool trace_same_process(const struct trace_span *a, const struct trace_span *b);

struct trace_ids;

/* The traces of requests, in the order in which these began, and what is said of them beside. */
struct trace_set {
	const struct trace *const *traces; /* borrowed */
	size_t count;                      /* at least 1 */
	const char *teller;                /* the program that tells them; static */
	const struct trace_ids *ids;       /* for OTLP; borrowed */
	int64_t wall_us;                   /* CLOCK_REALTIME less CLOCK_MONOTONIC */
};

#endif
