/*
 * Requests of clients that were answered, counted: by their kind, and by the service of their node
 * and the step that their time went to. What is counted never goes back. The tables are bounded,
 * whatever services come and go.
 */
#ifndef CONTROLLER_REQUEST_METRICS_H
#define CONTROLLER_REQUEST_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"
#include "wire/steps.h"

#define METRICS_KINDS    ((size_t)32)
#define METRICS_ERRORS   ((size_t)24)
#define METRICS_SERVICES ((size_t)64)
/* Under this name are those that found no room. */
#define METRICS_OTHERS "(other)"

struct metrics_error {
	int code; /* an enum error_code */
	uint64_t count;
};

struct metrics_kind {
	const char *name; /* static */
	uint64_t args_bytes;
	uint64_t result_bytes;
	struct histogram took;
	size_t error_count;
	struct metrics_error errors[METRICS_ERRORS];
};

struct metrics_service {
	const char *name;                    /* borrowed: the catalog's */
	struct histogram took;               /* those that a node was sent */
	struct histogram *steps[STEP_WHATS]; /* owned; NULL: no time went there */
};

struct metrics {
	size_t kind_count;
	struct metrics_kind kinds[METRICS_KINDS];
	size_t service_count;
	struct metrics_service services[METRICS_SERVICES];
};

struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);

/* The row of that kind, from now on. Its name is static. */
struct metrics_kind *metrics_kind(struct metrics *m, const char *name);
/* One that ended so; code: an enum error_code, which may be ERR_NONE. */
void metrics_kind_add(struct metrics_kind *kind, int code, uint64_t args, uint64_t result,
                      uint64_t ns);
/* The row of that service, from now on. Its name is the same pointer each time, and stays. */
struct metrics_service *metrics_service(struct metrics *m, const char *name);
void metrics_service_add(struct metrics_service *service, const struct steps *steps);

#endif
