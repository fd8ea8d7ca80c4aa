/*
 * The shell: commands from standard input, on a terminal or from a pipe, to a dtreed that is there
 * or to one of its own.
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
	struct private_options tree; /* of a private one */
	int64_t timeout_ms;          /* the longest silence while replies are due; 0: any */
};

/* Runs until the end of the input; gives the exit status of dtreectl. */
int shell_run(const struct shell_options *options, struct output *out);

#endif
