/* What the world does to links, and sees of them; see links.c. */
#ifndef SIM_LINKS_H
#define SIM_LINKS_H

#include <stdbool.h>
#include <stdint.h>

struct sim_process;

/* How long a frame is on its way, in microseconds; how often a connection finds no room. */
void links_set_load(int64_t usual_us, int64_t worst_us, unsigned worst_per_mille,
                    unsigned refuse_per_mille);
/* The newest open connection of this process to a parent ends. false: it has none. */
bool links_cut(struct sim_process *p);
/* Whose child it is by its only connection; NULL: it has none, or several. */
struct sim_process *links_parent(const struct sim_process *p);
/* That arrived so far. */
uint64_t links_frames(void);

#endif
