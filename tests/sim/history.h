/*
 * What was asked of dtreed and answered, what nodes ran, and what must therefore be: each request
 * has one answer; what is asked runs once at a node, what one session asked of it in its order;
 * what was acknowledged is kept.
 */
#ifndef SIM_HISTORY_H
#define SIM_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/request/types.h"

enum member_state {
	MEMBER_ABSENT,  /* never there, or its kill was acknowledged */
	MEMBER_ASKED,   /* its create is under way */
	MEMBER_MADE,    /* and it is there */
	MEMBER_PRESENT, /* and that was acknowledged */
	MEMBER_REMOVED, /* by a kill that is not acknowledged */
	MEMBER_UNSURE,  /* dtreed ended before it could acknowledge */
};

enum ask_kind {
	ASK_CREATE,
	ASK_KILL,
	ASK_EXEC,
	ASK_ANY,    /* an exec of a group */
	ASK_STREAM, /* open, feed and close, as one */
	ASK_INPUT,  /* the same, of an exec with standard input */
	ASK_EXEC_ALL,
	ASK_PING,
	ASK_PINGALL,
	ASK_START,
	ASK_STOP,
	ASK_RESTART,
	ASK_CHANGE,
	ASK_HEARTBEAT,
	ASK_KINDS,
};

struct ask {
	uint64_t number; /* from 1 */
	enum ask_kind kind;
	int node;
	uint64_t session; /* a number of the world */
	uint64_t seq;     /* of what it runs, in the session */
	size_t size;      /* of the result that is wanted; 0: any */
	int64_t asked;    /* world_now() */
	bool answered;
	bool lost; /* dtreed ended first */
	enum error_code code;
	enum error_outcome outcome;
	bool probe;               /* must be done: all is well */
	size_t downs;             /* a probe of all: so many nodes are down */
	enum member_state before; /* ASK_CREATE */
	bool placing;             /* it gives its node a place */
	bool step;                /* of a reload */
	bool declaring;           /* it says what its node counts as: */
	enum node_declared declared;
};

void history_begin(int ids);
void history_end(void);

/* Valid until the next one. */
struct ask *history_ask(enum ask_kind kind, int node, uint64_t session);
struct ask *history_find(uint64_t number);
/* Its answer has come. */
void history_answered(uint64_t number, const struct outcome *outcome);
/* Not answered, and not lost. */
size_t history_open(void);
/* Those of the session that are not answered are lost. */
void history_lose_open(uint64_t session);
uint64_t history_count(void);

/* A token for what the ask runs; at least 24 bytes and at most WORKER_TOKEN_MAX. */
void history_token(const struct ask *ask, char *text, size_t size);
/* A node runs it: the size of the result that is wanted. */
size_t history_ran(int node, uint32_t incarnation, const char *token);
/* How often the node ran what was asked. */
unsigned history_runs(const struct ask *ask, int node);

enum member_state member_state(int id);
void member_set(int id, enum member_state state);
/* As the events tell it. */
void member_made(int id);
void member_removed(int id);
/* What is there must agree with what was acknowledged; what was not sure is so now. */
void member_check(const bool *there);
/* dtreed ends, and had these. */
void member_lose(const bool *there);

#endif
