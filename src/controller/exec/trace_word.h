/* What nodes tell of traced requests: MSG_TRACE. */
#ifndef CONTROLLER_EXEC_TRACE_WORD_H
#define CONTROLLER_EXEC_TRACE_WORD_H

#include "controller/node/core.h"
#include "wire/message.h"

/* It is kept with its request. One that is of none, or cannot be, changes nothing. */
void trace_word_take(struct controller *c, const struct node *n, const struct message *m);

/* ns that dtreed was ready to run and had no processor, since its loop slept until it read
 * something then, in clock_ns(); 0 where that is not known. */
uint64_t trace_word_waited(const struct controller *c, uint64_t read);
/* Of a node's process: that of dtreed is 1. */
int trace_word_depth(const struct node *n);

void trace_word_init(struct controller *c);
void trace_word_stop(struct controller *c);

#endif
