/* What a node says to a sweep that it does not carry out. */
#ifndef WORKER_SWEEP_WORDS_H
#define WORKER_SWEEP_WORDS_H

#include "link/parent.h"
#include "wire/message.h"
#include "wire/tally.h"

/* Adds what the node answers where it has no room for the sweep. */
void sweep_word_busy(int id, struct tally *tally);
/* Says nothing of its own over that link, as the present parent sends the sweep too: the new parent
 * would wait for an answer that never comes. */
void sweep_word_decline(struct parent *from, const struct message *m);

#endif
