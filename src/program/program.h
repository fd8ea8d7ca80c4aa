/* Makes what serves a node's requests by a program, whichever way its service names. */
#ifndef PROGRAM_PROGRAM_H
#define PROGRAM_PROGRAM_H

#include "program/engine.h"

/* The spec is taken over. A program that is to start with its node is started at once. */
struct engine *program_open(struct ev_loop *loop, struct program_spec *spec,
                            const struct program_node *node, engine_answer_fn *answer, void *arg);

#endif
