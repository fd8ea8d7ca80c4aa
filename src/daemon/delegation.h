/*
 * The control group that dtreed may divide, so that each program has one of its own: a service
 * manager has delegated it, or the setting names it. Without one programs run all the same.
 *
 * A group that gives controllers to those below it may have no process itself (cgroups(7)), so
 * dtreed and its workers are in one below, as programs are.
 */
#ifndef DAEMON_DELEGATION_H
#define DAEMON_DELEGATION_H

#include <stdbool.h>

#include "base/error.h"
#include "daemon/declare.h"

#define DELEGATION_AUTO "auto"
#define DELEGATION_NONE "none"

/* The group, as the setting says: *root is its directory, in new memory, or NULL: there is none.
 * -1: one is named that cannot be divided. */
int delegation_find(const char *setting, char **root, struct error *err);
/* This process goes into a group of its own below it, and what the services need of controllers is
 * given to the others. */
int delegation_take(const char *root, const struct declarations *d, struct error *err);
/* Logs what the services limit, and cannot where that is the group; taken: or could not be given.
 * root: NULL: there is none. */
void delegation_warn(const char *root, bool taken, const struct declarations *d);
/* How the groups of the tree in this state directory are called, up to a number: new memory. */
char *delegation_prefix(const char *root, const char *state_dir);

#endif
