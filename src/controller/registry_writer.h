/*
 * The thread that writes the registry's rows, one commit after the other, so that no disk delays
 * the loop. Names and texts: what they mean is registry.c's.
 */
#ifndef CONTROLLER_REGISTRY_WRITER_H
#define CONTROLLER_REGISTRY_WRITER_H

#include <ev.h>
#include <stddef.h>

#include "base/error.h"
#include "store/store.h"

/* All are borrowed until the commit is done. */
struct change {
	const char *name;
	const char *old;  /* what is written; NULL: nothing */
	const char *text; /* what is to be; NULL: nothing */
};

struct writer;

/* The commit is done. err: it failed, and nothing of it is written; NULL: it is as durable as it
 * gets. */
typedef void writer_done_fn(void *arg, const struct error *err);

/* Opens the store in the directory, tells each entry (see store_open()) and starts the thread. NULL
 * with ERR_INTERNAL. done is called on the loop. */
struct writer *writer_open(struct ev_loop *loop, const char *dir, store_entry_fn *entry,
                           writer_done_fn *done, void *arg, struct error *err);
/* Of the database; valid until the end. */
const char *writer_path(const struct writer *w);
/* One commit, in the thread; only when there is none under way. */
void writer_begin(struct writer *w, const struct change *changes, size_t count);
/* Waits until that commit is done, if there is one; done is called for it before this returns. */
void writer_wait(struct writer *w);
/* Waits, and done is not called. */
void writer_close(struct writer *w);

#endif
