/*
 * Reads the configuration, at the start and again while dtreed runs; what it says then holds from
 * then on (daemon/reconfigure.h). What has mistakes changes nothing. reload_queue.h has when.
 */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include "daemon/confinement.h"
#include "daemon/load.h"
#include "daemon/mistakes.h"
#include "daemon/reconfigure.h"

/* From where dtreed has its settings: the command line, the environment, the files. */
struct reload_source {
	int argc;
	char **argv; /* borrowed */
	const struct confinement
	    *confinement;  /* what it may; borrowed. NULL: what this process may */
	bool worker_named; /* the settings name the worker program; else it was found */
	bool again;        /* dtreed runs already */
};

/* All settings, with what is judged of them at a start. *config is zeroed; config_free()
 * in either case. Nothing that runs is touched. */
void reload_read(struct reload_source *source, struct config *config, struct mistakes *found);

/* What runs. */
struct reload_target {
	struct reload_source *source;
	struct config *running;
	char *control_group; /* that is divided among programs; NULL: there is none */
	struct reconfigure_parts parts;
};

/* The running configuration becomes the fresh one, but for its nodes, and fresh is freed: 0. plan:
 * what that changes, which is logged, with the warnings, which are freed. -1: nothing has changed,
 * and fresh is still the caller's. */
int reload_take(const struct reload_target *target, struct config *fresh,
                const struct reconfiguration *plan, struct mistakes *warnings, struct error *err);

#endif
