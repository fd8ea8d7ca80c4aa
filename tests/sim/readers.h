/*
 * Processes of nodes that read an input: each checks every byte that comes, reads it as chance has
 * it, all of it or not, and ends.
 */
#ifndef SIM_READERS_H
#define SIM_READERS_H

#include <stdbool.h>

#include "sim/os.h"
#include "wire/message.h"
#include "worker/runner.h"

struct readers;

/* Those of the process that runs. */
struct readers *readers_new(runner_update_fn *update, void *arg);
void readers_free(struct readers *all);
/* A message of a request with an input; false: it is none. */
bool readers_take(struct readers *all, const struct message *m);
/* Those whose input is whole end, the others are dropped. */
void readers_finish(struct readers *all);

#endif
