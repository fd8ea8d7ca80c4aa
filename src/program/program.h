/* Makes what serves a node's requests by a program, whichever way its service names. */
#ifndef PROGRAM_PROGRAM_H
#define PROGRAM_PROGRAM_H

#include "program/engine.h"

/* The spec is taken over. A program that is to start with its node is started at once. */
struct engine *program_open(struct ev_loop *loop, struct program_spec *spec,
                            const struct program_node *node, engine_answer_fn *answer, void *arg);

/*
 * Another spec of its service takes the place of the one that it has: the new program is started,
 * and given what has not begun; the former one finishes what it has, and is ended. No request fails
 * by it. Where only the probe differs, the program stays. The spec is taken over. Not from within
 * an answer, and not after engine_finish().
 */
void program_reload(struct engine *e, struct program_spec *spec);

#endif
