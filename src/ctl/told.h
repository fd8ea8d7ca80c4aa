/* Of a successful reply: does it tell of a node that failed or is unavailable? See struct verb. */
#ifndef CTL_TOLD_H
#define CTL_TOLD_H

#include <stdbool.h>

#include "dtree/client.h"

bool told_errors(const struct dtree_value *result);
/* Or nodes that were left. */
bool told_unfinished(const struct dtree_value *result);
bool told_unavailable(const struct dtree_value *result);
bool told_reload(const struct dtree_value *result);
bool told_ping(const struct dtree_value *result);

#endif
