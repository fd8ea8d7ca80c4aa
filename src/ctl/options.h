/*
 * The options before the command, and those behind `shell`. dtreectl and dtree-shell get the same
 * words, and read them in the same way.
 */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/output.h"
#include "ctl/shell.h"

struct options {
	const char *socket; /* NULL: not given; borrowed */
	bool json;
	int64_t timeout_ms; /* 0: not given */
	enum output_color color;
};

/* Reports why nothing was done, on standard error or as a JSON object on standard output. */
void complain(bool json, int code, const char *text);
/* Reports a mistake on the command line: gives the exit status. */
int usage_error(const struct options *o, const char *text);
/* Prints the options and commands, or the usage of `command`. Gives the exit status. */
int show_help(const struct verb *command);

/* Opens missing standard streams, and reads the options before the command: -1 to go on at optind
 * (getopt(3)), else the exit status, after a mistake or after --help and the like. *o must hold the
 * defaults. */
int options_read(int argc, char **argv, struct options *o);
/* Reads the options behind `shell`, which is argv[0]: -1 to go on, else the exit status.
 * options_free_shell() ends it in any case. */
int options_read_shell(int argc, char **argv, const struct options *o, struct shell_options *s);
void options_free_shell(struct shell_options *s);

#endif
