/* Outcomes that outlive the call that made them. */
#ifndef CONTROLLER_REQUEST_OUTCOME_H
#define CONTROLLER_REQUEST_OUTCOME_H

#include "controller/request/types.h"

struct buffer;

/* A copy with all that it points to but exec_all; owned by the caller. */
struct outcome *outcome_copy(const struct outcome *o);
/* The bytes of *b, which is empty then, are its result. */
void outcome_take_result(struct outcome *copy, struct buffer *b);
/* Frees a copy; NULL is allowed. */
void outcome_free(struct outcome *o);

#endif
