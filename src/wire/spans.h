/*
 * What the processes on a request's way told of it, put together: spans, each within the one that
 * it is a part of. Pure.
 */
#ifndef WIRE_SPANS_H
#define WIRE_SPANS_H

#include <stddef.h>
#include <stdint.h>

#include "wire/steps.h"

/* A request's stay in one process. */
struct visit {
	int node;  /* SPAN_DTREED: dtreed's own */
	int up;    /* the upper end of its link then */
	int depth; /* 1: dtreed */
	int pid;
	const char *name; /* of dtreed: the method; of a node: its service; borrowed; NULL: none */
	uint64_t in;      /* clock_ns(): when it came from above */
	uint64_t left;    /* it had left for below; 0: it did not */
	uint64_t back;    /* the answer came from below; 0: it did not */
	uint64_t out;     /* it left upwards */
	uint64_t heard;   /* dtreed heard of the visit */
	struct steps steps;
};

#define SPAN_DTREED (-1)
#define SPAN_TOP    SIZE_MAX

struct span {
	enum step_what what;
	const char *name;    /* borrowed */
	const char *process; /* "dtreed", "worker", "program" */
	int pid;
	int node; /* SPAN_DTREED: of none */
	int depth;
	uint64_t begin; /* clock_ns() */
	uint64_t end;
	size_t parent; /* SPAN_TOP: none */
	uint32_t a;    /* as in struct step */
	uint32_t b;
	uint64_t own; /* see base/intervals.h */
};

/*
 * The spans of all visits, of which the first is dtreed's own: in order of their begin, a parent
 * before its children and around them. What a node says is clipped into what is known. *spans is
 * the caller's to free.
 */
size_t spans_make(const struct visit *visits, size_t count, struct span **spans);
/* Adds up what each kind of step took. */
void spans_shares(const struct span *spans, size_t count, uint64_t shares[STEP_KINDS]);
/* "behind 3 requests of 2 sessions": appends it; nothing where there is nothing to say. */
void span_detail(const struct span *span, struct buffer *text);

#endif
