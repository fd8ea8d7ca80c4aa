/* Is all well? Once everything is healed it must be, and stay so. */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

/* NULL: all is well; else what is not. */
const char *check_all(void);
/* What the registry acknowledged is there, and nothing else. Only while no request is under way. */
void check_members(void);

/* What holds of dtreed after each turn of its loop. */
struct controller;
void check_invariants(const struct controller *c);

#endif
