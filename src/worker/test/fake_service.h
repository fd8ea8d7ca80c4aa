/*
 * A service for tests: it records its calls, counts its requests, and fails on demand. It may run
 * on a thread of its own.
 */
#ifndef WORKER_TEST_FAKE_SERVICE_H
#define WORKER_TEST_FAKE_SERVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/mem.h"
#include "dtree/service.h"

/* What a test sets; all is zero at first. */
struct fake_service {
	const struct dtree_node *node; /* create() must get such a node; NULL: any */
	bool create_fails;
	const char *create_says; /* the reason; NULL: none */
	bool open_fails;
	const char *commit_says;  /* commit() fails, for this reason; NULL: it does not */
	const char *result;       /* of each request; NULL: its number, from 1 */
	bool huge;                /* each result is as large as a result may be */
	void (*committing)(void); /* called in each commit(); NULL: nothing */
	pthread_mutex_t gate;     /* finish() goes through it */

	/* A word for each call: "open", "feed:ab", "finish", "close". */
	struct buffer calls;
	atomic_int states;    /* that exist */
	atomic_int opened;    /* requests that exist */
	atomic_int finished;  /* requests */
	atomic_int committed; /* of them */
	atomic_int commits;
};

extern struct fake_service fake_service;
extern const struct dtree_service fake_row;

/* Checks the calls since the last time. */
void fake_service_expect(const char *calls);
/* Call it at the end: no state and no request may be left. */
void fake_service_tear_down(void);

#endif
