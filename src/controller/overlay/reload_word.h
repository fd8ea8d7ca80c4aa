/*
 * Tells nodes that there is something for them to read anew: their service, or how much they log. A
 * node is told until it has answered, whatever becomes of messages and links, or until its process
 * ends: a later one reads what there is when it is started.
 *
 * So many are told at once: each may start a program then.
 */
#ifndef CONTROLLER_OVERLAY_RELOAD_WORD_H
#define CONTROLLER_OVERLAY_RELOAD_WORD_H

#include "controller/node/core.h"
#include "wire/message.h"

void reload_word_init(struct controller *c);
void reload_word_stop(struct controller *c);

/* There is something new from now on, which reload_word_owe() is about. */
void reload_word_anew(struct controller *c);
/* Its process is to read that. Nothing happens where it has none. */
void reload_word_owe(struct controller *c, struct node *n);
/* Its process is gone, or a new one. */
void reload_word_forget(struct controller *c, struct node *n);
/* A MSG_RELOADED of the node. */
void reload_word_take(struct controller *c, struct node *n, const struct message *m);

/* The first invariant of the lists that does not hold, in words; NULL: all do. */
const char *reload_word_valid(const struct controller *c);

#endif
