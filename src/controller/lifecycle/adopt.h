/*
 * The processes that a former dtreed left. Once the tree was made of what it wrote down
 * (inheritance.h), and there are links to come to, the living are taken over (orphan.h), the dead
 * are dead or start again, and what a crash left half done is finished: a creation that was not
 * answered is taken back, a kill is carried out.
 */
#ifndef CONTROLLER_LIFECYCLE_ADOPT_H
#define CONTROLLER_LIFECYCLE_ADOPT_H

#include "controller/lifecycle/inheritance.h"

/* -1: a process that lives cannot be watched; the caller leaves those taken over so far. */
int adopt_carry_out(struct adoption *a, struct error *err);

#endif
