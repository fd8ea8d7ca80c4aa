/* What dtreed counts, gathered in pieces. Those who ask at the same time share what comes. */
#ifndef EXPORTER_GATHER_H
#define EXPORTER_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/histogram.h"
#include "exporter/source.h"

/* Of more nodes no more are gathered. */
#define GATHER_NODES ((size_t)16384)

struct node_sample {
	int id;
	int parent;
	pid_t pid;  /* 0: it has no process */
	char *name; /* NULL: it has none; owned, as the other strings */
	char *state;
	char *service;
	int64_t requests;
	int64_t pending;
	int64_t restarts;
	struct histogram took;
};

struct sample {
	const struct dtree_value *metrics; /* the result of `metrics`; NULL: dtreed is away */
	int64_t at;                        /* clock_ms() */
	struct node_sample *nodes;         /* by age */
	size_t count;
	bool more; /* there are more nodes */
};

struct gather;

struct gather *gather_new(struct ev_loop *loop, struct source *source);
void gather_free(struct gather *g);

/* The sample is borrowed for the call. */
typedef void sample_fn(void *arg, const struct sample *sample);
/* fn is called once, from the loop: after what dtreed says, or once it is clear that it does not.
 */
void gather_ask(struct gather *g, sample_fn *fn, void *arg);
/* Nobody with that arg is called any more. */
void gather_forget(struct gather *g, const void *arg);
/* Reads one, as node_metrics gives it: 0, or -1. Strings are copied. */
int node_sample_read(const struct dtree_value *value, struct node_sample *node);
void node_sample_clear(struct node_sample *node);
/* A histogram as dtreed gives it: 0, or -1. */
int histogram_read(const struct dtree_value *value, const char *name, struct histogram *h);

#endif
