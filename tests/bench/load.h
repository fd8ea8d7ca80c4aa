/* Loads on a dtree that several stages use. Each adds to the samples. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stddef.h>

#include "base/error.h"
#include "dtree.h"
#include "stats.h"

/* `count` requests to a node one after the other, in microseconds. */
int load_round_trips(struct dtree *dtree, const struct request *request, int id, size_t count,
                     struct samples *samples, struct error *err);
/* `times` floods of `count` requests with `window` under way, in requests a second. */
int load_rate(struct dtree *dtree, const struct request *request, int id, size_t count,
              size_t window, size_t times, struct samples *samples, struct error *err);
/* `count` requests to whichever node of the group `pool`, with `window` under way: milliseconds
 * until all are answered. */
int load_pool(struct dtree *dtree, size_t count, size_t window, struct samples *samples,
              struct error *err);
/* `count` times `dtreectl ping 1`, the whole process, in microseconds. */
int load_pings(struct dtree *dtree, size_t count, struct samples *samples, struct error *err);
/* `count` nodes are created at once, the first of them `first`: milliseconds until all are
 * answered. Then they are killed. */
int load_creates(struct dtree *dtree, int first, size_t count, struct samples *samples,
                 struct error *err);

#endif
