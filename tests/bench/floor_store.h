/* SQLite's own rate: writes that share commits. */
#ifndef BENCH_FLOOR_STORE_H
#define BENCH_FLOOR_STORE_H

#include <stddef.h>

#include "base/error.h"
#include "stats.h"

struct floor_store;

/* A new database at that path, synced with each commit. NULL on failure. */
struct floor_store *floor_store_open(const char *path, struct error *err);
void floor_store_close(struct floor_store *store);
/* `count` writes, from number `first` on, in one commit. */
int floor_store_group(struct floor_store *store, size_t first, size_t count, struct error *err);
/* `count` writes, `group` a commit: one sample, writes a second. */
int floor_store_put(struct floor_store *store, size_t count, size_t group, struct samples *samples,
                    struct error *err);

#endif
