/*
 * Programs of some nodes: they start, end and are started again as chance has it. None is asked;
 * what is tried is whether dtreed comes to know how they are.
 */
#ifndef SIM_PROGRAM_H
#define SIM_PROGRAM_H

#include "program/announce.h"
#include "sim/os.h"

/* The process that runs may be a node with a program. The watch is borrowed. */
void program_begin(const struct program_watch *watch);
/* Of a process that ends. */
void program_end(struct sim_process *p);
/* Is this what dtreed must know of it by now? NULL: nothing. Of one that has just changed anything
 * may be known. */
bool program_is_known(const struct sim_process *p, const struct program_report *known);

#endif
