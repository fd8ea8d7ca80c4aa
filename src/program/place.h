/*
 * What a process of a program has of its own beside its streams: a control group, which it cannot
 * leave and is ended with, and a directory with its credentials. Either may be absent.
 */
#ifndef PROGRAM_PLACE_H
#define PROGRAM_PLACE_H

#include "base/error.h"
#include "program/environment.h"
#include "program/spec.h"

/* Zero-initialise it. */
struct place {
	char *credentials; /* NULL: it has none */
	char *group;       /* below that of the node; NULL: it has none */
};

/* -1: the program cannot be started, and nothing is left. */
int place_make(struct place *p, const struct program_spec *spec, const struct program_node *node,
               struct error *err);
/* A descriptor for control_group_enter(); -1: there is no group. */
int place_door(const struct place *p);
/* Whatever is in its group is killed. */
void place_kill(const struct place *p);
/* Its process has ended. */
void place_leave(struct place *p);

/* The former limits that the service has no longer are none. */
void place_unlimit(const struct program_spec *former, const struct program_spec *spec,
                   const struct program_node *node);
/* The limits of all processes of the node's programs together, as the service has them. */
void place_limit(const struct program_spec *spec, const struct program_node *node);

#endif
