/* What pages are told of nodes: each as a row, and of the rows those that have changed. Pure. */
#ifndef EXPORTER_SHOWN_H
#define EXPORTER_SHOWN_H

#include "base/mem.h"
#include "exporter/gather.h"

/* What was told of the nodes, and what was counted then. Zero-initialise. */
struct shown {
	struct shown_node *nodes; /* by id; owned */
	int64_t at;               /* clock_ms() of the last sample; 0: there was none */
	uint64_t requests;
	uint64_t errors;
	int64_t cpu_us;
	struct histogram took;
	uint64_t turn;
};

/*
 * Takes a sample. Adds the rows of nodes that are new or differ to *changed, and the ids of those
 * that are gone to *removed, each as the elements of a JSON array.
 */
void shown_take(struct shown *all, const struct sample *sample, struct buffer *changed,
                struct buffer *removed);
/* All rows, as those of *changed. */
void shown_rows(const struct shown *all, struct buffer *rows);
/* The members that say how the tree is as a whole; before shown_take() of the same sample. */
void shown_totals(struct shown *all, const struct sample *sample, struct buffer *out);
/* The members of one node; false: it is not there. After shown_take(). */
bool shown_node_facts(const struct shown *all, int id, struct buffer *out);
/* dtreed has gone: the next sample is the first. */
void shown_clear(struct shown *all);

/* Microseconds within which that part of them is, 0 to 1; 0: there are none. */
int64_t histogram_quantile(const struct histogram *h, double part);

#endif
