/*
 * The directories of one dtreed: the runtime directory with the links' socket files, and the state
 * directory, each with its lock. Holding a struct runtime is holding both locks. All paths that it
 * gives are absolute and free of links, so that a directory has one name.
 */
#ifndef DAEMON_RUNTIME_H
#define DAEMON_RUNTIME_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct runtime_config {
	const char *runtime_dir; /* made if missing, but not its parents */
	const char *state_dir;   /* made if missing, with its parents */
	bool remove;             /* the runtime directory goes with us: it must be ours alone */
};

struct runtime;

/*
 * Takes the directories: both must be directories of this user (or root's), and nobody else may
 * write there. Nothing in them is read before their locks are held. NULL: an error that names the
 * directory, or the process that has it already.
 */
struct runtime *runtime_new(const struct runtime_config *config, struct error *err);
/* Removes what runtime_new() made in the runtime directory, or all of it; lets the locks go. */
void runtime_free(struct runtime *r);

/* Makes anew what is gone of the runtime directory, with its lock and the directory for the links:
 * 0, nothing was; 1, it is there again; -1, it cannot be made, or another has it now. */
int runtime_renew(struct runtime *r, struct error *err);

/* The runtime directory. Borrowed. */
const char *runtime_dir(const struct runtime *r);
/* The directory for the links' socket files, 0700: empty, or as a crash left it. Borrowed. */
const char *runtime_links(const struct runtime *r);
/* The dtreed that had the runtime directory last, if it was killed; 0: not known. */
pid_t runtime_former(const struct runtime *r);
/* The state directory. Borrowed. */
const char *runtime_state(const struct runtime *r);
/* The file in the state directory whose places workers hold (base/lock.h), and our only descriptor
 * of it, which holds our own. Borrowed. */
const char *runtime_lives(const struct runtime *r);
int runtime_lives_fd(const struct runtime *r);

#endif
