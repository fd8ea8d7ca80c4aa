/* The options of an exec of one node, a row each. Pure. */
#ifndef CTL_EXEC_OPTIONS_H
#define CTL_EXEC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ctl/words.h"

/* What the options of an exec say. Zero-initialise. */
struct exec_options {
	bool input; /* --stdin: standard input is that of the service's program */
	bool raw;   /* --raw: the result's bytes, and nothing else */
};

/* Reads the options at *at, which moves behind them: 0, or -1 with ERR_PARAMS where a value is
 * wrong. A word that is none of them ends them. */
int exec_options_read(const struct words *args, size_t *at, struct exec_options *o,
                      struct error *err);
/* The first of them that only works outside the shell; NULL: there is none. */
const char *exec_options_once(const struct exec_options *o);
/* How many words the option at args[at] has; 0: it is none. */
size_t exec_options_width(const struct words *args, size_t at);
/* Names by number, for completion and tests; NULL past the last. */
const char *exec_options_at(size_t i);

#endif
