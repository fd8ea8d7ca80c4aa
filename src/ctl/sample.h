/*
 * What the nodes do: figures that dtreed has counted (dtree-protocol(7), node_metrics), and those
 * of their processes, which the kernel tells. Two samples, one after the other, give rates.
 */
#ifndef CTL_SAMPLE_H
#define CTL_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dtree/client.h"

/* Buckets of a histogram are no more than this. */
#define SAMPLE_BUCKETS 64

struct sample_row {
	int id;
	char *name; /* owned, as the next two; NULL: it has none */
	char *state;
	char *service;
	int64_t pending;
	int64_t restarts;
	/* Since the former sample; -1: not known. */
	double rate;    /* requests a second */
	double mean_us; /* of those that were answered */
	double p99_us;
	double cpu;     /* percent of a processor, of the worker and its program */
	int64_t memory; /* bytes of both; -1: not known */
	/* As counted, for the next sample. */
	int64_t requests;
	int64_t took_ns;
	int64_t buckets[SAMPLE_BUCKETS];
	int64_t cpu_ticks; /* -1: not known */
};

/* Zero-initialise; sample_free() ends it. */
struct sample {
	struct sample_row *rows; /* owned; ascending by id */
	size_t count;
	uint64_t at; /* clock_ns() */
};

/* The upper bounds of the buckets, in microseconds; one less than there are buckets. */
struct sample_bounds {
	int64_t us[SAMPLE_BUCKETS];
	size_t count;
};

/* Asks dtreed for the bounds: 0, or -1 with *err. */
int sample_ask_bounds(struct dtree_client *client, struct sample_bounds *bounds,
                      struct dtree_error *err);
/* Takes a sample; what changed since `former`, which may be empty, is in it: 0, or -1 with *err. */
int sample_take(struct dtree_client *client, const struct sample_bounds *bounds,
                const struct sample *former, struct sample *sample, struct dtree_error *err);
void sample_free(struct sample *sample);

/* The parts of it, without dtreed: a node as of node_metrics, without its processes; then what has
 * changed in so many ns. */
void sample_add(struct sample *sample, const struct dtree_value *node);
void sample_compare(struct sample *sample, const struct sample *former,
                    const struct sample_bounds *bounds, uint64_t ns);

#endif
