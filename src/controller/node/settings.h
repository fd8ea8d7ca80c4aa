/* What may be given to a node anew while it is there, in words. Stateless. */
#ifndef CONTROLLER_NODE_SETTINGS_H
#define CONTROLLER_NODE_SETTINGS_H

#include <stddef.h>

#include "base/error.h"
#include "controller/request/types.h"

/* "no", "yes", "undeclared". Static storage. */
const char *node_declared_name(enum node_declared declared);
/* By one of these words: 0, or -1 with ERR_PARAMS that names it. */
int node_declared_parse(const char *name, enum node_declared *declared, struct error *err);

/* What the bit 1 << i of enum node_change is called; NULL past the last. Static storage. */
const char *node_change_name_at(size_t i);

#endif
