/*
 * The shell: commands from standard input, a terminal or a pipe, to a running dtreed or to a
 * private one.
 */
#ifndef CTL_SHELL_H
#define CTL_SHELL_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/output.h"
#include "ctl/private.h"

struct shell_options {
	const char *socket; /* NULL: the default; borrowed */
	bool is_private;
	struct private_options tree; /* of a private tree */
	int64_t timeout_ms;          /* the longest silence while replies are due; 0: no limit */
};

/* Runs until the end of the input; gives the exit status of dtreectl. */
int shell_run(const struct shell_options *options, struct output *out);

#endif
