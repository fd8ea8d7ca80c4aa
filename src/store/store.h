/*
 * Names with values in an SQLite database: written in transactions, read once, at the opening. Both
 * are bytes; a value of an INTEGER store is a decimal number as printf() writes it.
 *
 * Full: synced with each commit. Process: "synchronous = OFF" hands the data to the kernel and does
 * not wait for the disk: it survives the death of the process, and not that of the machine
 * (https://www.sqlite.org/pragma.html#pragma_synchronous).
 *
 * SQLite has no checksums of what it holds. So the database holds, beside the entries, the number
 * of its last commit and a digest over all entries; what does not agree at the opening is damage.
 * What could not be read is none: it can be had another time.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "store/kind.h"

struct store;

struct store_text {
	const char *bytes; /* borrowed */
	size_t size;
};

/* One entry of the database, while it is opened; borrowed for the call. -1 with the reason: it
 * cannot be taken now (ERR_LIMIT), or never, and the database is damaged then (all other codes). */
typedef int store_entry_fn(void *arg, struct store_text name, struct store_text value,
                           struct error *err);

/*
 * Opens the database in that directory, which is made, as the database is. full: it is to survive
 * the loss of power. NULL with ERR_SERVICE: it cannot be had now, or it was damaged (see files.h);
 * then entries may have been told that are not what was written.
 */
struct store *store_open(const struct store_kind *kind, const char *dir, bool full,
                         store_entry_fn *entry, void *arg, struct error *err);
void store_close(struct store *s);

/* A transaction: begin, any number of puts and removes, commit. After one that failed:
 * store_rollback(). */
int store_begin(struct store *s, struct error *err);
/* old: the value so far; NULL: the name is new. */
int store_put(struct store *s, struct store_text name, const struct store_text *old,
              struct store_text value, struct error *err);
/* old: the value so far. */
int store_remove(struct store *s, struct store_text name, struct store_text old, struct error *err);
int store_commit(struct store *s, struct error *err);
/* 0: the database is as before the transaction. -1: it cannot be known what is in it, as after a
 * sync that failed, or it does not agree with itself; only store_reopen() or store_close() may
 * follow. */
int store_rollback(struct store *s);
/*
 * After that: closes it, reads all of it again and tells the entries (entry: NULL: nobody). *kept:
 * the transaction that failed is there. What is told may be in memory only, and is synced before
 * the next transaction. -1: it cannot be had now, or it was damaged; again, only these two may
 * follow.
 */
int store_reopen(struct store *s, store_entry_fn *entry, void *arg, bool *kept, struct error *err);
/* Syncs what may be in memory only; store_begin() does it too. */
int store_sync(struct store *s, struct error *err);

#endif
