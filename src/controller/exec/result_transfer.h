/*
 * Large results on their way: offered by the node, granted memory here, fetched in parts, and
 * fetched again from where they are when parts were lost.
 */
#ifndef CONTROLLER_EXEC_RESULT_TRANSFER_H
#define CONTROLLER_EXEC_RESULT_TRANSFER_H

#include "controller/node/core.h"
#include "wire/message.h"

/* Of a large result, so much is on its way at a time. */
#define RESULT_WINDOW ((size_t)512 * 1024)
/* Memory for large results; further ones wait at their nodes. */
#define RESULTS_MAX ((size_t)256 * 1024 * 1024)

/* The node has a result of that size: false, it is not wanted. Said again, the node was asked
 * again, and what was on its way may be lost: it is fetched from where it is. */
bool result_transfer_offer(struct controller *c, struct node *n, struct request *t, uint64_t size);
/* A part came: true, it was the last one and the result is whole in t->result. */
bool result_transfer_part(struct controller *c, struct node *n, struct request *t,
                          const struct message *m);
/* Memory may be free: lets the next ones come. */
void result_transfer_grant(struct controller *c);
/* Gives the memory back, if it has any. */
void result_transfer_drop(struct controller *c, struct request *t);
/* Its result, which is whole, is its outcome's from now on. */
void result_transfer_hand_over(struct controller *c, const struct request *t);
void result_transfer_init(struct controller *c);
void result_transfer_stop(struct controller *c);

#endif
