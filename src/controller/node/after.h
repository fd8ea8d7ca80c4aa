/*
 * `after = ID...`: a node is started only when those nodes are available. That counts each time it
 * is started by order or by another dtreed, not when it lives again after a death.
 *
 * An id of which there is no node is not waited for: it was killed.
 */
#ifndef CONTROLLER_NODE_AFTER_H
#define CONTROLLER_NODE_AFTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "controller/node/after_ids.h"

struct controller;
struct node;

/*
 * May node `id`, which need not be there, be started after these? -1 with ERR_PARAMS: there are too
 * many, it is among them, or one of them is itself, at last, after it; with ERR_NOT_FOUND: one is
 * not there.
 */
int after_check(const struct controller *c, int id, const int *ids, size_t count,
                struct error *err);

/* What one of these is waited for: NULL, or the first that is there and not available. */
const struct node *after_missing(const struct controller *c, const int *ids, size_t count);
/* The same of a node. */
const struct node *after_awaits(const struct controller *c, const struct node *n);
/* Does it wait, at last, for one that is not about to come? */
bool after_is_stuck(const struct controller *c, const struct node *n);

#endif
