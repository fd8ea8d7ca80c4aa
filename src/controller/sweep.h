/* pingall: every node is asked, and who does not answer is named. */
#ifndef CONTROLLER_SWEEP_H
#define CONTROLLER_SWEEP_H

#include "controller/state.h"

void sweep_ask(struct session *s, outcome_fn *done, void *arg);
/* Frees the sweeps whose pings were never answered; after pending_free(). */
void sweep_stop(struct controller *c);

#endif
