/*
 * What a process of a program has of its own beside its streams: a control group, which it cannot
 * leave and is ended with, and a directory with its credentials. Each where there is to be one.
 */
#ifndef PROGRAM_PLACE_H
#define PROGRAM_PLACE_H

#include "base/error.h"
#include "program/environment.h"
#include "program/spec.h"

/* Zero-initialise it. */
struct place {
	char *credentials; /* NULL: it has none */
};

/* -1: the program cannot be started, and nothing is left. */
int place_make(struct place *p, const struct program_spec *spec, const struct program_node *node,
               struct error *err);
/* Its process has ended. */
void place_leave(struct place *p);

#endif
