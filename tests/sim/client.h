/* Who asks: a few sessions, of requests of all kinds, while there is a dtreed. */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include <stdbool.h>

#include "sim/plan.h"

void client_begin(const struct plan *plan);
void client_end(void);
/* The first nodes are asked for; each is tried again until it is there. */
void client_grow(void);
/* Asks at random, until it is told not to. */
void client_ask_on(bool on);
/* Once everything is well: all of it is asked of every node, and must be done. */
void client_probe(void);
/* Nodes that are down, and that nobody else starts, are started. */
void client_revive(void);

#endif
