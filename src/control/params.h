/* The parameters of a method by their rows: reading and describing. */
#ifndef CONTROL_PARAMS_H
#define CONTROL_PARAMS_H

#include "base/error.h"
#include "base/mem.h"
#include "control/method.h"

/* Reads params by the method's row: an object; an array of the values in the row's order, with null
 * for a missing optional one; null or NULL for none. "@NAME" for a node becomes its id. 0, or -1
 * with ERR_PARAMS that names the culprit, or ERR_NOT_FOUND for a name. */
int params_read(const struct controller *c, const struct method *method, const struct cJSON *params,
                struct value v[PARAMS], struct error *err);

/* Nodes by id or "@NAME", with commas between: at most AFTER_MAX. 0, or -1 as params_read(). */
int params_nodes(const struct controller *c, const char *text, const char *name, int *ids,
                 size_t *count, struct error *err);

/* The row as an element of rpc.discover's list. */
void method_describe(const struct method *method, struct buffer *b);

#endif
