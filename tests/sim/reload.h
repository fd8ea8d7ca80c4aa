/*
 * What a reload asks for: nodes become declared ones, change, are stopped and kept as undeclared,
 * come back, and are removed as such, in steps of orders as daemon/plan_run.c gives them. And what
 * each node counts as, as it was acknowledged.
 */
#ifndef SIM_RELOAD_H
#define SIM_RELOAD_H

#include "sim/asks.h"

void reload_begin(void);
/* Some nodes, as it comes. */
void reload_ask(struct controller *c, size_t session, int ids);
/* An order of a step of the node is answered, or cannot be given: the next one. */
void reload_answered(struct controller *c, int id, enum error_code code);
/* The session is closed, and its steps are cut off. */
void reload_cut_off(size_t session);

/* A request that says what the node counts as is under way. */
void mark_asked(int id);
/* It is answered, and was done or not; as place_answered(). */
void mark_answered(int id, bool done, enum node_declared declared);
/* dtreed ends; as places_settle(). */
void marks_settle(void);
/* These were removed, as all of them counted as undeclared. */
void marks_removed(const int *ids, size_t count);
/* The node is there now. */
void mark_check(int id, enum node_declared declared);

#endif
