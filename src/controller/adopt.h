/*
 * What a former dtreed left: the registry, and the processes that live on.
 *
 * Loading makes the tree and its nodes, and touches no process. Then, once there are links to come
 * to, the living are taken over (heal.h), the dead are dead or start again, and what a crash left
 * half done is finished: a creation that was not answered is taken back, a kill is carried out.
 */
#ifndef CONTROLLER_ADOPT_H
#define CONTROLLER_ADOPT_H

#include "controller/state.h"

struct adoption;

/* dir NULL: there is nothing, and nothing will be kept. ERR_INTERNAL and the file's name where the
 * registry cannot be had, does not add up, or is another topology's. */
struct adoption *adopt_load(struct controller *c, const char *dir, struct error *err);
/* -1: a process that lives cannot be watched; those taken over so far are to be left again. */
int adopt_carry_out(struct adoption *a, struct error *err);
void adopt_free(struct adoption *a);

#endif
