/* Opens a link, sends a message over it and closes it, so that processes that are forked afterwards
 * share the resolved functions and the pages of links. */
#ifndef WORKER_WARMUP_H
#define WORKER_WARMUP_H

/* Leaves nothing behind, and no thread. If it fails, workers start more slowly. It takes some
 * milliseconds, a second at the most. */
void warmup(void);

#endif
