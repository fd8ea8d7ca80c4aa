/*
 * A dictionary's data in an SQLite database: written in transactions, read once, at the opening.
 *
 * Full: synced with each commit. Process: "synchronous = OFF" hands the data to the kernel and does
 * not wait for the disk: it survives the death of the process, and not that of the machine
 * (https://www.sqlite.org/pragma.html#pragma_synchronous).
 *
 * SQLite has no checksums of what it holds. So the database holds, beside the entries, the number
 * of its last commit and a digest over all entries; what does not agree at the opening is damage.
 */
#ifndef SERVICE_STORE_H
#define SERVICE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct store;

/* One entry of the database, while it is opened; the name is borrowed for the call. -1: it cannot
 * be, with the reason; the database is damaged then. */
typedef int store_entry_fn(void *arg, const char *name, size_t size, int64_t value,
                           struct error *err);

/*
 * Opens the database in that directory, which is made, as the database is. full: it is to survive
 * the loss of power. NULL with ERR_SERVICE: it cannot be had now, or it was damaged, and is set
 * aside (see files.h).
 */
struct store *store_open(const char *dir, bool full, store_entry_fn *entry, void *arg,
                         struct error *err);
void store_close(struct store *s);

/* A transaction: begin, any number of puts, commit. After one that failed: store_rollback(). */
int store_begin(struct store *s, struct error *err);
/* old: the value so far; NULL: the name is new. */
int store_put(struct store *s, const char *name, size_t size, const int64_t *old, int64_t value,
              struct error *err);
int store_commit(struct store *s, struct error *err);
/* *err is what failed. 0: the database is as before the transaction. -1: it turned out damaged, and
 * is set aside, as *err says now; only store_close() may follow. */
int store_rollback(struct store *s, struct error *err);

#endif
