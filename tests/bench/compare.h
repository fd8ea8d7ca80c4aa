/* Compares an earlier run with this one. */
#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include <stddef.h>

#include "base/error.h"
#include "report.h"

struct earlier;

/* Reads what report_json() wrote; NULL on failure. Owned by the caller. */
struct earlier *earlier_read(const char *path, struct error *err);
void earlier_free(struct earlier *earlier);
/* Prints the change of each row that both runs have, and names those that only one has. */
void earlier_compare(const struct earlier *earlier, const struct result *results, size_t count);

#endif
