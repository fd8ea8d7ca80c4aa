/*
 * Where nodes are in the tree, as their creates and moves were acknowledged. Only of the topology
 * "tree", where nothing else gives a node a place.
 */
#ifndef SIM_PLACES_H
#define SIM_PLACES_H

#include <stdbool.h>

/* For as many ids as the world has at the most. */
void places_begin(bool known);
/* A request that gives the node a place is under way: where it is, is not sure. */
void place_asked(int id);
/* It is answered, and was done or not; it is the only one that was under way, or that is not sure
 * either. */
void place_answered(int id, bool done, int parent);
/* dtreed ends: what was under way then may be done, and never will be later. */
void places_settle(void);
/* The node is there now. */
void place_check(int id, int parent);

#endif
