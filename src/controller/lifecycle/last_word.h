/*
 * Why a worker ends before it is ready: what it said itself (base/log_socket.h), which is more than
 * the kernel tells. It counts for one start of a node, and for nothing behind it.
 */
#ifndef CONTROLLER_LIFECYCLE_LAST_WORD_H
#define CONTROLLER_LIFECYCLE_LAST_WORD_H

#include <sys/types.h>

#include "controller/node/core.h"
#include "controller/node/node.h"

/* The process of that id says why it ends, if it does; "": it does not. arg: the controller. */
void last_word_hear(void *arg, pid_t pid, const char *word);
/* What it ended of, with how it ended, "exit status 2", in brackets; that alone, if it said
 * nothing. New memory. */
char *last_word_cause(const struct node *n, const char *status);
/* Of one that does not join: ": " and what it was about to do; "" if it said nothing. New memory.
 */
char *last_word_behind(struct controller *c, const struct node *n);
/* A new process has said nothing yet. */
void last_word_forget(struct node *n);

#endif
