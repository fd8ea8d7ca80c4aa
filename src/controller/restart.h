/*
 * Restarts: a node whose process died by itself is started again where its policy says so, with a
 * delay that doubles with each death and a count at which it is given up; a quiet time forgives.
 * It keeps its id, its place, its service, its kept data and its children; its pid and incarnation
 * are new. All times are of the monotonic clock.
 *
 * For users it is dead until it has joined again.
 */
#ifndef CONTROLLER_RESTART_H
#define CONTROLLER_RESTART_H

#include "controller/state.h"

/* Delays double from this, in ms; the first restart has none. */
#define RESTART_DELAY_MS 100

void restart_init(struct controller *c);
void restart_stop(struct controller *c);
/* It lived when the tree was ended in order: it starts again, after its parent, whatever its
 * policy. */
void restart_revive(struct controller *c, struct node *n);

/* Its process ended, of this life or of one that was to join: plans a restart if its policy wants
 * one. */
void restart_consider(struct controller *c, struct node *n);
/* Is a life of it on its way to join? */
bool restart_under_way(const struct node *n);
/* That life has joined. */
void restart_joined(struct controller *c, struct node *n);

#endif
