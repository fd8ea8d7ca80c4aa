/*
 * What nodes say of their programs (wire/program_report.h, controller/node/program.h). A node says
 * it again until it is answered with the version that is known, so that nothing is lost with a
 * link.
 */
#ifndef CONTROLLER_OVERLAY_PROGRAM_WORD_H
#define CONTROLLER_OVERLAY_PROGRAM_WORD_H

#include "controller/node/core.h"
#include "wire/message.h"

/* A MSG_PROGRAM of the node. One that has no process any more says nothing that counts. */
void program_word_take(struct controller *c, struct node *n, const struct message *m);
/* A MSG_EVENT of the node. One that is no newer than the last is dropped. */
void program_word_event(struct controller *c, struct node *n, const struct message *m);
/* It has joined, and that was published: so is what it said of its program before. */
void program_word_joined(struct controller *c, struct node *n);

#endif
