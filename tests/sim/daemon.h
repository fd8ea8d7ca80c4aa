/* dtreed in the world: there is one, or none for a while. */
#ifndef SIM_DAEMON_H
#define SIM_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/controller.h"
#include "sim/plan.h"

void daemon_begin(const struct plan *plan);
/* It is started, as soon as its predecessor has ended. */
void daemon_start(void);
void daemon_kill(void);
/* Asks for an orderly end of the tree. */
void daemon_terminate(void);

/* NULL: there is none. */
struct sim_process *daemon_process(void);
/* NULL: there is none. It is looked at only; what is asked goes by daemon_do(). */
struct controller *daemon_controller(void);
/* Does it end in order just now? */
bool daemon_ends(void);
/* Which it is, from 1; 0: none was started yet. */
unsigned daemon_life(void);
/* The interval in ms; 0: off, or there is no dtreed. */
int64_t daemon_heartbeat(void);
/* When an event last told of a death, a loss, a return, a move; world_now(). */
int64_t daemon_disturbed(void);

/* Is called in the next turn of dtreed's loop, as somebody who asks is. Not, if it dies before. */
typedef void daemon_fn(struct controller *c, uint64_t number);
void daemon_do(daemon_fn *fn, uint64_t number);

/* What client.c does when a dtreed begins and, before its memory is gone, when it ends. */
void client_daemon_began(struct controller *c);
void client_daemon_ended(struct controller *c);

#endif
