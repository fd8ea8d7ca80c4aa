/* The room as a whole: what is ordered of nodes, and the processes that they are. */
#ifndef CONTROLLER_LIFECYCLE_LIFECYCLE_H
#define CONTROLLER_LIFECYCLE_LIFECYCLE_H

#include "controller/node/core.h"

/* `ended` gets the controller. -1: the config names what is not there, or the system refuses what
 * is needed; then lifecycle_end_processes() and lifecycle_stop() are due all the same. */
int lifecycle_init(struct controller *c, process_exit_fn *ended, struct error *err);
/* What may be another while the controller is there is so from now on; the names are known to be
 * good. Nothing of the config is kept. */
void lifecycle_reconfigure(struct controller *c, const struct controller_config *config);
/* The processes end, or are left to another dtreed; each step that waits for the kernel or the
 * disk waits for so long at the most. No callback comes. Before requests_free(). */
void lifecycle_end_processes(struct controller *c, int64_t limit_ms);
/* Frees what is left. The registry is closed before. */
void lifecycle_stop(struct controller *c);

/* The interval to begin with: as it was set by a request, else by the config. */
int64_t lifecycle_heartbeat_ms(const struct controller *c);
/* Did a request set it? */
bool lifecycle_heartbeat_asked(const struct controller *c);
/* For how many nodes the limits of the system have room, and a new look at them. */
size_t lifecycle_room(const struct controller *c);
/* The process of that life has ended: what its programs have left is removed. */
void lifecycle_ended(struct controller *c, uint32_t incarnation);
void lifecycle_measure_room(struct controller *c);
/* Since lifecycle_init(). */
int64_t lifecycle_uptime_ms(const struct controller *c);
/* NULL: what the room keeps agrees with the nodes; else what does not. Static storage. */
const char *lifecycle_valid(const struct controller *c);
/* Where workers' lines arrive; borrowed. */
struct worker_log *lifecycle_worker_log(const struct controller *c);

#endif
