/* `top` without a screen. */
#ifndef CTL_TOP_BATCH_H
#define CTL_TOP_BATCH_H

#include "ctl/output.h"
#include "ctl/top_options.h"
#include "dtree/client.h"

/* Takes two samples, so long apart, and adds a line for each node, with tabs, behind one with the
 * heads; or one JSON object. 0, or -1 with *err. */
int top_batch(struct dtree_client *client, const struct top_options *o, struct output *out,
              struct dtree_error *err);

#endif
