/*
 * The directories of one dtreed: the runtime directory with the links' socket files, and the state
 * directory, each with its lock. A struct runtime holds both locks. All paths that it gives are
 * absolute and free of links, so that a directory has one name.
 */
#ifndef DAEMON_RUNTIME_H
#define DAEMON_RUNTIME_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* The file in the state directory whose places workers hold, and whose first is that of dtreed
 * (base/lock.h). */
#define RUNTIME_LIVES "lives.lock"

struct runtime_config {
	const char *runtime_dir; /* made if missing, but not its parents */
	const char *state_dir;   /* made if missing, with its parents */
	bool remove; /* the runtime directory is removed at the end: it must be used by this tree
	                only */
};

struct runtime;

/*
 * Locks the directories: both must belong to this user or to root, and no other user may write
 * there. Nothing in them is read before their locks are held. NULL: an error that names the
 * directory, or the process that holds it.
 */
struct runtime *runtime_new(const struct runtime_config *config, struct error *err);
/* Removes what runtime_new() made in the runtime directory, or all of it; releases the locks. */
void runtime_free(struct runtime *r);

/* Makes what is missing of the runtime directory, its lock and the directories in it. 0:
 * nothing was missing; 1: it was made; -1: it cannot be made, or another process holds it now. */
int runtime_renew(struct runtime *r, struct error *err);

/* The runtime directory. Borrowed. */
const char *runtime_dir(const struct runtime *r);
/* The directory for the links' socket files, 0700: empty, or as a crash left it. Borrowed. */
const char *runtime_links(const struct runtime *r);
/* The directory for the nodes' own logs, 0700: empty, or as the last dtreed left it. Borrowed. */
const char *runtime_logs(const struct runtime *r);
/* Where programs have their credentials. It is there when one has. Borrowed. */
const char *runtime_credentials(const struct runtime *r);
/* The dtreed that held the runtime directory last, if it was killed; 0: unknown. */
pid_t runtime_former(const struct runtime *r);
/* The state directory. Borrowed. */
const char *runtime_state(const struct runtime *r);
/* The file in the state directory whose places workers hold (base/lock.h). This process has one
 * descriptor of it, which holds its own place. Borrowed. */
const char *runtime_lives(const struct runtime *r);
int runtime_lives_fd(const struct runtime *r);

#endif
