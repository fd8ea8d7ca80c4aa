/*
 * What stands on the command line before the command, and behind `shell`. dtreectl and dtree-shell
 * are given the same words, and read them alike.
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

/* Says why nothing was done, on standard error or as a JSON object on standard output. */
void complain(bool json, int code, const char *text);
/* What is wrong with the command line: the exit status for that. */
int usage_error(const struct options *o, const char *text);
/* Prints the options and commands, or what `command` takes. The exit status. */
int show_help(const struct verb *command);

/* Sees to the standard streams, and reads the options before the command: -1 to go on at optind
 * (getopt(3)), else the exit status: something is wrong, or was all that was asked for, as --help.
 * *o must hold the defaults. */
int options_read(int argc, char **argv, struct options *o);
/* Reads what is behind `shell`, which is argv[0]: -1 to go on, else the exit status. Either way
 * options_free_shell() ends it. */
int options_read_shell(int argc, char **argv, const struct options *o, struct shell_options *s);
void options_free_shell(struct shell_options *s);

#endif
