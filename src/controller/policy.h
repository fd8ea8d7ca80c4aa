/* Restart policies: after which deaths a node is started again. */
#ifndef CONTROLLER_POLICY_H
#define CONTROLLER_POLICY_H

#include <stddef.h>

#include "base/error.h"

enum restart_policy { RESTART_NO, RESTART_ON_FAILURE, RESTART_ALWAYS };

/* The policy of that name: 0, or -1 with ERR_PARAMS that names it. */
int policy_parse(const char *name, enum restart_policy *policy, struct error *err);
/* By number; NULL past the last: a choice_fn. */
const char *policy_name_at(size_t i);
/* Static storage. */
const char *policy_name(enum restart_policy policy);

#endif
