/* Commands that are programs of their own. */
#ifndef CTL_BECOME_H
#define CTL_BECOME_H

#include <stddef.h>

#include "ctl/options.h"

/* Becomes that program of dtree's, with these arguments and, where it was given, --json before
 * them. Returns only if it fails, which was told: the exit status. */
int become(const struct options *o, const char *program, char *const *args, size_t count);

#endif
