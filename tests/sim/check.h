/* Is all well? Once everything is healed it must be, and stay so. */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include <stdbool.h>

/* NULL: all is well; else what is not. With downs, a node may be stopped, dead or given up: it has
 * no process, and what is below it is linked to the nearest that is available. */
const char *check_all(bool downs);
/* What the registry acknowledged is there, and nothing else. Only while no request is under way. */
void check_members(void);

/* What holds of dtreed after each turn of its loop. */
struct controller;
void check_invariants(const struct controller *c);

#endif
