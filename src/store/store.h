/*
 * Names with values in an SQLite database, which are written in transactions and read once, at the
 * opening. Both are bytes; a value of an INTEGER store is a decimal number as printf() writes it.
 *
 * Full: synced with each commit. Process: "synchronous = OFF" hands the data to the kernel and does
 * not wait for the disk: it survives the death of the process, and not that of the machine
 * (https://www.sqlite.org/pragma.html#pragma_synchronous).
 *
 * SQLite has no checksums of the content. So the database holds, beside the entries, the number of
 * its last commit and a digest over all entries; a mismatch at the opening is damage. A failure to
 * read is no damage: a later attempt may succeed.
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

/* Gets each entry while the database is opened; the texts are borrowed for the call. -1 with the
 * reason: the entry cannot be taken now (ERR_LIMIT), or it is invalid and the database counts as
 * damaged (all other codes). */
typedef int store_entry_fn(void *arg, struct store_text name, struct store_text value,
                           struct error *err);

/*
 * Opens the database in that directory; makes both if they are missing. full: commits survive a
 * loss of power. NULL with ERR_SERVICE: it cannot be opened now, or it was damaged (see files.h);
 * entries that were given before that are not to be trusted.
 */
struct store *store_open(const struct store_kind *kind, const char *dir, bool full,
                         store_entry_fn *entry, void *arg, struct error *err);
void store_close(struct store *s);

/* A transaction: begin, any number of puts and removes, commit. When one of them fails, call
 * store_rollback(). */
int store_begin(struct store *s, struct error *err);
/* old: the former value; NULL: the name is new. */
int store_put(struct store *s, struct store_text name, const struct store_text *old,
              struct store_text value, struct error *err);
/* old: the former value. */
int store_remove(struct store *s, struct store_text name, struct store_text old, struct error *err);
int store_commit(struct store *s, struct error *err);
/* 0: the database is as before the transaction. -1: its content is unknown, as after a failed sync,
 * or inconsistent; only store_reopen() or store_close() may follow. */
int store_rollback(struct store *s);
/*
 * After that: closes the database, reads all of it again and gives the entries (entry may be NULL).
 * *kept: the failed transaction is in it. The content may be in memory only, and is synced before
 * the next transaction. -1: it cannot be opened now, or it was damaged; again only these two may
 * follow.
 */
int store_reopen(struct store *s, store_entry_fn *entry, void *arg, bool *kept, struct error *err);
/* Syncs content that may be in memory only; store_begin() does it too. */
int store_sync(struct store *s, struct error *err);

#endif
