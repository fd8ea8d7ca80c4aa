/*
 * Carries out a plan: asks the controller for one step after the other, as many at a time as do not
 * wait for each other. A step that fails keeps no other from being tried; what was killed meanwhile
 * by somebody else counts as removed.
 *
 * Each step is on record in the controller when it is over, so what an end of dtreed leaves undone
 * is a plan of the next start.
 */
#ifndef DAEMON_PLAN_RUN_H
#define DAEMON_PLAN_RUN_H

#include "controller/controller.h"
#include "daemon/plan.h"

struct plan_run;

/* The controller is borrowed, and so is the plan for as long as this is there. `done` is called
 * once, from the loop: each step is over, or has failed for the first time. */
struct plan_run *plan_run_new(struct ev_loop *loop, struct controller *c, const struct plan *plan,
                              void (*done)(void *arg), void *arg);
/* Also NULL; before it is done, too: what is under way goes on, and `done` is not called. */
void plan_run_free(struct plan_run *run);

/* Steps that are not over. */
size_t plan_run_left(const struct plan_run *run);
/* Why step number i, from 0, has failed; NULL: it has not. Borrowed. */
const char *plan_run_error(const struct plan_run *run, size_t i);

#endif
