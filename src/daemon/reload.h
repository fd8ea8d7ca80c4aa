/*
 * Reads the configuration again while dtreed runs, by SIGHUP. What it says now holds from then on
 * (daemon/reconfigure.h). A configuration with mistakes changes nothing, and they are logged.
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

/* Reads, and carries it out: 0. -1: nothing has changed, and why was logged. */
int reload_now(const struct reload_target *target);

#endif
