/* The options of an exec of one node, a row each. Pure. */
#ifndef CTL_EXEC_OPTIONS_H
#define CTL_EXEC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ctl/words.h"

/* Bytes that a name, or that of a group, has here, with a NUL: more than dtreed takes. */
#define EXEC_NAME 72

/* What the options of an exec say. Zero-initialise. */
struct exec_options {
	bool input;           /* --stdin: standard input is that of the service's program */
	bool raw;             /* --raw: the result's bytes, and nothing else */
	bool unordered;       /* --unordered: it is answered when it is ready */
	int64_t timeout_ms;   /* --timeout: of this request; 0: not given */
	char any[EXEC_NAME];  /* --any: the group; "": none */
	char name[EXEC_NAME]; /* of the node, without the '@'; "": it has its id, or is one of a
	                         group */
};

/* The value of the --timeout of that command: 0, or -1 with ERR_PARAMS. */
int exec_options_timeout(const char *command, const struct word *value, int64_t *ms,
                         struct error *err);
/* Reads the options at *at, which moves behind them: 0, or -1 with ERR_PARAMS where a value is
 * wrong. A word that is none of them ends them. */
int exec_options_read(const struct words *args, size_t *at, struct exec_options *o,
                      struct error *err);
/* The first of them that only works outside the shell; NULL: there is none. */
const char *exec_options_once(const struct exec_options *o);
/* How many words the option at args[at] has; 0: it is none. */
size_t exec_options_width(const struct words *args, size_t at);
/* Is there a group in place of a node among the options from `at` to `end`? */
bool exec_options_any(const struct words *args, size_t at, size_t end);
/* Keeps a name, or that of a group (`what`): 0, or -1 with ERR_PARAMS. */
int exec_options_keep(char kept[EXEC_NAME], const char *what, const struct word *word,
                      struct error *err);
/* Names by number, for completion and tests; NULL past the last. */
const char *exec_options_at(size_t i);

#endif
