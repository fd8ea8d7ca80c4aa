/* The lines of Prometheus' text form 0.0.4: names, labels, values. Pure. */
#ifndef EXPORTER_METRIC_TEXT_H
#define EXPORTER_METRIC_TEXT_H

#include <stdint.h>

#include "base/histogram.h"
#include "base/mem.h"

#define METRIC_LABELS 4

/* Behind the last pair is a NULL name. Borrowed. */
struct metric_labels {
	struct {
		const char *name;
		const char *value;
	} pairs[METRIC_LABELS];
};

void metric_head(struct buffer *out, const char *name, const char *type, const char *help);
void metric_int(struct buffer *out, const char *name, const struct metric_labels *labels,
                int64_t value);
/* `value` over `of`: seconds of milliseconds with 1000. */
void metric_part(struct buffer *out, const char *name, const struct metric_labels *labels,
                 int64_t value, int64_t of);
void metric_histogram(struct buffer *out, const char *name, const struct metric_labels *labels,
                      const struct histogram *h);

#endif
