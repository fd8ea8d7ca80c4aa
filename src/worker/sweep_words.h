/* What a node says to a sweep that it does not carry out. */
#ifndef WORKER_SWEEP_WORDS_H
#define WORKER_SWEEP_WORDS_H

#include "base/mem.h"
#include "link/parent.h"
#include "wire/message.h"

/* The payload of its only answer, that it has no room for the sweep. */
void sweep_word_busy(int id, const struct message *m, struct buffer *bytes);
/* Says nothing of its own over that link, as the present parent sends the sweep too: the new parent
 * would wait for an answer that never comes. */
void sweep_word_decline(struct parent *from, const struct message *m);

#endif
