/*
 * The thread that removes directories, one after the other, so that no disk delays the loop.
 * Numbers and places are the caller's.
 */
#ifndef CONTROLLER_REGISTRY_REMOVER_H
#define CONTROLLER_REGISTRY_REMOVER_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>

struct remover;

/* It is gone, or what is left of it was logged. On the loop. */
typedef void remover_done_fn(void *arg, uint64_t number, size_t place);

/* The thread is started with the first directory. */
struct remover *remover_new(struct ev_loop *loop, remover_done_fn *done, void *arg);
/* What is asked for and not begun stays; what is under way at the limit is left alone. */
void remover_free(struct remover *r, int64_t limit_ms);

/* path: new memory, taken. Nothing there is fine. */
void remover_remove(struct remover *r, char *path, uint64_t number, size_t place);

#endif
