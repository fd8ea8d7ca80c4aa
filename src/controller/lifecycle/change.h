/*
 * A node that is there gets another parent or other settings (struct node_settings). With a new
 * parent it moves with all below it, or in a list alone, and the links follow. Its process, its
 * data, its children and what it was asked go on. All that is asked at once is checked first, and
 * is done or refused as a whole.
 */
#ifndef CONTROLLER_LIFECYCLE_CHANGE_H
#define CONTROLLER_LIFECYCLE_CHANGE_H

#include "controller/node/core.h"

/* Answered with what differs from before, once that is recorded. ERR_NOT_FOUND,
 * ERR_PARENT_NOT_FOUND, ERR_NAME_TAKEN, or ERR_PARAMS that names the culprit: nothing has changed.
 */
void change_ask(struct session *s, const struct change_request *request, outcome_fn *done,
                void *arg);

#endif
