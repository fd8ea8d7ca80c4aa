/*
 * The steps of a traced request, as the process that did them tells them: the payload of MSG_TRACE,
 * and what their names and kinds are. The kinds themselves are in wire/step_kind.h.
 */
#ifndef WIRE_STEPS_H
#define WIRE_STEPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "wire/step_kind.h"

/* Rows of the table in steps.c. Numbers travel: add at the end. */
enum step_what {
	STEP_CONTROL,   /* all of it in dtreed */
	STEP_READ,      /* from the bytes to the request */
	STEP_LANE,      /* until its session's earlier requests let it start */
	STEP_BLOCKED,   /* until its node was there: starting, restarting */
	STEP_WINDOW,    /* until there was room in its node's window; a: requests before it */
	STEP_ORDER,     /* answered, until its turn to be told */
	STEP_WRITE,     /* from being told to the reply */
	STEP_LINK_DOWN, /* towards the node */
	STEP_LINK_UP,
	STEP_RELAY,    /* all of it in a node on the way */
	STEP_NODE,     /* all of it in the node */
	STEP_CPU_WAIT, /* ready to run */
	STEP_WAKE_UP,  /* handed to a thread that slept */
	STEP_QUEUE,    /* in the node; a: requests before it, b: of so many sessions */
	STEP_SERVICE,  /* a: page faults */
	STEP_PROGRAM,  /* from the program's input to the first byte of its answer; a: its pid */
	STEP_ANSWER,   /* the rest of its answer; a: its pid */
	STEP_COMMIT,
	STEP_PARTS, /* a result that is too large for one message */
	/* Of a request that changes nodes. */
	STEP_SPAWN,  /* a node's process is made; a: its pid */
	STEP_RECORD, /* the registry is written */
	STEP_JOIN,   /* from the begin of its process to its first word over its link; a: its pid */
	STEP_DRAIN,  /* until what the node was asked before is answered */
	STEP_END,    /* until processes have ended; a: so many */
	STEP_ERASE,  /* until their data are removed */
	STEP_WHATS,
};

struct step {
	enum step_what what;
	uint64_t begin; /* clock_ns() */
	uint64_t end;
	uint32_t a;
	uint32_t b;
};

/* A process tells no more of one request. */
#define STEPS_MAX 16
/* Bytes of one in the payload. */
#define STEP_SIZE ((size_t)28)

struct steps {
	size_t count;
	struct step items[STEPS_MAX];
};

/* Adds one, if it took any time and there is room. */
void steps_add(struct steps *steps, enum step_what what, uint64_t begin, uint64_t end, uint32_t a,
               uint32_t b);
/* Appends the payload. */
void steps_write(const struct steps *steps, struct buffer *bytes);
/* The payload of a node: 0, or -1 with ERR_PARSE. */
int steps_read(const char *bytes, size_t size, struct steps *steps, struct error *err);

const char *step_name(enum step_what what);
enum step_kind step_kind(enum step_what what);

#endif
