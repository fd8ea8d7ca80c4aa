/* A link is played through once, from its sockets to a message and to their end, so that whoever is
 * forked afterwards has linked what links need, and shares it. */
#ifndef WORKER_WARMUP_H
#define WORKER_WARMUP_H

/* Leaves nothing behind, and no thread. If it fails, workers start less quickly, and that is all.
 * It takes some milliseconds, a second at the most. */
void warmup(void);

#endif
