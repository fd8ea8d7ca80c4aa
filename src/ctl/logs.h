/* `logs`: reads its arguments, goes on asking, and prints lines. */
#ifndef CTL_LOGS_H
#define CTL_LOGS_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/render.h"
#include "ctl/verbs.h"
#include "dtree/client.h"

int arguments_logs(const struct words *args, struct order *order, struct error *err);

/* The request for what comes behind this result; it is answered after wait_ms at the latest. Owned
 * by the caller. */
struct dtree_request *logs_next(const struct dtree_value *result, int64_t wait_ms);
/* Has the result anything to be printed? */
bool logs_has_lines(const struct dtree_value *result);

/* A line "TIME PID TEXT" for each. */
render_fn render_logs;

#endif
