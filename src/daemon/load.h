/*
 * From the command line, the configuration file, the files in the directory beside it and the
 * environment to the effective settings. The command line wins over the files, a later file over an
 * earlier one, all of them over the defaults.
 */
#ifndef DAEMON_LOAD_H
#define DAEMON_LOAD_H

#include <stdbool.h>

#include "daemon/mistakes.h"
#include "daemon/setting.h"

/* The environment that the defaults depend on. All is borrowed; a string may be NULL. */
struct surroundings {
	bool root;
	const char *home;            /* $HOME */
	const char *xdg_runtime_dir; /* $XDG_RUNTIME_DIR, and so on */
	const char *xdg_state_home;
	const char *xdg_config_home;
	const char *system_config; /* the configuration file of root */
	/* Directories that a service manager has made (systemd.exec(5)): $RUNTIME_DIRECTORY, and so
	 * on. */
	const char *runtime_directory;
	const char *state_directory;
	const char *configuration_directory;
	const char *worker; /* the worker program, where one was found */
	bool again;         /* dtreed runs: files may not let it wait */
};

/*
 * Fills *config, which is zeroed, with the valid settings, and lists all mistakes. With --help or
 * --version only the command line is read. Call config_free() in either case. Not reentrant
 * (getopt_long(3)).
 */
void config_load(int argc, char **argv, const struct surroundings *around, struct config *config,
                 struct mistakes *found);
/* The first of the directories that a service manager names in that variable. New memory, or NULL.
 */
char *config_managed_directory(const char *variable);

#endif
