/*
 * Looks at the invariants of all that the controller has when the loop has turned, in a program
 * that was configured with --enable-asserts: node/invariants.h says how one is broken.
 */
#ifndef CONTROLLER_CHECK_H
#define CONTROLLER_CHECK_H

struct controller;

/* NULL: all of it holds; else what does not. Static storage. */
const char *controller_valid(const struct controller *c);

/* From now on, after each turn of the loop. Many nodes are looked at after several turns. */
void check_start(struct controller *c);
void check_stop(struct controller *c);

#endif
