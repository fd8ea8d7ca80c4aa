/* Slow requests: why each was, for the log of them, for events and for the log's readers. */
#ifndef CONTROLLER_EXEC_SLOW_WORD_H
#define CONTROLLER_EXEC_SLOW_WORD_H

#include "controller/node/core.h"
#include "controller/request/slow.h"

void slow_word_init(struct controller *c);
void slow_word_stop(struct controller *c);
/* So much is slow from now on; 0: nothing is, and what was kept is forgotten. */
void slow_word_set(struct controller *c, int64_t ms);
/* What its node said with its answer. */
void slow_word_node(struct request *r, const struct message *m);
/* Is its service a user's program, which is one that was declared and no library? NULL: no node. */
bool slow_word_is_program(const struct controller *c, const struct node *n);
/* NULL: they are not kept. */
const struct slow_log *slow_word_log(const struct controller *c);

#endif
