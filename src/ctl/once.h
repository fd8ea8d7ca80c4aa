/* One command of dtreectl's command line. */
#ifndef CTL_ONCE_H
#define CTL_ONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/output.h"
#include "ctl/verbs.h"

/* The silence after which a command gives up if the user set no limit. */
#define ONCE_TIMEOUT_MS 60000

struct trace_options;

struct once_options {
	const char *socket; /* NULL: the default; borrowed */
	int64_t
	    timeout_ms; /* 0: ONCE_TIMEOUT_MS, and more for a request whose own time is longer */
	const struct trace_options *trace; /* it is traced; NULL: it is not; borrowed */
};

/* Does the command read standard input? */
bool once_reads_input(const struct words *words, const struct order *order);

/* Runs a command of kind REQUEST, EXEC or EVENTS; the words are the command's, its name first.
 * Gives the exit status of dtreectl. */
int once_run(const struct once_options *options, const struct words *words, struct order *order,
             struct output *out);

#endif
