/*
 * pingall: a sweep asks every node, and the answer names those that are unavailable. A node that
 * the sweep did not reach, because links moved or were lost meanwhile, is pinged by itself.
 *
 * PINGALL_ROUNDS are under way at most; all pingalls that come then share the next one.
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
