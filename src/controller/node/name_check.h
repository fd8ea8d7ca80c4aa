/* What may be the name of a node, or of a group. Pure. */
#ifndef CONTROLLER_NODE_NAME_CHECK_H
#define CONTROLLER_NODE_NAME_CHECK_H

#include "base/error.h"

/* Bytes of the longest name, also of a group. */
#define NAME_LENGTH_MAX 63

/* Is it a letter, with letters, digits, '-', '_' and '.' behind it, and not too long? 0, or -1 with
 * ERR_PARAMS. what: "name" or "group". */
int name_check(const char *what, const char *text, struct error *err);

#endif
