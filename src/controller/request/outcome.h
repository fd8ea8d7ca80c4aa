/* Outcomes that must outlive the call that made them. */
#ifndef CONTROLLER_REQUEST_OUTCOME_H
#define CONTROLLER_REQUEST_OUTCOME_H

#include "controller/request/types.h"

/* A copy with all that it points to; owned by the caller. */
struct outcome *outcome_copy(const struct outcome *o);
/* Frees a copy; NULL is allowed. */
void outcome_free(struct outcome *o);

#endif
