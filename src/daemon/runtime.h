/*
 * The directories of one dtreed: the runtime directory with its lock and the links' socket files,
 * and the state directory. Holding a struct runtime is holding the lock.
 */
#ifndef DAEMON_RUNTIME_H
#define DAEMON_RUNTIME_H

#include <stdbool.h>

#include "base/error.h"

struct runtime_config {
	const char *runtime_dir; /* made if missing, but not its parents */
	const char *state_dir;   /* made if missing, with its parents */
	bool remove;             /* the runtime directory goes with us: it must be ours alone */
};

struct runtime;

/*
 * Takes the directories: both must be directories of this user (or root's), and nobody else may
 * write there. NULL: an error that names the directory,
 * or the process that has it already.
 */
struct runtime *runtime_new(const struct runtime_config *config, struct error *err);
/* Removes what runtime_new() made in the runtime directory, or all of it; lets the lock go. */
void runtime_free(struct runtime *r);

/* The directory for the links' socket files, 0700: empty, or as a crash left it. Borrowed. */
const char *runtime_links(const struct runtime *r);

#endif
