/*
 * A failure says what has become of a node: it is not there, or its start is tried again. So it is
 * told once the registry says the same: another dtreed would find it so.
 */
#ifndef CONTROLLER_LIFECYCLE_RECORDED_FAILURE_H
#define CONTROLLER_LIFECYCLE_RECORDED_FAILURE_H

#include "controller/node/core.h"

/* The request fails with *err (copied) when all is written that the registry was told so far. Where
 * that cannot be, or takes too long, it is unknown what another dtreed would find. */
void recorded_failure(struct controller *c, struct request *r, const struct error *err);
/* Its deadline passed: true, if it is one that fails so. It is told now. */
bool recorded_failure_expire(struct controller *c, struct request *r);

#endif
