/* What links.c asks of the two directions of a connection. */
#ifndef SIM_PIPES_H
#define SIM_PIPES_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/wires.h"

struct sim_process;

void pipes_begin(void);
/* See links_set_load(). */
void pipes_set_load(int64_t usual_us, int64_t worst_us, unsigned worst_per_mille);
/* That arrived so far. */
uint64_t pipes_frames(void);

/* Neither sends nor receives now. */
bool process_frozen(const struct sim_process *p);
/* It has found nobody, or has ended. */
void conn_lose(struct conn *conn);
/* When the frame, behind those before it, is written and arrives. */
void pipe_set_times(struct pipe *pipe, struct flight *flight);
/* What has arrived by then is handed over then. */
void pipe_pump_at(struct pipe *pipe, int64_t when);
/* What was written by then comes; nothing else does, and then the other side knows. */
void pipe_cut(struct pipe *pipe, int64_t written);
/* Nothing of it comes. */
void pipe_forget(struct pipe *pipe);
/* Its writer was stopped, and goes on: so does what it had not written. */
void pipe_postpone(struct pipe *pipe);

#endif
