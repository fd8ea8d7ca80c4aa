/* The metrics in Prometheus' text form 0.0.4. Pure. */
#ifndef EXPORTER_METRIC_ROWS_H
#define EXPORTER_METRIC_ROWS_H

#include "base/mem.h"
#include "exporter/gather.h"

/* What the exporter says of itself. */
struct own_counts {
	size_t pages;
	uint64_t connections; /* to dtreed */
	uint64_t traces_sent;
	uint64_t traces_dropped;
};

/* nodes: also those of each node. */
void metrics_write(struct buffer *out, const struct sample *sample, const struct own_counts *own,
                   bool nodes);

#endif
