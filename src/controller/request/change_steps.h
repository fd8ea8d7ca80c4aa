/*
 * What was done for a request that changes nodes, one after the other: processes that started or
 * ended, writes of the registry.
 */
#ifndef CONTROLLER_REQUEST_CHANGE_STEPS_H
#define CONTROLLER_REQUEST_CHANGE_STEPS_H

#include <stdint.h>

#include "controller/request/kind.h"
#include "wire/steps.h"

/* Keeps what was not over when its lanes let the request start, in place of what was kept before.
 */
void change_steps_keep(struct request *r, const struct steps *steps);
/* When the first of them began; `otherwise` if there is none. */
uint64_t change_steps_begin(const struct request *r, uint64_t otherwise);

#endif
