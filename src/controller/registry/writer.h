/*
 * The thread that writes the registry's rows, one commit after the other, so that no disk delays
 * the loop. Names and texts: what they mean is registry.c's.
 */
#ifndef CONTROLLER_REGISTRY_WRITER_H
#define CONTROLLER_REGISTRY_WRITER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "controller/registry/cache.h"
#include "controller/registry/registry.h"
#include "store/store.h"

/* The texts are borrowed until the commit is done. */
struct change {
	struct item_name name;
	const char *old;  /* what is written; NULL: nothing */
	const char *text; /* what should be there; NULL: nothing */
};

struct writer;

enum writer_outcome {
	WRITER_WRITTEN, /* as durably as it gets */
	WRITER_FAILED,  /* nothing of it is written */
	WRITER_UNKNOWN, /* it failed late: only writer_find_out() may follow */
};

/* The commit is done, or as much as can be known of it; err: why it was not written. */
typedef void writer_done_fn(void *arg, enum writer_outcome outcome, const struct error *err);

/* Opens the store in the directory, tells each entry (see store_open()) and starts the thread. NULL
 * with ERR_INTERNAL. done is called on the loop. */
struct writer *writer_open(struct ev_loop *loop, const char *dir, store_entry_fn *entry,
                           writer_done_fn *done, void *arg, struct error *err);
/* Of the database; valid until the end. */
const char *writer_path(const struct writer *w);
/* One commit, in the thread; only when there is none under way. */
void writer_begin(struct writer *w, const struct change *changes, size_t count);
/* After WRITER_UNKNOWN, in the thread: looks again what became of that commit; done is called for
 * it, as often as this is asked for. */
void writer_find_out(struct writer *w);
/* Waits until that is done, if there is anything; done is called for it before this returns. false:
 * it is not, at the limit in ms. */
bool writer_wait(struct writer *w, int64_t limit_ms);
/* Waits, and done is not called. false: it is left alone at the limit, with its thread, and uses
 * what it was given until the end of the process. */
bool writer_close(struct writer *w, int64_t limit_ms);

#endif
