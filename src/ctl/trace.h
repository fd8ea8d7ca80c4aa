/*
 * The trace of a request: its steps, as dtreed tells them beside the reply (dtree-protocol(7)),
 * with what this side adds. Pure: a value in, a struct out.
 *
 * Spans stand in order of their begin, a parent before its children, children within their parent.
 * All times are of CLOCK_MONOTONIC, which the processes of one machine share.
 */
#ifndef CTL_TRACE_H
#define CTL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "dtree/client.h"
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

/* Reads the member `trace` of a reply. 0, or -1 with ERR_PARSE, and *trace is empty. */
int trace_read(const struct dtree_value *value, struct trace *trace, struct error *err);
/* Frees what it holds; it is empty then. */
void trace_clear(struct trace *trace);

/*
 * Fills `own`, `total` and the shares, which add up to it. Where several children are under way at
 * once the time is that of the one that ended last: nothing could go on before.
 */
void trace_account(struct trace *trace);

#endif
