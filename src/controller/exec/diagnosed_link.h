/* What is known of one link, for a diagnosis. */
#ifndef CONTROLLER_EXEC_DIAGNOSED_LINK_H
#define CONTROLLER_EXEC_DIAGNOSED_LINK_H

#include "base/tcp_table.h"
#include "controller/node/core.h"

/* What dtreed knows of the node's link. */
void diagnosed_link_fill(const struct controller *c, struct diagnosed_link *l,
                         const struct node *n);
/* What the kernel says of both ends; with `judge` also counts what holds them up now. */
void diagnosed_link_look(const struct controller *c, const struct tcp_table *table,
                         struct diagnosed_link *l, bool judge);
/* From the times of its pings, in us, which are sorted. above: the link of its parent, which is
 * summed up; NULL: that is dtreed. */
void diagnosed_link_sum_up(struct diagnosed_link *l, int64_t *times,
                           const struct diagnosed_link *above);

#endif
