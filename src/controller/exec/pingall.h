/*
 * pingall: every node is asked by a sweep, and who does not answer is named. Whom the sweep did not
 * reach, because links moved or were lost meanwhile, is pinged by itself.
 *
 * So many rounds may be under way; the pingalls that are asked then share the next one.
 */
#ifndef CONTROLLER_EXEC_PINGALL_H
#define CONTROLLER_EXEC_PINGALL_H

#include "controller/node/core.h"

#define PINGALL_ROUNDS 32

void pingall_ask(struct session *s, outcome_fn *done, void *arg);
/* Frees what is left; after requests_free(). */
void pingall_init(struct controller *c);
void pingall_stop(struct controller *c);

#endif
